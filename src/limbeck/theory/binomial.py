"""Exact binomial limits for the error of one student, and the rows they need."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, overload

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from limbeck.errors import InputError

__all__ = [
    "check_count",
    "check_open_unit",
    "error_lower_limit",
    "error_p_value",
    "error_upper_limit",
    "fewest_rows",
    "rows_to_certify",
]

Counts: TypeAlias = Sequence[int] | NDArray[Any]

# Counts above this are no longer exact in a float64.
_MOST_ROWS = 2**53
# Below this no share of a probability among claims and leaves is sure to be a normal float64.
LEAST_PROBABILITY = 1e-250


def check_open_unit(name: str, value: float) -> float:
    """Return `value` as a float, or refuse it when it is outside the open interval (0, 1), or vanishingly small."""
    if not 0.0 < value < 1.0:
        raise InputError(f"a `{name}` between 0 and 1", f"`{name}={value!r}`", "give a number such as 0.05")
    if value < LEAST_PROBABILITY:
        raise InputError(f"a `{name}` of at least {LEAST_PROBABILITY:g}", f"`{name}={value!r}`", "give a larger one")
    return float(value)


def check_count(name: str, value: int, least: int) -> int:
    """Return `value` as an int, or refuse it when it is not a whole number of at least `least`."""
    if not least <= value <= _MOST_ROWS or value != math.floor(value):
        asked = f"a whole number `{name}` of at least {least} and at most 2^53"
        raise InputError(asked, f"`{name}={value!r}`", "correct the count")
    return int(value)


@overload
def error_upper_limit(disagreements: int, n_rows: int, delta: float) -> float: ...
@overload
def error_upper_limit(disagreements: Counts, n_rows: int | Counts, delta: float) -> NDArray[np.float64]: ...
@overload
def error_upper_limit(disagreements: int, n_rows: Counts, delta: float) -> NDArray[np.float64]: ...
def error_upper_limit(disagreements: ArrayLike, n_rows: ArrayLike, delta: float) -> float | NDArray[np.float64]:
    """Clopper-Pearson one-sided upper limit on the error behind `disagreements` of `n_rows`.

    The limit is the largest p with P(Bin(n_rows, p) <= disagreements) >= delta, that is the
    (1 - delta)-quantile of Beta(disagreements + 1, n_rows - disagreements). For any true error the
    limit is at least as large with probability at least 1 - delta. Without a disagreement it is
    1 - delta^(1/n_rows); with nothing but disagreements, or no rows, it is 1.

    Parameters
    ----------
    disagreements : int or array of int
        Rows on which student and teacher differ, 0 <= disagreements <= n_rows.
    n_rows : int or array of int
        Rows drawn independently; broadcast against `disagreements`.
    delta : float
        Probability with which the limit may be too low, in (0, 1).

    Returns
    -------
    float or (...) float64
        Upper limit in (0, 1]; an array when either count is one.

    Raises
    ------
    InputError
        If a count is negative or not whole, or `delta` is outside (0, 1).

    Examples
    --------
    >>> round(error_upper_limit(0, 59, 0.05), 4)
    0.0495
    >>> error_upper_limit([0, 3], [0, 3], 0.05).tolist()
    [1.0, 1.0]

    References
    ----------
    Clopper, C. J. and Pearson, E. S. (1934), The use of confidence or fiducial limits illustrated in
    the case of the binomial, Biometrika 26.
    """
    seen, rows = _checked_counts(disagreements, n_rows)
    delta = check_open_unit("delta", delta)
    agreed = rows - seen
    # Where nothing agreed the limit is 1; the stand-in arguments only keep the quantile defined.
    limit = np.where(agreed == 0, 1.0, scipy.special.betainccinv(seen + 1.0, np.maximum(agreed, 1.0), delta))
    closed = -np.expm1(math.log(delta) / np.maximum(rows, 1.0))
    return _as_given(np.where((seen == 0) & (rows > 0), closed, limit))


@overload
def error_lower_limit(disagreements: int, n_rows: int, delta: float) -> float: ...
@overload
def error_lower_limit(disagreements: Counts, n_rows: int | Counts, delta: float) -> NDArray[np.float64]: ...
@overload
def error_lower_limit(disagreements: int, n_rows: Counts, delta: float) -> NDArray[np.float64]: ...
def error_lower_limit(disagreements: ArrayLike, n_rows: ArrayLike, delta: float) -> float | NDArray[np.float64]:
    """Clopper-Pearson one-sided lower limit on the error behind `disagreements` of `n_rows`.

    The limit is the delta-quantile of Beta(disagreements, n_rows - disagreements + 1), and 0 without a
    disagreement. Both limits hold at once with probability at least 1 - 2 delta.

    Parameters
    ----------
    disagreements, n_rows : int or array of int
        As in `error_upper_limit`.
    delta : float
        Probability with which the limit may be too high, in (0, 1).

    Returns
    -------
    float or (...) float64
        Lower limit in [0, 1).

    Raises
    ------
    InputError
        If a count is negative or not whole, or `delta` is outside (0, 1).

    Examples
    --------
    >>> error_lower_limit(0, 100, 0.05)
    0.0
    >>> round(error_lower_limit(10, 100, 0.05), 4)
    0.0553

    References
    ----------
    Clopper and Pearson (1934), as in `error_upper_limit`.
    """
    seen, rows = _checked_counts(disagreements, n_rows)
    delta = check_open_unit("delta", delta)
    limit = scipy.special.betaincinv(np.maximum(seen, 1.0), rows - seen + 1.0, delta)
    return _as_given(np.where(seen == 0, 0.0, limit))


def error_p_value(disagreements: ArrayLike, n_rows: ArrayLike, epsilon: float) -> NDArray[np.float64]:
    """Return the exact p-values P(Bin(n_rows, epsilon) <= disagreements) of "the error exceeds epsilon".

    Such a value is at most delta exactly when `error_upper_limit` at delta is at most epsilon.
    """
    seen, rows = _checked_counts(disagreements, n_rows)
    epsilon = check_open_unit("epsilon", epsilon)
    agreed = rows - seen
    p_value = scipy.special.betaincc(seen + 1.0, np.maximum(agreed, 1.0), epsilon)
    return np.where(agreed == 0, 1.0, p_value)


def rows_to_certify(epsilon: float, delta: float, disagreements: int = 0) -> int:
    """Smallest number of rows with which `disagreements` still certify an error of at most epsilon.

    The number n is the smallest with P(Bin(n, epsilon) <= disagreements) <= delta; without a
    disagreement it is ln(delta) / ln(1 - epsilon) rounded up. The answer is checked with
    `error_upper_limit`, so the rounding never falls on the unsafe side.

    Parameters
    ----------
    epsilon : float
        Error to certify, in (0, 1).
    delta : float
        Probability with which the limit may be too low, in (0, 1).
    disagreements : int
        Disagreements that one is ready to see, at least 0.

    Returns
    -------
    int
        Number of rows.

    Raises
    ------
    InputError
        If an argument is out of range, or more than 2^53 rows would be needed.

    Examples
    --------
    >>> rows_to_certify(0.05, 0.05)
    59
    >>> rows_to_certify(0.05, 0.05, disagreements=3)
    153

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26.
    """
    epsilon = check_open_unit("epsilon", epsilon)
    k = check_count("disagreements", disagreements, 0)
    return fewest_rows(lambda n: error_upper_limit(k, max(n, k), delta) <= epsilon)


def fewest_rows(enough: Callable[[int], bool]) -> int:
    """Return the smallest n for which a predicate that never turns false again holds; refuse more than 2^53."""
    low, high = 0, 1
    while not enough(high):
        low, high = high, 2 * high
        if high > _MOST_ROWS:
            raise InputError("a number of rows that suffices", "more than 2^53", "ask for a larger `epsilon`")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    assert enough(high)
    return high


def _checked_counts(disagreements: ArrayLike, n_rows: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both counts as broadcast float arrays, refused unless 0 <= disagreements <= n_rows are whole."""
    pair = np.broadcast_arrays(np.asarray(disagreements, np.float64), np.asarray(n_rows, np.float64))
    seen, rows = pair[0], pair[1]
    if not bool(np.all((seen >= 0) & (seen <= rows) & (seen == np.floor(seen)) & (rows == np.floor(rows)))):
        raise InputError(
            "whole counts with 0 <= `disagreements` <= `n_rows`",
            f"`disagreements={disagreements!r}`, `n_rows={n_rows!r}`",
            "count disagreements among these very rows",
        )
    return seen, rows


def _as_given(limit: NDArray[np.float64]) -> float | NDArray[np.float64]:
    """Return a float for scalar counts, the array otherwise."""
    return float(limit) if limit.ndim == 0 else limit
