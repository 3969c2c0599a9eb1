"""Where tree and teacher disagree: the floor that the vocabulary sets, and the region with most of it. Arrays only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from limbeck.core import Clause, Outputs

__all__ = ["ENOUGH_TO_PLACE", "Floor", "Region", "RowGroups", "vocabulary_floor", "worst_region"]

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
    return RowGroups.alike(answers, outputs).floor()


@dataclass(frozen=True, eq=False)
class RowGroups:
    """Rows in groups of which a tree gives all rows one answer, and how far the teacher's differ within them.

    Parameters
    ----------
    group : ndarray of intp, shape (n,)
        The group of each row: 0, 1, ..., each of at least one row.
    outputs : Outputs of n rows
        The teacher's answers.
    """

    group: NDArray[np.intp]
    outputs: Outputs

    @classmethod
    def alike(cls, answers: NDArray[np.bool_], outputs: Outputs) -> RowGroups:
        """Group rows by their answers to any literals, shape (n, l)."""
        packed = np.ascontiguousarray(np.packbits(np.column_stack([answers, answers[:, :0].any(axis=1)]), axis=1))
        return cls(np.unique(packed.view(f"V{packed.shape[1]}").ravel(), return_inverse=True)[1], outputs)

    @classmethod
    def between_thresholds(cls, below: NDArray[np.bool_], outputs: Outputs) -> RowGroups:
        """Group rows by their answers to thresholds of one column, shape (n, l): as many yes, the same ones."""
        yes = below.sum(axis=1, dtype=np.intp)
        return cls((np.cumsum(np.bincount(yes) > 0) - 1)[yes], outputs)

    def floor(self, columns: tuple[str, ...] | None = None) -> Floor:
        """Return what no tree over these columns can reproduce."""
        return Floor(self.least, self.left_out, len(self.group), int(self.size[self.size > 1].sum()), columns)

    @cached_property
    def size(self) -> NDArray[np.intp]:
        """Rows of each group, shape (g,)."""
        return np.bincount(self.group)

    @cached_property
    def counts(self) -> NDArray[np.intp]:
        """Rows of each group and class, shape (g, classes), of which the first stands for all that are not known."""
        assert self.outputs.codes is not None, "numbers are not counted"
        n_labels = int(self.outputs.codes.max()) + 2
        place = self.group * n_labels + self.outputs.codes + 1
        return np.bincount(place, minlength=len(self.size) * n_labels).reshape(-1, n_labels)

    @property
    def least(self) -> float:
        """Share of the rows outside their group's majority; of numbers, share of the variance within the groups."""
        if self.outputs.codes is not None:
            return float(1.0 - self.counts.max(axis=1).sum() / len(self.group))
        square, spread = self._squares
        return float(square.sum()) / spread if spread else 0.0

    @property
    def left_out(self) -> float:
        """The same where each row is guessed from the others of its group."""
        if self.outputs.codes is None:
            square, spread = self._squares
            others = (self.size / np.maximum(self.size - 1, 1)) ** 2
            return float((square * others).sum()) / spread if spread else 0.0
        wrong = 0.0
        for y in np.flatnonzero(self.counts.any(axis=0)).tolist():
            others = self.counts - (np.arange(self.counts.shape[1]) == y)
            most = others.max(axis=1)
            # The others may be divided: then one of the most frequent answers is guessed at random.
            right = (others[:, y] == most) / (others == most[:, None]).sum(axis=1)
            wrong += float((self.counts[:, y] * (1.0 - right))[self.size > 1].sum())
        return wrong / len(self.group)

    @cached_property
    def _squares(self) -> tuple[NDArray[np.float64], float]:
        """Squared gaps from the mean of each group, added up, and from the mean of all."""
        values = self.outputs.values[:, 0]
        mean = np.bincount(self.group, values) / self.size
        square = np.bincount(self.group, (values - mean[self.group]) ** 2).astype(np.float64)
        return square, float(((values - values.mean()) ** 2).sum())


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
    best = np.flatnonzero(real)
    best = best[np.argsort(-explained[best], kind="stable")]
    first = _first_not_by_chance(loss, holds[:, best], _CHANCE / len(clauses))
    if first is None:
        return None
    j = int(best[first])
    return Region(clauses[j], int(rows[j]), float(rate[j]), float(inside[j] / total), n)


def _first_not_by_chance(loss: NDArray[np.float64], holds: NDArray[np.bool_], level: float) -> int | None:
    """Return the first group, of those in `holds`, shape (n, c), with more disagreement than where rows lie by chance.

    By the number of rows that disagree (Fisher's test); for numbers, that lie above the loss's median.
    """
    high = loss > (0.0 if ((loss == 0) | (loss == 1)).all() else np.median(loss))
    n, marked, drawn = len(loss), int(np.count_nonzero(high)), np.count_nonzero(holds, axis=0)
    found = np.count_nonzero(holds[high], axis=0)
    # So many and more are not less likely than so many.
    for j in np.flatnonzero(_chances(found, n, marked, drawn) <= level).tolist():
        count = np.arange(found[j], min(marked, int(drawn[j])) + 1)
        if _chances(count, n, marked, drawn[j]).sum() <= level:
            return j
    return None


def _chances(
    found: NDArray[np.integer[Any]], n: int, marked: int, drawn: NDArray[np.integer[Any]]
) -> NDArray[np.float64]:
    """Return the probability of so many marked ones among those drawn of n without replacement.

    `scipy.stats.hypergeom` knows it too, but takes longer to import than all else that a diagnosis does.
    """
    ways = _log_choose(marked, found) + _log_choose(n - marked, drawn - found)
    return np.exp(ways - _log_choose(n, drawn))


def _log_choose(n: int, k: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """Return the logarithm of the number of ways to choose k of n."""
    log_factorial = scipy.special.gammaln
    return log_factorial(n + 1.0) - log_factorial(k + 1.0) - log_factorial(n - k + 1.0)
