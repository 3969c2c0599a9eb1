"""The dynamic program over a clause family, its depth-2 kernel, its losses, and the brute-force oracle."""

from limbeck.solve.asking import without_idle_questions
from limbeck.solve.bins import AnsweredSums, BinnedColumn, binned_columns
from limbeck.solve.brute import best_costs_by_enumeration
from limbeck.solve.compiled import compiled_fit, core_in_use
from limbeck.solve.counting import FamilyCounter
from limbeck.solve.depth_two import DepthTwoKernel
from limbeck.solve.family import ClauseFamily, Level, Options, PairSplits, distinct_rows, row_sets
from limbeck.solve.improve import TreeImprover
from limbeck.solve.isotonic import isotonic
from limbeck.solve.leaf_sums import LeafCounter, leaf_sums_in, refitted, sums_after
from limbeck.solve.losses import HardLabels, Loss, SquaredError, row_weights
from limbeck.solve.monotone import leaf_order, monotone_tree
from limbeck.solve.program import Frontier, FrontierPoint, solve_program
from limbeck.solve.prune import disagreement_cost, prune_frontier, squared_cost
from limbeck.solve.recount import RowCounter
from limbeck.solve.thresholds import ThresholdMover

__all__ = [
    "AnsweredSums",
    "BinnedColumn",
    "ClauseFamily",
    "DepthTwoKernel",
    "FamilyCounter",
    "Frontier",
    "FrontierPoint",
    "HardLabels",
    "LeafCounter",
    "Level",
    "Loss",
    "Options",
    "PairSplits",
    "RowCounter",
    "SquaredError",
    "ThresholdMover",
    "TreeImprover",
    "best_costs_by_enumeration",
    "binned_columns",
    "compiled_fit",
    "core_in_use",
    "disagreement_cost",
    "distinct_rows",
    "isotonic",
    "leaf_order",
    "leaf_sums_in",
    "monotone_tree",
    "prune_frontier",
    "refitted",
    "row_sets",
    "row_weights",
    "solve_program",
    "squared_cost",
    "sums_after",
    "without_idle_questions",
]
