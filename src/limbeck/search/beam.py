"""The beam: grows the clause family level by level, its places shared between the guides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import SearchError
from limbeck.search.beam_settings import BeamSettings
from limbeck.search.bins import BinnedColumn, binned_columns
from limbeck.search.depth_two import DepthTwoKernel, PairMemory
from limbeck.search.family import ClauseFamily, Level, Options, distinct_rows, row_sets
from limbeck.search.guides import Guide
from limbeck.search.incumbents import Incumbents
from limbeck.search.losses import Loss
from limbeck.search.memory import SearchMemory
from limbeck.search.proposals import Proposals
from limbeck.search.proposing import KeepGoing, OnLevel, Proposer

__all__ = ["Priority", "grow_family"]

# Multiply-adds of the depth-2 kernel (literals² x rows x statistics) up to which it is run below as many clauses as the
# settings say.
_PAIRS_AT_FULL_COUNT = 100**2 * 2000 * 2

# From this level on only chains of rare questions go deeper: they need few places.
_DEEP, _DEEP_SHARE = 12, 8

# Clauses that are extended on every level, however many literals and classes there are.
_LEAST_BEAM = 100

Priority = Callable[[NDArray[np.bool_]], NDArray[np.floating]]
"""Scores clauses, given their rows as (k, n); the beam extends those with the highest scores."""


def _always() -> bool:
    return True


def _silent(level: int, done: int, total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True, eq=False)
class _Open:
    """A level under construction: how many better-ranked choices lead to each clause; and which guides' first alone."""

    level: Level
    rank: NDArray[np.int64]
    faithful: NDArray[np.uint64]  # a bit for each guide


def grow_family(
    literals: NDArray[np.bool_],
    loss: Loss,
    guides: Sequence[Guide],
    settings: BeamSettings,
    *,
    columns: Sequence[BinnedColumn] | None = None,
    compiled: Any = None,
    priority: Priority | None = None,
    incumbents: Incumbents | None = None,
    memory: SearchMemory | None = None,
    keep_going: KeepGoing = _always,
    on_level: OnLevel = _silent,
) -> ClauseFamily:
    """Search for the clauses that deserve to be tree nodes.

    Level 0 is the clause that every row satisfies. On each level the best `beam` clauses are extended: under
    each, every guide proposes its best literals, and both children of every proposal enter the next level.
    Clauses to which the first choices of one guide led come first, so that each guide's greedy tree is grown whole.
    The others are ranked by how far down the guides' lists the choices on their path stood (then by their loss). Where
    a `priority` is given, it alone ranks.

    With `incumbents` the search goes around trees that are known: what they ask is proposed first, and every clause is
    ranked by how far it departs from them, so that the best tree over the family is no worse than they are.

    Parameters
    ----------
    literals : ndarray of bool, shape (n, l)
        Answers of the rows.
    loss : Loss
        Leaf loss over the same rows.
    guides : sequence of Guide
        At least one.
    settings : BeamSettings
        Widths and limits.
    columns : sequence of BinnedColumn, optional
        The literals by column: those about one column are added up together. By default each is its own.
    compiled : optional
        The same rows in the compiled core, which then adds up and makes the clauses.
    priority : callable, optional
        A score for clauses that replaces the ranking, such as the R² of their probe; a clause with minus infinity is
        never extended.
    incumbents : Incumbents, optional
        What the best trees so far ask.
    memory : SearchMemory, optional
        What earlier searches over these rows, with these guides and settings, have found.
    keep_going : callable
        Asked often; once it says no, the family is returned as far as it got.
    on_level : callable
        Told about progress.

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053: breadth-first search over
    clauses; the sharing between guides and the ranking within parents are additions. Harvey and Ginsberg (1995),
    *Limited discrepancy search*, IJCAI: departures from what a heuristic advises, few first.
    """
    if not guides:
        raise SearchError("a search with at least one guide", "none", "switch a guide on")
    n = len(literals)
    columns = binned_columns(literals) if columns is None else columns
    proposer = Proposer(
        literals, loss, tuple(guides), settings, columns, compiled, incumbents, memory and memory.proposals,
        keep_going, on_level,
    )  # fmt: skip
    pairs = PairMemory() if memory is None else memory.pairs
    search = _Search(literals, loss, settings, compiled, priority, proposer, pairs, keep_going)
    everything = np.packbits(np.ones((1, n), bool), axis=1)
    opened = _Open(Level(everything, loss.total[None, :]), np.zeros(1, np.int64), ~np.zeros(1, np.uint64))
    levels: list[Level] = []
    for r in range(settings.max_depth + 1):
        level, following = search.extend(opened, r)
        levels.append(level)
        if following is None:
            break
        opened = following
    return ClauseFamily(tuple(levels), literals, proposer.n_probes, search.complete and proposer.complete)


