"""A figure with its bootstrap interval."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Estimate"]


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
