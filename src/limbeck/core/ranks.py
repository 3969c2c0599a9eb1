"""Ranks of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["mean_ranks"]


def mean_ranks(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return the rank of each number from 1, equal ones sharing their mean rank, shape (n,).

    `scipy.stats.rankdata` does the same, but takes longer to import than most distillations need it for.

    Examples
    --------
    >>> mean_ranks(np.array([5.0, 3.0, 5.0, 9.0])).tolist()
    [2.5, 1.0, 2.5, 4.0]
    """
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[group]
