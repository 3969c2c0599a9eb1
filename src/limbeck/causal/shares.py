"""Shares of rows with exact intervals, and several tests at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.probes import Share
from limbeck.theory import error_lower_limit, error_upper_limit

__all__ = ["exact_share", "holm"]

_DELTA = 0.025  # on either side: intervals of 95 %


def exact_share(right: NDArray[np.bool_]) -> Share:
    """Count rows, with the exact interval of 95 % by Clopper and Pearson (1934).

    Examples
    --------
    >>> print(exact_share(np.array([True] * 9 + [False])))
    0.900 [0.555, 0.997] of 10
    """
    n, k = len(right), int(right.sum())
    if not n:
        return Share(0, 0, 0.0, 1.0)
    return Share(k, n, float(error_lower_limit(k, n, _DELTA)), float(error_upper_limit(k, n, _DELTA)))


def holm(p_values: Sequence[float]) -> NDArray[np.float64]:
    """Return p-values that hold together, in the order given.

    Those of the hypotheses, rising, are multiplied by what is left of them, and never fall.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6.
    """
    values: NDArray[Any] = np.asarray(p_values, np.float64)
    order = np.argsort(values, kind="stable")
    risen = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    found = np.empty_like(values)
    found[order] = np.minimum(risen, 1.0)
    return found
