"""A figure with its bootstrap interval, and the resamples behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Estimate", "estimates", "resampled_rows"]


@dataclass(frozen=True)
class Estimate:
    """A figure with its bootstrap interval.

    Parameters
    ----------
    value, low, high : float
        The figure on the rows as they are, and the percentiles of the resamples.
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def estimates(values: Sequence[float], resampled: Sequence[NDArray[np.float64]], confidence: float) -> list[Estimate]:
    """Put intervals around figures, by what each of them is in the resamples, shape (resamples,)."""
    if not values:
        return []
    tail = (1 - confidence) / 2
    low, high = np.quantile(np.array(resampled), [tail, 1 - tail], axis=1)
    return [Estimate(*figure) for figure in zip(values, low.tolist(), high.tolist(), strict=True)]


def resampled_rows(n_rows: int, n_resamples: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return how often each of n rows is drawn in resamples of n with replacement, shape (resamples, n)."""
    drawn = rng.integers(n_rows, size=(n_resamples, n_rows))
    drawn += n_rows * np.arange(n_resamples)[:, np.newaxis]
    counts = np.bincount(drawn.ravel(), minlength=n_resamples * n_rows)
    return counts.reshape(n_resamples, n_rows).astype(np.float32)
