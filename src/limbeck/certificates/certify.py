"""Certificates of finished students: the student and the teacher side by side on rows that nothing else saw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limbeck.certificates.answered import certify_trusting
from limbeck.certificates.claims import Claim, certify_answers
from limbeck.certificates.compare import Scoring, disagreements, gaps_of
from limbeck.certificates.reading import answers_for, answers_in_turn, finished_of, rows_for, teacher_for
from limbeck.core import Table, Tree
from limbeck.errors import InputError
from limbeck.observe import group_numbers, group_words, one_row_each
from limbeck.streams import is_stream
from limbeck.tables import counted
from limbeck.teachers import Progress, no_progress
from limbeck.theory import (
    AnytimeCertificate,
    certify_stream,
)

if TYPE_CHECKING:
    from limbeck.deferral import Deferral
    from limbeck.distillation import Distillation

__all__ = ["certify", "certify_until_decided"]


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
    if _takes_batches(student, rows):
        from limbeck.certificates.batches import certify_batches

        refused = {"`groups`": groups, "`defer_above`": defer_above}
        return certify_batches(
            student, teacher, rows, refused, delta=delta, epsilon=epsilon, tolerance=tolerance, task=task,
            progress=progress,
        )  # fmt: skip
    table = rows_for(student, rows)
    words = f"{counted(table.n_rows, 'row')} that were given to `certify`"
    if groups is not None:
        table, words = _one_of_each(table, groups, random_state)
    outputs = answers_for(student, teacher_for(student, teacher), table, task, progress)
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
    if _takes_batches(student, rows):
        from limbeck.certificates.batches import batches_until_decided

        asked: dict[str, Any] = {
            "epsilon": epsilon,
            "delta": delta,
            "task": task,
            "batch_rows": batch_rows,
            "progress": progress,
        }
        return batches_until_decided(student, teacher, rows, {"`groups`": groups}, **asked)
    table, model = rows_for(student, rows), teacher_for(student, teacher)
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
        parts = (table.slice(start, start + batch_rows) for start in range(0, table.n_rows, batch_rows))
        done = 0
        for some, outputs in answers_in_turn(student, model, parts, task, no_progress):
            yield disagreements(finished, some, outputs) > 0
            done += some.n_rows
            progress("asking the teacher", done, table.n_rows)

    return certify_stream(batches(), epsilon=epsilon, delta=delta, budget=table.n_rows, rows=words)


def _one_of_each(table: Table, groups: ArrayLike | str, random_state: int) -> tuple[Table, str]:
    """Return one row of each group, and what a claim from these is about."""
    numbers, rest = group_numbers(groups, table)
    drawn = one_row_each(numbers, np.arange(len(numbers)), np.random.default_rng(random_state))
    return rest.take(drawn), group_words(len(drawn), len(numbers))


def _takes_batches(student: Scoring | Distillation, rows: Any) -> bool:
    """Tell whether rows come batch by batch; raw inputs, of which a tree makes its own columns, do not."""
    return is_stream(rows) and getattr(finished_of(student), "reader", None) is None
