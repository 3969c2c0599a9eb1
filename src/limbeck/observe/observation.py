"""What the teacher says and thinks on the rows that fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Answers, OutputReading, Outputs, Table, Vocabulary
from limbeck.observe.removals import measure_removals
from limbeck.observe.sensitivity import Sensitivity, measure_sensitivity
from limbeck.teachers.base import Progress, Teacher, no_progress

__all__ = ["Budget", "Observation", "observe"]


@dataclass(frozen=True)
class Budget:
    """How much the teacher may be asked.

    Parameters
    ----------
    queries : bool
        Whether rows outside the table may be asked about.
    max_queries : int
        Most such rows.
    max_changed_rows, least_changed_rows : int
        Most rows of the table that are changed; and the fewest, where there are many questions about each column, whose
        answers they share.
    max_activation_rows : int
        Most rows whose activations are read.
    rows_per_call : int
        Most changed rows that the teacher is asked about before the clock is looked at.
    """

    queries: bool = True
    max_queries: int = 200_000
    max_changed_rows: int = 4_000
    least_changed_rows: int = 500
    max_activation_rows: int = 2_000
    rows_per_call: int = 8_192


@dataclass(frozen=True, eq=False)
class Observation:
    """Everything that the search may know about the teacher.

    Parameters
    ----------
    table, outputs : Table, Outputs
        The n rows and the teacher's answers.
    vocabulary, answers : Vocabulary, ndarray of bool of shape (n, l)
        The literals and the rows' answers to them.
    activation_rows : ndarray of intp, shape (n_probe,)
        Rows whose activations were read.
    activations : dict of str to ndarray of float32, shape (n_probe, m)
        Activations of each layer; empty when the teacher has none.
    sensitivity : Sensitivity or None
        Influence of single columns; None when queries are switched off or too few are allowed.
    """

    table: Table
    outputs: Outputs
    vocabulary: Vocabulary
    answers: NDArray[np.bool_]
    activation_rows: NDArray[np.intp]
    activations: dict[str, NDArray[np.float32]]
    sensitivity: Sensitivity | None

    @property
    def silent(self) -> tuple[str, ...]:
        """Columns that never moved an answer, as far as was asked."""
        return () if self.sensitivity is None else self.sensitivity.silent

    def take(self, rows: NDArray[np.intp]) -> Observation:
        """Return what is known of some rows, given in increasing order."""
        read, sensitivity = np.isin(self.activation_rows, rows), self.sensitivity
        return replace(
            self,
            table=self.table.take(rows),
            outputs=self.outputs.take(rows),
            answers=self.answers[rows],
            activation_rows=np.searchsorted(rows, self.activation_rows[read]),
            activations={layer: values[read] for layer, values in self.activations.items()},
            sensitivity=None if sensitivity is None else sensitivity.take(rows),
        )


def observe(
    teacher: Teacher,
    reading: OutputReading,
    table: Table,
    outputs: Outputs,
    vocabulary: Vocabulary,
    *,
    layers: Sequence[str] | None,
    budget: Budget,
    rng: np.random.Generator,
    remove: Callable[[Any, str], Any] | None = None,
    answer: Callable[..., Answers] | None = None,
    keep_going: Callable[[], bool] = lambda: True,
    progress: Progress = no_progress,
) -> Observation:
    """Read the activations of some rows and, when queries are allowed, the influence of every column.

    Parameters
    ----------
    layers : sequence of str or None
        Layers to read; None for all, an empty sequence for none.
    budget : Budget
        Limits on what the teacher is asked.
    remove : callable, optional
        Returns a raw input without a concept; where rows are raw inputs, this makes the queries.
    answer : callable, optional
        Answers changed rows in the teacher's place, as `Teacher.answers` does: one that knows what was asked before.
    """
    answers = vocabulary.evaluate(table)
    rows = np.sort(rng.permutation(table.n_rows)[: budget.max_activation_rows])
    read = table.take(rows)
    names = teacher.layers_on(read) if layers is None else layers
    activations = teacher.activations(read, names, progress) if names else {}
    sensitivity = None
    if table.raw:
        if budget.queries and remove is not None:
            sensitivity = measure_removals(
                teacher, reading, table, outputs, vocabulary, answers, remove,
                rng=rng, max_queries=budget.max_queries, keep_going=keep_going, progress=progress,
            )  # fmt: skip
    elif budget.queries and len(vocabulary):
        sensitivity = measure_sensitivity(
            teacher, reading, table, outputs, vocabulary, answers,
            rng=rng, max_queries=budget.max_queries,
            max_rows=budget.max_changed_rows, least_rows=budget.least_changed_rows,
            rows_per_call=budget.rows_per_call,
            answer=answer, keep_going=keep_going, progress=progress,
        )  # fmt: skip
        sensitivity = sensitivity if len(sensitivity.rows) else None
    return Observation(table, outputs, vocabulary, answers, rows, activations, sensitivity)
