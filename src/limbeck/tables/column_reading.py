"""One column read from its values, whatever their type."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.tables.column import MISSING_CODE, Column, Kind, words_column
from limbeck.tables.dates import days_in, days_of
from limbeck.tables.values import Sort, is_missing, number_of, only_text, sorts_among, span_of
from limbeck.tables.wording import shortened

__all__ = ["blurred_note", "column_of"]

_EXACT = 2**53
"""Up to so large, every integer is a float64."""

_BOOLEANS = {bool, np.bool_}


def column_of(name: str, values: NDArray[Any]) -> Column:
    """Read values of any type, masked ones as missing.

    Numbers of every kind, booleans too, are numbers; dates are days since 1970-01-01, and so are periods, by their
    first day; durations are days. Text and what has a name (UUIDs, intervals) are categories, and so are values of
    mixed kinds, each by its word. Of anything else only whether it is missing can be asked; a note says so.

    Parameters
    ----------
    name : str
        Name of the column.
    values : ndarray, shape (n,)
        The values.
    """
    mask = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else np.zeros(len(values), bool)
    values = np.asarray(values)
    kind = values.dtype.kind
    if values.ndim != 1 or kind in "cV":
        found = "complex numbers" if kind == "c" else f"values of type `{values.dtype}`"
        return _unread(name, found, np.array([row.all() for row in mask], bool))
    if kind == "O" or kind in "SUT":
        objects = values.astype(object)
        objects[mask] = None
        return _of_objects(name, objects)
    column = _of_numbers(name, values) if kind in "biuf" else _of_times(name, values)
    if not mask.any():
        return column
    given = column.given
    if given is not None:
        given = given.astype(object)
        given[mask] = None
    return replace(column, values=np.where(mask, np.nan, column.values), given=given)


def _of_numbers(name: str, values: NDArray[Any]) -> Column:
    """Read an array of numbers or booleans."""
    numbers = np.asarray(values, np.float64)
    if values.dtype.kind == "b":
        return Column(name, Kind.NUMERIC, numbers, given=values)
    if values.dtype.kind in "iu" and len(values) and (values.max() > _EXACT or values.min() < -_EXACT):
        blurred = len(np.unique(values)) > len(np.unique(numbers))
        return Column(name, Kind.NUMERIC, numbers, given=values, note=blurred_note(name) if blurred else "")
    return Column(name, Kind.NUMERIC, numbers)


def _of_times(name: str, values: NDArray[Any]) -> Column:
    """Read an array of datetime64 or timedelta64."""
    if values.dtype.kind == "m":
        days = np.where(np.isnat(values), np.nan, values / np.timedelta64(1, "D"))
        return Column(name, Kind.NUMERIC, days, note=_spans(name))
    days, present = days_in(values), ~np.isnat(values)
    fine = np.datetime_data(values.dtype)[0] in ("ns", "ps", "fs", "as")
    blurred = fine and len(np.unique(values[present])) > len(np.unique(days[present]))
    return Column(name, Kind.NUMERIC, days, dates=True, note=blurred_note(name) if blurred else "")


def _of_objects(name: str, values: NDArray[Any]) -> Column:
    """Read Python objects."""
    if only_text(values):
        return words_column(name, values)
    missing = np.array([is_missing(value) for value in values], dtype=bool)
    present = values[~missing]
    sorts = sorts_among(present)
    found = set(sorts.values())
    strange = sorted(kind.__name__ for kind, sort in sorts.items() if sort is Sort.OTHER)
    if strange or (Sort.DURATION in found and len(found) > 1):
        what = strange[0] if strange else "timedelta` beside others of type `" + _others(sorts)
        return _unread(name, f"values of type `{what}`", missing)
    numbers = np.full(len(values), np.nan)
    if found == {Sort.NUMBER}:
        numbers[~missing] = [number_of(value) for value in present]
        blurred = len(set(present.tolist())) > len(np.unique(numbers[~missing]))
        plain = not blurred and not _BOOLEANS & sorts.keys() and np.nanmax(np.abs(numbers)) <= _EXACT
        note = blurred_note(name) if blurred else ""
        return Column(name, Kind.NUMERIC, numbers, given=None if plain else values, note=note)
    if found == {Sort.DATE}:
        numbers[~missing] = [days_of(value) for value in present]
        return Column(name, Kind.NUMERIC, numbers, dates=True, note=_dates_note(name, present, numbers[~missing]))
    if found == {Sort.DURATION}:
        numbers[~missing] = [span_of(value) for value in present]
        return Column(name, Kind.NUMERIC, numbers, note=_spans(name))
    return words_column(name, values)


def _others(sorts: dict[type, Sort]) -> str:
    """Name a type that is no duration."""
    return min(kind.__name__ for kind, sort in sorts.items() if sort is not Sort.DURATION)


def _unread(name: str, found: str, missing: NDArray[np.bool_]) -> Column:
    """Return a column of which only whether a value is missing can be asked."""
    codes = np.where(missing, MISSING_CODE, 0).astype(np.int32)
    note = f"column `{shortened(name)}` holds {found}: nothing is asked about them, and the teacher gets them as given"
    return Column(name, Kind.CATEGORICAL, codes, (f"({found.replace('`', '')})",), unread=found, note=note)


def blurred_note(name: str) -> str:
    """Say that float64 is too coarse for a column."""
    remedy = "where that matters, give them as text, or less a number that they share"
    return f"float64 cannot tell all values of `{shortened(name)}` apart: {remedy}"


def _spans(name: str) -> str:
    return f"column `{shortened(name)}` holds durations: it is read as a number of days"


def _dates_note(name: str, present: NDArray[Any], days: NDArray[np.float64]) -> str:
    """Say that periods were read as dates, or that some dates cannot be told apart."""
    if any(hasattr(value, "start_time") for value in present):
        return f"column `{shortened(name)}` holds periods: each is read as the date it begins with"
    return blurred_note(name) if len(set(present.tolist())) > len(np.unique(days)) else ""
