"""Certificates of finished students: student and teacher side by side on rows that nothing else saw."""

from limbeck.certificates.asking import answers_of_both
from limbeck.certificates.certify import certify, certify_until_decided
from limbeck.certificates.claims import Claim, certify_answers
from limbeck.certificates.compare import agreement, disagreements, fidelity, gaps_of

__all__ = [
    "Claim",
    "agreement",
    "answers_of_both",
    "certify",
    "certify_answers",
    "certify_until_decided",
    "disagreements",
    "fidelity",
    "gaps_of",
]
