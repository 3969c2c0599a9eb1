"""The part of a layer in which linear probes read, and the least unusual move that changes what they read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.probes import PenaltyPath, best_penalty, fit_features, prepare_path

__all__ = ["Decomposed", "Subspace", "fit_subspace", "random_subspace"]

_NOISE = 1e-6  # variance of a dimension, as a share of the largest, below which there is none
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


@dataclass(frozen=True, eq=False)
class Decomposed:
    """A layer on the rows that fix directions, decomposed once for all that is read in it.

    Parameters
    ----------
    path : PenaltyPath
        Its probes at every penalty.
    centred : ndarray of shape (n, m)
        The layer less its mean.
    """

    path: PenaltyPath
    centred: NDArray[np.float64]

    @classmethod
    def of(cls, activations: NDArray[np.floating[Any]]) -> Decomposed:
        """Decompose a layer (n, m); n at least 2."""
        features = fit_features(activations.astype(np.float32))
        return cls(prepare_path(features), activations - features.mean)

    def subspace(self, targets: NDArray[Any]) -> Subspace:
        """Fit probes to targets (n, t); see `fit_subspace`."""
        features, gap = self.path.features, targets - targets.mean(axis=0, dtype=np.float64)
        if not features.n_eigenpairs or not np.any(gap):
            return _empty(features.n_activations)
        # In the rows' own space: (ΦᵀΦ + λ)⁻¹Φᵀ = Φᵀ U diag(1/(s² + λ)) Uᵀ, so that wide layers cost no more than rows.
        weight = (features.eigvec.T @ gap) / (features.eigval + best_penalty(self.path, gap))[:, None]
        return _from_readings(self.centred, self.centred.T @ (features.eigvec @ weight))

    def shift(self, natural: NDArray[np.float64], moved: NDArray[np.float64]) -> float:
        """Return how far moved activations (k, m) are from the mean beside natural ones: medians of Mahalanobis."""
        features = self.path.features
        kept = features.eigval > _NOISE * features.eigval.max(initial=0.0)
        if not kept.any():
            return 1.0
        # Φᵀ U / s² whitens: coordinates of the fit rows in U, of any other row its own.
        whiten = self.centred.T @ (features.eigvec[:, kept] / features.eigval[kept])
        far = [np.median(np.linalg.norm((rows - features.mean) @ whiten, axis=1)) for rows in (moved, natural)]
        return float(far[0] / max(far[1], 1e-300))


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
    return Decomposed.of(activations).subspace(targets)


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
