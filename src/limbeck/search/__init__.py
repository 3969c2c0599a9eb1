"""Clauses by a guided beam, and the best tree of every size over them by an exact dynamic program."""

from limbeck.search.acceptance import PassingProbe
from limbeck.search.batch import ClauseBatch
from limbeck.search.beam import grow_family
from limbeck.search.beam_settings import BeamSettings
from limbeck.search.bins import AnsweredSums, BinnedColumn, binned_columns
from limbeck.search.brute import best_costs_by_enumeration
from limbeck.search.compiled import compiled_fit, core_in_use
from limbeck.search.counting import FamilyCounter
from limbeck.search.depth_two import DepthTwoKernel, PairMemory
from limbeck.search.family import ClauseFamily, Level, Options, PairSplits, distinct_rows, row_sets
from limbeck.search.guides import Agreement, Guide, Impurity, Influence, LinearRepresentation
from limbeck.search.idle import without_idle_questions
from limbeck.search.improve import TreeImprover
from limbeck.search.incumbents import Incumbents
from limbeck.search.isotonic import isotonic
from limbeck.search.leaf_sums import LeafCounter, leaf_sums_in, refitted, sums_after
from limbeck.search.losses import HardLabels, Loss, SquaredError, row_weights
from limbeck.search.memory import SearchMemory
from limbeck.search.monotone import leaf_order, monotone_tree
from limbeck.search.program import Frontier, FrontierPoint, solve_program
from limbeck.search.prune import disagreement_cost, prune_frontier, squared_cost
from limbeck.search.recount import RowCounter
from limbeck.search.represented import Passes, RepresentedFamily, grow_represented_family
from limbeck.search.size import leaves_needed
from limbeck.search.thresholds import ThresholdMover

__all__ = [
    "Agreement",
    "AnsweredSums",
    "BeamSettings",
    "BinnedColumn",
    "ClauseBatch",
    "ClauseFamily",
    "DepthTwoKernel",
    "FamilyCounter",
    "Frontier",
    "FrontierPoint",
    "Guide",
    "HardLabels",
    "Impurity",
    "Incumbents",
    "Influence",
    "LeafCounter",
    "Level",
    "LinearRepresentation",
    "Loss",
    "Options",
    "PairMemory",
    "PairSplits",
    "Passes",
    "PassingProbe",
    "RepresentedFamily",
    "RowCounter",
    "SearchMemory",
    "SquaredError",
    "ThresholdMover",
    "TreeImprover",
    "best_costs_by_enumeration",
    "binned_columns",
    "compiled_fit",
    "core_in_use",
    "disagreement_cost",
    "distinct_rows",
    "grow_family",
    "grow_represented_family",
    "isotonic",
    "leaf_order",
    "leaf_sums_in",
    "leaves_needed",
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
