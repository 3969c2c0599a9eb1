"""Scores of classes, as numbers in [0, 1] that sum to 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["are_probabilities", "one_hot", "probabilities", "sigmoid"]

# Ten probabilities of two digits sum to this much more or less than 1.
_ROUNDED = 0.05
# What sums of float32 are off by is no reason to change them.
_OF_FLOATS = 1e-5


def are_probabilities(scores: NDArray[np.floating[Any]]) -> bool:
    """Tell whether every row is, up to rounding, probabilities of classes."""
    scores = np.asarray(scores, np.float64)
    return bool((scores >= -_ROUNDED).all() and (np.abs(scores.sum(axis=1) - 1.0) <= _ROUNDED).all())


def probabilities(scores: NDArray[np.floating[Any]], *, given: bool) -> NDArray[np.float64]:
    """Make scores sum to 1: by division where probabilities are given, else by a softmax.

    What becomes of a row does not depend on the rows beside it. One without any probability is shared out evenly.
    """
    scores = np.asarray(scores, np.float64)
    if not given:
        shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
        return shifted / shifted.sum(axis=1, keepdims=True)
    positive = np.maximum(scores, 0.0)
    total = positive.sum(axis=1, keepdims=True)
    total = np.where(np.abs(total - 1.0) <= _OF_FLOATS, 1.0, total)
    return np.divide(positive, total, out=np.full_like(positive, 1 / scores.shape[1]), where=total > 0)


def sigmoid(logit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn logits into probabilities, without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * logit))


def one_hot(codes: NDArray[np.intp], n_classes: int) -> NDArray[np.float64]:
    """Return indicator rows; a class that is not known is all zeros."""
    return (codes[:, None] == np.arange(n_classes)).astype(np.float64)
