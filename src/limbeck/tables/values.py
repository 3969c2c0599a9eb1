"""Single values of any type: what they are, and how they read as numbers, dates, days or words."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import time, timedelta
from decimal import Decimal
from enum import Enum
from numbers import Number, Real
from pathlib import PurePath
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from limbeck.tables.dates import DATES, date_text, days_of
from limbeck.tables.wording import number_text

__all__ = ["Sort", "is_missing", "number_of", "only_text", "sorts_among", "span_of", "word_of"]

_TRUTHS = (bool, np.bool_)
_DURATIONS = (timedelta, time, np.timedelta64)
_WORDS = (str, bytes, UUID, Enum, PurePath, ipaddress.IPv4Address, ipaddress.IPv6Address)


class Sort(Enum):
    """What a value is."""

    NUMBER = "number"
    DATE = "date"
    DURATION = "duration"
    WORD = "word"
    OTHER = "other"


def sorts_among(values: Iterable[Any]) -> dict[type, Sort]:
    """Return what the values of each type are."""
    return {kind: _sort(kind) for kind in set(map(type, values))}


def _sort(kind: type) -> Sort:
    """Tell what the values of a type are; the periods and intervals of pandas by what they have, not by name."""
    if issubclass(kind, _WORDS):
        return Sort.WORD
    if issubclass(kind, _DURATIONS):  # before the numbers: NumPy calls its durations integers
        return Sort.DURATION
    if issubclass(kind, (*_TRUTHS, Real, Decimal)):
        return Sort.NUMBER
    if issubclass(kind, DATES) or hasattr(kind, "start_time"):
        return Sort.DATE
    return Sort.WORD if _is_interval(kind) else Sort.OTHER


def is_missing(value: Any) -> bool:
    """Tell whether a value is None, masked, or one of those that do not equal themselves: NaN, NaT, pandas' NA."""
    if value is None or value is np.ma.masked:
        return True
    try:
        return bool(value != value)
    except (TypeError, ArithmeticError):  # pandas' NA refuses even this, and so does a signalling NaN
        return True
    except ValueError:  # an array in a cell is strange, but there
        return False


def only_text(values: NDArray[Any]) -> bool:
    """Tell whether Python objects are text or None, as in most columns of words: none needs a closer look."""
    return set(map(type, values.tolist())) <= {str, type(None)}


def number_of(value: Any) -> float:
    """Return a number as float64, infinite where it is too large.

    Examples
    --------
    >>> number_of(Decimal("0.5")), number_of(True), number_of(-(10**400))
    (0.5, 1.0, -inf)
    """
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def span_of(value: Any) -> float:
    """Return a duration in days, or a time of day in days since midnight.

    Examples
    --------
    >>> span_of(timedelta(hours=12)), span_of(time(6)), span_of(np.timedelta64(36, "h"))
    (0.5, 0.25, 1.5)
    """
    if isinstance(value, time):
        value = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    return float(value / (np.timedelta64(1, "D") if isinstance(value, np.timedelta64) else timedelta(days=1)))


def word_of(value: Any) -> str:
    """Return what a value is called in a column of text: equal numbers alike, whatever their types.

    Examples
    --------
    >>> from datetime import date
    >>> [word_of(value) for value in ("a", 1, 1.0, np.float32(2.5), True, 2**60, date(2021, 5, 31))]
    ['a', '1', '1', '2.5', 'True', '1152921504606846976', '2021-05-31']
    """
    kind: type = type(value)
    if issubclass(kind, (str, *_TRUTHS)):
        return str(value)
    if issubclass(kind, (int, np.integer)):
        return str(int(value))
    if issubclass(kind, Number):  # a Decimal too
        return number_text(number_of(value))
    if issubclass(kind, DATES) or hasattr(value, "start_time"):
        return date_text(days_of(value))
    if _is_interval(kind):  # beside a gap, pandas makes its ends fractions
        first, last = "[" if value.closed_left else "(", "]" if value.closed_right else ")"
        return f"{first}{word_of(value.left)}, {word_of(value.right)}{last}"
    return str(value)


def _is_interval(kind: type) -> bool:
    return all(hasattr(kind, part) for part in ("left", "right", "closed_left", "closed_right"))
