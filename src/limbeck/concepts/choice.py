"""Which of many sparse questions tell most about the teacher: at the root, and under the clauses of a greedy tree."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

import numpy as np
from numpy.typing import NDArray

from limbeck.concepts.questions import Sparse

__all__ = ["telling_columns"]

# Nodes of the greedy tree under which questions compete for a place.
_NODES = 48
# Share of the places that goes to the root, whose questions every tree can use.
_AT_ROOT = 0.2
# Bytes of the sums for one node: with many classes, questions are scored in blocks.
_MOST_BYTES = 1 << 26


def telling_columns(
    answers: Sparse,
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    *,
    most: int,
    least: int = 1,
    keep_going: Callable[[], bool] = lambda: True,
) -> NDArray[np.intp]:
    """Choose questions by what they tell of the teacher's answers.

    What a question tells at a node is how much it takes from the squared error of the values there: Gini's impurity of
    classes, the variance of numbers. A greedy tree is grown over all questions, the node that gains most first, and
    each of its nodes chooses those that tell most there; so a question that matters only under others has a place too.
    Questions that answer all rows alike, or one the negation of the other, take one place together.

    Parameters
    ----------
    answers : csc_array of bool, shape (n, l)
        Every row's answer to every question.
    values : ndarray of float64, shape (n, c)
        One column for each class, with a 1 for the teacher's; or its number.
    weights : ndarray of float64, shape (n,)
        What each row counts.
    most : int, at least 1
        Most questions.
    least : int
        Fewest rows on either side of a question.
    keep_going : callable
        Asked before each node; once it says no, those that tell most at the root have the places that are left.

    Returns
    -------
    ndarray of intp
        The chosen questions, in rising order.

    References
    ----------
    Breiman, Friedman, Olshen, Stone (1984), *Classification and Regression Trees*, for the gain.
    """
    from scipy.sparse import csr_array  # slow to import

    if answers.shape[1] <= most:
        return np.arange(answers.shape[1])
    by_row: Sparse = csr_array(answers)
    taken: dict[bytes, int] = {}
    order = count()
    root = np.arange(answers.shape[0])
    pending: list[tuple[float, int, NDArray[np.intp], NDArray[np.float64]]] = []

    def add(rows: NDArray[np.intp]) -> None:
        gains = _gains(by_row[rows], values[rows], weights[rows], least)
        heapq.heappush(pending, (-float(gains.max(initial=0.0)), next(order), rows, gains))

    add(root)
    share = max(1, int(most * (1 - _AT_ROOT)) // _NODES)
    for node in range(_NODES):
        if not pending or len(taken) >= most or (node and not keep_going()):
            break
        negative, _, rows, gains = heapq.heappop(pending)
        if negative >= 0:
            break
        wanted = max(1, int(most * _AT_ROOT)) if node == 0 else share
        best = _take(answers, gains, taken, min(len(taken) + wanted, most))
        yes = np.zeros(answers.shape[0], bool)
        yes[answers.indices[answers.indptr[best] : answers.indptr[best + 1]]] = True
        for side in (rows[yes[rows]], rows[~yes[rows]]):
            if len(side) >= 2 * least:
                add(side)
    if len(taken) < most:
        _take(answers, _gains(by_row, values, weights, least), taken, most)
    return np.sort(np.fromiter(taken.values(), np.intp, len(taken)))


def _take(answers: Sparse, gains: NDArray[np.float64], taken: dict[bytes, int], upto: int) -> int:
    """Add the questions that gain most, each once, until so many are taken; return the best of them."""
    ranked = np.argsort(-gains, kind="stable")
    n_rows = answers.shape[0]
    for j in ranked[gains[ranked] > 0].tolist():
        if len(taken) >= upto:
            break
        rows = np.sort(answers.indices[answers.indptr[j] : answers.indptr[j + 1]])
        if len(rows) and rows[0] == 0:  # of a question and its negation, the side without the first row stands for both
            rows = np.setdiff1d(np.arange(n_rows, dtype=rows.dtype), rows, assume_unique=True)
        taken.setdefault(rows.astype(np.int32).tobytes(), j)
    return int(ranked[0])


def _gains(
    by_row: Sparse, values: NDArray[np.float64], weights: NDArray[np.float64], least: int
) -> NDArray[np.float64]:
    """Return what each question takes from the squared error, shape (l,): 0 where a side has too few rows."""
    total, n = weights @ values, float(weights.sum())
    n_yes = by_row.T @ weights
    rows_yes = np.bincount(by_row.indices, minlength=by_row.shape[1])
    gains = np.zeros(by_row.shape[1])
    inside = (rows_yes >= least) & (rows_yes <= by_row.shape[0] - least) & (n_yes > 0) & (n_yes < n)
    if not inside.any():
        return gains
    places = np.flatnonzero(inside)
    width = max(1, _MOST_BYTES // (8 * values.shape[1]))
    weighted = values * weights[:, None]
    for start in range(0, len(places), width):
        block = places[start : start + width]
        yes = by_row[:, block].T @ weighted
        m = n_yes[block]
        gains[block] = (yes**2).sum(axis=1) / m + ((total - yes) ** 2).sum(axis=1) / (n - m)
    floor = (total**2).sum() / n
    return np.where(inside, np.maximum(gains - floor - 1e-12 * abs(floor), 0.0), 0.0)
