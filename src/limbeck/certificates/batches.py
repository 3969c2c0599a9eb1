"""Certificates from rows that come batch by batch: what is added up over them, and the claims that follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from limbeck.certificates.answered import most_apart
from limbeck.certificates.claims import Claim
from limbeck.certificates.compare import Scoring, disagreements, gaps_of
from limbeck.certificates.reading import (
    StudentReading,
    answers_in_turn,
    finished_of,
    hidden_from_teacher,
    known_reading,
    reading_fixed_on,
    teacher_for,
)
from limbeck.core import Answers, Outputs, Table, Tree
from limbeck.errors import InputError
from limbeck.streams import Batches, batches_of, refuse_all_at_once
from limbeck.tables import counted
from limbeck.teachers import Progress, Teacher, TeacherFile, no_progress
from limbeck.theory import (
    NO_BUDGET,
    AnytimeCertificate,
    Verdict,
    agreement_of_counts,
    certify_counts,
    certify_deferral_counts,
    certify_gap_counts,
    certify_stream,
)

if TYPE_CHECKING:
    from limbeck.distillation import Distillation

__all__ = ["batches_until_decided", "certify_batches"]

# Binary digits of a gap of numbers that are kept, the last one rounded up: that is by 1 in 2000 at most.
_DIGITS = 12
# Rows by which it is told how outputs are read, where no distillation knows.
_FIRST_ROWS = 1000


def certify_batches(
    student: Scoring | Distillation,
    teacher: Any,
    rows: Any,
    refused: Mapping[str, Any],
    *,
    delta: float,
    epsilon: float,
    tolerance: float | None = None,
    task: str = "auto",
    progress: Progress = no_progress,
) -> Claim:
    """Certify from batches, as `certify` does from a table. Of numbers the gaps are rounded up by at most 1 in 2000."""
    refuse_all_at_once(refused, "a certificate")
    finished, deferral = finished_of(student), getattr(student, "deferral", None)
    target: float | None = getattr(deferral, "target", None)
    asks = target is not None or getattr(finished, "defers", None) is not None
    most, event = (None, "") if not asks else most_apart(finished, tolerance or getattr(deferral, "tolerance", None))
    batches, spec, opened = _sides(student, teacher, batches_of(rows))
    reading = _reading(student, opened, batches, task)
    scan = CompareRows(finished, spec or opened, reading, hidden_from_teacher(student), most)
    found = batches.scanned(scan, progress)
    words = f"{counted(found.n_rows, 'row')} that were given to `certify` in batches"
    if not found.n_rows:
        raise InputError("rows to certify with", f"{batches.called} without any", "give at least one row")
    leaves = found.by_leaf(finished)
    answering = [leaf for leaf in leaves if leaf[0] not in getattr(finished, "asking", ())]
    n, k = (sum(leaf[column] for leaf in answering) for column in (1, 2))
    if target is not None or (asks and n < found.n_rows):
        claim = certify_deferral_counts(
            found.n_rows, n, k, answering, target=target, delta=delta, rows=words, event=event
        )
        return replace(claim, asking=tuple(getattr(finished, "asking", np.empty(0)).tolist()))
    if finished.classes is None:
        return certify_gap_counts(*found.gaps_in_order, epsilon=epsilon, delta=delta, rows=words)
    event, k = f"{finished.kind} and teacher differ", found.n_rows - int(np.trace(found.pairs[:-1, :-1]))
    claim = certify_counts(found.n_rows, k, leaves, delta=delta, rows=words, event=event)
    return replace(claim, by_class=agreement_of_counts(found.pairs, finished.classes, delta))


def batches_until_decided(
    student: Scoring | Distillation,
    teacher: Any,
    rows: Any,
    refused: Mapping[str, Any],
    *,
    epsilon: float,
    delta: float,
    task: str,
    batch_rows: int,
    progress: Progress,
) -> AnytimeCertificate:
    """Take rows in their order, batch after batch, until error <= epsilon is certified or refuted."""
    refuse_all_at_once(refused, "a certificate")
    finished = finished_of(student)
    if finished.classes is None:
        found = f"a {finished.kind} of numbers"
        raise InputError("a verdict on the error of a student of classes", found, "use `certify`")
    if batch_rows < 1:
        raise InputError("`batch_rows` of at least 1", f"`batch_rows={batch_rows}`", "give a positive whole number")
    batches, _, opened = _sides(student, teacher, batches_of(rows))

    def differ() -> Iterator[NDArray[np.bool_]]:
        parts = (
            table.slice(start, start + batch_rows)
            for table in batches.tables()
            for start in range(0, table.n_rows, batch_rows)
        )
        done = 0
        for some, outputs in answers_in_turn(student, opened, parts, task, no_progress):
            yield disagreements(finished, some, outputs) > 0
            done += some.n_rows
            progress("asking the teacher", done, batches.n_rows or 0)

    words = f"the first of the rows of {batches.called}, in their order"
    budget = batches.n_rows or NO_BUDGET
    claim = certify_stream(differ(), epsilon=epsilon, delta=delta, budget=budget, rows=words)
    if claim.verdict is not Verdict.UNDECIDED or not claim.n_rows:
        return claim
    return replace(claim, verdict=Verdict.BUDGET_SPENT, budget=claim.n_rows)


@dataclass(eq=False)
class Compared:
    """What student and teacher answered, added up.

    Parameters
    ----------
    pairs : ndarray of int64, shape (c + 1, c + 1)
        Rows by the teacher's class and the student's; last, classes that the student does not know.
    leaves : ndarray of int64, shape (leaves, 2)
        Rows at each leaf, and those of them on which the two differ, or would if the leaf answered.
    gaps : dict of float to int
        Of numbers: how many rows that are answered have each gap, rounded up.
    n_rows : int
        All rows.
    """

    pairs: NDArray[np.int64]
    leaves: NDArray[np.int64]
    gaps: dict[float, int] = field(default_factory=dict[float, int])
    n_rows: int = 0

    def by_leaf(self, student: Scoring) -> list[tuple[int, int, int]]:
        """Return node, rows and disagreements of every leaf, where the student is a tree."""
        nodes = [int(node) for node in student.leaves] if isinstance(student, Tree) else []
        return [(node, int(n), int(k)) for node, (n, k) in zip(nodes, self.leaves, strict=True)]

    @property
    def gaps_in_order(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The gaps that occur, in increasing order, and how many rows have each."""
        order = sorted(self.gaps)
        return np.array(order), np.array([self.gaps[gap] for gap in order], np.int64)


