"""A literal: one yes/no question about a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError
from limbeck.tables import Column, Kind, date_text, number_text, shortened

__all__ = ["Literal", "Op", "number_text"]


class Op(StrEnum):
    """What a literal asks of its column."""

    IS = "is"
    AT_MOST = "at_most"
    ONE_OF = "one_of"
    MISSING = "missing"
    CONCEPT = "concept"


_KIND = {Op.IS: Kind.NUMERIC, Op.AT_MOST: Kind.NUMERIC, Op.CONCEPT: Kind.NUMERIC, Op.ONE_OF: Kind.CATEGORICAL}


@dataclass(frozen=True, order=True)
class Literal:
    """One yes/no question about a row.

    A missing value answers *no* to every question but `MISSING`, so both answers of a question are
    always defined.

    Parameters
    ----------
    column : str
        The column that is asked about.
    op : Op
        `IS` (a number equals `number`: binary features), `AT_MOST` (a number is <= `number`), `ONE_OF`
        (a category is among `values`), `MISSING` (there is no value), `CONCEPT` (a user's own yes/no
        column is 1).
    number : float
        The threshold of `AT_MOST`, or the number of `IS`; 0 otherwise.
    values : tuple of str
        The categories of `ONE_OF`, sorted; empty otherwise.
    dated : bool
        Whether the column holds dates, and the threshold is one: days since 1970-01-01.

    Examples
    --------
    >>> Literal.at_most("age", 41.5).text()
    'age <= 41.5'
    >>> Literal.one_of("colour", ["red", "blue"]).text(holds=False)
    'colour not in {blue, red}'

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053: trees over literals.
    """

    column: str
    op: Op
    number: float = 0.0
    values: tuple[str, ...] = ()
    dated: bool = False

    @classmethod
    def is_value(cls, column: str, number: float) -> Literal:
        """Ask whether a numeric column equals a number (the usual form of a binary feature)."""
        return cls(column, Op.IS, float(number))

    @classmethod
    def at_most(cls, column: str, threshold: float, *, dated: bool = False) -> Literal:
        """Ask whether a numeric column is at most a threshold, or a date not later than one."""
        return cls(column, Op.AT_MOST, float(threshold), dated=dated)

    @classmethod
    def one_of(cls, column: str, values: Sequence[str]) -> Literal:
        """Ask whether a categorical column has one of these values."""
        return cls(column, Op.ONE_OF, 0.0, tuple(sorted(set(values))))

    @classmethod
    def missing(cls, column: str) -> Literal:
        """Ask whether a column has no value."""
        return cls(column, Op.MISSING)

    @classmethod
    def concept(cls, column: str) -> Literal:
        """Ask whether a user's own yes/no column is 1."""
        return cls(column, Op.CONCEPT)

    def holds(self, column: Column) -> NDArray[np.bool_]:
        """Answer the question for every row of its column, shape (n,).

        A column of another type that is asked about categories is read in words, value by value, so that the answer
        for a row does not depend on the rows beside it.

        Raises
        ------
        InputError
            The column is categorical where numbers are compared, dates where they are not, or of a type that cannot
            be read.
        """
        if self.op is Op.MISSING:
            return column.missing
        if self.op is Op.ONE_OF:
            column = column.in_words()
        if column.missing.all():  # a column without values has no type to compare
            return np.zeros(len(column.values), dtype=bool)
        if column.kind is not _KIND[self.op] or column.dates != self.dated or column.unread:
            kind = "date" if column.dates else column.kind
            raise InputError(
                f"the question `{self.text()}`",
                f"a {kind} column `{self.column}`" + (f" of {column.unread}" if column.unread else ""),
                "give a table whose columns have the types of the table that was used for fitting",
            )
        if self.op is Op.AT_MOST:
            return column.values <= self.number
        if self.op is Op.ONE_OF:
            # One place more than there are categories, so that the code of a missing value answers no.
            member = np.array([category in self.values for category in column.categories] + [False])
            return member[column.values]
        return column.values == (1.0 if self.op is Op.CONCEPT else self.number)

    def text(self, holds: bool = True, shown: Callable[[str], str] = shortened) -> str:
        """Write the question, or its negation, for people; `shown` shortens names and categories."""
        name = shown(self.column)
        if self.op is Op.CONCEPT:
            return name if holds else f"not {name}"
        if self.op is Op.MISSING:
            return f"{name} is {'missing' if holds else 'present'}"
        if self.op is Op.AT_MOST:
            threshold = date_text(self.number) if self.dated else number_text(self.number)
            return f"{name} {'<=' if holds else '>'} {threshold}"
        if self.op is Op.IS:
            return f"{name} {'=' if holds else '!='} {number_text(self.number)}"
        if len(self.values) == 1:
            return f"{name} {'=' if holds else '!='} {shown(self.values[0])}"
        return f"{name} {'in' if holds else 'not in'} {{{', '.join(shown(v) for v in self.values)}}}"

    def to_dict(self) -> dict[str, Any]:
        """Return the literal as plain values."""
        plain: dict[str, Any] = {"column": self.column, "op": str(self.op)}
        if self.op in (Op.IS, Op.AT_MOST):
            plain["number"] = self.number
        if self.op is Op.ONE_OF:
            plain["values"] = list(self.values)
        return plain | ({"dated": True} if self.dated else {})

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Literal:
        """Read what `to_dict` wrote."""
        number, values = float(plain.get("number", 0.0)), tuple(plain.get("values", ()))
        return cls(plain["column"], Op(plain["op"]), number, values, bool(plain.get("dated", False)))
