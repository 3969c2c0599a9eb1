"""Where tree and teacher disagree: the floor that the vocabulary sets, and the region with most of it. Arrays only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from limbeck.core import Clause, Outputs

__all__ = ["ENOUGH_TO_PLACE", "Floor", "Region", "vocabulary_floor", "worst_region"]

ENOUGH_TO_PLACE = 5  # rows of disagreement below which no region is named: they would lie close together by chance
_REAL_SHARE = 0.25  # of the disagreement: a group with less is not where it sits
_CHANCE = 0.001  # of naming a group although the disagreement lies where the rows lie


@dataclass(frozen=True)
class Floor:
    """What no tree over a vocabulary can reproduce, from rows that answer all literals alike.

    Parameters
    ----------
    least : float
        Share of the rows on which every tree over the vocabulary disagrees (for numbers: share of the variance that
        none explains). Exact for these rows, so for fresh rows it is too low on average: a row alone in its group
        counts as reproduced.
    left_out : float
        The same when each row is guessed from the other rows of its group: too high on average.
    n_rows, n_grouped : int
        Rows, and those of them that share all answers with another row.
    columns : tuple of str or None
        The columns that are asked about; None for all.
    """

    least: float
    left_out: float
    n_rows: int
    n_grouped: int
    columns: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Region:
    """A clause in which much of the disagreement sits.

    Parameters
    ----------
    clause : Clause
        The region.
    n_rows : int
        Rows in it.
    loss : float
        Disagreement in it: share of its rows, or mean squared gap over the variance of the teacher's numbers.
    share : float
        Share of all disagreement that sits in it.
    n_all : int
        Rows that were looked at.
    """

    clause: Clause
    n_rows: int
    loss: float
    share: float
    n_all: int

    def __str__(self) -> str:
        return (
            f"{self.clause} ({self.share:.0%} of the disagreement; {self.loss:.4f} there, on {self.n_rows} of "
            f"n = {self.n_all} rows)"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the region as plain values."""
        return {**vars(self), "clause": self.clause.to_dict(), "text": self.clause.text()}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Region:
        """Read what `to_dict` wrote."""
        fields = {name: value for name, value in plain.items() if name not in ("clause", "text")}
        return cls(Clause.from_dict(plain["clause"]), **fields)


def vocabulary_floor(answers: NDArray[np.bool_], outputs: Outputs) -> Floor:
    """Group the rows by their answers and see how far the teacher's answers differ within the groups.

    A tree gives all rows of a group one answer, so in a group with class counts `c_y` it is wrong on
    `Σ c_y − max c_y` rows or more; for numbers at least the variance within the groups is left.

    Parameters
    ----------
    answers : ndarray of bool, shape (n, l)
        Answers of the rows to all literals.
    outputs : Outputs of n rows
        The teacher's answers.

    Returns
    -------
    Floor

    Examples
    --------
    >>> same = np.zeros((4, 1), bool)
    >>> floor = vocabulary_floor(same, Outputs(np.array([0, 0, 0, 1]), np.eye(2)[[0, 0, 0, 1]]))
    >>> floor.least, floor.left_out
    (0.25, 0.25)
    """
    packed = np.ascontiguousarray(np.packbits(np.column_stack([answers, answers[:, :0].any(axis=1)]), axis=1))
    _, group = np.unique(packed.view(f"V{packed.shape[1]}").ravel(), return_inverse=True)
    size = np.bincount(group)
    if outputs.codes is None:
        least, left_out = _within(outputs.values[:, 0], group, size)
    else:
        least, left_out = _minorities(outputs.codes, group, size)
    return Floor(least, left_out, len(group), int(size[size > 1].sum()))


