"""Scores of classes, as numbers in [0, 1] that sum to 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["one_hot", "probabilities", "sigmoid"]


def probabilities(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave probabilities as they are and pass other scores through a softmax; the largest stays the largest."""
    if (scores >= 0).all() and np.allclose(scores.sum(axis=1), 1.0, atol=1e-4):
        return scores
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def sigmoid(logit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn logits into probabilities, without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * logit))


def one_hot(codes: NDArray[np.intp], n_classes: int) -> NDArray[np.float64]:
    """Return indicator rows; a class that is not known is all zeros."""
    return (codes[:, None] == np.arange(n_classes)).astype(np.float64)
