"""How far a tree may be from a teacher of numbers: tolerance limits without a distribution."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limbeck.errors import InputError
from limbeck.theory.binomial import check_count, check_open_unit, error_p_value, rows_to_certify
from limbeck.theory.certificate import Certificate, certify_disagreements
from limbeck.theory.wording import confidence_text, holds_if_lines, rounded_up, sampling_hypotheses

__all__ = ["ToleranceCertificate", "certify_gap_counts", "certify_tolerance", "certify_within"]


@dataclass(frozen=True)
class ToleranceCertificate:
    """A gap that all but a share epsilon of fresh rows keep, with the hypotheses it rests on.

    Parameters
    ----------
    tolerance : float
        Gap t, in the unit of the teacher's output, with P(|tree - teacher| <= t) >= 1 - epsilon;
        infinite when there are too few rows for any finite claim.
    epsilon : float
        Share of fresh rows that may have a larger gap, in (0, 1).
    delta : float
        Probability with which the claim may fail, over the draw of the certificate rows; in (0, 1).
    n_rows : int
        Certificate rows, at least 1.
    n_beyond : int
        Those of them whose gap is larger than `tolerance`.
    n_claims : int
        Number of trees certified on the same rows; each has delta / n_claims.
    rows : str
        Which rows these are, in words.
    constant_share : float or None
        Share of the rows that a single number, the best for them, is within the tolerance of; None when it is
        not known.

    Examples
    --------
    >>> print(certify_tolerance([0.5, 0.25], epsilon=0.1, rows="2 rows held out"))
    no finite tolerance for 90% of fresh rows: that takes 29 rows
    seen: 2 rows
    this holds if
    - future rows have the distribution that these were drawn from: 2 rows held out
    - the n = 2 rows are independent and identically distributed
    - nothing that shaped the tree or trained the teacher has seen these rows
    - a share delta = 0.05 of all draws of such rows may give a limit that fails
    """

    tolerance: float
    epsilon: float
    delta: float
    n_rows: int
    n_beyond: int
    n_claims: int = 1
    rows: str = "rows that nothing in the fit has seen"
    constant_share: float | None = None

    @property
    def rows_needed(self) -> int:
        """Smallest number of rows with which this epsilon and delta give a finite tolerance."""
        return rows_to_certify(self.epsilon, self.delta / self.n_claims)

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """What must be true for the claim to hold, one sentence each."""
        return sampling_hypotheses(self.n_rows, self.rows, self.delta, self.n_claims)

    def __str__(self) -> str:
        share = f"{100 * (1 - self.epsilon):.10g}% of fresh rows"
        if math.isinf(self.tolerance):
            few = self.n_rows < self.rows_needed
            why = f"that takes {self.rows_needed} rows" if few else "the gaps are larger than float64 holds"
            claim = f"no finite tolerance for {share}: {why}"
            seen = f"seen: {self.n_rows} rows"
        else:
            gap = f"{rounded_up(self.tolerance):.12g}"
            claim = f"tree and teacher at most {gap} apart on {share} ({confidence_text(self.delta)})"
            seen = f"seen: further apart on {self.n_beyond} of {self.n_rows} rows"
        if self.constant_share is not None and not math.isinf(self.tolerance):
            seen += f"\nbeside it: the best single number is as near on {self.constant_share:.1%} of these rows"
        return "\n".join([claim, seen, *holds_if_lines(self.hypotheses)])

    def to_dict(self) -> dict[str, Any]:
        """Return the claim for JSON; an infinite tolerance is None."""
        finite = None if math.isinf(self.tolerance) else self.tolerance
        record = {**dataclasses.asdict(self), "tolerance": finite}
        return {**record, "rows_needed": self.rows_needed, "hypotheses": list(self.hypotheses)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> ToleranceCertificate:
        """Rebuild a claim from what `to_dict` wrote.

        Raises
        ------
        InputError
            If a field is missing.
        """
        try:
            names = [field.name for field in dataclasses.fields(cls) if field.name != "constant_share"]
            plain: dict[str, Any] = {name: record[name] for name in names}
            plain["constant_share"] = record.get("constant_share")  # not in files of the first version
        except KeyError as error:
            remedy = "give what `ToleranceCertificate.to_dict` wrote"
            raise InputError("the record of a tolerance certificate", f"no field {error}", remedy) from error
        if plain["tolerance"] is None:
            plain["tolerance"] = math.inf
        return cls(**plain)


def certify_tolerance(
    gaps: ArrayLike,
    *,
    epsilon: float = 0.1,
    delta: float = 0.05,
    n_claims: int = 1,
    rows: str = "rows that nothing in the fit has seen",
) -> ToleranceCertificate:
    """Find the smallest observed gap that is certified for a share 1 - epsilon of fresh rows.

    The tolerance is the order statistic gap_(n - j) for the largest j with
    P(Bin(n, epsilon) <= j) <= delta / n_claims. Whatever the distribution of the gaps, ties included,
    P(gap <= gap_(n - j)) is at least as large as the (n - j)-th order statistic of n uniform numbers, so
    that it falls below 1 - epsilon with probability at most delta / n_claims.

    Parameters
    ----------
    gaps : (n,) float
        |tree - teacher| on the certificate rows, in the unit of the teacher's output; finite, >= 0.
    epsilon : float
        Share of fresh rows that may have a larger gap, in (0, 1).
    delta : float
        Probability with which the claim may fail, in (0, 1).
    n_claims : int
        Number of trees certified on these rows, at least 1.
    rows : str
        Which rows these are, in words.

    Returns
    -------
    ToleranceCertificate
        The claim; its tolerance is infinite, and its text says how many rows it takes, when
        (1 - epsilon)^n is above delta / n_claims.

    Raises
    ------
    InputError
        If there are no gaps, or one is negative or not finite, or a number is out of range.

    Examples
    --------
    >>> claim = certify_tolerance(range(100), epsilon=0.1)
    >>> claim.tolerance, claim.n_beyond
    (95.0, 4)

    References
    ----------
    Wilks, S. S. (1941), Determination of sample sizes for setting tolerance limits, Ann. Math. Statist. 12.
    Scheffé, H. and Tukey, J. W. (1945), Non-parametric estimation I, Ann. Math. Statist. 16 (ties).
    """
    values, counts = np.unique(_checked_gaps(gaps), return_counts=True)
    return certify_gap_counts(values, counts, epsilon=epsilon, delta=delta, n_claims=n_claims, rows=rows)


def certify_gap_counts(
    values: NDArray[np.float64],
    counts: NDArray[np.integer[Any]],
    *,
    epsilon: float = 0.1,
    delta: float = 0.05,
    n_claims: int = 1,
    rows: str = "rows that nothing in the fit has seen",
) -> ToleranceCertificate:
    """Do as `certify_tolerance`, given how many rows have each gap.

    Parameters
    ----------
    values : (m,) float
        The gaps that occur, finite, >= 0, in increasing order.
    counts : (m,) int
        How many rows have each of them.
    epsilon, delta, n_claims, rows
        As in `certify_tolerance`.

    Examples
    --------
    >>> certify_gap_counts(np.arange(100.0), np.ones(100, int), epsilon=0.1).tolerance
    95.0
    """
    up_to = np.cumsum(counts)
    n = int(up_to[-1])
    level = check_open_unit("delta", delta) / check_count("n_claims", n_claims, 1)
    # Rows that may lie beyond, by bisection: p-values rise with j. -1 means that not even j = 0 passes.
    low, high = -1, n
    while high - low > 1:
        middle = (low + high) // 2
        if error_p_value(middle, n, epsilon) <= level:
            low = middle
        else:
            high = middle
    place = len(values) - 1 if low < 0 else int(np.searchsorted(up_to, n - low))
    tolerance, beyond = math.inf if low < 0 else float(values[place]), n - int(up_to[place])
    return ToleranceCertificate(tolerance, epsilon, delta, n, beyond, n_claims, rows)


def share_within(values: NDArray[np.float64], tolerance: float) -> float:
    """Return the largest share of some numbers (n,) that one number can be within a tolerance of.

    Examples
    --------
    >>> share_within(np.array([0.0, 1.0, 2.0, 9.0]), 1.0)
    0.75
    """
    ordered = np.sort(values)
    # The best number has one of the values at the lower end of its reach.
    with np.errstate(over="ignore"):  # an upper end beyond float64 is above every number
        last = np.searchsorted(ordered, ordered + 2.0 * tolerance, side="right")
    return float((last - np.arange(ordered.size)).max() / ordered.size)


def certify_within(
    gaps: ArrayLike,
    tolerance: float,
    leaf: ArrayLike | None = None,
    *,
    delta: float = 0.05,
    n_claims: int = 1,
    rows: str = "rows that nothing in the fit has seen",
) -> Certificate:
    """Certify how often a tree is more than a given tolerance away from its teacher.

    The Clopper-Pearson certificate of `certify_disagreements` for the event gap > tolerance. The
    tolerance must be fixed before the gaps were looked at.

    Parameters
    ----------
    gaps : (n,) float
        |tree - teacher| on the certificate rows, in the unit of the teacher's output; finite, >= 0.
    tolerance : float
        Largest gap that counts as agreement, finite, >= 0.
    leaf : (n,) int or None
        Node id of the leaf that each row reaches.
    delta, n_claims, rows
        As in `certify_disagreements`.

    Returns
    -------
    Certificate
        The claim; its `event` names the tolerance.

    Raises
    ------
    InputError
        If there are no gaps, or one is negative or not finite, or a number is out of range.

    Examples
    --------
    >>> certificate = certify_within([0.1] * 98 + [3.0] * 2, 0.5)
    >>> certificate.disagreements, round(certificate.error_limit, 4), certificate.event
    (2, 0.0616, 'tree and teacher are more than 0.5 apart')

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26.
    """
    if not 0.0 <= tolerance < math.inf:
        asked = "a finite `tolerance` of at least 0"
        raise InputError(asked, f"`tolerance={tolerance!r}`", "give it in the unit of the teacher's output")
    beyond = _checked_gaps(gaps) > tolerance
    event = f"tree and teacher are more than {tolerance:g} apart"
    return certify_disagreements(beyond, leaf, delta=delta, n_claims=n_claims, rows=rows, event=event)


def _checked_gaps(gaps: ArrayLike) -> NDArray[np.float64]:
    """Return the gaps as floats, refused unless they are one column of finite numbers >= 0."""
    column = np.asarray(gaps, np.float64)
    if column.ndim != 1 or column.size == 0:
        found = f"an array of shape {column.shape}"
        raise InputError("one column `gaps` with at least one row", found, "give `abs(tree - teacher)`")
    bad = ~((column >= 0.0) & np.isfinite(column))
    if bad.any():
        found = f"{column[bad][0]!r} in row {int(np.flatnonzero(bad)[0])}"
        raise InputError("finite `gaps` of at least 0", found, "give `abs(tree - teacher)` without gaps in it")
    return column
