"""Which literal to ask next under each clause of a level: the guides propose, behind what incumbents ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.search.batch import ClauseBatch, batch_of, batch_size
from limbeck.search.beam_settings import BeamSettings
from limbeck.search.bins import BinnedColumn
from limbeck.search.family import Level, row_sets
from limbeck.search.guides import Agreement, Guide, Impurity
from limbeck.search.histograms import ExtensionSums
from limbeck.search.incumbents import Incumbents
from limbeck.search.losses import Loss
from limbeck.search.proposals import ProposalMemory, Proposals
from limbeck.threads import cores, in_parallel

__all__ = ["KeepGoing", "OnLevel", "Proposer"]

KeepGoing = Callable[[], bool]
OnLevel = Callable[[int, int, int], None]
"""Called with (level, clauses extended, clauses to extend)."""

# Bit of a proposal that stands for the incumbents, beside those of the guides.
_INCUMBENT = np.uint64(1 << 63)


class Proposer:
    """The guides of one search, asked batch by batch; it counts the clauses that were scored."""

    def __init__(
        self,
        literals: NDArray[np.bool_],
        loss: Loss,
        guides: tuple[Guide, ...],
        settings: BeamSettings,
        columns: Sequence[BinnedColumn],
        compiled: Any,
        incumbents: Incumbents | None,
        memory: ProposalMemory | None,
        keep_going: KeepGoing,
        on_level: OnLevel,
    ) -> None:
        self.literals, self.loss, self.guides, self.settings = literals, loss, guides, settings
        self.columns, self.compiled, self.incumbents, self.memory = columns, compiled, incumbents, memory
        self.keep_going, self.on_level = keep_going, on_level
        self.n_probes = 1
        self.complete = True

    @cached_property
    def sums(self) -> ExtensionSums:
        """The sums of all extensions, where NumPy adds them up."""
        return ExtensionSums(self.literals, self.loss, self.columns)

    def proposals(self, level: Level, clause: NDArray[np.intp], r: int) -> Proposals | None:
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
        self.n_probes += 2 * len(some) * self.literals.shape[1]
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
