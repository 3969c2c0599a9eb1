"""What a distillation shows, where tree and teacher disagree, and what to do about it."""

from limbeck.diagnosis.dependent import of_dependent_rows
from limbeck.diagnosis.disagreement import Floor, Region, vocabulary_floor, worst_region
from limbeck.diagnosis.figure import Figure
from limbeck.diagnosis.findings import Findings, gather_findings
from limbeck.diagnosis.stability import Stability, answered_again
from limbeck.diagnosis.verdict import Diagnosis, Verdict, diagnose

__all__ = [
    "Diagnosis",
    "Figure",
    "Findings",
    "Floor",
    "Region",
    "Stability",
    "Verdict",
    "answered_again",
    "diagnose",
    "gather_findings",
    "of_dependent_rows",
    "vocabulary_floor",
    "worst_region",
]
