"""Sums in fixed point: the same bits in whatever order, and in however many parts, the numbers are added up."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_AT_ONCE", "ExactSums", "limbs_of"]

MOST_AT_ONCE = 1 << 14
"""Rows whose limbs float64 adds up exactly, in any order: 2^14 numbers below 2^39 stay below 2^53."""

_LIMB = 39
_TOP = 48
_UNITS = np.ldexp(1.0, [_TOP - _LIMB, _TOP - 2 * _LIMB, _TOP - 3 * _LIMB])
_LARGEST = np.ldexp(1.0, _TOP)


def limbs_of(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Split numbers into three whole numbers each, of less than 2^39: multiples of 2^9, 2^-30 and 2^-69.

    Numbers beyond 2^48 count as so large; what is below 2^-70 is rounded away.

    Returns
    -------
    ndarray of float64, shape (3, ...)
    """
    rest = np.clip(values, -_LARGEST + _UNITS[0], _LARGEST - _UNITS[0])
    limbs = np.empty((3, *values.shape))
    for limb, unit in zip(limbs[:2], _UNITS, strict=False):
        np.trunc(rest / unit, out=limb)
        rest = rest - limb * unit  # exact: both are multiples of the last digit of `rest`
    np.rint(rest / _UNITS[2], out=limbs[2])
    return limbs


class ExactSums:
    """Sums of any shape of numbers in fixed point.

    The error of a sum of n numbers is at most n 2^-70, beside the rounding of the result to float64: numbers that are
    whole, or multiples of 2^-69, are added up without any.

    Parameters
    ----------
    shape : tuple of int
        Shape of the sums.

    Examples
    --------
    >>> sums = ExactSums((1,))
    >>> for part in (2.0**-60, 1e6, -1e6):
    ...     sums.add(limbs_of(np.array([part])))
    >>> bool(sums.values[0] == 2.0**-60)
    True

    References
    ----------
    Demmel and Nguyen (2015), *Parallel reproducible summation*, IEEE Trans. Computers 64. Kulisch (2013), *Computer
    Arithmetic and Validity*: long accumulators in fixed point.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._limbs = np.zeros((3, *shape), np.int64)

    def add(self, limbs: NDArray[Any]) -> None:
        """Add sums of limbs, as `limbs_of` gives them, over at most `MOST_AT_ONCE` numbers; shape (3, ...)."""
        self._limbs += limbs.astype(np.int64)
        self._carry()

    def join(self, other: ExactSums) -> None:
        """Add other sums."""
        self._limbs += other._limbs
        self._carry()

    def take_away(self, other: ExactSums) -> None:
        """Subtract other sums."""
        self._limbs -= other._limbs
        self._carry()

    def _carry(self) -> None:
        """Bring the lower limbs back to 0 .. 2^39 - 1: each number has one such form."""
        high, middle, low = self._limbs
        middle += low >> _LIMB
        high += middle >> _LIMB
        low &= (1 << _LIMB) - 1
        middle &= (1 << _LIMB) - 1

    @property
    def values(self) -> NDArray[np.float64]:
        """The sums as numbers."""
        high, middle, low = self._limbs.astype(np.float64)
        return (high * _UNITS[0] + middle * _UNITS[1]) + low * _UNITS[2]
