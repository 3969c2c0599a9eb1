"""A batch of clauses with the sums of all their one-literal extensions: the arithmetic of the search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limbeck.solve import Level, Loss, row_sets

__all__ = ["ClauseBatch", "batches"]

# Bytes of indicator rows unpacked at a time.
_BATCH_BYTES = 64 << 20


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


def batches(level: Level, clause: NDArray[np.intp], answers: NDArray[np.float32], loss: Loss) -> Iterator[ClauseBatch]:
    """Yield the clauses in batches of bounded memory.

    For indicator rows `M` (k, n), statistics `t_j` and answers `L` (n, l), the sums of all extensions are the
    products `(M * t_j) L`: k·n·l·d multiply-adds, all in dense products, whatever the clauses hold.
    """
    n, n_literals = answers.shape
    statistics = loss.statistics.astype(np.float32)
    size = max(1, _BATCH_BYTES // (4 * (n + n_literals * statistics.shape[1] * 2)))
    for start in range(0, len(clause), size):
        some = clause[start : start + size]
        members = row_sets(level.members[some], n)
        yes = np.empty((statistics.shape[1], len(some), n_literals), np.float32)
        for t, sums in zip(statistics.T, yes, strict=True):
            np.matmul(members * t, answers, out=sums)
        no = level.sums[some].T.astype(np.float32)[:, :, None] - yes
        yield ClauseBatch(some, members.astype(bool), yes, no)
