"""The unit in which a teacher's numbers are worked with: a zero and a power of two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Unit"]

# Answers further from the zero, which only rows outside the table can give, count as so far: no square overflows.
_FARTHEST = 2.0**24
_LARGEST_SQUARED = 2.0**480
_LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class Unit:
    """A zero and a power of two by which some numbers are of the order of 1, whatever they measure.

    `standard(y) = (y / 2^top - zero) / 2^spread`. A power of two changes no digit, and the zero is one of the numbers:
    so the numbers times 2^k, and the numbers plus what float64 adds to them exactly, have the standard numbers of the
    numbers themselves, bit for bit. No square of a standard number overflows or vanishes.

    Parameters
    ----------
    top : int
        Exponent of the largest number.
    zero : float
        The median of the numbers, each divided by 2^top.
    spread : int
        Exponent of their root mean square distance from the zero, each divided by 2^top.

    Examples
    --------
    >>> prices = np.array([1e20, 3e20, 2e20])
    >>> unit = Unit.of(prices)
    >>> unit.standard(prices).round(3).tolist(), unit.restored(unit.standard(prices)).tolist()
    ([-0.678, 0.678, 0.0], [1e+20, 3e+20, 2e+20])
    """

    top: int = 0
    zero: float = 0.0
    spread: int = 0

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Unit:
        """Return the unit of some finite numbers, of any shape."""
        if not values.size:
            return cls()
        top = int(np.frexp(np.abs(values).max())[1])
        scaled = np.ldexp(values, -top).ravel()
        zero = float(np.partition(scaled, len(scaled) // 2)[len(scaled) // 2])
        return cls(top, zero, int(np.frexp(np.sqrt(((scaled - zero) ** 2).mean()))[1]))

    def standard(self, values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return numbers in this unit; those very far from its zero are brought nearer."""
        with np.errstate(over="ignore"):
            scaled = np.ldexp(np.ldexp(values, -self.top) - self.zero, -self.spread)
        return np.clip(scaled, -_FARTHEST, _FARTHEST)

    def standard_length(self, lengths: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return differences, at least 0, in this unit, at most as large as can be squared and added up."""
        with np.errstate(over="ignore"):
            return np.minimum(np.ldexp(lengths, -self.top - self.spread), _LARGEST_SQUARED)

    def restored(self, standard: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the numbers that these are in this unit; beyond float64 the largest that it holds."""
        return _finite(np.ldexp(standard, self.spread) + self.zero, self.top)

    def length(self, standard: float) -> float:
        """Return the difference that a difference is in this unit."""
        return float(_finite(np.float64(standard), self.spread + self.top))


def _finite(values: Any, exponent: int) -> Any:
    """Return values times a power of two, or the largest numbers there are."""
    with np.errstate(over="ignore"):
        return np.clip(np.ldexp(values, exponent), -_LARGEST, _LARGEST)
