"""What is claimed of a finished student, from the teacher's answers on certificate rows."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from limbeck.certificates.answered import certify_answered
from limbeck.certificates.compare import Scoring, gaps_of
from limbeck.core import Outputs, Table, Tree
from limbeck.theory import (
    Certificate,
    DeferralCertificate,
    ToleranceCertificate,
    agreement_by_class,
    certify_disagreements,
    certify_tolerance,
)
from limbeck.theory.tolerance import share_within

__all__ = ["Claim", "certify_answers"]

_LARGEST = float(np.finfo(np.float64).max)  # stands for gaps of more than float64 holds

Claim = Certificate | ToleranceCertificate | DeferralCertificate
"""What is claimed: an error limit for classes, a tolerance for numbers; of a tree that may ask, both shares."""


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
