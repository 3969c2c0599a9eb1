"""The guides, and the beam that grows the clause family by them."""

from limbeck.search.acceptance import PassingProbe
from limbeck.search.batch import ClauseBatch
from limbeck.search.beam import BeamSettings, grow_family
from limbeck.search.guides import Agreement, Guide, Impurity, Influence, LinearRepresentation
from limbeck.search.incumbents import Incumbents
from limbeck.search.proposals import ProposalMemory
from limbeck.search.represented import Passes, RepresentedFamily, grow_represented_family
from limbeck.search.size import leaves_needed

__all__ = [
    "Agreement",
    "BeamSettings",
    "ClauseBatch",
    "Guide",
    "Impurity",
    "Incumbents",
    "Influence",
    "LinearRepresentation",
    "Passes",
    "PassingProbe",
    "ProposalMemory",
    "RepresentedFamily",
    "grow_family",
    "grow_represented_family",
    "leaves_needed",
]
