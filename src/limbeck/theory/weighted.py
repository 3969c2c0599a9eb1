"""The certificate of a tree whose rows count by weight: by rows kept in proportion to it, or by one bet."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limbeck.errors import InputError
from limbeck.theory.betting import first_true
from limbeck.theory.binomial import check_count, check_open_unit, error_upper_limit
from limbeck.theory.wording import at_most_text, confidence_text, holds_if_lines, sampling_hypotheses

__all__ = ["WeightedCertificate", "certify_weighted"]

# Cells of errors, each with bets of its own: fine enough that the best bets hardly change within one.
_LOGITS = np.linspace(-14.0, 8.0, 89)
_EDGES = np.concatenate([[0.0], 1.0 / (1.0 + np.exp(-_LOGITS)), [1.0]])
_ODDS = np.exp(np.concatenate([_LOGITS[:1], 0.5 * (_LOGITS[:-1] + _LOGITS[1:]), _LOGITS[-1:]]))
_BETS = 1.0 - (np.arange(60) / 60) ** 2
# What is left of 1 - bet. Losses that are not 0 or 1 may vary less than such, and then larger bets are better.
_SHRINKING = {True: np.array([1.0]), False: np.array([1.0, 0.5, 0.0])}


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
    kept, disagreements : int or None
        Rows that were kept by chance in proportion to their weight, and the disagreements among them, where the limit
        is that of Clopper and Pearson on these; None where it is that of a bet.
    n_claims : int
        Number of trees certified on the same rows; each has delta / n_claims.
    rows : str
        Which rows these are, in words.
    random_state : int
        Seed of the draw.
    """

    error_limit: float
    error: float
    delta: float
    n_rows: int
    effective_rows: float
    max_weight: float
    bound_known: bool
    kept: int | None = None
    disagreements: int | None = None
    n_claims: int = 1
    rows: str = "rows that nothing in the fit has seen"
    random_state: int = 0

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """What must be true for the claim to hold, one sentence each."""
        source = "as given" if self.bound_known else "the largest weight seen, which no data can verify"
        drawn, *others = sampling_hypotheses(self.n_rows, self.rows, self.delta, self.n_claims)
        return (
            f"{drawn}, each counted in proportion to its weight",
            *others,
            f"a row's weight is a function of the row, at least 0 and at most {self.max_weight:g} ({source})",
            f"the seed, {self.random_state}, was fixed before the rows were looked at",
        )

    def __str__(self) -> str:
        limit = "the limit is that of a bet, fixed by the weights of some rows and tried on the others"
        if self.kept is not None:
            limit = f"the limit is exact for {self.disagreements} of {self.kept} rows, kept by chance as they weigh"
        return "\n".join(
            [
                f"weighted {at_most_text(self.error_limit)} ({confidence_text(self.delta)})",
                f"seen: weighted error {self.error:.4g} on {self.n_rows} rows, worth "
                f"{self.effective_rows:.1f} equally weighted ones",
                limit,
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
    random_state: int = 0,
) -> WeightedCertificate:
    """Certify the error of a tree when rows count by weight.

    The claim is about epsilon = E[w z] / E[w]: the error under the distribution whose density against
    that of the rows is proportional to w. The weights need not have mean 1. Two limits are known.

    *Thinning.* Every row is kept with probability w / w_max. Given which rows are kept, their disagreements are
    independent, of probability epsilon: the limit of Clopper and Pearson is exact. With equal weights all are kept.

    *A bet.* Whoever holds that the ratio is at least m loses fair bets with factors
    1 + c (w / w_max) (m - z) / (1 - m), c in (0, 1]. Their product has expectation at most 1, so by Markov it reaches
    n_claims / delta with probability at most delta / n_claims. The bets c of each cell of errors m are the best for
    weights like those of a tenth of the rows, the pilot rows, on which nothing is bet; the limit is the largest m whose
    product stays below.

    Thinning is taken for disagreements (bool) when it keeps at least half of the pilot rows, the bet otherwise, and for
    losses that are no booleans. Either limit is valid given that choice: the first since it is so whichever rows
    are kept, the second since its rows are independent of the pilot rows.

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
    random_state : int
        Seed for the rows that are kept and for the pilot rows; to be fixed before the rows are looked at.

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
    >>> round(certificate.error_limit, 3), certificate.kept, round(certificate.effective_rows, 1)
    (0.043, 68, 90.0)

    References
    ----------
    Von Neumann (1951), Various techniques used in connection with random digits, for the thinning. Waudby-Smith and
    Ramdas (2024), J. R. Stat. Soc. B 86, for the bets; ratio form, choice and bets ours.
    """
    z, w = _checked_columns(losses, weights)
    bound = float(w.max()) if max_weight is None else float(max_weight)
    if not w.max() <= bound < math.inf:
        found = f"`max_weight={max_weight!r}` and a weight of {w.max():g}"
        raise InputError("weights of at most a finite `max_weight`", found, "give the true upper bound")
    delta, n_claims = check_open_unit("delta", delta), check_count("n_claims", n_claims, 1)
    rng = np.random.default_rng(check_count("random_state", random_state, 0))
    # Ratios first: sums and squares of the weights themselves may overflow or vanish.
    u, share = w / bound, w / w.max()
    order, kept = rng.permutation(z.size), rng.random(z.size) < u
    pilot, others = np.split(order, [math.ceil(z.size / 10)])
    counts: tuple[int, int] | tuple[None, None] = (None, None)
    if np.asarray(losses).dtype == np.bool_ and kept[pilot].mean() >= 0.5:
        counts = int(kept.sum()), int(z[kept].sum())
        limit = error_upper_limit(counts[1], counts[0], delta / n_claims)
    else:
        goal = math.log(n_claims / delta)
        # The pilot rows may have missed the heavy ones, on which large bets are ruined: one is added.
        bets = _best_bets(np.append(u[pilot], 1.0), others.size, goal)
        shrunk = 1.0 - np.outer(1.0 - bets, _SHRINKING[np.asarray(losses).dtype == np.bool_])
        limit = _largest_accepted(z[others], u[others], shrunk, goal)
    worth = float(share.sum() ** 2 / (share @ share))
    claim = WeightedCertificate(
        limit, float(share @ z / share.sum()), delta, z.size, worth, bound, max_weight is not None, *counts
    )
    return dataclasses.replace(claim, n_claims=n_claims, rows=rows, random_state=int(random_state))


def _best_bets(u: NDArray[np.float64], n_rows: int, goal: float) -> NDArray[np.float64]:
    """Return for each cell of errors the bet that refutes it at the largest share of disagreements.

    Where a share q of disagreements is spread evenly over weights u, a bet c gains
    n ((1 - q) E log(1 + c u m / (1 - m)) + q E log(1 - c u)), which is `goal` at this q.
    """
    some = np.quantile(u, np.linspace(0.0, 1.0, 101)) if u.size > 101 else u
    with np.errstate(divide="ignore"):
        lost = n_rows * np.log1p(-np.outer(_BETS, some)).mean(axis=1)
    won = n_rows * np.log1p(_ODDS[:, None, None] * np.outer(_BETS, some)).mean(axis=2)
    return _BETS[np.argmax((won - goal) / (won - lost), axis=1)]


def _largest_accepted(z: NDArray[np.float64], u: NDArray[np.float64], bets: NDArray[np.float64], goal: float) -> float:
    """Return the largest error whose capital, a mixture of the bets (cells, b) of its cell, is below the goal."""

    def rejected(error: float, cell: int) -> bool:
        stakes = np.outer(u * (error - z) / (1.0 - error), bets[cell])
        # A bet of 1 that loses everything has log capital -inf, which the mixture sums correctly.
        with np.errstate(divide="ignore"):
            gains = np.log1p(np.maximum(stakes, -1.0)).sum(axis=0)
        return bool(np.logaddexp.reduce(gains) - math.log(gains.size) >= goal)

    # Within a cell the capital grows with the error; from cell to cell it may not, so from above.
    cell = next(i for i in range(len(bets) - 1, -1, -1) if i == 0 or not rejected(_EDGES[i], i))
    if cell == len(bets) - 1:
        return 1.0
    return first_true(lambda error: rejected(error, cell), float(_EDGES[cell]), float(_EDGES[cell + 1]))


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
