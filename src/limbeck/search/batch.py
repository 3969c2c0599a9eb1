"""A batch of clauses with the sums of all their one-literal extensions: the arithmetic of the search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limbeck.search.family import Level, row_sets
from limbeck.search.histograms import ExtensionSums

__all__ = ["ClauseBatch", "batch_of", "batch_size"]

# Memory that one batch may take; every processor works on one.
_BATCH_BYTES = 32 << 20
# Cells of rows that are added up for one batch: some hundredths of a second.
_BATCH_CELLS = 20_000_000


@dataclass(frozen=True, eq=False)
class ClauseBatch:
    """Some clauses of a level, unpacked.

    Parameters
    ----------
    clause : ndarray of intp, shape (k,)
        Which clauses of the level these are.
    members : ndarray of bool, shape (k, n)
        Rows of each clause.
    yes_sums, no_sums : ndarray, shape (d, k, l)
        Sufficient statistics of each clause with each literal, and with its negation; empty where the compiled core
        adds up, which needs no guide for them.
    """

    clause: NDArray[np.intp]
    members: NDArray[np.bool_]
    yes_sums: NDArray[np.floating]
    no_sums: NDArray[np.floating]


def batch_of(level: Level, clause: NDArray[np.intp], sums: ExtensionSums, n: int) -> ClauseBatch:
    """Unpack some clauses of a level, shape (k,), over n rows, and sum up all their extensions."""
    members = row_sets(level.members[clause], n, np.uint8)
    yes = sums.of(members).astype(np.float64)
    no = level.sums[clause].T[:, :, None] - yes
    return ClauseBatch(clause, members.view(bool), yes, no)


def batch_size(n: int, n_literals: int, n_statistics: int, n_columns: int) -> int:
    """Return how many clauses may be unpacked at a time, and are added up between two looks at the clock."""
    fitting = _BATCH_BYTES // (4 * (2 * n + 4 * n_literals * n_statistics))
    return max(1, min(fitting, _BATCH_CELLS // max(1, n * n_columns)))
