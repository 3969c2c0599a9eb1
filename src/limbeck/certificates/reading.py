"""A teacher asked and read as a finished student gives its own answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from limbeck.certificates.compare import Scoring
from limbeck.core import Answers, OutputReading, Outputs, Table, Tree, as_table
from limbeck.core.outputs import NOT_A_KNOWN_CLASS, Rule
from limbeck.errors import InputError
from limbeck.tables import counted, listed
from limbeck.teachers import Progress, Teacher, TeacherFile, as_teacher

if TYPE_CHECKING:
    from limbeck.distillation import Distillation

__all__ = [
    "StudentReading",
    "answers_for",
    "answers_in_turn",
    "finished_of",
    "hidden_from_teacher",
    "known_reading",
    "read_for",
    "reading_fixed_on",
    "rows_for",
    "teacher_for",
]

# Answers between 0 and 1 that are not logits by chance, as fewer may be.
_ENOUGH = 20


def finished_of(student: Scoring | Distillation) -> Scoring:
    """Return the student itself; of a distillation, the chosen tree."""
    return cast("Distillation", student).tree if hasattr(student, "reading") else cast("Scoring", student)


def rows_for(student: Scoring | Distillation, rows: Any) -> Table:
    """Read rows as the student takes them: as a table, or as raw inputs."""
    finished = finished_of(student)
    return finished.read(rows) if isinstance(finished, Tree) else as_table(rows)


def teacher_for(student: Scoring | Distillation, teacher: Any) -> Teacher:
    """Return the teacher, reading the output that a distillation was made of."""
    settings: dict[str, Any] = getattr(student, "settings", {})
    opened = teacher.opened() if isinstance(teacher, TeacherFile) else as_teacher(teacher)
    return opened.reading_output(settings.get("output"))


def answers_for(
    student: Scoring | Distillation, teacher: Teacher, table: Table, task: str, progress: Progress
) -> Outputs:
    """Ask the teacher about rows, and read its answers as the student gives its own."""
    return next(answers_in_turn(student, teacher, [table], task, progress))[1]


def answers_in_turn(
    student: Scoring | Distillation, teacher: Teacher, tables: Iterable[Table], task: str, progress: Progress
) -> Iterator[tuple[Table, Outputs]]:
    """Ask the teacher about some rows after others; the first of them fix how all its answers are read."""
    reading = known_reading(student)
    for table in tables:
        seen = table if table.raw else table.hiding(hidden_from_teacher(student))
        raw = teacher.answers(seen, progress, scores=reading is None or reading.needs_scores)
        reading = reading or reading_fixed_on(student, raw, task, teacher.classes)
        yield table, reading.read(raw)


def hidden_from_teacher(student: Scoring | Distillation) -> tuple[str, ...]:
    """Return the columns that are a user's own concepts."""
    settings: dict[str, Any] = getattr(student, "settings", {})
    return tuple(settings.get("concepts", ())) or finished_of(student).concepts


def known_reading(student: Scoring | Distillation) -> StudentReading | None:
    """Return how a distillation has fixed that outputs are read; None for a student alone."""
    reading: OutputReading | None = getattr(student, "reading", None)
    return None if reading is None else StudentReading(reading)


def reading_fixed_on(
    student: Scoring | Distillation, raw: Answers, task: str, known: tuple[Any, ...] | None
) -> StudentReading:
    """Fix how outputs are read on those that a teacher gave; parameters and errors are those of `read_for`."""
    finished = finished_of(student)
    named = listed([str(label) for label in finished.classes or ()])
    return StudentReading.fixed_on(finished.classes, raw, task, known, student=finished.kind, named=named)


def read_for(
    classes: tuple[Any, ...] | None,
    raw: Answers | NDArray[Any],
    task: str,
    known: tuple[Any, ...] | None,
    *,
    student: str,
    named: str,
) -> Outputs:
    """Read a teacher's outputs as a student of these classes gives its own, the classes in the student's order.

    Parameters
    ----------
    classes : tuple or None
        The student's classes; None for numbers.
    raw : Answers, or ndarray of shape (n,) or (n, c)
        What the teacher returned.
    task : {"auto", "binary", "multiclass", "regression"}
        How it is read, where the student has classes.
    known : tuple or None
        The classes that the teacher names.
    student, named : str
        What the student and its classes are called in an error.

    Raises
    ------
    InputError
        The teacher has other classes.
    """
    return StudentReading.fixed_on(classes, raw, task, known, student=student, named=named).read(raw)


@dataclass(frozen=True, eq=False)
class StudentReading:
    """A teacher's outputs read as a student gives its own.

    Parameters
    ----------
    reading : OutputReading
        How outputs are read.
    place : ndarray of intp, or None
        The place of each class of the reading among the student's, and last of classes that are none of them; None
        where they are the same.
    """

    reading: OutputReading
    place: NDArray[np.intp] | None = None

    @classmethod
    def fixed_on(
        cls,
        classes: tuple[Any, ...] | None,
        raw: Answers | NDArray[Any],
        task: str,
        known: tuple[Any, ...] | None,
        *,
        student: str,
        named: str,
    ) -> StudentReading:
        """Fix the reading on some outputs; parameters and errors are those of `read_for`."""
        if classes is None:
            return cls(OutputReading.fixed_on(raw, task="regression"))
        reading = OutputReading.fixed_on(raw, task=task, classes=known or classes)
        if set(reading.classes or ()) != set(classes):
            raise InputError(
                f"a teacher of the classes {named}, as the {student} has them",
                f"outputs that were read as `{reading}`",
                f"give the teacher that the {student} stands for, and `task='binary'` for one real output a row",
            )
        n_rows = len(Answers.of(raw))
        if reading.rule is Rule.HALF and n_rows < _ENOUGH:
            raise InputError(
                "one real output a row that is known to be a probability or a logit",
                f"answers for {counted(n_rows, 'row')}, all between 0 and 1, which may be either",
                f"give the distillation in place of the {student} alone (`tree.predict` takes its `reading=`), or let "
                "the model return a score for each class",
            )
        place = [*(classes.index(label) for label in reading.classes or ()), NOT_A_KNOWN_CLASS]
        return cls(reading, np.array(place, np.intp))

    @property
    def needs_scores(self) -> bool:
        """Whether outputs cannot be read from the teacher's decision alone."""
        return self.place is not None or self.reading.needs_scores

    def read(self, raw: Answers | NDArray[Any]) -> Outputs:
        """Read outputs, the classes in the student's order."""
        if self.place is None:
            return self.reading.read(raw)
        self.reading.refuse_logits(raw)
        outputs = self.reading.read(raw)
        codes = None if outputs.codes is None else self.place[outputs.codes]
        return Outputs(codes, outputs.values[:, np.argsort(self.place[:-1])])
