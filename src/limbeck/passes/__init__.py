"""The passes of a distillation, one file each, and the run that carries its clock, its randomness and its teacher."""

from limbeck.passes.choice import chosen, sized_trees
from limbeck.passes.fresh import LARGEST_BY_PROGRAM, grown_on_fresh_rows
from limbeck.passes.inputs import certificate_table, checked_weights
from limbeck.passes.objective import guides_of, leaf_loss
from limbeck.passes.run import Run

__all__ = [
    "LARGEST_BY_PROGRAM",
    "Run",
    "certificate_table",
    "checked_weights",
    "chosen",
    "grown_on_fresh_rows",
    "guides_of",
    "leaf_loss",
    "sized_trees",
]
