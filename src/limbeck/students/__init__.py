"""Students other than trees: decision lists, rule sets, sparse polynomials, linear thresholds, juntas.

All are frozen, answer rows with `predict`, print themselves, become JSON with `to_dict`, and are certified against a
teacher with `certify`.
"""

from limbeck.students.base import Student, two_classes
from limbeck.students.decision_list import DecisionList
from limbeck.students.junta import Junta
from limbeck.students.polynomial import SparsePolynomial
from limbeck.students.rule_set import RuleSet
from limbeck.students.threshold import LinearThreshold

__all__ = [
    "DecisionList",
    "Junta",
    "LinearThreshold",
    "RuleSet",
    "SparsePolynomial",
    "Student",
    "two_classes",
]
