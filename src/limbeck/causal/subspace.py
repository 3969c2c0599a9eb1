"""The part of a layer in which linear probes read, and the least unusual move that changes what they read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.probes import choose_penalty, fit_features

__all__ = ["Subspace", "fit_subspace", "random_subspace"]

_SMALLEST = 1e-6  # readings that move less than this share of the largest are the others once more


@dataclass(frozen=True, eq=False)
class Subspace:
    """Readings of a layer, and how the layer moves with them.

    Parameters
    ----------
    reads : ndarray of shape (m, k)
        `W`: readings `h W` of uncorrelated unit variance over the rows that fixed them.
    moves : ndarray of shape (m, k)
        `Σ W (Wᵀ Σ W)⁻¹`: how the layer moves, on average over the rows, with each reading.
    """

    reads: NDArray[np.float64]
    moves: NDArray[np.float64]

    @property
    def rank(self) -> int:
        """Number k of dimensions."""
        return self.reads.shape[1]

    def swapped(self, base: NDArray[Any], source: NDArray[Any]) -> NDArray[np.float64]:
        """Return the base rows (n, m) moved so that they read as the source rows do.

        `h' = h_b + ΣW(WᵀΣW)⁻¹ Wᵀ(h_s − h_b)`: of all moves with these readings the shortest in Mahalanobis distance.
        """
        return base + ((source - base) @ self.reads) @ self.moves.T


def fit_subspace(activations: NDArray[np.floating[Any]], targets: NDArray[Any]) -> Subspace:
    """Fit ridge probes to targets, at the penalty with the best leave-one-out mean, and the move that goes with them.

    Parameters
    ----------
    activations : ndarray of shape (n, m)
        A layer on the rows that fix the directions; n at least 2.
    targets : ndarray of shape (n, t), bool or real
        What is read: clauses, or answers of a node. Of rank zero where nothing can be read.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> bits = rng.integers(2, size=(200, 4)).astype(float)
    >>> found = fit_subspace(bits, bits[:, :1])
    >>> moved = found.swapped(bits[:1], 1 - bits[:1])
    >>> bool(abs(moved[0, 0] - (1 - bits[0, 0])) < 0.01)
    True

    References
    ----------
    Geiger, Lu, Icard and Potts (2021), Causal abstractions of neural networks; Geiger, Wu, Potts, Icard and Goodman
    (2024), Finding alignments between interpretable causal variables and distributed neural representations.
    """
    features, gap = fit_features(activations.astype(np.float32)), targets - targets.mean(axis=0, dtype=np.float64)
    centred = activations - features.mean
    if not features.n_eigenpairs or not np.any(gap):
        return _empty(activations.shape[1])
    penalty = choose_penalty(features, gap)
    # In the rows' own space: (ΦᵀΦ + λ)⁻¹Φᵀ = Φᵀ U diag(1/(s² + λ)) Uᵀ, so that wide layers cost no more than rows.
    weight = (features.eigvec.T @ gap) / (features.eigval + penalty)[:, None]
    return _from_readings(centred, centred.T @ (features.eigvec @ weight))


def random_subspace(activations: NDArray[np.floating[Any]], rank: int, rng: np.random.Generator) -> Subspace:
    """Draw a subspace of a rank: readings along random directions, and the move that goes with them."""
    centred = activations - activations.mean(axis=0, dtype=np.float64)
    return _from_readings(centred, rng.normal(size=(activations.shape[1], rank)))


def _from_readings(centred: NDArray[np.float64], weights: NDArray[np.float64]) -> Subspace:
    """Make readings uncorrelated, drop those that are others once more, and find how the layer moves with them."""
    left, size, right = np.linalg.svd(centred @ weights, full_matrices=False)
    kept = size > _SMALLEST * size.max(initial=0.0)
    if not kept.any():
        return _empty(centred.shape[1])
    root = len(centred) ** 0.5
    return Subspace(weights @ right[kept].T / size[kept] * root, centred.T @ left[:, kept] / root)


def _empty(n_units: int) -> Subspace:
    return Subspace(np.zeros((n_units, 0)), np.zeros((n_units, 0)))
