"""Queries: what the teacher answers when one column of a row is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Answers, Column, Kind, OutputReading, Outputs, Table, Vocabulary
from limbeck.tables import Recombined
from limbeck.teachers.base import Progress, Teacher, no_progress

__all__ = ["Sensitivity", "measure_sensitivity"]

# A teacher that can differentiate is asked about this many columns of a row, those that its gradient names first;
# the square root of p times this, when that is more.
_SCREENED_COLUMNS = 8
# Queries about a column from which on it counts as silent when no answer moved: with 95 % confidence it moves fewer
# than 1 in 100.
_ENOUGH_TO_TELL = 300
# Changed rows handed to the teacher at a time, and their cells: few calls, of bounded memory.
_ROWS_PER_CALL = 1 << 13
_CELLS_PER_CALL = 1 << 24
# Cells of all changed rows together: a query copies a whole row, which counts in tables of thousands of columns.
_MOST_CELLS = 1 << 29


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """How the teacher's answers move with single columns.

    Parameters
    ----------
    rows : ndarray of intp, shape (n_queried,)
        Rows that were changed, one column at a time.
    change : ndarray of float32, shape (n_queried, l)
        How much the answer changed (1 for another class; squared difference for numbers), where the changed
        row answers the literal differently; else 0.
    flip : ndarray of float32, shape (n_queried, l)
        1 where the changed row answers the literal differently.
    n_queries : int
        Rows that the teacher was asked about.
    silent : tuple of str
        Columns that never moved an answer, in as many queries as can tell.
    """

    rows: NDArray[np.intp]
    change: NDArray[np.float32]
    flip: NDArray[np.float32]
    n_queries: int
    silent: tuple[str, ...] = ()

    def take(self, rows: NDArray[np.intp]) -> Sensitivity:
        """Return what is known of some rows of the table, given in increasing order."""
        kept = np.isin(self.rows, rows)
        return replace(
            self, rows=np.searchsorted(rows, self.rows[kept]), change=self.change[kept], flip=self.flip[kept]
        )


def measure_sensitivity(
    teacher: Teacher,
    reading: OutputReading,
    table: Table,
    outputs: Outputs,
    vocabulary: Vocabulary,
    answers: NDArray[np.bool_],
    *,
    rng: np.random.Generator,
    max_queries: int,
    max_rows: int,
    least_rows: int,
    rows_per_call: int = _ROWS_PER_CALL,
    answer: Callable[..., Answers] | None = None,
    keep_going: Callable[[], bool] = lambda: True,
    progress: Progress = no_progress,
) -> Sensitivity:
    """Give one column of a row the value of another row, and ask the teacher again.

    The new value is that of a row drawn at random among those whose value differs; for a binary feature it is a
    flipped bit. When the teacher can differentiate, only the columns to which its gradient gives most weight
    are asked about, row by row; the others are taken not to change the answer.

    Parameters
    ----------
    teacher, reading : Teacher, OutputReading
        Who is asked, and how its outputs are read.
    table, outputs : Table, Outputs
        The n rows and the teacher's answers on them.
    vocabulary, answers : Vocabulary, ndarray of bool of shape (n, l)
        The literals and the rows' answers to them.
    rng : numpy.random.Generator
        Source of rows and values.
    max_queries, max_rows, least_rows : int
        Most rows that the teacher is asked about, and most rows that are changed: fewer where there are several
        questions about each column, which share its answers, but `least_rows` of them. With thousands of columns fewer
        are asked about; none, when `max_queries` does not reach for one row.
    rows_per_call : int, at least 1
        Most rows of one call, or those of one column if they are more.
    answer : callable, optional
        Answers rows that are not made yet (`Recombined`) in the teacher's place, as `Teacher.answers` does.
    keep_going : callable
        Asked before each call of the teacher.

    References
    ----------
    Blanc, Lange, Qiao, Tan (2021), *Properly learning decision trees in almost polynomial time*: influence
    guides the search, by queries alone.
    """
    answer = answer or partial(_answered, teacher)
    literals_of = _literals_by_column(vocabulary, table)
    columns = [j for j, c in enumerate(table.columns) if len(literals_of[j]) and c.name not in table.hidden]
    per_row = _columns_per_row(teacher, len(columns))
    n_queried = min(max_queries, _MOST_CELLS // len(table.columns)) // max(per_row, 1)
    max_rows = min(max_rows, max(least_rows, max_rows * len(columns) // max(len(vocabulary), 1)))
    rows = np.sort(rng.permutation(table.n_rows)[: min(n_queried, max_rows)])
    asked = _screened(teacher, table, rows, columns, per_row, progress)
    change = np.zeros((len(rows), len(vocabulary)), np.float32)
    flip = np.zeros_like(change)
    n_queries, n_moved = 0, np.full(len(table.columns), np.inf)
    for block in _blocks(asked.sum(axis=0), min(rows_per_call, _CELLS_PER_CALL // len(table.columns))):
        if not keep_going():
            break
        source = {j: _rows_that_differ(table.columns[j], rows, rng) for j in (columns[c] for c in block)}
        some = {columns[c]: np.flatnonzero(asked[:, c]) for c in block}
        for j, moved in _moved(
            answer or partial(_answered, teacher), reading, table, outputs, rows, source, some
        ).items():
            own = literals_of[j]
            about = answers.T[own]  # by question, as they lie in memory
            flipped = about[:, rows] != about[:, source[j]]
            flip[:, own] = flipped.T
            change[some[j][:, None], own] = (moved * flipped[:, some[j]]).T
            n_queries += len(moved)
            if len(moved) >= _ENOUGH_TO_TELL:
                n_moved[j] = (moved > 0).sum()
        progress("changing one column at a time", block.stop, len(columns))
    silent = tuple(table.columns[j].name for j in columns if n_moved[j] == 0)
    return Sensitivity(rows, change, flip, n_queries, silent)


def _blocks(n_asked: NDArray[np.integer], most: int) -> Iterator[range]:
    """Yield runs of columns with at most so many rows to ask about together, or one column with more."""
    start, held = 0, 0
    for column, n in enumerate(n_asked.tolist()):
        if column > start and held + n > most:
            yield range(start, column)
            start, held = column, 0
        held += n
    if len(n_asked):
        yield range(start, len(n_asked))


def _moved(
    answer: Callable[..., Answers],
    reading: OutputReading,
    table: Table,
    outputs: Outputs,
    rows: NDArray[np.intp],
    source: Mapping[int, NDArray[np.intp]],
    some: Mapping[int, NDArray[np.intp]],
) -> dict[int, NDArray[np.float64]]:
    """Ask about some rows with one column changed, and return for each column by how much the answers moved."""
    base = np.concatenate([rows[some[j]] for j in source])
    if not len(base):
        return {j: np.zeros(0) for j in source}
    ends = np.cumsum([len(some[j]) for j in source])
    sources: dict[str, NDArray[np.intp]] = {}
    for j, end in zip(source, ends, strict=True):
        origin = base.copy()
        origin[end - len(some[j]) : end] = source[j][some[j]]
        sources[table.columns[j].name] = origin
    told = answer(Recombined(table, sources, base), scores=reading.needs_scores)
    moved = outputs.take(base).changed(reading.read(told))
    return dict(zip(source, np.split(moved, ends[:-1]), strict=True))


def _answered(teacher: Teacher, rows: Recombined, *, scores: bool) -> Answers:
    """Ask about all rows, as often as they are equal."""
    return teacher.answers(rows.made(), scores=scores)


def _literals_by_column(vocabulary: Vocabulary, table: Table) -> list[NDArray[np.intp]]:
    """Return for every column of the table which literals ask about it."""
    place = np.array([table.position(literal.column) for literal in vocabulary.literals], np.intp)
    return [np.flatnonzero(place == j) for j in range(len(table.columns))]


def _columns_per_row(teacher: Teacher, n_columns: int) -> int:
    """Return about how many columns of each row are asked about."""
    if not teacher.can_differentiate:
        return n_columns
    return min(n_columns, max(_SCREENED_COLUMNS, int(np.ceil(2 * np.sqrt(n_columns)))))


def _screened(
    teacher: Teacher, table: Table, rows: NDArray[np.intp], columns: list[int], per_row: int, progress: Progress
) -> NDArray[np.bool_]:
    """Choose the (row, column) pairs that are worth a query, shape (n_queried, columns)."""
    if per_row >= len(columns) or not len(rows):
        return np.ones((len(rows), len(columns)), bool)
    spread = np.array([_spread(table.columns[j]) for j in columns])
    seen = [j for j, column in enumerate(table.columns) if column.name not in table.hidden]
    weight = teacher.gradient(table.take(rows), progress)[:, np.searchsorted(seen, columns)] * spread
    worth = np.zeros(weight.shape, bool)
    np.put_along_axis(worth, np.argpartition(-weight, per_row, axis=1)[:, :per_row], True, axis=1)
    # A gradient of exactly 0 beside others that are not says that the column does not act here.
    return worth & ((weight > 0) | ~(weight > 0).any(axis=1, keepdims=True))


def _spread(column: Column) -> float:
    """Return the standard deviation of the finite values of a numeric column; 1 for categories."""
    if column.kind is not Kind.NUMERIC:
        return 1.0
    finite = column.values[np.isfinite(column.values)]
    return float(finite.std()) if len(finite) else 0.0


def _rows_that_differ(column: Column, rows: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw for each row another row whose value of the column differs (itself, when none does)."""
    n, order = len(column.values), np.argsort(column.values, kind="stable")
    line = column.values[order]
    other = line[1:] != line[:-1]
    if column.kind is Kind.NUMERIC:
        other &= ~np.isnan(line[:-1])  # missing values, the last, are alike
    first = np.append(0, np.flatnonzero(other) + 1)
    size = np.diff(first, append=n)
    group = np.empty(n, np.intp)
    group[order] = np.repeat(np.arange(len(size)), size)
    own = group[rows]
    outside = n - size[own]
    draw = (rng.random(len(rows)) * outside).astype(np.intp)
    draw += np.where(draw >= first[own], size[own], 0)
    return np.where(outside > 0, order[np.minimum(draw, n - 1)], rows)
