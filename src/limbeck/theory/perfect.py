"""Perfect distillation: the minimax mixture of a finite class, and the few rows it needs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from limbeck.errors import InputError, SearchError
from limbeck.theory.binomial import check_open_unit, fewest_rows
from limbeck.theory.finite import check_table

__all__ = [
    "MinimaxMixture",
    "PerfectDistillation",
    "SelectionPlan",
    "distill_perfectly",
    "minimax_mixture",
    "plan_selection",
]


@dataclass(frozen=True)
class MinimaxMixture:
    """The mixture of students with the smallest chance of error at its worst point.

    Parameters
    ----------
    weights : (functions,) float64
        Probability of each student, read-only.
    error : float
        Chance that a student drawn from the mixture errs at the worst point, in [0, 1]. It is also the
        error of the best single student under `hardest`.
    hardest : (points,) float64
        Distribution of the points under which every student errs at least that often, read-only.
    """

    weights: NDArray[np.float64]
    error: float
    hardest: NDArray[np.float64]


@dataclass(frozen=True)
class SelectionPlan:
    """How many students to draw, and how to test them.

    Parameters
    ----------
    n_students : int
        Students to draw from the mixture, at least 1.
    n_rows : int
        Rows on which each of them is tested; 0 when every draw is good enough.
    n_allowed : int
        Disagreements on those rows with which a student still passes.
    """

    n_students: int
    n_rows: int
    n_allowed: int


@dataclass(frozen=True)
class PerfectDistillation:
    """The student that `distill_perfectly` returns.

    Parameters
    ----------
    function : int
        Row of the student in the class table.
    passed : bool
        Whether it passed its test; the claim error <= epsilon is made only then.
    disagreements : int
        Its disagreements on the rows that were used.
    plan : SelectionPlan
        What was drawn and tested.
    """

    function: int
    passed: bool
    disagreements: int
    plan: SelectionPlan


def minimax_mixture(disagree: ArrayLike) -> MinimaxMixture:
    """Find the mixture of students whose chance of error at the worst point is smallest.

    The linear program min_q max_x sum_g q_g 1[g(x) != f(x)]. Its dual gives the hardest distribution:
    max_D min_g error_D(g) has the same value, so that the value is 0 just when for every D some student
    has error 0.

    Parameters
    ----------
    disagree : (functions, points) bool
        Where each student differs from the teacher.

    Returns
    -------
    MinimaxMixture
        The mixture, its value and the hardest distribution.

    Raises
    ------
    InputError
        If the table is not boolean, two-dimensional and non-empty.
    SearchError
        If the linear program could not be solved.

    Examples
    --------
    Three students, each wrong at another point: the uniform mixture errs with chance 1/3 everywhere.

    >>> mixture = minimax_mixture(np.eye(3, dtype=bool))
    >>> mixture.weights.round(3).tolist(), round(mixture.error, 3)
    ([0.333, 0.333, 0.333], 0.333)

    References
    ----------
    von Neumann, J. (1928), Zur Theorie der Gesellschaftsspiele. Boix-Adsera (2024), Towards a theory of
    model distillation, arXiv 2403.09053 (perfect distillation).
    """
    errors = check_table(disagree).astype(np.float64)
    n_functions, n_points = errors.shape
    # Variables: the weights q, then the value v. Rows: errors' q - v <= 0 at every point.
    result = scipy.optimize.linprog(
        np.append(np.zeros(n_functions), 1.0),
        A_ub=np.column_stack([errors.T, -np.ones(n_points)]),
        b_ub=np.zeros(n_points),
        A_eq=np.append(np.ones(n_functions), 0.0)[None, :],
        b_eq=[1.0],
        # v is free: a bound of 0 on it would take the dual's mass away from the points when v = 0.
        bounds=[(0.0, None)] * n_functions + [(None, None)],
        method="highs",
    )
    if not result.success:
        raise SearchError("a minimax mixture", str(result.message), "remove repeated students and points")
    weights = _distribution(result.x[:-1])
    hardest = _distribution(-result.ineqlin.marginals)
    return MinimaxMixture(weights, float((weights @ errors).max()), hardest)


def plan_selection(epsilon: float, delta: float, mixture_error: float | None = None) -> SelectionPlan:
    """Plan how many students to draw and on how many rows to test them.

    A student of a mixture that errs at every point with chance at most v has, under any distribution, an
    error above g with probability at most v / g (Markov). So m = ln(2 / delta) / ln(g / v) draws hold a
    student of error <= g but for delta / 2; with v = epsilon / 4 and g = epsilon / 2 that is
    log2(2 / delta). A student passes with at most k disagreements on n rows, where P(Bin(n, g) > k) <=
    delta / 4 and P(Bin(n, epsilon) <= k) <= delta / (4 m): then some student passes and all that pass
    have error <= epsilon, but for delta in total. Of several g the one with the fewest rows is taken;
    n is of the order ln(1 / delta) / epsilon, whatever the VC dimension of the class.

    Parameters
    ----------
    epsilon, delta : float
        Error to reach, and probability with which that may fail; in (0, 1).
    mixture_error : float or None
        v, at least 0 and at most epsilon / 2; epsilon / 4 by default.

    Returns
    -------
    SelectionPlan
        Draws, rows and passing mark.

    Raises
    ------
    InputError
        If a number is out of range; above epsilon / 2 the class is not good enough for epsilon.

    Examples
    --------
    >>> plan_selection(0.1, 0.05)
    SelectionPlan(n_students=39, n_rows=352, n_allowed=17)
    >>> plan_selection(0.1, 0.05, 0.0)
    SelectionPlan(n_students=1, n_rows=0, n_allowed=0)

    References
    ----------
    Boix-Adsera (2024), arXiv 2403.09053 (perfect distillation); the constants are ours, exact binomial.
    """
    epsilon, delta = check_open_unit("epsilon", epsilon), check_open_unit("delta", delta)
    error = epsilon / 4.0 if mixture_error is None else mixture_error
    if not 0.0 <= error <= epsilon / 2.0:
        asked = f"a mixture with error at most `epsilon` / 2 = {epsilon / 2:g} at every point"
        raise InputError(asked, f"`mixture_error={error!r}`", "ask for a larger `epsilon`")
    # Markov once more: v <= delta epsilon makes a single draw good enough, untested.
    if error <= delta * epsilon:
        return SelectionPlan(1, 0, 0)
    goods = np.geomspace(1.1 * error, 0.8 * epsilon, 12)
    return min((_plan_for(float(good), epsilon, delta, error) for good in goods), key=lambda p: p.n_rows)


def distill_perfectly(
    mixture: MinimaxMixture,
    disagree: ArrayLike,
    *,
    epsilon: float,
    delta: float,
    rng: np.random.Generator,
) -> PerfectDistillation:
    """Draw students from the mixture, test them on the rows, and return the best.

    Parameters
    ----------
    mixture : MinimaxMixture
        A mixture with error at most epsilon / 2.
    disagree : (functions, rows) bool
        Where each student differs from the teacher on independent rows; the first n_rows of
        `plan_selection(epsilon, delta, mixture.error)` are used.
    epsilon, delta : float
        Error to reach, and probability with which that may fail; in (0, 1).
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    PerfectDistillation
        The student with the fewest disagreements; it has passed, and its error is at most epsilon, with
        probability at least 1 - delta.

    Raises
    ------
    InputError
        If there are too few rows, the table does not fit the mixture, or the mixture is not good enough.

    Examples
    --------
    >>> mixture = minimax_mixture(np.eye(100, dtype=bool))
    >>> rows = np.random.default_rng(0).integers(0, 100, 500)
    >>> rng = np.random.default_rng(1)
    >>> distill_perfectly(mixture, np.eye(100, dtype=bool)[:, rows], epsilon=0.1, delta=0.05, rng=rng).passed
    True

    References
    ----------
    Boix-Adsera (2024), arXiv 2403.09053 (perfect distillation).
    """
    plan = plan_selection(epsilon, delta, mixture.error)
    errors = np.asarray(disagree)
    if errors.ndim != 2 or errors.shape[0] != mixture.weights.size or errors.shape[1] < plan.n_rows:
        asked = f"{mixture.weights.size} students on at least {plan.n_rows} rows"
        raise InputError(asked, f"`disagree` of shape {errors.shape}", "give the columns of fresh rows")
    drawn = rng.choice(mixture.weights.size, size=plan.n_students, p=mixture.weights)
    counts = np.count_nonzero(errors[drawn, : plan.n_rows], axis=1)
    best = int(np.argmin(counts))
    seen = int(counts[best])
    return PerfectDistillation(int(drawn[best]), seen <= plan.n_allowed, seen, plan)


def _plan_for(good: float, epsilon: float, delta: float, error: float) -> SelectionPlan:
    """Plan for one error `good` between that of the mixture and epsilon."""
    m = math.ceil(math.log(2.0 / delta) / math.log(good / error))
    n = fewest_rows(lambda n: _passing_mark(n, good, epsilon, delta, m) >= 0)
    return SelectionPlan(m, n, _passing_mark(n, good, epsilon, delta, m))


def _passing_mark(n: int, good: float, epsilon: float, delta: float, m: int) -> int:
    """Return the largest k that no student of error epsilon passes; -1 if a good one may not pass."""
    low, high = -1, n
    while high - low > 1:
        middle = (low + high) // 2
        if scipy.special.bdtr(middle, n, epsilon) <= delta / (4 * m):
            low = middle
        else:
            high = middle
    return low if low >= 0 and scipy.special.bdtrc(low, n, good) <= delta / 4.0 else -1


def _distribution(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Clear solver dust from non-negative weights and make them sum to 1, read-only."""
    clean = np.maximum(weights, 0.0)
    clean = clean / clean.sum()
    clean.setflags(write=False)
    return clean