@dataclass(frozen=True, eq=False)
class CompareRows:
    """The pass that asks student and teacher about every row.

    Parameters
    ----------
    student : Scoring
        The student.
    teacher : Teacher or TeacherFile
        Who is asked; a file is opened where the rows lie, once a process.
    reading : StudentReading
        How its outputs are read.
    hidden : tuple of str
        Columns that the teacher does not get.
    most : float or None
        For a tree of numbers that may ask: the gap up to which they agree.
    """

    student: Scoring
    teacher: Teacher | TeacherFile
    reading: StudentReading
    hidden: tuple[str, ...]
    most: float | None = None
    what = "certifying"

    def begin(self) -> Compared:
        c = len(self.student.classes or ())
        n_leaves = self.student.n_leaves if isinstance(self.student, Tree) else 0
        return Compared(np.zeros((c + 1, c + 1), np.int64), np.zeros((n_leaves, 2), np.int64))

    def add(self, state: Compared, rows: Table) -> None:
        outputs = self.reading.read(
            self.teacher.opened().answers(rows.hiding(self.hidden), scores=self.reading.needs_scores)
        )
        state.n_rows += rows.n_rows
        if outputs.codes is None:
            self._add_gaps(state, rows, outputs)
            return
        c = len(state.pairs) - 1
        codes = np.where(outputs.codes < 0, c, outputs.codes)
        if not isinstance(self.student, Tree):
            state.pairs += _times(codes, self.student.predict_scores(rows).argmax(axis=1), (c + 1, c + 1))
            return
        # Rows of one leaf are answered alike.
        tree, answer = self.student, self.student.value[self.student.leaves].argmax(axis=1)
        told = _times(codes, _leaf_at(tree, rows), (c + 1, tree.n_leaves))
        np.add.at(state.pairs.T, answer, told.T)
        n = told.sum(axis=0)
        state.leaves += np.column_stack([n, n - told[answer, np.arange(tree.n_leaves)]])

    def _add_gaps(self, state: Compared, rows: Table, outputs: Outputs) -> None:
        """Add numbers."""
        gaps = gaps_of(self.student.predict_scores(rows), outputs)
        distinct, counts = np.unique(_rounded_up(gaps[~np.isnan(gaps)]), return_counts=True)
        for gap, count in zip(distinct.tolist(), counts.tolist(), strict=True):
            state.gaps[gap] = state.gaps.get(gap, 0) + count
        if self.most is not None and isinstance(self.student, Tree):
            at = _leaf_at(self.student, rows)
            for column, some in enumerate((at, at[np.nan_to_num(gaps) > self.most])):
                state.leaves[:, column] += np.bincount(some, minlength=len(state.leaves))

    def join(self, state: Compared, other: Compared) -> Compared:
        gaps = {gap: state.gaps.get(gap, 0) + other.gaps.get(gap, 0) for gap in state.gaps | other.gaps}
        return Compared(state.pairs + other.pairs, state.leaves + other.leaves, gaps, state.n_rows + other.n_rows)


