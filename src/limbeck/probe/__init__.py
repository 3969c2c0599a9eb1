"""Linear representation: is a clause linear in the activations? Arrays only, NumPy and SciPy."""

from limbeck.probe.ball import BallProbe, fit_ball, norm_needed
from limbeck.probe.evidence import Evidence, NodeEvidence, clause_evidence, random_clauses
from limbeck.probe.extension import ExtensionProbe, batch_scores, extension_scores, prepare_extensions
from limbeck.probe.features import Features, concatenate, fit_features
from limbeck.probe.loo import LooProbe, choose_penalty, prepare, scores

__all__ = [
    "BallProbe",
    "Evidence",
    "ExtensionProbe",
    "Features",
    "LooProbe",
    "NodeEvidence",
    "batch_scores",
    "choose_penalty",
    "clause_evidence",
    "concatenate",
    "extension_scores",
    "fit_ball",
    "fit_features",
    "norm_needed",
    "prepare",
    "prepare_extensions",
    "random_clauses",
    "scores",
]
