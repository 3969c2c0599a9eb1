"""Does the answer follow what a layer holds? Interchange interventions in closed form; arrays and one callable in."""

from limbeck.causal.concept import move_concept
from limbeck.causal.interchange import Ending, Finish, finished, tallied
from limbeck.causal.layer import Node, Trial, corrected, examine_layer, pairs_of_rows
from limbeck.causal.shares import exact_share, holm
from limbeck.causal.subspace import Decomposed, Subspace, fit_subspace, random_subspace
from limbeck.causal.units import units_heard

__all__ = [
    "Decomposed",
    "Ending",
    "Finish",
    "Node",
    "Subspace",
    "Trial",
    "corrected",
    "exact_share",
    "examine_layer",
    "finished",
    "fit_subspace",
    "holm",
    "move_concept",
    "pairs_of_rows",
    "random_subspace",
    "tallied",
    "units_heard",
]
