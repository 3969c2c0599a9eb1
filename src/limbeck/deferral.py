"""What trees that may ask the model would give: share of rows answered beside disagreement, size by size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["TARGETS", "Deferral", "OperatingPoint"]

TARGETS = (0.01, 0.02, 0.05)
"""Disagreements among answered rows that are told of without being asked for."""


@dataclass(frozen=True)
class OperatingPoint:
    """Trees of at most so many leaves at one price of asking the model, on rows that they were not fitted to.

    Parameters
    ----------
    max_leaves : int
        Most leaves, those that ask among them.
    price : float or None
        What asking costs in the fit, in disagreements a row; None where every leaf answers.
    n_rows, n_answered, disagreements : int
        Rows that were held out; those of them that the trees answer; those of these on which they differ from the
        teacher (numbers: by more than the tolerance).
    """

    max_leaves: int
    price: float | None
    n_rows: int
    n_answered: int
    disagreements: int

    @property
    def answered(self) -> float:
        """Share of the rows that are answered."""
        return self.n_answered / max(self.n_rows, 1)

    @property
    def error(self) -> float:
        """Share of the answered rows on which trees and teacher differ; 0 where none is."""
        return self.disagreements / max(self.n_answered, 1)


@dataclass(frozen=True)
class Deferral:
    """What trees that may ask the model give.

    Parameters
    ----------
    target : float or None
        Disagreement among answered rows that was asked for (`defer=`); None where every leaf of the tree answers, and
        the points only say what others would give.
    tolerance : float or None
        For numbers: gap up to which tree and teacher agree, in the teacher's unit.
    points : tuple of OperatingPoint
        Those that no other beats: of as few leaves, as many rows answered, and as small an error.

    Examples
    --------
    >>> some = OperatingPoint(8, 0.05, 100, 70, 1), OperatingPoint(8, 0.2, 100, 90, 4)
    >>> found = Deferral(None, None, some)
    >>> found.at(0.02).answered, found.at(0.05).answered, found.at(0.001)
    (0.7, 0.9, None)
    """

    target: float | None
    tolerance: float | None
    points: tuple[OperatingPoint, ...]

    def at(self, target: float, max_leaves: int | None = None) -> OperatingPoint | None:
        """Return the point with most rows answered at an error of at most `target`; None where there is none."""
        fits = [p for p in self.points if p.n_answered and p.error <= target]
        fits = [p for p in fits if max_leaves is None or p.max_leaves <= max_leaves]
        return max(fits, key=lambda p: (p.n_answered, -p.error, -p.max_leaves), default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Deferral:
        """Read what `to_dict` wrote."""
        points = tuple(OperatingPoint(**point) for point in plain["points"])
        return cls(plain["target"], plain["tolerance"], points)
