"""Certificates of finished trees: the student and the teacher side by side on rows that nothing else saw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import OutputReading, Outputs, Table, Tree, as_table
from limbeck.core.outputs import NOT_A_KNOWN_CLASS
from limbeck.errors import InputError
from limbeck.tables import counted, listed
from limbeck.teachers import Progress, Teacher, as_teacher, no_progress
from limbeck.theory import (
    AnytimeCertificate,
    Certificate,
    ToleranceCertificate,
    certify_disagreements,
    certify_stream,
    certify_tolerance,
)

if TYPE_CHECKING:
    from limbeck.distillation import Distillation

__all__ = ["Claim", "certify", "certify_tree", "certify_until_decided", "disagreements", "fidelity"]

Claim = Certificate | ToleranceCertificate
"""What is claimed: an error limit for classes, a tolerance for numbers."""


def certify(
    student: Tree | Distillation,
    teacher: Any,
    rows: Any,
    *,
    delta: float = 0.05,
    epsilon: float = 0.1,
    task: str = "auto",
    progress: Progress = no_progress,
) -> Claim:
    """Certify how faithful a finished tree is to its teacher, from rows that nothing in the fit saw.

    For classes: an exact upper limit on the probability that tree and teacher differ on a fresh row,
    for the whole tree and leaf by leaf. For numbers: a gap that all but a share `epsilon` of fresh rows keep.

    Parameters
    ----------
    student : Tree or Distillation
        The finished student.
    teacher : Teacher or model
        The model that the student stands for.
    rows : Table, DataFrame or array-like, n rows
        Fresh rows, independent draws from the distribution that the claim is to be about.
    delta : float, in (0, 1)
        Probability with which the claim may fail.
    epsilon : float, in (0, 1)
        For numbers: share of rows that may lie outside the tolerance.
    task : {"auto", "binary", "multiclass", "regression"}
        How the teacher's outputs are read; a `Distillation` knows this by itself.

    Returns
    -------
    Certificate or ToleranceCertificate

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
    table = as_table(rows)
    tree = student if isinstance(student, Tree) else student.tree
    outputs = _answers(student, as_teacher(teacher), table, task, progress)
    words = f"{counted(table.n_rows, 'row')} that were given to `certify`"
    return certify_tree(tree, table, outputs, delta=delta, epsilon=epsilon, rows=words)


def certify_until_decided(
    student: Tree | Distillation,
    teacher: Any,
    rows: Any,
    *,
    epsilon: float,
    delta: float = 0.05,
    task: str = "auto",
    batch_rows: int = 50,
    progress: Progress = no_progress,
) -> AnytimeCertificate:
    """Ask the teacher about rows only until error <= epsilon is certified or refuted.

    The rows are taken in the order given, in batches; the verdict is valid although it was looked at after every
    batch. For classes only.

    Parameters
    ----------
    student, teacher, delta, task
        As in `certify`.
    rows : Table, DataFrame or array-like, n rows
        Fresh rows, independent draws in this order; all of them are the budget.
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
    table, model = as_table(rows), as_teacher(teacher)
    tree = student if isinstance(student, Tree) else student.tree
    if tree.classes is None:
        raise InputError("a verdict on the error of a tree of classes", "a tree of numbers", "use `certify`")
    if batch_rows < 1:
        raise InputError("`batch_rows` of at least 1", f"`batch_rows={batch_rows}`", "give a positive whole number")

    def batches() -> Iterator[NDArray[np.bool_]]:
        for start in range(0, table.n_rows, batch_rows):
            some = table.slice(start, start + batch_rows)
            yield disagreements(tree, some, _answers(student, model, some, task, no_progress)) > 0
            progress("asking the teacher", min(start + batch_rows, table.n_rows), table.n_rows)

    words = f"the first of {counted(table.n_rows, 'row')} that were given, in their order"
    return certify_stream(batches(), epsilon=epsilon, delta=delta, budget=table.n_rows, rows=words)


def _answers(student: Tree | Distillation, teacher: Teacher, table: Table, task: str, progress: Progress) -> Outputs:
    """Ask the teacher about rows, and read its answers as the student gives its own."""
    concepts = student.concepts if isinstance(student, Tree) else tuple(student.settings["concepts"])
    raw = teacher.predict(table.hiding(concepts), progress)
    return _read_for(student, raw, task, teacher.classes) if isinstance(student, Tree) else student.reading.read(raw)


def _read_for(tree: Tree, raw: NDArray[Any], task: str, known: tuple[Any, ...] | None) -> Outputs:
    """Read a teacher's outputs as a tree gives its own, the classes in the tree's order."""
    if tree.classes is None:
        return OutputReading.fixed_on(raw, task="regression").read(raw)
    reading = OutputReading.fixed_on(raw, task=task, classes=known or tree.classes)
    if set(reading.classes or ()) != set(tree.classes):
        raise InputError(
            f"a teacher of the classes {listed([str(label) for label in tree.classes])}, as the tree has them",
            f"outputs that were read as `{reading}`",
            "give the teacher that the tree stands for, and `task='binary'` for one real output a row",
        )
    outputs = reading.read(raw)
    place = np.array([*(tree.classes.index(label) for label in reading.classes or ()), NOT_A_KNOWN_CLASS])
    codes = None if outputs.codes is None else place[outputs.codes]
    return Outputs(codes, outputs.values[:, np.argsort(place[:-1])])


def certify_tree(tree: Tree, table: Table, outputs: Outputs, *, delta: float, epsilon: float, rows: str) -> Claim:
    """Certify a tree from the teacher's answers on certificate rows."""
    gaps = disagreements(tree, table, outputs)
    if outputs.codes is None:
        return certify_tolerance(gaps, epsilon=epsilon, delta=delta, rows=rows)
    leaf_ids = [int(leaf) for leaf in tree.leaves]
    return certify_disagreements(gaps > 0, tree.apply(table), delta=delta, rows=rows, leaf_ids=leaf_ids)


def disagreements(tree: Tree, table: Table, outputs: Outputs) -> NDArray[np.float64]:
    """Return for every row how far tree and teacher are apart: 0 or 1 for classes, the gap for numbers, shape (n,)."""
    scores = tree.predict_scores(table)
    if outputs.codes is None:
        return np.abs(scores[:, 0] - outputs.values[:, 0])
    return (scores.argmax(axis=1) != outputs.codes).astype(np.float64)


def fidelity(tree: Tree, table: Table, outputs: Outputs) -> float:
    """Return the agreement with the teacher: share of rows with the same class, or R² for numbers."""
    gaps = disagreements(tree, table, outputs)
    if outputs.codes is not None:
        return 1.0 - float(gaps.mean())
    spread = float(((outputs.values - outputs.values.mean()) ** 2).sum())
    return 1.0 - float((gaps**2).sum()) / spread if spread > 0 else float((gaps == 0).all())
