"""Numbers and arrays in, claims out: certificates, sample sizes and finite classes."""

from limbeck.theory.anytime import (
    AnytimeCertificate,
    AnytimeMonitor,
    Verdict,
    anytime_rows_to_certify,
    certify_stream,
)
from limbeck.theory.betting import WeightedCertificate, certify_weighted
from limbeck.theory.binomial import (
    error_lower_limit,
    error_upper_limit,
    rows_to_certify,
)
from limbeck.theory.bounds import agnostic_gap, agnostic_rows
from limbeck.theory.certificate import Certificate, LeafCertificate, certify_disagreements
from limbeck.theory.finite import ParetoFrontier, VCDimension, pareto_frontier, vc_dimension
from limbeck.theory.perfect import (
    MinimaxMixture,
    PerfectDistillation,
    SelectionPlan,
    distill_perfectly,
    minimax_mixture,
    plan_selection,
)
from limbeck.theory.planning import PlanRow, SamplePlan, StudentClass, junta_class, plan_samples, tree_class
from limbeck.theory.tolerance import ToleranceCertificate, certify_tolerance, certify_within
from limbeck.theory.trust import TrustedLeaves, trusted_leaves

__all__ = [
    "AnytimeCertificate",
    "AnytimeMonitor",
    "Certificate",
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
    "anytime_rows_to_certify",
    "certify_disagreements",
    "certify_stream",
    "certify_tolerance",
    "certify_weighted",
    "certify_within",
    "distill_perfectly",
    "error_lower_limit",
    "error_upper_limit",
    "junta_class",
    "minimax_mixture",
    "pareto_frontier",
    "plan_samples",
    "plan_selection",
    "rows_to_certify",
    "tree_class",
    "trusted_leaves",
    "vc_dimension",
]
