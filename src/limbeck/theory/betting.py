"""Evidence about an error as the capital of a bettor: for streams, and for weighted rows."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, xlog1py

from limbeck.errors import InputError
from limbeck.theory.binomial import check_count, check_open_unit
from limbeck.theory.certificate import at_most_text, confidence_text, holds_if_lines, sampling_hypotheses

__all__ = [
    "WeightedCertificate",
    "certify_weighted",
    "first_true",
    "log_evidence_above",
    "log_evidence_below",
]

# Bets against "error >= epsilon". Half of the stake is on no disagreement at all (bet 1), so that a
# perfect tree pays at most ln 2 for the right to stop at any time: (1 + ln 2 / ln(1/delta)) times the
# rows of the fixed-n certificate. The rest is spread over errors from close to epsilon down to near 0.
_BETS_BELOW = np.append(expit(np.linspace(-4.0, 3.0, 15)), 1.0)
_LOG_STAKES_BELOW = np.append(np.full(15, -math.log(2 * 15)), -math.log(2))
# Bets against "error <= epsilon": errors from just above epsilon up to 1, on a scale that is fine
# enough for a small epsilon.
_BETS_ABOVE = expit(np.linspace(-12.0, 4.0, 33))
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
    return _log_capital(agreed, seen, epsilon, _BETS_BELOW, _LOG_STAKES_BELOW)


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
    return _log_capital(seen, agreed, 1.0 - epsilon, _BETS_ABOVE, _LOG_STAKES_ABOVE)


@dataclass(frozen=True)
class WeightedCertificate:
    """Upper limit on the error under weights, with the hypotheses it rests on.

    Parameters
    ----------
    error_limit : float
        Upper limit in [0, 1] on E[w z] / E[w], z the disagreement (or a loss in [0, 1]) of a fresh row.
    error : float
        The same ratio on the certificate rows.
    delta : float
        Probability with which the claim may fail, in (0, 1).
    n_rows : int
        Certificate rows, at least 1.
    effective_rows : float
        (sum of w)^2 / (sum of w^2), the number of equally weighted rows that would be worth as much.
    max_weight : float
        Weight that no row of the distribution exceeds.
    bound_known : bool
        Whether `max_weight` was given, rather than taken from the rows.
    n_claims : int
        Number of trees certified on the same rows; each has delta / n_claims.
    rows : str
        Which rows these are, in words.
    """

    error_limit: float
    error: float
    delta: float
    n_rows: int
    effective_rows: float
    max_weight: float
    bound_known: bool
    n_claims: int = 1
    rows: str = "rows that nothing in the fit has seen"

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """What must be true for the claim to hold, one sentence each."""
        source = "as given" if self.bound_known else "the largest weight seen, which no data can verify"
        drawn, *others = sampling_hypotheses(self.n_rows, self.rows, self.delta, self.n_claims)
        return (
            f"{drawn}, each counted in proportion to its weight",
            *others,
            f"a row's weight is a function of the row, at least 0 and at most {self.max_weight:g} ({source})",
        )

    def __str__(self) -> str:
        return "\n".join(
            [
                f"weighted {at_most_text(self.error_limit)} ({confidence_text(self.delta)})",
                f"seen: weighted error {self.error:.4g} on {self.n_rows} rows, worth "
                f"{self.effective_rows:.1f} equally weighted ones",
                *holds_if_lines(self.hypotheses),
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the claim as numbers, strings and lists that JSON can hold."""
        return {**dataclasses.asdict(self), "hypotheses": list(self.hypotheses)}


