"""The guides, and the beam that grows the clause family by them."""

from limbeck.search.acceptance import PassingProbe
from limbeck.search.batch import ClauseBatch
from limbeck.search.beam import BeamSettings, grow_family
from limbeck.search.guides import Agreement, Guide, Impurity, Influence, LinearRepresentation
from limbeck.search.represented import Passes, RepresentedFamily, grow_represented_family
from limbeck.search.size import leaves_needed

__all__ = [
    "Agreement",
    "BeamSettings",
    "ClauseBatch",
    "Guide",
    "Impurity",
    "Influence",
    "LinearRepresentation",
    "Passes",
    "PassingProbe",
    "RepresentedFamily",
    "grow_family",
    "grow_represented_family",
    "leaves_needed",
]