def _times(row: NDArray[np.intp], column: NDArray[np.intp], shape: tuple[int, int]) -> NDArray[np.intp]:
    """Count how often each pair of a row and a column occurs."""
    return np.bincount(row * shape[1] + column, minlength=shape[0] * shape[1]).reshape(shape)


def _leaf_at(tree: Tree, rows: Table) -> NDArray[np.intp]:
    """Return the place of every row's leaf among the leaves."""
    place = np.zeros(tree.n_nodes, np.intp)
    place[tree.leaves] = np.arange(tree.n_leaves)
    return tree.routed(rows, place)


def _sides(
    student: Scoring | Distillation, teacher: Any, batches: Batches
) -> tuple[Batches, TeacherFile | None, Teacher]:
    """Return the rows with the columns that student and teacher need, and the teacher, opened where it is asked."""
    spec = TeacherFile.where_rows_lie(teacher, elsewhere=batches.elsewhere)
    spec = spec and spec.reading(getattr(student, "settings", {}).get("output"))
    opened, finished = teacher_for(student, spec or teacher), finished_of(student)
    if isinstance(finished, Tree) and batches.again:
        known, names = [name for name, _ in finished.columns], batches.names()
        if set(known) <= set(names) and set(known) != set(names):
            batches = batches.only([name for name in names if name in set(known)])
    return batches, spec, opened


def _reading(student: Scoring | Distillation, teacher: Teacher, batches: Batches, task: str) -> StudentReading:
    """Return how the teacher's outputs are read: as in the distillation, or fixed on the first rows."""
    known = known_reading(student)
    if known is not None:
        return known
    if not batches.again:
        found = f"{batches.called}, and a {finished_of(student).kind} alone"
        raise InputError("outputs whose reading is known", found, "give the whole result of the distillation")
    first: list[Answers] = []
    left, hidden = _FIRST_ROWS, hidden_from_teacher(student)
    for rows in batches.tables():
        some = rows.slice(0, left)
        first += [teacher.answers(some.hiding(hidden))] if some.n_rows else []
        left -= some.n_rows
        if not left:
            break
    if not first:
        raise InputError("rows to certify with", f"{batches.called} without any", "give at least one row")
    return reading_fixed_on(student, Answers.joined(first), task, teacher.classes)


def _rounded_up(gaps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round numbers of at least 0 up to a few binary digits; what is above float64 is its largest number."""
    mantissa, exponent = np.frexp(np.minimum(gaps, np.finfo(np.float64).max))
    with np.errstate(over="ignore"):
        rounded = np.ldexp(np.ceil(mantissa * 2.0**_DIGITS), exponent - _DIGITS)
    return np.minimum(rounded, np.finfo(np.float64).max)
