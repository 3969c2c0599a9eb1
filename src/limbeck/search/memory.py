"""What is remembered from one search to the next over the same rows."""

from __future__ import annotations

from dataclasses import dataclass, field

from limbeck.search.depth_two import PairMemory
from limbeck.search.proposals import ProposalMemory

__all__ = ["SearchMemory"]


@dataclass(frozen=True)
class SearchMemory:
    """What was found under clauses.

    Parameters
    ----------
    proposals : ProposalMemory
        The splits that were proposed.
    pairs : PairMemory
        The best subtrees of depth 2.
    """

    proposals: ProposalMemory = field(default_factory=ProposalMemory)
    pairs: PairMemory = field(default_factory=PairMemory)