class _Search:
    """The running search: it ranks clauses, splits the best by what is proposed, and makes the level below."""

    def __init__(
        self,
        literals: NDArray[np.bool_],
        loss: Loss,
        settings: BeamSettings,
        compiled: Any,
        priority: Priority | None,
        proposer: Proposer,
        pairs: PairMemory,
        keep_going: KeepGoing,
    ) -> None:
        self.literals, self.loss, self.settings, self.compiled = literals, loss, settings, compiled
        self.priority, self.proposer, self.pairs, self.keep_going = priority, proposer, pairs, keep_going
        self.n_literals = literals.shape[1]
        self.kernel = DepthTwoKernel(literals, loss, settings.min_leaf, compiled=compiled)
        self.complete = True

    @cached_property
    def packed(self) -> NDArray[np.uint8]:
        """The rows that answer each literal with yes, eight in a byte."""
        return np.packbits(self.literals.T, axis=1)

    def extend(self, opened: _Open, r: int) -> tuple[Level, _Open | None]:
        """Split the best clauses of a level; return it with its options, and the level below."""
        level = opened.level
        order = self._order(opened) if r < self.settings.max_depth else np.empty(0, np.intp)
        chosen = order[: self._beam(r)]
        proposals = self.proposer.proposals(level, np.sort(chosen), r)
        if r + 2 <= self.settings.max_depth:
            level = self._with_pairs(level, order, r)
        if proposals is None:
            return level, None
        options, following = self._children(opened, proposals)
        return replace(level, options=options), following

    def _beam(self, r: int) -> int:
        """Return how many clauses of a level are extended."""
        sums = max(1, self.n_literals * self.loss.statistics.shape[1])
        beam = int(min(self.settings.beam, max(_LEAST_BEAM, self.settings.most_sums / sums)))
        return _places(beam, r)

    def _order(self, opened: _Open) -> NDArray[np.intp]:
        """Return the clauses worth splitting, best first."""
        level = opened.level
        cost = self.loss.cost(level.sums.T)
        heavy = self.loss.weight(level.sums.T) >= 2 * self.settings.min_leaf
        if self.priority is None:
            order = np.lexsort((-cost, opened.rank, opened.faithful == 0))
        else:
            members = row_sets(level.members, len(self.literals), np.bool_)
            score = self.priority(members)
            order = np.argsort(-score, kind="stable")
            heavy &= ~np.isneginf(score)
        return order[(heavy & (cost > 0))[order]]

    def _children(self, opened: _Open, made: Proposals) -> tuple[Options, _Open]:
        """Make both children of every split, equal row sets once."""
        m = len(made.parent)
        members, first, place = self._distinct_children(opened.level.members, made)
        ranks = np.full(len(members), np.iinfo(np.int64).max)
        np.minimum.at(ranks, place, np.tile(opened.rank[made.parent] + made.rank, 2))
        faithful = np.zeros(len(members), np.uint64)
        np.bitwise_or.at(faithful, place, np.tile(opened.faithful[made.parent] & made.first, 2))
        if self.loss.exact_in_single:  # then the products of the search are the sums themselves
            sums = np.concatenate([made.yes_sums, made.no_sums])[first].astype(np.float64)
        else:
            sums = self._sums(members)
        return Options(made.parent, made.literal, place[:m], place[m:]), _Open(Level(members, sums), ranks, faithful)

    def _distinct_children(
        self, members: NDArray[np.uint8], made: Proposals
    ) -> tuple[NDArray[np.uint8], NDArray[np.intp], NDArray[np.intp]]:
        """Return both sides of all splits, equal ones once; where each stands first; and which of them each side is."""
        if self.compiled is not None:
            return self.compiled.children(members, made.parent, made.literal)
        above, asked = members[made.parent], self.packed[made.literal]
        yes = above & asked
        return distinct_rows(np.concatenate([yes, above ^ yes]))

    def _sums(self, members: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return the sufficient statistics of packed clauses in double precision."""
        return _sums(members, self.loss, len(self.literals)) if self.compiled is None else self.compiled.sums(members)

    def _most_pairs(self, first: NDArray[np.uint8]) -> int:
        """Return below how many clauses of a level, the first given, the kernel is run: the dearer one, the fewer."""
        n_rows = int(np.bitwise_count(first).sum())
        pairs = min(self.n_literals, self.kernel.max_literals) ** 2 * n_rows * self.loss.statistics.shape[1]
        return min(self.settings.pair_clauses, -(-self.settings.pair_clauses * _PAIRS_AT_FULL_COUNT // max(1, pairs)))

    def _with_pairs(self, level: Level, order: NDArray[np.intp], r: int) -> Level:
        """Run the depth-2 kernel below the first clauses of the order."""
        most = self._most_pairs(level.members[order[0]]) if len(order) else 0
        first = order[: _places(most, r)]
        pairs = self.pairs.solved(self.kernel, level.members, first, self.keep_going)
        self.complete &= len(pairs.clause) == len(first)
        return replace(level, pairs=pairs)


def _places(many: int, r: int) -> int:
    """Return how many of so many places a level has."""
    return many if r < _DEEP else -(-many // _DEEP_SHARE)


def _sums(members: NDArray[np.uint8], loss: Loss, n: int) -> NDArray[np.float64]:
    """Return the sufficient statistics of packed clauses in double precision, in bounded batches."""
    size = max(1, (64 << 20) // (8 * n))
    parts = [
        row_sets(members[start : start + size], n, np.float64) @ loss.statistics
        for start in range(0, len(members), size)
    ]
    return np.concatenate(parts)
