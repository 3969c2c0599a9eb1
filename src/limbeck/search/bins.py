"""Literals by column: the few kinds of rows that the literals about one column tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from limbeck.search.family import distinct, distinct_rows

__all__ = ["MOST_SMALL_BINS", "AnsweredSums", "BinnedColumn", "binned_columns"]

# Bins that 16 bits number, as the compiled core does.
MOST_SMALL_BINS = 65535


@dataclass(frozen=True, eq=False)
class BinnedColumn:
    """Rows that answer the literals about one column alike are in one bin: 32 thresholds make 33 bins.

    Parameters
    ----------
    literal : ndarray of intp, shape (m,)
        The literals about the column.
    bin_of : ndarray of uint16, or of intp where there are more bins, shape (n,)
        The bin of every row.
    answers : ndarray of bool, shape (bins, m)
        The answers that each bin stands for.
    """

    literal: NDArray[np.intp]
    bin_of: NDArray[np.integer]
    answers: NDArray[np.bool_]

    def take(self, rows: NDArray[np.intp]) -> BinnedColumn:
        """Return the column of some rows; bins may be left empty."""
        return BinnedColumn(self.literal, self.bin_of[rows], self.answers)


def binned_columns(answers: NDArray[np.bool_], columns: NDArray[np.intp] | None = None) -> tuple[BinnedColumn, ...]:
    """Sort rows into bins, column by column.

    Parameters
    ----------
    answers : ndarray of bool, shape (n, l)
        Answers of the rows to the literals.
    columns : ndarray of intp, shape (l,), optional
        The column that each literal asks about; each its own by default.
    """
    asked = np.arange(answers.shape[1]) if columns is None else columns
    if not len(asked):
        return ()
    together = np.argsort(asked, kind="stable")
    ends = np.flatnonzero(np.diff(asked[together])) + 1
    return tuple(_binned(answers, literal) for literal in np.split(together, ends))


def _binned(answers: NDArray[np.bool_], literal: NDArray[np.intp]) -> BinnedColumn:
    asked = answers.T[literal]
    counts = _counts_where_nested(asked)
    first, bin_of = distinct_rows(np.packbits(asked.T, axis=1))[1:] if counts is None else distinct(counts)
    small = np.uint16 if len(first) <= MOST_SMALL_BINS else np.intp
    return BinnedColumn(literal, bin_of.astype(small), np.ascontiguousarray(asked[:, first].T))


def _counts_where_nested(asked: NDArray[np.bool_]) -> NDArray[np.uint16] | None:
    """Return how many literals each row answers with yes, where that tells which: of thresholds; None elsewhere."""
    chain = asked[np.argsort(np.count_nonzero(asked, axis=1), kind="stable")]
    if len(asked) > MOST_SMALL_BINS or (chain[:-1] > chain[1:]).any():
        return None
    return asked.sum(axis=0, dtype=np.uint16)


class AnsweredSums:
    """Adds up a number over the rows that answer each literal with yes, for all literals at once.

    Two sparse products: of the rows' bins with the numbers, then of the bins' answers with those sums. For p columns
    they cost n p multiply-adds, where the answers themselves cost n l.

    Parameters
    ----------
    columns : sequence of BinnedColumn
        The literals about each column.

    Examples
    --------
    >>> answers = np.array([[True, False], [True, True], [False, False]])
    >>> AnsweredSums(binned_columns(answers, np.zeros(2, int))).of(np.array([1.0, 2.0, 4.0])).tolist()
    [3.0, 2.0]
    """

    def __init__(self, columns: Sequence[BinnedColumn]) -> None:
        self._literal = np.concatenate([column.literal for column in columns])
        self._bins = scipy.sparse.vstack([_indicator(column.bin_of, len(column.answers)) for column in columns], "csr")
        self._answers = scipy.sparse.block_diag([column.answers.T.astype(np.float64) for column in columns], "csr")

    def of(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sums for numbers of shape (n,), shape (l,)."""
        sums = np.empty(len(self._literal))
        sums[self._literal] = self._answers @ (self._bins @ numbers)
        return sums


def _indicator(bin_of: NDArray[np.integer], n_bins: int) -> Any:
    """Tell which rows are in each bin, shape (bins, n)."""
    n = len(bin_of)
    return scipy.sparse.csr_array((np.ones(n), (bin_of.astype(np.intp), np.arange(n))), (n_bins, n))
