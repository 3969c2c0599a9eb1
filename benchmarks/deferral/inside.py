"""limbeck with the label inside its program."""

from __future__ import annotations

import time

from benchmarks.deferral.measured import Measured
from benchmarks.tables.problems import Problem
from limbeck import distill

__all__ = ["deferring"]


def deferring(problem: Problem, leaves: int, target: float, effort: str) -> Measured:
    """Distill on the rows that fit and validate, certify on the test rows, and time the cascade."""
    teacher = problem.teacher.for_limbeck()
    result = distill(
        teacher, problem.given, max_leaves=leaves, defer=target, certificate_rows=problem.test, effort=effort,
        random_state=problem.seed,
    )  # fmt: skip
    start = time.perf_counter()
    problem.teacher(problem.test)
    alone = time.perf_counter()
    result.predict(problem.test, model=teacher)
    both = time.perf_counter()
    return Measured.of(result.certificate, teacher_seconds=alone - start, cascade_seconds=both - alone)
