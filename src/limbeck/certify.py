"""Certificates of finished students: the student and the teacher side by side on rows that nothing else saw."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limbeck.answered import certify_answered, certify_trusting
from limbeck.core import Answers, OutputReading, Outputs, Table, Tree, Unit, as_table
from limbeck.core.outputs import NOT_A_KNOWN_CLASS
from limbeck.errors import InputError
from limbeck.observe import group_numbers, group_words, one_row_each
from limbeck.streams import is_stream
from limbeck.tables import counted, listed
from limbeck.teachers import Progress, Teacher, TeacherFile, as_teacher, no_progress
from limbeck.theory import (
    AnytimeCertificate,
    Certificate,
    DeferralCertificate,
    ToleranceCertificate,
    agreement_by_class,
    certify_disagreements,
    certify_stream,
    certify_tolerance,
)
from limbeck.theory.tolerance import share_within

if TYPE_CHECKING:
    from limbeck.deferral import Deferral
    from limbeck.distillation import Distillation

__all__ = ["Claim", "certify", "certify_answers", "certify_until_decided", "disagreements", "fidelity"]

_LARGEST = float(np.finfo(np.float64).max)  # stands for gaps of more than float64 holds

Claim = Certificate | ToleranceCertificate | DeferralCertificate
"""What is claimed: an error limit for classes, a tolerance for numbers; of a tree that may ask, both shares."""


def certify(
    student: Scoring | Distillation,
    teacher: Any,
    rows: Any,
    *,
    delta: float = 0.05,
    epsilon: float = 0.1,
    defer_above: float | None = None,
    tolerance: float | None = None,
    task: str = "auto",
    groups: ArrayLike | str | None = None,
    random_state: int = 0,
    progress: Progress = no_progress,
) -> Claim:
    """Certify how faithful a finished student is to its teacher, from rows that nothing in the fit saw.

    For classes: an exact upper limit on the probability that student and teacher differ on a fresh row,
    for the whole student and, where it is a tree, leaf by leaf. For numbers: a gap that all but a share `epsilon` of
    fresh rows keep.

    Parameters
    ----------
    student : Tree, Distillation or Student
        What was finished: a tree, a rule set, a decision list, a junta or another student.
    teacher : Teacher or model
        The model that the student stands for.
    rows : Table, DataFrame, array-like or batches, n rows
        Fresh rows, independent draws from the distribution that the claim is to be about. Batches (as `distill` takes
        them) are gone through once: memory does not grow with them, and the gaps of numbers are rounded up by at most 1
        in 2000.
    delta : float, in (0, 1)
        Probability with which the claim may fail.
    epsilon : float, in (0, 1)
        For numbers: share of rows that may lie outside the tolerance.
    defer_above : float, in (0, 1), optional
        For a tree: let leaves ask the teacher, as few as possible, so that the others together differ from it on at
        most this share of their rows; the claim's `asking` names them, for `Tree.asking_at`. Leaves are tried the
        surest first: by the rows of the fit for classes, by half of `rows` for numbers.
    tolerance : float, above 0, optional
        For numbers of a tree that asks: the gap up to which tree and teacher agree, fixed before the rows are looked
        at; a `Distillation` knows it.
    task : {"auto", "binary", "multiclass", "regression"}
        How the teacher's outputs are read; a `Distillation` knows this by itself.
    groups : array-like of shape (n,), or str, optional
        What each row belongs to (a customer, a patient), where rows of one group are not independent; or the name of a
        column of `rows` with it, which is then left out. The claim is about a random row of a fresh group, from one row
        of each group: groups are the draws. No group may hold rows that shaped the student.
    random_state : int
        Seed for these rows, to be fixed beforehand.

    Returns
    -------
    Certificate, ToleranceCertificate or DeferralCertificate
        The last is about a tree that asks the teacher.

    Examples
    --------
    >>> import numpy as np
    >>> from limbeck import certify, distill
    >>> rows = np.random.default_rng(0).normal(size=(400, 3))
    >>> result = distill(lambda x: (x[:, 0] > 0).astype(int), rows, max_leaves=4)
    >>> fresh = np.random.default_rng(1).normal(size=(300, 3))
    >>> certify(result, lambda x: (x[:, 0] > 0).astype(int), fresh).disagreements <= 6
    True

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26. Wilks (1941), Annals of Mathematical Statistics 12.
    """
    if takes_batches(student, rows):
        from limbeck.certify_batches import certify_batches

        asked = {"groups": groups, "defer_above": defer_above, "tolerance": tolerance}
        return certify_batches(
            student, teacher, rows, asked, delta=delta, epsilon=epsilon, task=task, progress=progress
        )
    table = _read(student, rows)
    words = f"{counted(table.n_rows, 'row')} that were given to `certify`"
    if groups is not None:
        table, words = _one_of_each(table, groups, random_state)
    outputs = _answers(student, _asked(student, teacher), table, task, progress)
    deferral: Deferral | None = getattr(student, "deferral", None)
    if deferral is not None:
        tolerance, target = tolerance or deferral.tolerance, deferral.target
    else:
        target = None
    fixed: dict[str, Any] = {"delta": delta, "rows": words}
    if defer_above is not None:
        finished = finished_of(student)
        if not isinstance(finished, Tree):
            raise InputError("a tree, whose leaves may ask (`defer_above`)", f"a {finished.kind}", "leave it out")
        gaps = gaps_of(finished.predict_scores(table), outputs)
        return certify_trusting(finished, table, gaps, defer_above, tolerance, **fixed)
    fixed |= {"target": target, "tolerance": tolerance, "epsilon": epsilon}
    return certify_answers(finished_of(student), table, outputs, **fixed)


def certify_until_decided(
    student: Scoring | Distillation,
    teacher: Any,
    rows: Any,
    *,
    epsilon: float,
    delta: float = 0.05,
    task: str = "auto",
    batch_rows: int = 50,
    groups: ArrayLike | str | None = None,
    random_state: int = 0,
    progress: Progress = no_progress,
) -> AnytimeCertificate:
    """Ask the teacher about rows only until error <= epsilon is certified or refuted.

    The rows are taken in the order given, in batches; the verdict is valid although it was looked at after every
    batch. For classes only.

    Parameters
    ----------
    student, teacher, delta, task, groups, random_state
        As in `certify`; with groups, in the order of the rows that are drawn.
    rows : Table, DataFrame, array-like or batches, n rows
        Fresh rows, independent draws in this order; all of them are the budget. Batches are read until it is decided.
    epsilon : float, in (0, 1)
        Error to certify, fixed before the first row.
    batch_rows : int, at least 1
        Rows that the teacher is asked about at a time.

    Returns
    -------
    AnytimeCertificate

    Raises
    ------
    InputError
        A student of numbers, or a number out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from limbeck import distill
    >>> model = lambda x: x[:, 0]
    >>> bits = np.random.default_rng(0).integers(2, size=(2200, 3))
    >>> claim = certify_until_decided(distill(model, bits[:200]), model, bits[200:], epsilon=0.05)
    >>> claim.verdict.name, claim.n_rows
    ('CERTIFIED', 68)

    References
    ----------
    Waudby-Smith and Ramdas (2024), Estimating means of bounded random variables by betting, JRSS B 86.
    """
    if takes_batches(student, rows):
        from limbeck.certify_batches import batches_until_decided

        asked: dict[str, Any] = {
            "epsilon": epsilon,
            "delta": delta,
            "task": task,
            "batch_rows": batch_rows,
            "progress": progress,
        }
        return batches_until_decided(student, teacher, rows, {"groups": groups}, **asked)
    table, model = _read(student, rows), _asked(student, teacher)
    words = f"the first of {counted(table.n_rows, 'row')} that were given, in their order"
    if groups is not None:
        table, words = _one_of_each(table, groups, random_state)
    finished = finished_of(student)
    if finished.classes is None:
        raise InputError(
            "a verdict on the error of a student of classes", f"a {finished.kind} of numbers", "use `certify`"
        )
    if batch_rows < 1:
        raise InputError("`batch_rows` of at least 1", f"`batch_rows={batch_rows}`", "give a positive whole number")

    def batches() -> Iterator[NDArray[np.bool_]]:
        for start in range(0, table.n_rows, batch_rows):
            some = table.slice(start, start + batch_rows)
            yield disagreements(finished, some, _answers(student, model, some, task, no_progress)) > 0
            progress("asking the teacher", min(start + batch_rows, table.n_rows), table.n_rows)

    return certify_stream(batches(), epsilon=epsilon, delta=delta, budget=table.n_rows, rows=words)


def _one_of_each(table: Table, groups: ArrayLike | str, random_state: int) -> tuple[Table, str]:
    """Return one row of each group, and what a claim from these is about."""
    numbers, rest = group_numbers(groups, table)
    drawn = one_row_each(numbers, np.arange(len(numbers)), np.random.default_rng(random_state))
    return rest.take(drawn), group_words(len(drawn), len(numbers))


def takes_batches(student: Scoring | Distillation, rows: Any) -> bool:
    """Tell whether rows come batch by batch; raw inputs, of which a tree makes its own columns, do not."""
    return is_stream(rows) and getattr(finished_of(student), "reader", None) is None


def _read(student: Scoring | Distillation, rows: Any) -> Table:
    """Read rows as the student takes them: as a table, or as raw inputs."""
    finished = finished_of(student)
    return finished.read(rows) if isinstance(finished, Tree) else as_table(rows)


def finished_of(student: Scoring | Distillation) -> Scoring:
    """Return the student itself; of a distillation, the chosen tree."""
    return cast("Distillation", student).tree if hasattr(student, "reading") else cast("Scoring", student)


def _asked(student: Scoring | Distillation, teacher: Any) -> Teacher:
    """Return the teacher, reading the output that a distillation was made of."""
    settings: dict[str, Any] = getattr(student, "settings", {})
    opened = teacher.opened() if isinstance(teacher, TeacherFile) else as_teacher(teacher)
    return opened.reading_output(settings.get("output"))


def _answers(student: Scoring | Distillation, teacher: Teacher, table: Table, task: str, progress: Progress) -> Outputs:
    """Ask the teacher about rows, and read its answers as the student gives its own."""
    reading: OutputReading | None = getattr(student, "reading", None)
    if reading is not None:
        seen = table if table.raw else table.hiding(cast("Distillation", student).settings["concepts"])
        return reading.read(teacher.answers(seen, progress, scores=reading.needs_scores))
    finished = finished_of(student)
    raw = teacher.answers(table.hiding(finished.concepts), progress)
    named = listed([str(label) for label in finished.classes or ()])
    return read_for(finished.classes, raw, task, teacher.classes, student=finished.kind, named=named)


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
        place = [*(classes.index(label) for label in reading.classes or ()), NOT_A_KNOWN_CLASS]
        return cls(reading, np.array(place, np.intp))

    def read(self, raw: Answers | NDArray[Any]) -> Outputs:
        """Read outputs, the classes in the student's order."""
        outputs = self.reading.read(raw)
        if self.place is None:
            return outputs
        codes = None if outputs.codes is None else self.place[outputs.codes]
        return Outputs(codes, outputs.values[:, np.argsort(self.place[:-1])])


