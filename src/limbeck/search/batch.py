"""A batch of clauses with the sums of all their one-literal extensions: the arithmetic of the search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limbeck.solve import Level, row_sets

__all__ = ["ClauseBatch", "batch_of", "batch_size"]

# Memory that one batch may take; every processor works on one.
_BATCH_BYTES = 32 << 20


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
        Sufficient statistics of each clause with each literal, and with its negation.
    """

    clause: NDArray[np.intp]
    members: NDArray[np.bool_]
    yes_sums: NDArray[np.floating]
    no_sums: NDArray[np.floating]


def batch_of(
    level: Level, clause: NDArray[np.intp], answers: NDArray[np.float32], statistics: NDArray[np.float32]
) -> ClauseBatch:
    """Unpack some clauses of a level and sum up all their extensions.

    For indicator rows `M` (k, n), statistics `t_j` and answers `L` (n, l), the sums of all extensions are the
    products `(M * t_j) L`: k·n·l·d multiply-adds, all in dense products, whatever the clauses hold.

    Parameters
    ----------
    clause : ndarray of intp, shape (k,)
        Which clauses.
    answers : ndarray of float32, shape (n, l)
        Answers of the rows.
    statistics : ndarray of float32, shape (d, n)
        Sufficient statistics of the rows.
    """
    members = row_sets(level.members[clause], len(answers))
    yes = np.empty((len(statistics), len(clause), answers.shape[1]), np.float32)
    for t, sums in zip(statistics, yes, strict=True):
        np.matmul(members * t, answers, out=sums)
    no = level.sums[clause].T.astype(np.float32)[:, :, None] - yes
    return ClauseBatch(clause, members.astype(bool), yes, no)


def batch_size(n: int, n_literals: int, n_statistics: int) -> int:
    """Return how many clauses may be unpacked at a time."""
    return max(1, _BATCH_BYTES // (4 * (2 * n + 4 * n_literals * n_statistics)))
