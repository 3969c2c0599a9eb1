"""Certificates of finished trees: the student and the teacher side by side on rows that nothing else saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import OutputReading, Outputs, Table, Tree, as_table
from limbeck.core.outputs import NOT_A_KNOWN_CLASS
from limbeck.errors import InputError
from limbeck.tables import counted, listed
from limbeck.teachers import Progress, as_teacher, no_progress
from limbeck.theory import Certificate, ToleranceCertificate, certify_disagreements, certify_tolerance

if TYPE_CHECKING:
    from limbeck.distillation import Distillation

__all__ = ["Claim", "certify", "certify_tree", "disagreements", "fidelity"]

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
    table, model = as_table(rows), as_teacher(teacher)
    tree = student if isinstance(student, Tree) else student.tree
    concepts = tree.concepts if isinstance(student, Tree) else tuple(student.settings["concepts"])
    raw = model.predict(table.hiding(concepts), progress)
    outputs = _read_for(tree, raw, task, model.classes) if isinstance(student, Tree) else student.reading.read(raw)
    words = f"{counted(table.n_rows, 'row')} that were given to `certify`"
    return certify_tree(tree, table, outputs, delta=delta, epsilon=epsilon, rows=words)


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