def certify_weighted(
    losses: ArrayLike,
    weights: ArrayLike,
    *,
    max_weight: float | None = None,
    delta: float = 0.05,
    n_claims: int = 1,
    rows: str = "rows that nothing in the fit has seen",
) -> WeightedCertificate:
    """Certify the error of a tree when rows count by weight.

    The claim is about epsilon = E[w z] / E[w]: the error under the distribution whose density against
    that of the rows is proportional to w. Whoever holds that the ratio is at least m loses fair bets
    with factors 1 + c (w / w_max) (m - z) / (1 - m), c in (0, 1]; a fixed mixture over c of their
    products has expectation at most 1, so by Markov it reaches n_claims / delta with probability at most
    delta / n_claims. It grows with m; the limit is where it gets there. The weights need not have mean 1.

    Parameters
    ----------
    losses : (n,) bool or float
        Disagreements of tree and teacher, or losses in [0, 1].
    weights : (n,) float
        Weight of each row, finite, >= 0, not all 0.
    max_weight : float or None
        Weight that no row of the distribution exceeds. By default the largest one seen; then the claim
        holds only if that is a true bound, and says so.
    delta : float
        Probability with which the limit may be too low, in (0, 1).
    n_claims : int
        Number of trees certified on these rows, at least 1.
    rows : str
        Which rows these are, in words.

    Returns
    -------
    WeightedCertificate
        The claim.

    Raises
    ------
    InputError
        If a loss is outside [0, 1], a weight is negative, not finite or above `max_weight`, or the
        columns differ in length.

    Examples
    --------
    >>> certificate = certify_weighted([False] * 100, [1.0] * 50 + [2.0] * 50, max_weight=2.0)
    >>> round(certificate.error_limit, 3), round(certificate.effective_rows, 1)
    (0.045, 90.0)

    References
    ----------
    Waudby-Smith and Ramdas (2024), J. R. Stat. Soc. B 86, for the bets; ratio form and mixture ours.
    """
    z, w = _checked_columns(losses, weights)
    bound = float(w.max()) if max_weight is None else float(max_weight)
    if not w.max() <= bound < math.inf:
        found = f"`max_weight={max_weight!r}` and a weight of {w.max():g}"
        raise InputError("weights of at most a finite `max_weight`", found, "give the true upper bound")
    goal = math.log(check_count("n_claims", n_claims, 1) / check_open_unit("delta", delta))

    def rejected(error: float) -> bool:
        stakes = np.outer(w / bound * (error - z) / (1.0 - error), _BETS_BELOW)
        # A bet of 1 that loses everything has log capital -inf, which the mixture sums correctly.
        with np.errstate(divide="ignore"):
            gains = np.log1p(np.maximum(stakes, -1.0)).sum(axis=0)
        return bool(np.logaddexp.reduce(gains + _LOG_STAKES_BELOW) >= goal)

    total = float(w.sum())
    return WeightedCertificate(
        error_limit=first_true(rejected),
        error=float(w @ z) / total,
        delta=delta,
        n_rows=z.size,
        effective_rows=total**2 / float(w @ w),
        max_weight=bound,
        bound_known=max_weight is not None,
        n_claims=n_claims,
        rows=rows,
    )


def first_true(rising: Callable[[float], bool]) -> float:
    """Return the upper end of a bisection for where a rising predicate on (0, 1) turns true, or 1."""
    low, high = 0.0, 1.0
    # 50 halvings leave 1e-15; the ends themselves are never asked.
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if rising(middle) else (middle, high)
    return high


def _log_capital(
    won: NDArray[np.float64],
    lost: NDArray[np.float64],
    chance_of_loss: float,
    bets: NDArray[np.float64],
    log_stakes: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return ln of the mixture of (1 + c q/(1-q))^won (1 - c)^lost over bets c, q the chance of loss."""
    odds = chance_of_loss / (1.0 - chance_of_loss)
    gains = won[..., None] * np.log1p(bets * odds) + xlog1py(lost[..., None], -bets)
    return np.asarray(np.logaddexp.reduce(gains + log_stakes, axis=-1))


def _checked_columns(losses: ArrayLike, weights: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return losses and weights as float columns, refused unless they can be certified."""
    z, w = np.asarray(losses, np.float64), np.asarray(weights, np.float64)
    if z.ndim != 1 or z.shape != w.shape or z.size == 0:
        found = f"shapes {z.shape} and {w.shape}"
        raise InputError("one loss and one weight for each row", found, "give two columns of equal length")
    if not bool(np.all((z >= 0.0) & (z <= 1.0))):
        raise InputError("`losses` in [0, 1]", f"values from {z.min():g} to {z.max():g}", "clip or rescale them")
    if not bool(np.all((w >= 0.0) & np.isfinite(w))) or not w.any():
        found = f"values from {w.min():g} to {w.max():g}"
        raise InputError("finite `weights` of at least 0, not all 0", found, "correct the weights")
    return z, w