def worst_region(clauses: Sequence[Clause], holds: NDArray[np.bool_], loss: NDArray[np.float64]) -> Region | None:
    """Name the clause that explains most of the variance of the disagreement, among those that hold much of it.

    With support s and disagreement `a` in the clause, against `b` in all: maximises `s(a − b)²/(1 − s)` over the
    clauses that hold a quarter of all disagreement, on 5 rows or more, and more of it than their share of the rows by
    an exact test, corrected for the number of clauses.

    Parameters
    ----------
    clauses : sequence of Clause, length c
        Regions that may be named.
    holds : ndarray of bool, shape (n, c)
        Which rows are in them.
    loss : ndarray of float64, shape (n,)
        Disagreement on each row, at least 0.

    Returns
    -------
    Region or None
        None when fewer than 5 rows disagree, or no clause holds so much.

    Examples
    --------
    >>> from limbeck.core import Literal
    >>> x0 = Clause(((Literal.is_value("x0", 1), True),))
    >>> where = np.arange(20) < 10
    >>> print(worst_region([x0], where[:, None], (np.arange(20) < 8).astype(float)))
    x0 = 1 (100% of the disagreement; 0.8000 there, on 10 of n = 20 rows)
    """
    n, total = len(loss), float(loss.sum())
    if np.count_nonzero(loss) < ENOUGH_TO_PLACE or not len(clauses):
        return None
    rows = holds.sum(axis=0)
    inside = loss @ holds
    with np.errstate(divide="ignore", invalid="ignore"):
        rate, support = inside / rows, rows / n
        explained = support * (rate - total / n) ** 2 / (1 - support)
    # So many rows carry the loss as would if they shared it equally: one far-off row is one row.
    carrying = inside**2 / np.maximum(loss**2 @ holds, np.finfo(float).tiny)
    real = (
        (rows > 0)
        & (rows < n)
        & (rate > total / n)
        & (inside >= _REAL_SHARE * total)
        & (carrying >= ENOUGH_TO_PLACE - 1e-9)
    )
    for j in sorted(np.flatnonzero(real).tolist(), key=lambda j: -explained[j]):
        if _by_chance(loss, holds[:, j]) <= _CHANCE / len(clauses):
            return Region(clauses[j], int(rows[j]), float(rate[j]), float(inside[j] / total), n)
    return None


def _by_chance(loss: NDArray[np.float64], inside: NDArray[np.bool_]) -> float:
    """Return the p-value of so much disagreement in a group if it lay where the rows lie.

    By the number of rows that disagree (Fisher's test); for numbers, that lie above the loss's median.
    """
    high = loss > (0.0 if ((loss == 0) | (loss == 1)).all() else np.median(loss))
    return _at_least(int(high[inside].sum()), len(loss), int(high.sum()), int(inside.sum()))


def _at_least(found: int, n: int, marked: int, drawn: int) -> float:
    """Return the probability of at least so many marked ones among those drawn of n without replacement.

    `scipy.stats.hypergeom` knows it too, but takes longer to import than all else that a diagnosis does.
    """
    count = np.arange(max(found, 0, drawn + marked - n), min(marked, drawn) + 1)
    chances = _log_choose(marked, count) + _log_choose(n - marked, drawn - count) - _log_choose(n, drawn)
    return float(min(np.exp(chances).sum(), 1.0))


def _log_choose(n: int, k: NDArray[np.integer] | int) -> NDArray[np.float64]:
    """Return the logarithm of the number of ways to choose k of n."""
    log_factorial = scipy.special.gammaln
    return log_factorial(n + 1.0) - log_factorial(np.asarray(k) + 1.0) - log_factorial(n - np.asarray(k) + 1.0)


def _minorities(codes: NDArray[np.intp], group: NDArray[np.intp], size: NDArray[np.intp]) -> tuple[float, float]:
    """Share of rows outside their group's majority, and wrongly guessed by the majority of the others."""
    _, label = np.unique(codes, return_inverse=True)
    n, n_labels = len(codes), int(label.max()) + 1
    counts = np.bincount(group * n_labels + label, minlength=len(size) * n_labels).reshape(-1, n_labels)
    least = 1.0 - counts.max(axis=1).sum() / n
    wrong = 0.0
    for y in range(n_labels):
        others = counts - (np.arange(n_labels) == y)
        most = others.max(axis=1)
        # The others may be divided: then one of the most frequent answers is guessed at random.
        right = (others[:, y] == most) / (others == most[:, None]).sum(axis=1)
        wrong += float((counts[:, y] * (1.0 - right))[size > 1].sum())
    return float(least), wrong / n


def _within(values: NDArray[np.float64], group: NDArray[np.intp], size: NDArray[np.intp]) -> tuple[float, float]:
    """Share of the variance within the groups, and when the mean of the others is the guess."""
    mean = np.bincount(group, values) / size
    square = np.bincount(group, (values - mean[group]) ** 2)
    spread = float(((values - values.mean()) ** 2).sum())
    if not spread:
        return 0.0, 0.0
    others = (size / np.maximum(size - 1, 1)) ** 2
    return float(square.sum()) / spread, float((square * others).sum()) / spread
