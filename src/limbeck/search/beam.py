"""The beam: grows the clause family level by level, its places shared between the guides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import SearchError
from limbeck.search.batch import ClauseBatch, batch_of, batch_size
from limbeck.search.bins import BinnedColumn, binned_columns
from limbeck.search.depth_two import DepthTwoKernel
from limbeck.search.family import ClauseFamily, Level, Options, distinct_rows, row_sets
from limbeck.search.guides import Agreement, Guide, Impurity
from limbeck.search.histograms import ExtensionSums
from limbeck.search.incumbents import Incumbents
from limbeck.search.losses import Loss
from limbeck.search.proposals import ProposalMemory, Proposals
from limbeck.threads import cores, in_parallel

__all__ = ["BeamSettings", "Priority", "grow_family"]

# Multiply-adds of the depth-2 kernel (literals² x rows x statistics) up to which it is run below as many clauses as the
# settings say.
_PAIRS_AT_FULL_COUNT = 100**2 * 2000 * 2

# From this level on only chains of rare questions go deeper: they need few places.
_DEEP, _DEEP_SHARE = 12, 8

# Clauses that are extended on every level, however many literals and classes there are.
_LEAST_BEAM = 100

# Bit of a proposal that stands for the incumbents, beside those of the guides.
_INCUMBENT = np.uint64(1 << 63)

Priority = Callable[[NDArray[np.bool_]], NDArray[np.floating]]
"""Scores clauses, given their rows as (k, n); the beam extends those with the highest scores."""

KeepGoing = Callable[[], bool]
OnLevel = Callable[[int, int, int], None]
"""Called with (level, clauses extended, clauses to extend)."""


def _always() -> bool:
    return True


def _silent(level: int, done: int, total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class BeamSettings:
    """How widely to search.

    Parameters
    ----------
    widths : tuple of int, each at least 1
        Literals that each guide may propose under one clause, level by level; the last entry serves all deeper levels.
    beam : int, at least 1
        Most clauses that are extended on a level, k.
    max_depth : int, at least 0
        Most questions on a path, r.
    min_leaf : float
        Least weight of a clause.
    pair_clauses : int, at least 0
        Most clauses on a level below which the depth-2 kernel is run, with up to 100 literals and 2000 rows; with
        more, so many fewer that the work stays alike. 0 switches it off.
    guide_work : float
        Multiply-adds on a level beyond which a guide, other than the first, is not consulted there.
    most_sums : float
        Sums (clauses x literals x statistics) on a level beyond which fewer clauses are extended, but 100 at least.
    rounds : int, at least 1
        Most searches, each but the first around the best trees of those before.
    """

    widths: tuple[int, ...] = (8, 5, 4, 3, 2, 2, 1)
    beam: int = 1000
    max_depth: int = 8
    min_leaf: float = 1.0
    pair_clauses: int = 1000
    guide_work: float = np.inf
    most_sums: float = np.inf
    rounds: int = 1

    def width(self, r: int) -> int:
        """Return the literals that each guide may propose on level r."""
        return self.widths[min(r, len(self.widths) - 1)]


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
    memory: ProposalMemory | None = None,
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
    memory : ProposalMemory, optional
        What earlier searches over these rows, with these guides, have proposed.
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
    search = _Search(
        literals, loss, tuple(guides), settings, columns, compiled, priority, incumbents, memory, keep_going, on_level
    )
    everything = np.packbits(np.ones((1, n), bool), axis=1)
    opened = _Open(Level(everything, loss.total[None, :]), np.zeros(1, np.int64), ~np.zeros(1, np.uint64))
    levels: list[Level] = []
    for r in range(settings.max_depth + 1):
        level, following = search.extend(opened, r)
        levels.append(level)
        if following is None:
            break
        opened = following
    return ClauseFamily(tuple(levels), literals, search.n_probes, search.complete)


class _Search:
    """The running search: fixed inputs, and the count of clauses scored."""

    def __init__(
        self,
        literals: NDArray[np.bool_],
        loss: Loss,
        guides: tuple[Guide, ...],
        settings: BeamSettings,
        columns: Sequence[BinnedColumn],
        compiled: Any,
        priority: Priority | None,
        incumbents: Incumbents | None,
        memory: ProposalMemory | None,
        keep_going: KeepGoing,
        on_level: OnLevel,
    ) -> None:
        self.literals, self.loss, self.guides, self.settings = literals, loss, guides, settings
        self.priority, self.keep_going, self.on_level = priority, keep_going, on_level
        self.columns, self.compiled, self.incumbents, self.memory = columns, compiled, incumbents, memory
        self.n_literals = literals.shape[1]
        self.kernel = DepthTwoKernel(literals, loss, settings.min_leaf, compiled=compiled)
        self.n_probes = 1
        self.complete = True

    @cached_property
    def sums(self) -> ExtensionSums:
        """The sums of all extensions, where NumPy adds them up."""
        return ExtensionSums(self.literals, self.loss, self.columns)

    @cached_property
    def packed(self) -> NDArray[np.uint8]:
        """The rows that answer each literal with yes, eight in a byte."""
        return np.packbits(self.literals.T, axis=1)

    def extend(self, opened: _Open, r: int) -> tuple[Level, _Open | None]:
        """Split the best clauses of a level; return it with its options, and the level below."""
        level = opened.level
        order = self._order(opened) if r < self.settings.max_depth else np.empty(0, np.intp)
        chosen = order[: self._beam(r)]
        proposals = self._proposals(level, np.sort(chosen), r)
        if r + 2 <= self.settings.max_depth:
            level = self._with_pairs(level, order)
        if proposals is None:
            return level, None
        options, following = self._children(opened, proposals)
        return replace(level, options=options), following

    def _beam(self, r: int) -> int:
        """Return how many clauses of a level are extended."""
        sums = max(1, self.n_literals * self.loss.statistics.shape[1])
        beam = int(min(self.settings.beam, max(_LEAST_BEAM, self.settings.most_sums / sums)))
        return beam if r < _DEEP else -(-beam // _DEEP_SHARE)

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

    def _proposals(self, level: Level, clause: NDArray[np.intp], r: int) -> Proposals | None:
        """Return every split that some guide proposes, sorted by parent; None when there is none."""
        n, n_literals = self.literals.shape
        size = batch_size(n, n_literals, self.loss.statistics.shape[1], len(self.columns))
        parts = [clause[start : start + size] for start in range(0, len(clause), size)]
        guides = self._consulted(len(clause))
        found: list[Proposals] = []
        done = 0

        def score(some: NDArray[np.intp]) -> Proposals | None:
            return self._batch(level, some, r, guides)

        # The compiled core shares the clauses of one batch between threads, NumPy whole batches.
        workers = None if self.compiled is None else 1
        for some, proposals in zip(parts, in_parallel(score, parts, workers=workers), strict=True):
            if proposals is None:
                self.complete = False
                continue
            found.append(proposals)
            done += len(some)
            self.on_level(r, done, len(clause))
        return Proposals.joined(found) if any(len(part.parent) for part in found) else None

    def _consulted(self, k: int) -> dict[int, Guide]:
        """Return the guides that k clauses can afford, by their place; the first is the surest, and always heard."""
        return {i: g for i, g in enumerate(self.guides) if not i or k * g.work() <= self.settings.guide_work}

    def _batch(self, level: Level, some: NDArray[np.intp], r: int, guides: Mapping[int, Guide]) -> Proposals | None:
        """Score the extensions of some clauses; None when the time is over."""
        if not self.keep_going():
            return None
        asked = None if self.incumbents is None else self.incumbents.asked(level.members[some])
        if self.memory is None:
            return self._made(level, some, r, guides, asked)
        rows = level.members[some] if asked is None else np.hstack([level.members[some], np.packbits(asked, axis=1)])
        by = bytes([self.settings.width(r), *guides])
        return self.memory.recalled(
            [row.tobytes() + by for row in rows], some,
            lambda new: self._made(level, some[new], r, guides, None if asked is None else asked[new]),
        )  # fmt: skip

    def _made(
        self,
        level: Level,
        some: NDArray[np.intp],
        r: int,
        guides: Mapping[int, Guide],
        asked: NDArray[np.bool_] | None,
    ) -> Proposals:
        """Let the guides propose splits of some clauses, given what incumbents ask under them."""
        self.n_probes += 2 * len(some) * self.n_literals
        if self.compiled is not None:
            return self._compiled_proposals(level, some, self.settings.width(r), guides, asked)
        batch = batch_of(level, some, self.sums, len(self.literals))
        return self._batch_proposals(batch, self.settings.width(r), guides, asked)

    def _compiled_proposals(
        self,
        level: Level,
        some: NDArray[np.intp],
        width: int,
        guides: Mapping[int, Guide],
        asked: NDArray[np.bool_] | None,
    ) -> Proposals:
        """Let the compiled core add up, and propose by the labels' guides and the scores of the others."""
        members = np.ascontiguousarray(level.members[some])
        known: dict[type[Guide], str] = {Impurity: "impurity", Agreement: "agreement"}
        heard = [known.get(type(guide), guide) for guide in guides.values()]
        if not all(isinstance(guide, str) for guide in heard):
            none = np.empty(0)
            batch = ClauseBatch(some, row_sets(members, len(self.literals), np.bool_), none, none)
            heard = [g if isinstance(g, str) else np.ascontiguousarray(g.scores(batch), np.float64) for g in heard]
        parent, literal, rank, places, yes, no = self.compiled.propose(
            members, level.sums[some], heard, width, self.settings.min_leaf, cores(), asked
        )
        first = places & _INCUMBENT
        for place, i in enumerate(guides):
            first |= (places >> np.uint64(place) & np.uint64(1)) << np.uint64(i)
        return Proposals(some[parent], literal, rank, first, yes, no)

    def _batch_proposals(
        self, batch: ClauseBatch, width: int, guides: Mapping[int, Guide], asked: NDArray[np.bool_] | None
    ) -> Proposals:
        """Let every guide propose its best literals under each clause of a batch, behind what incumbents ask."""
        least = self.settings.min_leaf
        allowed = (self.loss.weight(batch.yes_sums) >= least) & (self.loss.weight(batch.no_sums) >= least)
        unranked = np.iinfo(np.int64).max
        rank = np.full(allowed.shape, unranked)
        first = np.zeros(allowed.shape, np.uint64)
        every = np.arange(len(allowed))
        for i, guide in guides.items():
            score = np.where(allowed, guide.scores(batch), -np.inf)
            for place in range(min(width, score.shape[1])):  # the best, again and again: widths are small
                best = score.argmax(axis=1)
                found = np.flatnonzero(score[every, best] > -np.inf)
                at = found, best[found]
                rank[at] = np.minimum(rank[at], place)
                if place == 0:
                    first[at] |= np.uint64(1 << i)
                score[at] = -np.inf
        if asked is not None:
            asked = asked & allowed
            rank[(rank < unranked) & asked.any(axis=1, keepdims=True)] += 1
            rank[asked] = 0
            first[asked] |= _INCUMBENT
        k, literal = np.nonzero(rank < unranked)
        sums = (batch.yes_sums[:, k, literal].T, batch.no_sums[:, k, literal].T)
        return Proposals(batch.clause[k], literal, rank[k, literal], first[k, literal], *sums)

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

    def _with_pairs(self, level: Level, order: NDArray[np.intp]) -> Level:
        """Run the depth-2 kernel below the first clauses of the order."""
        first = order[: self._most_pairs(level.members[order[0]]) if len(order) else 0]
        pairs = self.kernel.solve(level.members, first, self.keep_going)
        self.complete &= len(pairs.clause) == len(first)
        return replace(level, pairs=pairs)


def _sums(members: NDArray[np.uint8], loss: Loss, n: int) -> NDArray[np.float64]:
    """Return the sufficient statistics of packed clauses in double precision, in bounded batches."""
    size = max(1, (64 << 20) // (8 * n))
    parts = [
        row_sets(members[start : start + size], n, np.float64) @ loss.statistics
        for start in range(0, len(members), size)
    ]
    return np.concatenate(parts)
