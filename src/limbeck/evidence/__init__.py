"""Whether a teacher holds a tree's clauses in its layers, and uses them: probes and interventions run on it."""

from limbeck.evidence.gather import Sampling, gather_evidence
from limbeck.evidence.inside import tree_evidence
from limbeck.evidence.interventions import ending_of, finish_of, intervene
from limbeck.evidence.probed import Concept, subjects_of, what_is_probed
from limbeck.evidence.probing import probe

__all__ = [
    "Concept",
    "Sampling",
    "ending_of",
    "finish_of",
    "gather_evidence",
    "intervene",
    "probe",
    "subjects_of",
    "tree_evidence",
    "what_is_probed",
]
