"""Claims: certificates of finished students, and how many rows classes of students need."""

from limbeck.theory.answering import rows_to_answer
from limbeck.theory.anytime import (
    NO_BUDGET,
    AnytimeCertificate,
    AnytimeMonitor,
    Verdict,
    anytime_rows_to_certify,
    certify_stream,
)
from limbeck.theory.binomial import error_lower_limit, error_upper_limit, rows_to_certify
from limbeck.theory.bounds import agnostic_gap, agnostic_rows
from limbeck.theory.by_class import ByClass, ClassAgreement, agreement_by_class, agreement_of_counts
from limbeck.theory.certificate import Certificate, certify_counts, certify_disagreements
from limbeck.theory.deferral import DeferralCertificate, certify_deferral, certify_deferral_counts
from limbeck.theory.finite import ParetoFrontier, VCDimension, pareto_frontier, vc_dimension
from limbeck.theory.junta_queries import JuntaPlan, junta_query_bound
from limbeck.theory.leaf_limits import LeafCertificate
from limbeck.theory.perfect import (
    MinimaxMixture,
    PerfectDistillation,
    SelectionPlan,
    distill_perfectly,
    minimax_mixture,
    plan_selection,
)
from limbeck.theory.planning import PlanRow, SamplePlan, StudentClass, junta_class, plan_samples, tree_class
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
    "JuntaPlan",
    "LeafCertificate",
    "MinimaxMixture",
    "ParetoFrontier",
    "PerfectDistillation",
    "PlanRow",
    "SamplePlan",
    "SelectionPlan",
    "StudentClass",
    "ToleranceCertificate",
    "TrustedLeaves",
    "VCDimension",
    "Verdict",
    "WeightedCertificate",
    "agnostic_gap",
    "agnostic_rows",
    "agreement_by_class",
    "agreement_of_counts",
    "anytime_rows_to_certify",
    "certify_counts",
    "certify_deferral",
    "certify_deferral_counts",
    "certify_disagreements",
    "certify_gap_counts",
    "certify_stream",
    "certify_tolerance",
    "certify_trusted",
    "certify_weighted",
    "certify_within",
    "distill_perfectly",
    "error_lower_limit",
    "error_upper_limit",
    "junta_class",
    "junta_query_bound",
    "minimax_mixture",
    "pareto_frontier",
    "plan_samples",
    "plan_selection",
    "rows_to_answer",
    "rows_to_certify",
    "tree_class",
    "trusted_leaves",
    "vc_dimension",
]
