"""Queries about raw inputs: what the teacher answers when a concept is removed from one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import OutputReading, Outputs, Table, Vocabulary
from limbeck.observe.sensitivity import Sensitivity
from limbeck.teachers.base import Progress, Teacher, no_progress

__all__ = ["measure_removals"]

# Inputs from which concepts are removed, queries for each of them, and for each concept.
_MOST_ROWS, _PER_ROW, _PER_CONCEPT = 4_000, 2, 30
_ROWS_PER_CALL = 1 << 12


def measure_removals(
    teacher: Teacher,
    reading: OutputReading,
    table: Table,
    outputs: Outputs,
    vocabulary: Vocabulary,
    answers: NDArray[np.bool_],
    remove: Callable[[Any, str], Any],
    *,
    rng: np.random.Generator,
    max_queries: int,
    keep_going: Callable[[], bool] = lambda: True,
    progress: Progress = no_progress,
) -> Sensitivity | None:
    """Remove one concept from an input that has it, and ask the teacher again.

    The answers rank questions, and no tree is fitted to them: an input without one of its words may be one that nobody
    would write.

    Parameters
    ----------
    teacher, reading : Teacher, OutputReading
        Who is asked, and how its outputs are read.
    table, outputs : Table, Outputs
        The n raw inputs, with their concepts as columns, and the teacher's answers.
    vocabulary, answers : Vocabulary, ndarray of bool of shape (n, l)
        The literals and the inputs' answers to them.
    remove : callable
        Returns an input without the concept of that name; None where nobody knows how.
    rng : numpy.random.Generator
        Chooses inputs.
    max_queries : int
        Most queries; there are no more than two for each input.
    keep_going : callable
        Asked before each call of the teacher.

    Returns
    -------
    Sensitivity or None
        None where no concept can be removed.

    References
    ----------
    Ribeiro, Singh, Guestrin (2016), "Why should I trust you?", KDD: texts without some words, images without some
    patches.
    """
    rows = np.sort(rng.permutation(table.n_rows)[:_MOST_ROWS])
    n_queries = min(max_queries, _PER_ROW * len(rows))
    each = min(_PER_CONCEPT, n_queries // max(len(vocabulary), 1))
    pairs: list[tuple[int, int]] = []
    for j in range(len(vocabulary) if each else 0):
        holders = np.flatnonzero(answers[rows, j])
        pairs += [(int(place), j) for place in rng.permutation(holders)[:each]]
    names = [literal.column for literal in vocabulary.literals]
    native = table.take(rows).native
    made = [(place, j, remove(native[place], names[j])) for place, j in pairs]
    made = [query for query in made if query[2] is not None]
    if not made:
        return None
    change = np.zeros((len(rows), len(vocabulary)), np.float32)
    flip = np.zeros_like(change)
    asked = 0
    for start in range(0, len(made), _ROWS_PER_CALL):
        if not keep_going():
            break
        block = made[start : start + _ROWS_PER_CALL]
        base = rows[[place for place, _, _ in block]]
        told = teacher.answers(_raw(table, [one for _, _, one in block]), scores=reading.needs_scores)
        moved = outputs.take(base).changed(reading.read(told))
        for (place, j, _), change_here in zip(block, moved.tolist(), strict=True):
            change[place, j], flip[place, j] = change_here, 1.0
        asked += len(block)
        progress("removing one concept at a time", asked, len(made))
    return Sensitivity(rows, change, flip, asked)


def _raw(table: Table, inputs: Sequence[Any]) -> Table:
    """Return changed inputs of the type of the others."""
    source: Any = np.stack(inputs) if isinstance(table.source, np.ndarray) and table.source.ndim > 1 else list(inputs)
    if isinstance(table.source, np.ndarray) and isinstance(source, list):
        source = np.empty(len(inputs), table.source.dtype if table.source.dtype.kind == "O" else object)
        source[:] = inputs
    return replace(table, columns=(), source=source, n_rows=len(inputs), hidden=frozenset(), taken=None)
