"""A clause family counted on more rows than it was grown on, batch by batch, in any order and in any parts."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from limbeck.search.exact import MOST_AT_ONCE, ExactSums, limbs_of
from limbeck.search.family import ClauseFamily, Level, Options

__all__ = ["FamilyCounter"]

# Kinds of rows (statistics of one row) up to which they are counted by their bits.
_MOST_KINDS = 32

Words = NDArray[np.uint64]


class FamilyCounter:
    r"""Adds rows up in every clause of a family.

    A family grown on a sample holds clauses with the same sample rows once. On more rows they may differ: a clause is
    what the first of its parents with its literal says, and an option whose side is another set of some batch's rows is
    left out. So every option that stays is a split of all rows, and the program over the counted family is exact. Sums
    are in fixed point: counters of parts of the rows, joined in any order, hold the same bits as one of all rows.

    Parameters
    ----------
    family : ClauseFamily
        As grown on some of the rows, or on others.
    n_statistics : int
        Statistics of a row, d.
    """

    def __init__(self, family: ClauseFamily, n_statistics: int) -> None:
        self._sums = [ExactSums((len(level), n_statistics)) for level in family.levels]
        self._splits = [_Splits(a.options, len(b)) for a, b in pairwise(family.levels) if a.options is not None]

    def add(self, answers: NDArray[np.bool_], statistics: NDArray[np.float64]) -> None:
        """Add a batch: its rows' answers to the literals, shape (m, l), and their statistics, shape (m, d)."""
        for start in range(0, len(answers), MOST_AT_ONCE):
            some = slice(start, start + MOST_AT_ONCE)
            self._add(answers[some], statistics[some])

    def _add(self, answers: NDArray[np.bool_], statistics: NDArray[np.float64]) -> None:
        literals, adder = _words(answers.T), _Adder(statistics)
        members = _words(np.ones((1, len(answers)), bool))
        self._sums[0].add(adder.of(members))
        for place, splits in enumerate(self._splits):
            members = splits.below(members, literals)
            self._sums[place + 1].add(adder.of(members))

    def join(self, other: FamilyCounter) -> None:
        """Add the rows that another counter of the same family has seen."""
        for mine, theirs in zip(self._sums, other._sums, strict=True):
            mine.join(theirs)
        for ours, those in zip(self._splits, other._splits, strict=True):
            ours.holds &= those.holds

    def take_away(self, other: FamilyCounter) -> None:
        """Leave out rows that another counter has seen, copies of which stay in this one."""
        for mine, theirs in zip(self._sums, other._sums, strict=True):
            mine.take_away(theirs)

    def counted(self, family: ClauseFamily) -> ClauseFamily:
        """Return the family with the sums of all rows that were added; its clauses' rows stay those it was grown on."""
        levels: list[Level] = []
        for r, (level, sums) in enumerate(zip(family.levels, self._sums, strict=True)):
            options = self._splits[r].options if r < len(self._splits) else None
            levels.append(replace(level, sums=sums.values, options=options, pairs=None))
        return replace(family, levels=tuple(levels))


class _Splits:
    """The splits of one level into the clauses of the next."""

    def __init__(self, options: Options, n_below: int) -> None:
        self._options, self.holds = options, np.ones(len(options), bool)
        sides = np.concatenate([options.yes, options.no])
        _, first = np.unique(sides, return_index=True)
        assert len(first) == n_below
        self._first, self._of = first % len(options), first < len(options)

    @property
    def options(self) -> Options:
        """The options that hold on all rows."""
        o, holds = self._options, self.holds
        return Options(o.parent[holds], o.literal[holds], o.yes[holds], o.no[holds])

    def below(self, members: Words, literals: Words) -> Words:
        """Return the rows of the clauses below, and note which options are no splits of these rows."""
        o = self._options
        above, asked = members[o.parent], literals[o.literal]
        yes = above & asked
        no = above ^ yes
        children = np.where(self._of[:, None], yes[self._first], no[self._first])
        self.holds &= (children[o.yes] == yes).all(axis=1) & (children[o.no] == no).all(axis=1)
        return children


class _Adder:
    """Sums of the statistics of rows that are held as bits, as sums of their limbs."""

    def __init__(self, statistics: NDArray[np.float64]) -> None:
        self._shape = (3, statistics.shape[1])
        kinds, kind_of = np.unique(statistics, axis=0, return_inverse=True)
        by_kind = len(kinds) <= _MOST_KINDS
        limbs = limbs_of(kinds if by_kind else statistics)
        rows = np.moveaxis(limbs, 0, 1).reshape(limbs.shape[1], -1)
        self._used = np.flatnonzero(rows.any(axis=0))
        self._limbs = np.ascontiguousarray(rows[:, self._used])
        self._of_kind = _words(kind_of.reshape(-1) == np.arange(len(kinds))[:, None]) if by_kind else None
        self._n_rows = len(statistics)

    def of(self, members: Words) -> NDArray[np.float64]:
        """Return the sums of the limbs of clauses, whole numbers of shape (3, k, d)."""
        found = np.zeros((len(members), self._shape[0] * self._shape[1]))
        if self._of_kind is not None:
            counts = [np.bitwise_count(members & rows).sum(axis=1, dtype=np.float64) for rows in self._of_kind]
            found[:, self._used] = np.stack(counts, axis=1) @ self._limbs
        else:
            for start in range(0, len(members), 256):  # unpacked, clauses take 64 times the memory
                some = slice(start, start + 256)
                bits = np.unpackbits(members[some].view(np.uint8), axis=1, count=self._n_rows)
                found[some, self._used] = bits @ self._limbs
        return np.moveaxis(found.reshape(len(members), *self._shape), 1, 0)


def _words(held: NDArray[np.bool_]) -> Words:
    """Pack sets of rows, shape (k, m), 64 rows in a word."""
    packed = np.packbits(held, axis=1)
    return np.ascontiguousarray(np.pad(packed, ((0, 0), (0, -packed.shape[1] % 8)))).view(np.uint64)