def certify_answers(
    student: Scoring,
    table: Table,
    outputs: Outputs,
    *,
    delta: float,
    epsilon: float,
    rows: str,
    target: float | None = None,
    tolerance: float | None = None,
    n_claims: int = 1,
) -> Claim:
    """Certify a student from the teacher's answers on certificate rows; a tree leaf by leaf too.

    With a target, or where a tree asks the teacher, the claim is about the rows that are answered: numbers within the
    tolerance agree. It may be one of `n_claims` that are made in turn.
    """
    scores = student.predict_scores(table)
    gaps = gaps_of(scores, outputs)
    if target is not None or np.isnan(scores).any():
        fixed = {"delta": delta, "target": target, "rows": rows, "n_claims": n_claims}
        return certify_answered(student, table, gaps, tolerance, **fixed)
    if outputs.codes is None:
        claim = certify_tolerance(np.minimum(gaps, _LARGEST), epsilon=epsilon, delta=delta, rows=rows)
        if claim.tolerance == _LARGEST:
            claim = replace(claim, tolerance=math.inf, n_beyond=0)
        return replace(claim, constant_share=share_within(outputs.values[:, 0], claim.tolerance))
    is_tree = isinstance(student, Tree)
    leaf, leaves = (student.apply(table), [int(node) for node in student.leaves]) if is_tree else (None, None)
    event = f"{student.kind} and teacher differ"
    claim = certify_disagreements(gaps > 0, leaf, delta=delta, rows=rows, leaf_ids=leaves, event=event)
    by_class = agreement_by_class(outputs.codes, scores.argmax(axis=1), student.classes or (), delta)
    return replace(claim, by_class=by_class)


