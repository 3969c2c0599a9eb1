"""The vocabulary: which yes/no questions may be asked of a row."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core.literal import Literal, Op
from limbeck.errors import InputError
from limbeck.tables import Column, Kind, Table, as_table, date_between, listed, looks_like_a_date, shortened

__all__ = ["Vocabulary", "readable_between", "threshold_between", "threshold_budget"]

# Questions that a vocabulary aims for.
_MOST_LITERALS = 4096
_BINARY = ({0.0, 1.0}, {-1.0, 1.0})


@dataclass(frozen=True)
class Vocabulary:
    """The l literals that a tree may ask, in a fixed order.

    Parameters
    ----------
    literals : tuple of Literal, length l
        The questions; no two answer all the rows of the fit alike, or all the other way round.
    notes : tuple of str
        What was left out and why, for people.

    Examples
    --------
    >>> words = Vocabulary.fit([[0, 41.0], [1, 42.0], [1, 50.0]])
    >>> words.names
    ('x0 = 1', 'x1 <= 46')
    >>> words.evaluate([[1, 40.0]])
    array([[ True,  True]])
    """

    literals: tuple[Literal, ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def fit(
        cls,
        rows: Any,
        *,
        max_thresholds: int = 32,
        max_categories: int = 32,
        max_literals: int = _MOST_LITERALS,
        concepts: Sequence[str] = (),
        thresholds: Mapping[str, Sequence[float]] | None = None,
        sets: Mapping[str, Sequence[Sequence[str]]] | None = None,
    ) -> Vocabulary:
        """Choose the questions from the values of a table.

        A column of zeros and ones (or minus ones and ones) gives one literal `IS 1`; any other numeric
        column gives thresholds halfway between neighbouring values, at quantiles of the rows, and dates whole days
        where there are any between; a category gives one literal; a column with gaps gives one literal `MISSING`.

        Parameters
        ----------
        rows : Table, DataFrame or array-like, n rows
            The rows that the thresholds and categories are read from.
        max_thresholds : int, at least 1
            Most thresholds per numeric column.
        max_categories : int, at least 1
            Most categories per categorical column; the most frequent are kept.
        max_literals : int, at least 1
            Aim for the whole vocabulary: with many columns, each gets fewer thresholds, but at least one.
        concepts : sequence of str
            Columns that are the user's own yes/no concepts.
        thresholds : mapping of str to floats, optional
            Thresholds to use for a column first, the best first, each moved between the two values that it lies
            between; quantiles fill up what is left of its budget.
        sets : mapping of str to sequences of str, optional
            Sets of categories to ask about, beside single ones.

        Raises
        ------
        InputError
            A concept column that is absent or holds something other than 0 and 1.
        """
        table = as_table(rows)
        numeric = sum(column.kind is Kind.NUMERIC for column in table.columns)
        budget = threshold_budget(numeric, max_thresholds, max_literals)
        literals: list[Literal] = [_concept_literal(table[name]) for name in concepts]
        notes = [column.note for column in table.columns if column.note]
        for column in table.columns:
            if column.name in concepts:
                continue
            if column.kind is Kind.NUMERIC:
                literals.extend(_numeric_literals(column, budget, (thresholds or {}).get(column.name, ())))
            else:
                literals.extend(_category_literals(column, max_categories, notes))
                literals.extend(Literal.one_of(column.name, some) for some in (sets or {}).get(column.name, ()))
            if 0 < column.missing.sum() < table.n_rows:
                literals.append(Literal.missing(column.name))
        if budget < max_thresholds:
            notes.append(f"{numeric} numeric columns: at most {budget} thresholds each")
        return cls(_without_repeats(literals, table), tuple(notes))

    def __len__(self) -> int:
        return len(self.literals)

    @property
    def names(self) -> tuple[str, ...]:
        """The questions as text."""
        return tuple(literal.text() for literal in self.literals)

    @property
    def columns(self) -> NDArray[np.intp]:
        """Number of the column that each question is about, shape (l,), in order of first mention."""
        place: dict[str, int] = {}
        return np.array([place.setdefault(literal.column, len(place)) for literal in self.literals], np.intp)

    def evaluate(self, rows: Any) -> NDArray[np.bool_]:
        """Answer every question for every row.

        Returns
        -------
        ndarray of bool, shape (n, l)
        """
        table, start = as_table(rows), 0
        answers = np.empty((len(self), table.n_rows), dtype=bool)
        for some in _by_column(self.literals):
            _answer(some, table, answers[start : start + len(some)])
            start += len(some)
        return answers.T

    def evaluate_packed(self, rows: Any) -> NDArray[np.uint8]:
        """Answer every question for every row, eight rows in a byte.

        Returns
        -------
        ndarray of uint8, shape (l, ceil(n / 8))
            Row j is `numpy.packbits` of question j; an eighth of the memory, and ANDs of clauses cost an eighth.
        """
        return np.packbits(self.evaluate(rows).T, axis=1)


def threshold_budget(n_numeric: int, most: int, max_literals: int = _MOST_LITERALS) -> int:
    """Return how many thresholds each of some numeric columns gets: fewer where there are many of them, at least 1."""
    return max(1, min(most, max_literals // max(1, n_numeric)))


def readable_between(low: float, high: float) -> float:
    """Return the number with the fewest digits in the middle half between two neighbouring values.

    Splits exactly as the midpoint does on the rows it was made from, and can be read aloud.

    Examples
    --------
    >>> readable_between(41.0, 42.0), readable_between(0.1234, 0.2211), readable_between(5.0, float("inf"))
    (41.5, 0.17, 5.0)
    """
    half_width = high / 2 - low / 2
    middle = low + half_width
    if math.isinf(low) or math.isinf(high):
        return _finite_between(low, high)
    if not 0 < half_width < math.inf:
        return low
    exponent = math.floor(math.log10(half_width))
    for digits in range(-exponent - 1, -exponent + 3):
        try:
            candidate = round(middle, digits)
        except OverflowError:  # near the largest float, rounding up leaves the range
            continue
        if abs(candidate - middle) <= half_width / 2 and low <= candidate < high:
            return candidate
    return middle if low <= middle < high else low


def _finite_between(low: float, high: float) -> float:
    """Return a finite threshold that separates an infinity: the largest finite value, or below the least one."""
    if not math.isinf(low):
        return low
    if math.isinf(high):
        return 0.0
    below = high - max(1.0, abs(high))
    return readable_between(below, high) if math.isfinite(below) else -sys.float_info.max


def _concept_literal(column: Column) -> Literal:
    """Check that a concept column holds yes and no only."""
    if column.kind is not Kind.NUMERIC or not np.isin(column.values[~column.missing], (0.0, 1.0)).all():
        raise InputError(
            f"a concept column `{column.name}` of zeros and ones (or booleans)",
            "other values",
            "turn the concept into yes/no before passing it",
        )
    return Literal.concept(column.name)


def threshold_between(column: Column, low: float, high: float) -> float:
    """Return a threshold between two neighbouring values of a column: a readable number, or a whole day."""
    return date_between(low, high) if column.dates else readable_between(low, high)


def _numeric_literals(column: Column, budget: int, given: Sequence[float]) -> Iterator[Literal]:
    """Yield the questions of a numeric column."""
    present = column.values[~column.missing]
    distinct, counts = np.unique(present, return_counts=True)
    if set(distinct.tolist()) in _BINARY and not column.dates:
        yield Literal.is_value(column.name, 1.0)
    else:
        after = np.searchsorted(distinct, np.array(given, np.float64), side="right") - 1
        first = list(dict.fromkeys(after[(after >= 0) & (after < len(distinct) - 1)].tolist()))[:budget]
        for i in np.union1d(np.array(first, np.intp), _cuts(counts, budget - len(first))):
            threshold = threshold_between(column, float(distinct[i]), float(distinct[i + 1]))
            yield Literal.at_most(column.name, threshold, dated=column.dates)


def _cuts(counts: NDArray[np.integer], budget: int) -> NDArray[np.integer]:
    """Return after which of the distinct values to cut: everywhere, or nearest to even quantiles."""
    if len(counts) - 1 <= budget:
        return np.arange(len(counts) - 1)
    if budget < 1:
        return np.empty(0, np.intp)
    below = np.cumsum(counts)[:-1]
    wanted = np.arange(1, budget + 1) * counts.sum() / (budget + 1)
    after = np.clip(np.searchsorted(below, wanted), 0, len(below) - 1)
    before = np.maximum(after - 1, 0)
    nearer_before = np.abs(below[before] - wanted) <= np.abs(below[after] - wanted)
    return np.unique(np.where(nearer_before, before, after))


def _category_literals(column: Column, most: int, notes: list[str]) -> Iterator[Literal]:
    """Yield one question for each of the most frequent categories."""
    counts = np.bincount(column.values[column.values >= 0], minlength=len(column.categories))
    seen = np.flatnonzero(counts)
    kept = seen[np.argsort(-counts[seen], kind="stable")][:most]
    if len(kept) < len(seen):
        dates = all(map(looks_like_a_date, column.categories))
        hint = (
            "; they look like dates, read as text: as a column of a date type (on the command line `--date`, for dates "
            "as in 2021-05-31) they are asked about in order"
            if dates
            else ""
        )
        name = shortened(column.name)
        notes.append(f"column `{name}` has {len(seen)} categories: the {most} most frequent are asked about{hint}")
    for code in np.sort(kept) if not column.unread else ():
        yield Literal.one_of(column.name, [column.categories[code]])


def _without_repeats(literals: list[Literal], table: Table) -> tuple[Literal, ...]:
    """Drop literals that are constant on the rows, or answer them as an earlier one does or its negation does."""
    kept: dict[bytes, Literal] = {}
    for some in _by_column(literals):
        answers = np.empty((len(some), table.n_rows), bool)
        _answer(some, table, answers)
        told = np.packbits(answers ^ answers[:, :1], axis=1)
        for j in np.flatnonzero(told.any(axis=1)).tolist():
            kept.setdefault(told[j].tobytes(), some[j])
    return tuple(kept.values())


def _by_column(literals: Sequence[Literal]) -> Iterator[list[Literal]]:
    """Return runs of literals that ask the same of one column."""
    return (list(run) for _, run in groupby(literals, lambda literal: (literal.column, literal.op, literal.dated)))


def _answer(literals: Sequence[Literal], table: Table, answers: NDArray[np.bool_]) -> None:
    """Answer such a run, shape (l, n): all thresholds of a column at once."""
    column = table[literals[0].column]
    answers[0] = literals[0].holds(column)  # refuses a column of another type
    if literals[0].op is Op.AT_MOST and column.kind is Kind.NUMERIC:
        np.less_equal(column.values, np.array([[literal.number] for literal in literals]), out=answers)
    else:
        for literal, answer in zip(literals[1:], answers[1:], strict=True):
            answer[:] = literal.holds(column)


def missing_columns(needed: Sequence[str], table: Table) -> None:
    """Raise when a table lacks columns that are needed."""
    absent = [name for name in needed if name not in table]
    if absent:
        raise InputError(
            f"a table with the columns {listed(needed)}",
            f"no column {listed(absent)} among {listed(table.names)}",
            "add the missing columns under these names",
        )
