"""A uniform sample of rows that depends on the rows alone, not on their order nor on how they are cut into batches.

Every row gets a number as if from the exponential distribution, and the rows with the smallest numbers are drawn. The
number must follow from the row's content; but equal rows must not all be in or all out. The m copies of a row get

    E_1 = x_1 / m,  E_2 = E_1 + x_2 / (m - 1),  ...,  E_m = E_(m-1) + x_m,

with x_1, x_2, ... exponential numbers made from the content. By Renyi's representation these are the order statistics
of m independent exponential numbers. So the numbers of all rows are distributed as if every row, equal or not, had
drawn its own, and those with the k smallest are a uniform sample without replacement. Which copy has which number says
nothing, since they are equal; so what is drawn is a function of the rows as a multiset.

This takes to know how often a row occurs, which takes two passes: one counts the rows whose content falls into each of
2^24 cells, an upper bound on the copies of a row; the other keeps, and counts exactly, the rows that can be among the
smallest by that bound.

References
----------
Renyi (1953), *On the theory of order statistics*, Acta Math. Hung. 4. Cormode and Muthukrishnan (2005), *The count-min
sketch*, J. Algorithms 55. Efraimidis and Spirakis (2006), *Weighted random sampling with a reservoir*, IPL 97.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError
from limbeck.progress import KeepGoing, Progress, no_limit, no_progress
from limbeck.streams.batches import Batches
from limbeck.streams.keys import Keys, content_keys, uniform
from limbeck.tables import Table, as_table

__all__ = ["Drawn", "draw"]

_CELL_BITS = 24
# Cells that are listed; where more occur, all have their place.
_MOST_LISTED = 1 << 18


@dataclass(frozen=True, eq=False)
class Drawn:
    """Rows drawn from a stream, in an order that is as random as they are.

    Parameters
    ----------
    table : Table
        The k rows.
    keys : ndarray of uint64, shape (k,)
        Their content, as `content_keys` gives it.
    copies : ndarray of int64, shape (k,)
        How many rows of the whole stream are equal to each.
    n_rows : int
        Rows of the stream.
    """

    table: Table
    keys: Keys
    copies: NDArray[np.int64]
    n_rows: int


def draw(
    batches: Batches,
    n_of: Callable[[int], int],
    seed: int,
    progress: Progress = no_progress,
    keep_going: KeepGoing = no_limit,
) -> Drawn:
    """Draw rows uniformly and without replacement, in two passes.

    Parameters
    ----------
    batches : Batches
        The rows.
    n_of : callable
        How many to draw of a number of rows.
    seed : int
        Another one gives another sample.

    Raises
    ------
    InputError
        No rows.
    OutOfTimeError
        `keep_going` said no: rows that are drawn from a part of the stream are no sample of it.
    """
    cells = batches.scanned(Cells(), progress, keep_going)
    n = cells.n_rows
    if not n:
        raise InputError("rows", f"{batches.called} without any", "give at least one row")
    k = min(int(n_of(n)), n)
    # So large that more than k of n exponential numbers are below it, but for some once in 10^9 streams.
    share = min(1.0, (k + 6 * np.sqrt(k) + 25) / n)
    bound = -np.log1p(-share) if share < 1 else np.inf
    return batches.scanned(Candidates(cells, bound, seed), progress, keep_going).drawn(k, n)


class CellCounts:
    """How many rows fall into each cell of contents: the cells that occur, and all of them once these are many."""

    def __init__(self) -> None:
        self.n_rows = 0
        self._cells, self._counts = np.empty(0, np.uint32), np.empty(0, np.uint32)
        self._all: NDArray[np.uint32] | None = None

    def take(self, cells: NDArray[np.uint32], counts: NDArray[np.uint32]) -> None:
        """Add the rows of some cells, each given once."""
        if self._all is not None:
            self._all[cells] += counts
            return
        both = np.concatenate([self._counts, counts])
        self._cells, place = np.unique(np.concatenate([self._cells, cells]), return_inverse=True)
        self._counts = np.bincount(place, both, len(self._cells)).astype(np.uint32)
        if len(self._cells) > _MOST_LISTED:
            self._all = np.zeros(1 << _CELL_BITS, np.uint32)
            self._all[self._cells] = self._counts

    @property
    def listed(self) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """The cells that occur, and their rows."""
        if self._all is None:
            return self._cells, self._counts
        cells = np.flatnonzero(self._all).astype(np.uint32)
        return cells, self._all[cells]

    def __getstate__(self) -> dict[str, Any]:
        """Send the cells that occur."""
        return {"listed": self.listed, "n_rows": self.n_rows}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__()
        self.take(*state["listed"])
        self.n_rows = state["n_rows"]

    def around(self, keys: Keys) -> NDArray[np.uint32]:
        """Return the number of rows in the cell of each key, all of which were counted."""
        cells = _cell_of(keys)
        return self._counts[np.searchsorted(self._cells, cells)] if self._all is None else self._all[cells]


class Cells:
    """The pass that counts rows by cells."""

    what = "counting equal rows"

    def begin(self) -> CellCounts:
        return CellCounts()

    def add(self, state: CellCounts, rows: Table) -> None:
        cells, counts = np.unique(_cell_of(content_keys(rows)), return_counts=True)
        state.take(cells, counts.astype(np.uint32))
        state.n_rows += rows.n_rows

    def join(self, state: CellCounts, other: CellCounts) -> CellCounts:
        state.take(*other.listed)
        state.n_rows += other.n_rows
        return state


@dataclass(eq=False)
class Kept:
    """Candidates: their contents in increasing order, how often each was seen, and one row of each."""

    bound: float
    seed: int
    keys: Keys = field(default_factory=lambda: np.empty(0, np.uint64))
    copies: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    place: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    rows: list[Any] = field(default_factory=list[Any])
    n_kept: int = 0

    def take(self, keys: Keys, copies: NDArray[np.int64], table: Table, rows: NDArray[np.intp]) -> None:
        """Count contents, given in increasing order, and keep a row of those that are new, at `rows` of a table."""
        place = np.searchsorted(self.keys, keys)
        known = place < len(self.keys)
        known[known] = self.keys[place[known]] == keys[known]
        self.copies[place[known]] += copies[known]
        if known.all():
            return
        new = ~known
        self.rows.append(table.take(rows[new]).native)
        at = self.n_kept + np.arange(int(new.sum()))
        self.n_kept += len(at)
        self.keys = np.insert(self.keys, place[new], keys[new])
        self.copies = np.insert(self.copies, place[new], copies[new])
        self.place = np.insert(self.place, place[new], at)

    def drawn(self, k: int, n: int) -> Drawn:
        """Return the k rows with the smallest numbers."""
        number, key_of = _smallest(self.keys, self.copies, self.bound, self.seed)
        first = np.lexsort((self.keys[key_of], number))[:k]
        of = key_of[first]
        rows = as_table(joined(self.rows)).take(self.place[of]).native
        if nw.dependencies.is_pandas_dataframe(rows):
            rows = rows.reset_index(drop=True)
        return Drawn(as_table(rows), self.keys[of], self.copies[of], n)


@dataclass(frozen=True, eq=False)
class Candidates:
    """The pass that keeps the rows whose smallest number can be below a bound.

    Parameters
    ----------
    cells : CellCounts
        Bounds on the copies of rows.
    bound : float
        What numbers must be below.
    seed : int
        What makes the numbers, beside the content.
    """

    cells: CellCounts
    bound: float
    seed: int
    what = "drawing a sample"

    def begin(self) -> Kept:
        return Kept(self.bound, self.seed)

    def add(self, state: Kept, rows: Table) -> None:
        keys = content_keys(rows)
        near = np.flatnonzero(_exponential(keys, 1, self.seed) < self.bound * self.cells.around(keys))
        found, first, copies = np.unique(keys[near], return_index=True, return_counts=True)
        state.take(found, copies.astype(np.int64), rows, near[first])

    def join(self, state: Kept, other: Kept) -> Kept:
        if not other.n_kept:
            return state
        table, order = as_table(joined(other.rows)), np.argsort(other.keys)
        state.take(other.keys[order], other.copies[order], table, other.place[order].astype(np.intp))
        return state


def joined(frames: list[Any]) -> Any:
    """Return frames or arrays of the same columns as one."""
    if isinstance(frames[0], np.ndarray):
        return np.concatenate(frames)
    if len(frames) == 1:
        return frames[0]
    if nw.dependencies.is_pandas_dataframe(frames[0]):
        import pandas as pd

        return pd.concat(frames, ignore_index=True)
    together = nw.concat([nw.from_native(frame, eager_only=True) for frame in frames], how="vertical")
    return together.to_native()


def _smallest(
    keys: Keys, copies: NDArray[np.int64], bound: float, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return all numbers below a bound of the copies of contents, and the place of the content of each."""
    at, number = np.arange(len(keys)), np.zeros(len(keys))
    numbers: list[NDArray[np.float64]] = []
    places: list[NDArray[np.intp]] = []
    copy = 0
    while len(at):
        copy += 1
        number = number + _exponential(keys[at], copy, seed) / (copies[at] - copy + 1)
        below = number < bound
        numbers.append(number[below])
        places.append(at[below])
        more = below & (copies[at] > copy)
        at, number = at[more], number[more]
    return np.concatenate(numbers), np.concatenate(places)


def _exponential(keys: Keys, draw: int, seed: int) -> NDArray[np.float64]:
    return -np.log(uniform(keys, draw, seed))


def _cell_of(keys: Keys) -> NDArray[np.uint32]:
    return (keys >> np.uint64(64 - _CELL_BITS)).astype(np.uint32)
