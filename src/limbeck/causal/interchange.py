"""What the answers of base rows do when a layer is moved towards source rows, counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.causal.shares import exact_share
from limbeck.probes import Swapped

__all__ = ["Ending", "Finish", "moved_outputs", "swapped", "tallied"]

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


def swapped(
    finish: Finish, base: NDArray[np.intp], moved: NDArray[np.float64], natural: Ending, wanted: NDArray[Any]
) -> Swapped:
    """Run on from moved activations, and count how many answers become what they should.

    Parameters
    ----------
    finish : callable
        See `Finish`.
    base : ndarray of intp, shape (k,)
        The base rows.
    moved : ndarray of shape (k, m)
        What the layer is to hold on them.
    natural : Ending of k rows
        Their endings without any intervention.
    wanted : ndarray of shape (k,)
        What their answers should become.
    """
    return tallied(natural.answers, finish(base, moved).answers, wanted)


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
