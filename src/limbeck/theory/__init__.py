"""Rows in, claims out: certificates of a finished student. Arrays and numbers only."""

from limbeck.theory.answering import rows_to_answer
from limbeck.theory.anytime import (
    NO_BUDGET,
    AnytimeCertificate,
    AnytimeMonitor,
    Verdict,
    anytime_rows_to_certify,
    certify_stream,
)
from limbeck.theory.binomial import (
    error_lower_limit,
    error_upper_limit,
    rows_to_certify,
)
from limbeck.theory.by_class import ByClass, ClassAgreement, agreement_by_class, agreement_of_counts
from limbeck.theory.certificate import Certificate, LeafCertificate, certify_counts, certify_disagreements
from limbeck.theory.deferral import DeferralCertificate, certify_deferral
from limbeck.theory.tolerance import ToleranceCertificate, certify_gap_counts, certify_tolerance, certify_within
from limbeck.theory.trust import TrustedLeaves, trusted_leaves
from limbeck.theory.trusting import certify_trusted
from limbeck.theory.weighted import WeightedCertificate, certify_weighted

__all__ = [
    "NO_BUDGET",
    "AnytimeCertificate",
    "AnytimeMonitor",
    "ByClass",
    "Certificate",
    "ClassAgreement",
    "DeferralCertificate",
    "LeafCertificate",
    "ToleranceCertificate",
    "TrustedLeaves",
    "Verdict",
    "WeightedCertificate",
    "agreement_by_class",
    "agreement_of_counts",
    "anytime_rows_to_certify",
    "certify_counts",
    "certify_deferral",
    "certify_disagreements",
    "certify_gap_counts",
    "certify_stream",
    "certify_tolerance",
    "certify_trusted",
    "certify_weighted",
    "certify_within",
    "error_lower_limit",
    "error_upper_limit",
    "rows_to_answer",
    "rows_to_certify",
    "trusted_leaves",
]
