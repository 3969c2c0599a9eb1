"""Certificates of trees that ask their teacher: of those that do, and of finished ones that are to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Table, Tree
from limbeck.errors import InputError
from limbeck.tables import counted
from limbeck.theory import DeferralCertificate, certify_deferral, certify_trusted

__all__ = ["certify_answered", "certify_trusting", "most_apart"]


def certify_answered(
    student: Any, table: Table, gaps: NDArray[np.float64], tolerance: float | None, **fixed: Any
) -> DeferralCertificate:
    """Certify how many rows a student answers, and how often it then differs.

    Parameters
    ----------
    student : Tree or Student
        Who answers.
    table : Table, n rows
        The certificate rows.
    gaps : ndarray of float64, shape (n,)
        How far student and teacher are apart; NaN where the teacher is asked.
    tolerance : float or None
        For numbers: gap up to which they agree.
    **fixed
        `target`, `delta`, `rows` and `n_claims` of `certify_deferral`.
    """
    differ, fixed["event"] = _differing(student, gaps, tolerance)
    if not isinstance(student, Tree):
        return certify_deferral(differ, ~np.isnan(gaps), **fixed)
    answering = np.setdiff1d(student.leaves, student.asking).tolist()
    claim = certify_deferral(differ, ~np.isnan(gaps), student.apply(table), leaf_ids=answering, **fixed)
    return replace(claim, asking=tuple(student.asking.tolist()))


def certify_trusting(
    tree: Tree,
    table: Table,
    gaps: NDArray[np.float64],
    target: float,
    tolerance: float | None,
    *,
    delta: float,
    rows: str,
) -> DeferralCertificate:
    """Choose the leaves of a finished tree that answer, and certify them; see `certify_trusted`.

    What the fit says of its leaves orders them. A tree of numbers does not know how far its rows are apart: there, the
    first half of the certificate rows does, and the second half certifies.
    """
    differ, event = _differing(tree, gaps, tolerance)
    leaf, some = tree.apply(table), np.arange(table.n_rows)
    answering = np.setdiff1d(tree.leaves, tree.asking)
    if tree.classes is not None:
        n = tree.n_rows
        k = n * (1.0 - tree.shares[np.arange(tree.n_nodes), tree.value.argmax(axis=1)])
    else:
        first, some = np.split(some, [table.n_rows // 2])
        n = np.bincount(leaf[first], minlength=tree.n_nodes).astype(np.float64)
        k = np.bincount(leaf[first][differ[first]], minlength=tree.n_nodes)
        rows = f"{counted(len(some), 'row')}, the second half of {rows}; the first half ordered the leaves"
    whole = max(float(n[tree.leaves].sum()), 1.0)
    known = {int(v): (float(n[v]) / whole, float((k[v] + 1) / (n[v] + 2))) for v in answering}
    claim = certify_trusted(differ[some], leaf[some], known, target=target, delta=delta, rows=rows, event=event)
    return replace(claim, asking=tuple(sorted({*claim.asking, *tree.asking.tolist()})))


def _differing(student: Any, gaps: NDArray[np.float64], tolerance: float | None) -> tuple[NDArray[np.bool_], str]:
    """Tell where answers differ from the teacher's, and what that means in words."""
    most, event = most_apart(student, tolerance)
    return np.nan_to_num(gaps) > most, event


def most_apart(student: Any, tolerance: float | None) -> tuple[float, str]:
    """Return the largest gap between answers that agree, and in words what it is that they differ.

    Raises
    ------
    InputError
        A student of numbers, and no tolerance.
    """
    if student.classes is None and tolerance is None:
        raise InputError("a claim about numbers that a tree answers", "no tolerance", "give `tolerance=`")
    most = 0.0 if student.classes is not None or tolerance is None else tolerance
    event = "differ" if student.classes is not None else f"are more than {most:.12g} apart"
    return most, f"{student.kind} and teacher {event}"
