"""Bounds over a whole class of students: the agnostic gap, and what no learner can beat."""

from __future__ import annotations

import math

import numpy as np

from limbeck.errors import InputError
from limbeck.theory.binomial import check_count, check_open_unit, fewest_rows

__all__ = ["agnostic_gap", "agnostic_rows", "learning_rows", "vc_gap", "vc_rows"]


def agnostic_gap(n_rows: int, log_class_size: float, delta: float) -> float:
    """Bound how much worse than the best of a finite class its empirically best student can be.

    The gap is (sqrt(ln |G| + ln(2/delta)) + sqrt(ln(2/delta))) / sqrt(2 n), the sum of two one-sided deviations
    (Hoeffding), each with probability at least 1 - delta / 2: no student looks better than it is by more than the first
    term (union bound), and the best one, which is fixed, looks worse than it is by at most the second. The class
    must be fixed before the rows were looked at. With one student it is 0.

    Parameters
    ----------
    n_rows : int
        Independent rows on which the student was chosen, at least 1.
    log_class_size : float
        ln |G|, at least 0.
    delta : float
        Probability with which the bound may fail, in (0, 1).

    Returns
    -------
    float
        Gap in [0, 1].

    Raises
    ------
    InputError
        If a number is out of range.

    Examples
    --------
    >>> round(agnostic_gap(10_000, 40.0, 0.05), 4)
    0.0603

    References
    ----------
    Hoeffding, W. (1963), Probability inequalities for sums of bounded random variables, JASA 58.
    """
    n = check_count("n_rows", n_rows, 1)
    return min(_agnostic_deviation(log_class_size, delta) / math.sqrt(2.0 * n), 1.0)


def agnostic_rows(epsilon: float, delta: float, log_class_size: float) -> int:
    """Smallest number of rows whose `agnostic_gap` is at most epsilon.

    It is (sqrt(ln |G| + ln(2/delta)) + sqrt(ln(2/delta)))^2 / (2 epsilon^2) rounded up; checked with
    `agnostic_gap`, so that rounding never falls on the unsafe side.

    Parameters
    ----------
    epsilon : float
        Gap to reach, in (0, 1).
    delta, log_class_size : float
        As in `agnostic_gap`.

    Returns
    -------
    int
        Number of rows.

    Raises
    ------
    InputError
        If a number is out of range.

    Examples
    --------
    >>> agnostic_rows(0.1, 0.05, 40.0)
    3639

    References
    ----------
    Hoeffding (1963), as in `agnostic_gap`.
    """
    check_open_unit("epsilon", epsilon)
    return fewest_rows(lambda n: agnostic_gap(n, log_class_size, delta) <= epsilon)


def _agnostic_deviation(log_class_size: float, delta: float) -> float:
    """Return the gap times sqrt(2 n)."""
    if not 0.0 <= log_class_size < math.inf:
        found = f"`log_class_size={log_class_size!r}`"
        raise InputError("a finite `log_class_size` of at least 0", found, "give ln of the number of students")
    log_ratio = math.log(2.0 / check_open_unit("delta", delta))
    return 0.0 if log_class_size == 0.0 else math.sqrt(log_class_size + log_ratio) + math.sqrt(log_ratio)


def vc_gap(n_rows: int, vc_dimension: int, delta: float) -> float:
    """Bound the same gap by the VC dimension d: sqrt(2 d ln(e n/d) / n) + 2 sqrt(ln(2/delta) / (2 n)).

    Needs n >= d, else 1; the uniform bound at delta / 2 for the student (Mohri, Rostamizadeh and Talwalkar
    2018, Foundations of Machine Learning, Corollary 3.19), Hoeffding's at delta / 2 for the best one.
    """
    n, d = check_count("n_rows", n_rows, 1), check_count("vc_dimension", vc_dimension, 0)
    confidence = 2.0 * math.sqrt(math.log(2.0 / check_open_unit("delta", delta)) / (2.0 * n))
    if d == 0:
        return 0.0
    return 1.0 if n < d else min(math.sqrt(2.0 * d * math.log(math.e * n / d) / n) + confidence, 1.0)


def vc_rows(epsilon: float, delta: float, vc_dimension: int) -> int:
    """Return the smallest number of rows whose `vc_gap` is at most epsilon."""
    check_open_unit("epsilon", epsilon)
    return fewest_rows(lambda n: vc_gap(n, vc_dimension, delta) <= epsilon)


def learning_rows(epsilon: float, delta: float, vc_dimension: int) -> int:
    """Return a number below which no learner reaches error epsilon from labelled rows of every distribution.

    The argument of Ehrenfeucht, Haussler, Kearns and Valiant (1989, Inf. Comput. 82) with its constants
    computed instead of rounded. Of d >= 2 shattered points d - 1 share a mass a, with random labels. An
    unseen one is guessed wrong half of the time, so the error on them is a/2 (1 - a/(d-1))^n on average
    and at most a: it exceeds epsilon with probability above delta while that average is above
    epsilon + delta (a - epsilon). Likewise one point of mass just above epsilon: (1 - epsilon)^n / 2.
    """
    epsilon, delta = check_open_unit("epsilon", epsilon), check_open_unit("delta", delta)
    d = check_count("vc_dimension", vc_dimension, 0)
    if d < 2:
        return 0
    one_point = math.log(0.5 / delta) / -math.log1p(-epsilon)
    mass = np.linspace(epsilon, 1.0, 400)[1:-1]
    allowed = epsilon + delta * (mass - epsilon)
    many_points = np.log(mass / 2.0 / allowed) / -np.log1p(-mass / (d - 1)) if d > 2 else np.zeros(1)
    # The slack keeps rounding from turning a lower bound into a larger one.
    return max(0, math.ceil(one_point - 1e-9), math.ceil(float(many_points.max()) - 1e-9))
