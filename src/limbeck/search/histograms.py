"""The sums of all one-literal extensions of clauses: by histograms of columns, or by dense products, as is cheaper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limbeck.search.bins import BinnedColumn
from limbeck.search.losses import Loss

__all__ = ["ExtensionSums"]

# Seconds for one row of one column in a histogram, for one of its bins, and for one multiply-add in a product; measured
# on one core, and only their ratios matter.
_PER_COUNT, _PER_BIN, _PER_PRODUCT = 8e-9, 4e-9, 7e-11


@dataclass(frozen=True, eq=False)
class _Cells:
    """A column's histogram: its literals, the cell of every row, and the answers that each bin stands for.

    A row's cell is its bin; for classes, its bin and class together.
    """

    literal: NDArray[np.intp]
    cell_of: NDArray[np.intp]
    answers: NDArray[np.float32]


class ExtensionSums:
    """Adds up the sufficient statistics of clauses with each literal.

    The literals about one column tell few kinds of rows apart: 32 thresholds make 33 bins. So for clauses of R rows
    together, a histogram of R counts a column holds the sums of all of them: `sum over bins of count * answer`. For
    yes/no columns, or clauses that hold most rows, dense products are cheaper: one with all n rows for each statistic;
    for classes, one with the rows of each class.

    Parameters
    ----------
    literals : ndarray of bool, shape (n, l)
        Answers of the rows.
    loss : Loss
        Over the same rows.
    columns : sequence of BinnedColumn
        The same literals by the columns that they ask about.

    References
    ----------
    Ke et al. (2017), *LightGBM*, NeurIPS 30: histograms in tree growing. Here those of many clauses are one count.
    """

    def __init__(self, literals: NDArray[np.bool_], loss: Loss, columns: Sequence[BinnedColumn]) -> None:
        self._statistics = np.ascontiguousarray(loss.statistics.T)
        self._factors = _factors(literals, loss)
        self._codes, self._weights = loss.codes, loss.row_weight
        self._columns = [_cells(column, self._codes, len(self._statistics)) for column in columns]
        self._n_bins = sum(len(column.answers) for column in self._columns)

    def of(self, members: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the sums for clauses given by their rows (k, n), shape (d, k, l)."""
        (k, n), d = members.shape, len(self._statistics)
        n_literals = self._factors[0][2].shape[1]
        held = int(np.count_nonzero(members))
        counts, products = (1, n) if self._codes is not None else (d, n * d)
        by_bins = len(self._columns) * held * counts * _PER_COUNT + self._n_bins * k * d * _PER_BIN
        sums = np.empty((d, k, n_literals), np.float32)
        if by_bins < k * products * n_literals * _PER_PRODUCT:
            self._by_histograms(members, sums)
            return sums
        indicator = members.astype(np.float32)
        for (rows, statistic, answers), out in zip(self._factors, sums, strict=True):
            np.matmul(indicator[:, rows] * statistic, answers, out=out)
        return sums

    def _by_histograms(self, members: NDArray[np.uint8], sums: NDArray[np.float32]) -> None:
        """Fill in the sums, column by column."""
        k, d = len(members), len(self._statistics)
        held_by = members.view(bool)
        at, counts = np.flatnonzero(held_by), held_by.sum(axis=1)  # much faster than two indices at once
        clause = np.repeat(np.arange(k), counts)
        row = at - np.repeat(np.arange(k) * members.shape[1], counts)
        weights = None if self._weights is None else self._weights[row]
        starts: dict[int, NDArray[np.intp]] = {}  # columns with as many cells share where a clause's cells begin
        for column in self._columns:
            n_bins = len(column.answers)
            n_cells = n_bins if self._codes is None else n_bins * d
            if n_cells not in starts:
                starts[n_cells] = clause * n_cells
            key = starts[n_cells] + column.cell_of[row]
            if self._codes is not None:
                held = np.bincount(key, weights, k * n_cells).reshape(k, n_bins, d)
            else:
                parts = [np.bincount(key, t[row], k * n_cells).reshape(k, n_bins) for t in self._statistics]
                held = np.stack(parts, axis=2)
            found = held.transpose(0, 2, 1).astype(np.float32) @ column.answers
            sums[:, :, column.literal] = found.transpose(1, 0, 2)


def _factors(
    literals: NDArray[np.bool_], loss: Loss
) -> list[tuple[slice | NDArray[np.intp], NDArray[np.float32], NDArray[np.float32]]]:
    """Return for each statistic the rows that may have any, theirs, and their answers; the rows of a class, or all."""
    statistics = loss.statistics.astype(np.float32)
    if loss.codes is None:
        answers = literals.astype(np.float32)
        return [(slice(None), t, answers) for t in statistics.T]
    of_class = [np.flatnonzero(loss.codes == c) for c in range(statistics.shape[1])]
    return [(rows, statistics[rows, c], literals[rows].astype(np.float32)) for c, rows in enumerate(of_class)]


def _cells(column: BinnedColumn, codes: NDArray[np.intp] | None, n_classes: int) -> _Cells:
    """Return the cells of a column."""
    bin_of = column.bin_of.astype(np.intp)
    cell_of = bin_of if codes is None else bin_of * n_classes + codes
    return _Cells(column.literal, cell_of, column.answers.astype(np.float32))
