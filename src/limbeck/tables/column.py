"""One named column: numbers, or codes of categories."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.tables.dates import date_text
from limbeck.tables.values import is_missing, only_text, word_of

__all__ = ["MISSING_CODE", "Column", "Kind", "words_column"]

MISSING_CODE = -1
"""The code of a missing category."""


class Kind(StrEnum):
    """What the values of a column are."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"


@dataclass(frozen=True, eq=False)
class Column:
    """One named column.

    Parameters
    ----------
    name : str
        Name of the column.
    kind : Kind
        Numeric or categorical.
    values : ndarray, shape (n,)
        float64 with NaN for missing (numeric), or int32 codes into `categories` with -1 for missing.
    categories : tuple of str
        The categories as text, in the order of the codes; empty for a numeric column.
    dates : bool
        Whether the numbers are dates, in days since 1970-01-01.
    given : ndarray, shape (n,), optional
        The values as they were given, where their words do not follow from the numbers: booleans, long integers.
    unread : str
        What kind of value a column holds of which only whether it is missing can be asked; empty for all others.
    note : str
        How the values were read, where that does not go without saying.
    """

    name: str
    kind: Kind
    values: NDArray[Any]
    categories: tuple[str, ...] = ()
    dates: bool = False
    given: NDArray[Any] | None = None
    unread: str = ""
    note: str = ""

    @cached_property
    def missing(self) -> NDArray[np.bool_]:
        """Which rows have no value, shape (n,)."""
        return np.isnan(self.values) if self.kind is Kind.NUMERIC else self.values == MISSING_CODE

    def take(self, rows: NDArray[np.integer] | slice) -> Column:
        """Return the column at some rows; at a stretch of them, without a copy."""
        values, given = self.values[rows], None if self.given is None else self.given[rows]
        # Not by `dataclasses.replace`, which takes longer than the values of some thousand rows.
        return Column(self.name, self.kind, values, self.categories, self.dates, given, self.unread, self.note)

    def in_words(self) -> Column:
        """Return the column as categories: every number by its word, so that a row reads alike in any company.

        Examples
        --------
        >>> Column("x", Kind.NUMERIC, np.array([1.0, np.nan, 2.5])).in_words().categories
        ('1', '2.5')
        """
        if self.kind is Kind.CATEGORICAL:
            return self
        return words_column(self.name, self.values if self.given is None else self.given, dates=self.dates)


def words_column(name: str, values: NDArray[Any], *, dates: bool = False) -> Column:
    """Return values as categories; with `dates`, numbers of days as dates."""
    if values.dtype.kind == "O":
        cells: list[Any] = values.tolist()
        words = cells if only_text(values) else [None if is_missing(cell) else word_of(cell) for cell in cells]
        distinct = sorted({word for word in words if word is not None})
        place = {None: MISSING_CODE} | {word: code for code, word in enumerate(distinct)}
        return Column(name, Kind.CATEGORICAL, np.array([place[w] for w in words], np.int32), tuple(distinct))
    codes = np.full(len(values), MISSING_CODE, np.int32)
    present = ~np.isnan(values)
    numbers, codes[present] = np.unique(values[present], return_inverse=True)
    return Column(name, Kind.CATEGORICAL, codes, tuple(map(date_text if dates else word_of, numbers.tolist())))
