"""Dates as numbers, days since 1970-01-01 (UTC where a time zone is given), and back as text."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["DATES", "MICROSECONDS_A_DAY", "date_between", "date_text", "days_in", "days_of", "looks_like_a_date"]

DATES = (date, np.datetime64)
"""The types of single dates; a `datetime`, and so a pandas `Timestamp`, is a `date`."""

MICROSECONDS_A_DAY = 86_400_000_000


def days_of(value: Any) -> float:
    """Return a date, with or without a time of day, as days since 1970-01-01.

    Examples
    --------
    >>> days_of(date(1970, 1, 3)), days_of(datetime(1970, 1, 1, 12)), days_of(np.datetime64("1970-01-02"))
    (2.0, 0.5, 1.0)
    """
    if isinstance(value, np.datetime64):
        return float(days_in(np.asarray(value)))
    if hasattr(value, "start_time"):  # a period of pandas is the date it begins with
        return days_of(value.start_time)
    if not isinstance(value, datetime):
        return float((value - date(1970, 1, 1)).days)
    if value.tzinfo is not None:
        return value.timestamp() / 86_400
    return (value - datetime(1970, 1, 1)) / timedelta(days=1)


def date_text(days: float) -> str:
    """Write days since 1970-01-01 as a date, with the time of day where there is one.

    Examples
    --------
    >>> date_text(18778.0), date_text(18778.5), date_text(-0.25)
    ('2021-05-31', '2021-05-31 12:00', '1969-12-31 18:00')
    """
    milliseconds = round(days * 86_400_000)  # float64 holds days of our time to a few microseconds
    units = {"D": 86_400_000, "m": 60_000, "s": 1_000, "ms": 1}
    unit: Any = next(unit for unit, size in units.items() if milliseconds % size == 0)
    return str(np.datetime_as_string(np.datetime64(milliseconds, "ms"), unit=unit)).replace("T", " ")


def date_between(low: float, high: float) -> float:
    """Return the date with the coarsest clock, from `low` to below `high` and nearest to their middle.

    Examples
    --------
    >>> [date_text(date_between(*pair)) for pair in ((10.0, 11.0), (10.2, 14.9), (10.26, 10.3))]
    ['1970-01-11', '1970-01-14', '1970-01-11 07:00']
    """
    middle = low + (high - low) / 2
    for per_day in (1, 24, 24 * 60, 24 * 60 * 60):
        first, last = math.ceil(low * per_day), math.ceil(high * per_day) - 1
        if first <= last:
            return min(max(round(middle * per_day), first), last) / per_day
    return low


def looks_like_a_date(text: str) -> bool:
    """Tell whether a text begins like a date: in ISO 8601, or with day, month and year in any order.

    Examples
    --------
    >>> [looks_like_a_date(text) for text in ("2021-05-31 12:00", "31.5.2021", "5/31/21", "31 May", "1.2.3")]
    [True, True, True, False, False]
    """
    return re.match(r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(\d{4}|\d{2}))(\D|$)", text) is not None


def days_in(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return an array of type datetime64 as days since 1970-01-01, NaN for missing, in its shape."""
    days = values.astype("datetime64[us]").astype(np.int64) / MICROSECONDS_A_DAY
    return np.where(np.isnat(values), np.nan, days)
