"""Evidence about an error as the capital of a bettor, valid whenever one stops."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from limbeck.theory.binomial import check_open_unit

__all__ = [
    "first_true",
    "log_evidence_above",
    "log_evidence_below",
]

# Bets against "error >= epsilon". The bet c = 1 - v^2 is the best one when the error is v^2 epsilon; sqrt(error) is
# the scale on which counts have the same spread everywhere. Half of the stake is on no disagreement at all (v = 0), so
# that a perfect tree pays at most ln 2 for the right to stop at any time: (1 + ln 2 / ln(1/delta)) times the rows of
# the fixed-n certificate. The rest has the density of Beta(6, 3) over v: most of it where the error is between a
# quarter and two thirds of epsilon, where rows can be saved.
_SCALE = (np.arange(48) + 0.5) / 48
_BETS_BELOW = np.append(1.0 - _SCALE**2, 1.0)
_DENSITY = _SCALE**5 * (1.0 - _SCALE) ** 2
_LOG_STAKES_BELOW = np.log(np.append(_DENSITY / _DENSITY.sum(), 1.0) / 2.0)
# Bets against "error <= epsilon": errors from just above epsilon up to 1, on a scale that is fine
# enough for a small epsilon.
_BETS_ABOVE = 1.0 / (1.0 + np.exp(np.linspace(12.0, -4.0, 33)))
_LOG_STAKES_ABOVE = np.full(33, -math.log(33))


def log_evidence_below(disagreements: ArrayLike, n_rows: ArrayLike, epsilon: float) -> NDArray[np.float64]:
    """Log capital of the bettor against "error >= epsilon".

    A bet c in (0, 1] multiplies the capital by 1 + c epsilon / (1 - epsilon) at an agreement and by
    1 - c at a disagreement, of expectation at most 1 when the error is at least epsilon. The capital is
    a fixed mixture over c; it grows with epsilon. Under the hypothesis it ever reaches 1/delta with
    probability at most delta.

    Parameters
    ----------
    disagreements, n_rows : int or array of int
        Rows on which student and teacher differ, of the rows drawn so far.
    epsilon : float
        Error that is tested, in (0, 1).

    Returns
    -------
    (...) float64
        Natural logarithm of the capital.

    Raises
    ------
    InputError
        If `epsilon` is outside (0, 1).

    Examples
    --------
    >>> bool(log_evidence_below(0, 68, 0.05) >= np.log(1 / 0.05))
    True

    References
    ----------
    Ville, J. (1939), Étude critique de la notion de collectif. Waudby-Smith, I. and Ramdas, A. (2024),
    Estimating means of bounded random variables by betting, J. R. Stat. Soc. B 86.
    """
    epsilon = check_open_unit("epsilon", epsilon)
    seen = np.asarray(disagreements, np.float64)
    agreed = np.asarray(n_rows, np.float64) - seen
    return _log_capital(agreed, seen, epsilon / (1.0 - epsilon), _BETS_BELOW, _LOG_STAKES_BELOW)


def log_evidence_above(disagreements: ArrayLike, n_rows: ArrayLike, epsilon: float) -> NDArray[np.float64]:
    """Log capital of the bettor against "error <= epsilon", the mirror image of `log_evidence_below`.

    A bet c in (0, 1) multiplies the capital by 1 + c (1 - epsilon) / epsilon at a disagreement and by
    1 - c at an agreement. The capital falls as epsilon grows.

    Parameters
    ----------
    disagreements, n_rows, epsilon
        As in `log_evidence_below`.

    Returns
    -------
    (...) float64
        Natural logarithm of the capital.

    Raises
    ------
    InputError
        If `epsilon` is outside (0, 1).

    Examples
    --------
    >>> bool(log_evidence_above(5, 10, 0.05) >= np.log(1 / 0.05))
    True
    """
    epsilon = check_open_unit("epsilon", epsilon)
    seen = np.asarray(disagreements, np.float64)
    agreed = np.asarray(n_rows, np.float64) - seen
    return _log_capital(seen, agreed, (1.0 - epsilon) / epsilon, _BETS_ABOVE, _LOG_STAKES_ABOVE)


def first_true(rising: Callable[[float], bool], low: float = 0.0, high: float = 1.0) -> float:
    """Return the upper end of a bisection for where a rising predicate on (low, high) turns true, or `high`."""
    # 50 halvings leave 1e-15 of the interval; the ends themselves are never asked.
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if rising(middle) else (middle, high)
    return high


def _log_capital(
    won: NDArray[np.float64],
    lost: NDArray[np.float64],
    odds: float,
    bets: NDArray[np.float64],
    log_stakes: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return ln of the mixture of (1 + c odds)^won (1 - c)^lost over bets c, the odds those of a loss."""
    gains = won[..., None] * np.log1p(bets * odds) + scipy.special.xlog1py(lost[..., None], -bets)
    return np.asarray(np.logaddexp.reduce(gains + log_stakes, axis=-1))
