"""Synthetic rows: rows of the table whose columns are mixed with those of near rows, for the teacher to label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Column, Kind, Table

__all__ = ["MixedRows", "mixed_rows"]

# Rows among which neighbours are sought: more cost much and are hardly nearer.
_MOST_ANCHORS = 4_000
_MOST_CATEGORIES = 32


@dataclass(frozen=True, eq=False)
class MixedRows:
    """Synthetic rows, and whom each is made of.

    Parameters
    ----------
    table : Table
        The m new rows.
    own, other : ndarray of intp, shape (m,)
        The two rows of the table that each is mixed of.
    """

    table: Table
    own: NDArray[np.intp]
    other: NDArray[np.intp]

    def within(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the new rows that are mixed of some rows of the table alone, so that no other has a part in them."""
        return np.flatnonzero(np.isin(self.own, rows) & np.isin(self.other, rows))


def mixed_rows(
    table: Table, copies: int, rng: np.random.Generator, *, neighbours: int | None = 5, share: float = 0.5
) -> MixedRows:
    """Draw rows from the surroundings of a table's rows.

    Each new row is a row of the table in which every column, with probability `share`, has taken the value of one other
    row, the same for all columns. Every value is one that the column holds, so that whole numbers stay whole and
    categories known. A near row keeps what ties the columns together; any row covers more of the space.

    Parameters
    ----------
    table : Table
        At least one row.
    copies : int, at least 0
        New rows for each row; they come block by block, each in the order of the table.
    rng : numpy.random.Generator
        Source of neighbours and columns.
    neighbours : int, at least 1, or None
        Nearest rows of which one is mixed in: by squared distance over standardised numbers, where two different
        categories are 2 apart, and a missing value is its column's mean. With None, any row of the table.
    share : float, in [0, 1]
        Probability with which a column is taken from the other row.

    Examples
    --------
    >>> from limbeck.core import as_table
    >>> table = as_table([[0, 0], [1, 1], [10, 10], [11, 11]])
    >>> drawn = mixed_rows(table, 10, np.random.default_rng(0), neighbours=1).table
    >>> bool((abs(drawn["x0"].values - drawn["x1"].values) <= 1).all())
    True

    References
    ----------
    Bucila, Caruana, Niculescu-Mizil (2006), *Model compression*, KDD: synthetic rows near the data (MUNGE), labelled
    by the model.
    """
    base = np.tile(np.arange(table.n_rows), copies)
    if neighbours is None:
        other = rng.integers(table.n_rows, size=len(base))
    else:
        other = _near_rows(table, copies, neighbours, rng)
    taken = rng.random((len(table.columns), len(base))) < share
    sources = {column.name: np.where(taken[j], other, base) for j, column in enumerate(table.columns)}
    return MixedRows(table.recombine(sources, base), base, other)


def _near_rows(table: Table, copies: int, neighbours: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw for every row some of the rows nearest to it, other than itself (itself, when there is no other)."""
    from sklearn.neighbors import NearestNeighbors  # slow to import

    rows = np.arange(table.n_rows)
    anchors = np.sort(rng.permutation(rows)[:_MOST_ANCHORS])
    wanted = min(neighbours + 1, len(anchors))
    if wanted == 1:
        return np.tile(rows, copies)
    points = np.concatenate([_coordinates(column) for column in table.columns], axis=1)
    found = NearestNeighbors(n_neighbors=wanted, algorithm="brute").fit(points[anchors]).kneighbors(points)
    near = anchors[found[1]]
    # A row comes first among its own neighbours, unless equal rows stand before it; then one of those gives way.
    own = near == rows[:, None]
    own[~own.any(axis=1), -1] = True
    own &= own.cumsum(axis=1) == 1
    others = near[~own].reshape(len(rows), wanted - 1)
    pick = rng.integers(wanted - 1, size=(copies, len(rows)))
    return others[rows, pick].reshape(-1)


def _coordinates(column: Column) -> NDArray[np.float32]:
    """Place the values of a column in space, shape (n, k)."""
    if column.kind is Kind.CATEGORICAL:
        width = min(max(len(column.categories), 1), _MOST_CATEGORIES)
        return (column.values[:, None] == np.arange(width)).astype(np.float32)
    finite = np.where(np.isfinite(column.values), column.values, np.nan)
    if np.isnan(finite).all():
        return np.zeros((len(finite), 1), np.float32)
    low, high = np.nanmin(finite), np.nanmax(finite)
    scaled = (finite - low) / ((high - low) or 1.0)  # first into [0, 1], so that no square overflows
    mean, spread = np.nanmean(scaled), np.nanstd(scaled)
    return (np.nan_to_num(scaled - mean) / (spread or 1.0)).astype(np.float32)[:, None]
