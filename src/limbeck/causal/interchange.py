"""What the answers of base rows do when a layer is moved towards source rows, counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.causal.shares import exact_share
from limbeck.probes import Swapped

__all__ = ["Ending", "Finish", "finished", "moved_outputs", "tallied"]

_AT_ONCE = 1 << 22  # numbers of a layer that are put in at once: 32 MB
_SAME_NUMBER = 0.25  # of the numbers' spread: below it two of them count as one answer
_FAINTEST = 1e-4  # change of an output, as a share of its spread, that counts


@dataclass(frozen=True, eq=False)
class Ending:
    """What a computation ends in on n rows.

    Parameters
    ----------
    answers : ndarray of shape (n,)
        Codes of classes (whole numbers), or numbers.
    scores : ndarray of shape (n, c)
        The raw outputs behind them.
    """

    answers: NDArray[Any]
    scores: NDArray[np.float64]

    def take(self, rows: NDArray[np.intp]) -> Ending:
        """Return the endings of some rows."""
        return Ending(self.answers[rows], self.scores[rows])


Finish = Callable[[NDArray[np.intp], NDArray[np.float64]], Ending]
"""Takes rows (k,) and what the layer is to hold on them (k, m); runs on, and returns where that ends."""


def finished(finish: Finish, moves: Sequence[tuple[NDArray[np.intp], NDArray[np.float64]]]) -> list[Ending]:
    """Run on from several moves at once, as far as memory allows: a call of a model costs more than its rows.

    Parameters
    ----------
    finish : callable
        See `Finish`.
    moves : sequence of (ndarray of intp (k,), ndarray of shape (k, m))
        Rows, and what the layer is to hold on them.

    Returns
    -------
    list of Ending
        One for each move.

    Examples
    --------
    >>> def first(rows, values):
    ...     return Ending((values[:, 0] > 0).astype(int), values)
    >>> one, two = (np.arange(2), np.array([[1.0], [-1.0]])), (np.array([5]), np.array([[3.0]]))
    >>> [ending.answers.tolist() for ending in finished(first, [one, two])]
    [[1, 0], [1]]
    """
    found: list[Ending] = []
    step = max(1, _AT_ONCE // max((values.size for _, values in moves), default=1))
    for start in range(0, len(moves), step):
        rows, values = zip(*moves[start : start + step], strict=True)
        ended, ends = finish(np.concatenate(rows), np.concatenate(values)), np.cumsum([len(some) for some in rows])
        found += [ended.take(part) for part in np.split(np.arange(ends[-1]), ends[:-1])]
    return found


def moved_outputs(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which outputs (..., k, c) differ from those before (k, c) by more than rounding, beside their spread."""
    return np.abs(after - before) > _FAINTEST * np.maximum(before.std(axis=0), 1e-12)


def tallied(before: NDArray[Any], after: NDArray[Any], wanted: NDArray[Any]) -> Swapped:
    """Count how many answers become what they should, and stay where they should.

    Examples
    --------
    >>> print(tallied(np.array([0, 0, 1, 1]), np.array([1, 0, 1, 1]), np.array([1, 1, 1, 1])))
    0.50 / 1.00
    >>> print(tallied(np.zeros(2), np.array([0.8, 0.1]), np.array([1.0, 0.0])))
    1.00 / 1.00, 0.80 of the change
    """
    if before.dtype.kind != "f":
        should = before != wanted
        return Swapped(exact_share((after == wanted)[should]), exact_share((after == before)[~should]))
    change = wanted - before
    size = np.abs(change)
    should = size > _SAME_NUMBER * float(np.concatenate([before, wanted]).std())
    usual = float(np.median(size[should])) if should.any() else 0.0
    followed = (after - before)[should]
    share = float(followed @ change[should] / (change[should] @ change[should])) if should.any() else 0.0
    return Swapped(
        exact_share(np.abs(after - wanted)[should] < size[should] / 2),
        exact_share(np.abs(after - before)[~should] <= usual / 2),
        share,
    )
