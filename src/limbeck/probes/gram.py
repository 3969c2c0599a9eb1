"""Products of the rows of a layer with each other; those of layers side by side are their sum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError

__all__ = ["Gram", "checked_activations"]

_BLOCK = 1024  # columns widened to float64 at a time, so that a copy of the whole layer is never made
_CONSTANT = 1e-24  # share of the squared numbers below which their variance is the rounding of their mean


@dataclass(frozen=True, slots=True, eq=False)
class Gram:
    """Products of the centred rows of a layer, `(Φ − 1 mean)(Φ − 1 mean)ᵀ`: all that a ridge probe needs of it.

    Parameters
    ----------
    products : ndarray of shape (n, n), float64
        The matrix.
    mean : ndarray of shape (m,), float64
        Column means that were subtracted.
    square : float
        Sum of the squares of the numbers of Φ.
    eps : float
        Relative error with which they were stored.

    Examples
    --------
    >>> loud, quiet = Gram.of(np.array([[0.0], [200.0]])), Gram.of(np.array([[0.0], [2.0]]))
    >>> loud.of_variance_one().beside(quiet.of_variance_one()).products.tolist()  # as `concatenate` has them
    [[2.0, -2.0], [-2.0, 2.0]]
    """

    products: NDArray[np.float64]
    mean: NDArray[np.float64]
    square: float
    eps: float

    @classmethod
    def of(cls, activations: NDArray[np.floating[Any]]) -> Gram:
        """Multiply the rows of a layer (n, m), float32 or float64.

        Raises
        ------
        InputError
            When `activations` is not a finite, non-empty matrix.
        """
        checked_activations(activations)
        n, m = activations.shape
        mean, products = activations.mean(axis=0, dtype=np.float64), np.zeros((n, n))
        for start in range(0, m, _BLOCK):
            block = activations[:, start : start + _BLOCK] - mean[start : start + _BLOCK]
            products += block @ block.T
        square = float(np.trace(products)) + n * float(mean @ mean)
        return cls(products, mean, square, float(np.finfo(activations.dtype).eps))

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers (n, m) of rows and of activations."""
        return len(self.products), len(self.mean)

    def of_variance_one(self) -> Gram:
        """Return the layer scaled to total variance 1; one that is constant becomes zeros."""
        spread = float(np.trace(self.products))
        scale = len(self.products) / spread if spread > _CONSTANT * self.square else 0.0
        return Gram(self.products * scale, self.mean * scale**0.5, self.square * scale, self.eps)

    def beside(self, other: Gram) -> Gram:
        """Set another layer beside this one: the products of rows add up."""
        mean, eps = np.concatenate([self.mean, other.mean]), max(self.eps, other.eps)
        return Gram(self.products + other.products, mean, self.square + other.square, eps)


def checked_activations(activations: NDArray[Any]) -> None:
    """Refuse what cannot be decomposed."""
    asked = "the eigenpairs of `activations`"
    if activations.ndim != 2 or activations.dtype.name not in ("float32", "float64") or not activations.size:
        found = f"shape {activations.shape} of {activations.dtype}"
        raise InputError(asked, found, "give a float32 or float64 array of shape (n, m) with n, m ≥ 1")
    if not np.isfinite(activations).all():
        found = f"{int((~np.isfinite(activations)).sum())} values that are not finite"
        raise InputError(asked, found, "drop those rows or columns")
