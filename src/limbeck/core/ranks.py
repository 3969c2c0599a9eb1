"""Ranks of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["mean_ranks", "mean_ranks_in_line"]


def mean_ranks(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return the rank of each number from 1, equal ones sharing their mean rank, shape (n,).

    `scipy.stats.rankdata` does the same, but takes longer to import than most distillations need it for.

    Examples
    --------
    >>> mean_ranks(np.array([5.0, 3.0, 5.0, 9.0])).tolist()
    [2.5, 1.0, 2.5, 4.0]
    """
    line = np.argsort(values, kind="stable")
    ranks = np.empty(len(line))
    ranks[line] = mean_ranks_in_line(values[line])
    return ranks


def mean_ranks_in_line(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return the same of numbers in rising order, shape (n,)."""
    first = np.append(0, np.flatnonzero(values[1:] != values[:-1]) + 1)
    counts = np.diff(first, append=len(values))
    return np.repeat(first + (counts + 1) / 2, counts)