class Scoring(Protocol):
    """A student, as far as it is compared with its teacher: a tree, or any `Student`."""

    kind: ClassVar[str]
    """What it is called: "tree", "rule set"."""

    @property
    def classes(self) -> tuple[Any, ...] | None:
        """The labels behind the columns of the scores; None for numbers."""
        ...

    @property
    def concepts(self) -> tuple[str, ...]:
        """The columns that are a user's own concepts: the teacher does not get them."""
        ...

    def predict_scores(self, rows: Any) -> NDArray[np.float64]:
        """Return the score of each class, or the number, for every row, shape (n, c)."""
        ...


def disagreements(student: Scoring, table: Table, outputs: Outputs) -> NDArray[np.float64]:
    """Return for every row how far student and teacher are apart: 0 or 1 for classes, the gap for numbers.

    Rows that a tree does not answer are put to the teacher, which does not differ from itself: 0.
    """
    return np.nan_to_num(gaps_of(student.predict_scores(table), outputs), posinf=np.inf)


def gaps_of(scores: NDArray[np.float64], outputs: Outputs) -> NDArray[np.float64]:
    """Return for every row how far scores (n, c) and the teacher are apart, as `disagreements` does.

    NaN for rows without a score, about which the teacher is asked.
    """
    if outputs.codes is None:
        with np.errstate(over="ignore"):  # two numbers may be further apart than the largest number
            gaps = np.abs(scores[:, 0] - outputs.values[:, 0])
    else:
        gaps = (scores.argmax(axis=1) != outputs.codes).astype(np.float64)
    return np.where(np.isnan(scores[:, 0]), np.nan, gaps)


def fidelity(tree: Tree, table: Table, outputs: Outputs) -> float:
    """Return the agreement with the teacher: share of rows with the same class, or R² for numbers."""
    return float(agreement(disagreements(tree, table, outputs), outputs))


def agreement(
    gaps: NDArray[np.floating[Any]], outputs: Outputs, weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Turn the gaps of `disagreements`, shape (..., n), into agreement: share of rows, or R² for numbers, shape (...).

    Rows count by their weights, where these are given. Of numbers that are all equal, a tree without gaps has R² 1,
    any other 0.
    """
    apart = np.asarray(gaps, np.float64)
    if outputs.codes is not None:
        return np.asarray(1.0 - np.average(apart, axis=-1, weights=weights))
    unit = Unit.of(outputs.values)  # so that no square overflows or vanishes
    values = unit.standard(outputs.values[:, 0])
    spread = np.average((values - np.average(values, weights=weights)) ** 2, weights=weights)
    if values.min() == values.max() or not spread > 0:
        return np.asarray((apart == 0).all(axis=-1), np.float64)
    error = np.average(unit.standard_length(apart) ** 2, axis=-1, weights=weights)
    return np.asarray(1.0 - error / spread)
