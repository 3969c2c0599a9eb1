"""A model that answers the same rows otherwise when it is asked again, and what that leaves to a tree. Arrays only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from limbeck.core import Outputs

__all__ = ["Stability", "answered_again"]

# Batches of another size may change the last bits of a number, never a thousandth of its standard deviation.
_FLOAT_NOISE = 1e-3


@dataclass(frozen=True)
class Stability:
    """How far a model's answers on the same rows differ from one asking to the next.

    Parameters
    ----------
    n_rows : int
        Rows that were asked about twice.
    n_changed : int
        Those of them that were answered otherwise.
    change : float
        How far the answers moved: share of the rows, or for numbers the mean squared change over their variance.
    """

    n_rows: int
    n_changed: int
    change: float

    @property
    def share(self) -> float:
        """Share of the rows that were answered otherwise."""
        return self.n_changed / max(self.n_rows, 1)

    def __str__(self) -> str:
        return (
            f"asked again about {self.n_rows} rows, in another order and in other batches, the model answered "
            f"{self.n_changed} of them otherwise: its answers are no function of the row alone"
        )


def answered_again(first: Outputs, again: Outputs, spread: float) -> Stability:
    """Compare two answers to the same rows.

    Where the answers to a row are independent draws, half of the change is what any student that answers a row
    always alike is wrong on, or more: with class probabilities p two draws differ with probability
    1 − Σ p² ≤ 2 (1 − max p), and two numbers by twice their variance.

    Parameters
    ----------
    first, again : Outputs of n rows
        The answers.
    spread : float
        Variance of the model's numbers over the rows; ignored for classes.

    Returns
    -------
    Stability

    Examples
    --------
    >>> told = Outputs(np.array([0, 0, 1, 1]), np.eye(2)[[0, 0, 1, 1]])
    >>> answered_again(told, told.take(np.array([0, 2, 1, 3])), 0.0)
    Stability(n_rows=4, n_changed=2, change=0.5)
    """
    apart = again.changed(first)
    if first.codes is None:
        apart = np.where(apart > _FLOAT_NOISE**2 * spread, apart, 0.0) / (spread or 1.0)
    return Stability(len(first), int(np.count_nonzero(apart)), float(apart.mean()))
