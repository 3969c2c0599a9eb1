"""Classes of students: how many rows they need, and finite ones computed exactly. Arrays and numbers only."""

from limbeck.classes.bounds import agnostic_gap, agnostic_rows
from limbeck.classes.finite import ParetoFrontier, VCDimension, pareto_frontier, vc_dimension
from limbeck.classes.junta_queries import JuntaPlan, junta_query_bound
from limbeck.classes.perfect import (
    MinimaxMixture,
    PerfectDistillation,
    SelectionPlan,
    distill_perfectly,
    minimax_mixture,
    plan_selection,
)
from limbeck.classes.planning import PlanRow, SamplePlan, StudentClass, junta_class, plan_samples, tree_class

__all__ = [
    "JuntaPlan",
    "MinimaxMixture",
    "ParetoFrontier",
    "PerfectDistillation",
    "PlanRow",
    "SamplePlan",
    "SelectionPlan",
    "StudentClass",
    "VCDimension",
    "agnostic_gap",
    "agnostic_rows",
    "distill_perfectly",
    "junta_class",
    "junta_query_bound",
    "minimax_mixture",
    "pareto_frontier",
    "plan_samples",
    "plan_selection",
    "tree_class",
    "vc_dimension",
]
