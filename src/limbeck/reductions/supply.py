"""What the steps of a route are given and return, and models of every class as something that answers rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import OutputReading, Table, Task, Tree, as_table
from limbeck.errors import InputError
from limbeck.reductions.graph import Setting
from limbeck.students import CompiledTree, Student
from limbeck.teachers import FunctionTeacher, Progress, Teacher, as_teacher

__all__ = ["LabelledRows", "Outcome", "Supply", "labels_of", "named_teacher"]


@dataclass(frozen=True, eq=False)
class LabelledRows:
    """Rows with their answers: all that a learner may see.

    Parameters
    ----------
    table : Table
        The n rows.
    answers : ndarray, shape (n,)
        Their classes.
    classes : tuple
        All classes, in order.
    """

    table: Table
    answers: NDArray[Any]
    classes: tuple[Any, ...]

    @classmethod
    def of(cls, rows: Any, answers: Any) -> LabelledRows:
        """Join rows with their answers."""
        table, told = as_table(rows), np.asarray(answers)
        if told.shape != (table.n_rows,) or told.dtype.kind == "f":
            found = f"answers of shape {told.shape} and type `{told.dtype}`"
            raise InputError(f"{table.n_rows} classes, one a row", found, "give the classes of the rows")
        return cls(table, told, tuple(np.unique(told).tolist()))

    def take(self, rows: NDArray[np.integer]) -> LabelledRows:
        """Return some of the rows."""
        return LabelledRows(self.table.take(rows), self.answers[rows], self.classes)


@dataclass(frozen=True, eq=False)
class Supply:
    """What a step may use.

    Parameters
    ----------
    rows : Table
        Unlabelled rows that no other step sees.
    setting : Setting
        Sizes, and the step's own epsilon and delta.
    rng : numpy.random.Generator
        The step's own randomness.
    task : str
        How the source's outputs are read.
    progress : callable
        Told what is being done.
    """

    rows: Table
    setting: Setting
    rng: np.random.Generator
    task: str
    progress: Progress


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a step made.

    Parameters
    ----------
    model : object
        A model of the target class.
    queries : int
        Rows that the source was asked about.
    disagreements, n_rows : int
        Held-out rows on which source and target differ, and all of them; 0 where nothing was measured.
    """

    model: Any
    queries: int = 0
    disagreements: int = 0
    n_rows: int = 0


def named_teacher(model: Any) -> Teacher:
    """Return a teacher that answers as a model of any class does, with the model's own classes."""
    if isinstance(model, (Tree, Student)):
        kind = model.kind if isinstance(model, Student) else "tree"
        return FunctionTeacher(model.predict, classes=model.classes, name=f"the {kind}")
    if isinstance(model, CompiledTree):
        teacher = as_teacher(model.to_torch())
        teacher.classes = model.classes
        return teacher
    return as_teacher(model)


def labels_of(teacher: Teacher, table: Table, task: str, progress: Progress) -> LabelledRows:
    """Ask a teacher for the classes of some rows.

    Raises
    ------
    InputError
        A teacher of numbers.
    """
    raw = teacher.answers(table, progress)
    reading = OutputReading.fixed_on(raw, task=task, classes=teacher.classes)
    codes = reading.read(raw).codes
    if reading.task is Task.REGRESSION or codes is None:
        raise InputError("a model of classes", "a model that answers with numbers", "give `task='binary'` for a score")
    classes = tuple(reading.classes or ())
    return LabelledRows(table, np.asarray(classes)[codes], classes)
