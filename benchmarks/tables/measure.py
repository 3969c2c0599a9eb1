"""From a problem to its records: each method's tree beside the teacher on the test rows."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.tables.columns import Columns
from benchmarks.tables.given import Given, limit, score
from benchmarks.tables.guard import Outcome, outcomes
from benchmarks.tables.methods import METHODS
from benchmarks.tables.problems import Problem
from benchmarks.tables.results import Record, packed

__all__ = ["SIZES", "given_of", "measured"]

SIZES = (4, 8, 16, 32)


def given_of(problem: Problem) -> Given:
    """Return the problem as arrays, without what no method may see."""
    encode = Columns(problem.fit, standardise=False)
    return Given(
        problem.table, problem.kind, problem.seed, problem.task, encode(problem.fit), encode(problem.validation),
        encode(problem.test), problem.fit_labels, problem.validation_labels,
    )  # fmt: skip


def measured(problem: Problem, method: str, sizes: list[int], given: Path) -> Iterator[Record]:
    """Run one method for these numbers of leaves, and yield a record as soon as each is known."""
    if problem.task == "regression" and not METHODS[method].regression:
        yield from (_record(problem, method, Outcome(s, "unsupported", 0.0, None, {})) for s in sizes)
        return
    with tempfile.TemporaryDirectory() as folder:
        for outcome in outcomes(method, given, Path(folder), sizes):
            yield _record(problem, method, outcome)


def _record(problem: Problem, method: str, outcome: Outcome) -> Record:
    """Compare with the teacher, and with the true target, on the test rows."""
    record: Record = {
        "table": problem.table, "teacher": problem.kind, "seed": problem.seed, "method": method, "size": outcome.size,
        "task": problem.task, "classes": len(np.unique(problem.fit_labels)) if problem.task != "regression" else 0,
        "status": outcome.status, "seconds": round(outcome.seconds, 3), "note": outcome.note,
        "versions": outcome.versions, "limit": limit(), "n_fit": len(problem.fit),
        "n_validation": len(problem.validation), "n_test": len(problem.test), "load": round(os.getloadavg()[0], 1),
        "teacher_accuracy": round(score(problem.test_labels, problem.test_truth, problem.task), 5),
    }  # fmt: skip
    if outcome.student is None:
        return record
    answers = outcome.student["test"]
    if problem.task == "classification":
        record["agrees"] = packed(answers == problem.test_labels)
    return record | {
        "fidelity": round(score(answers, problem.test_labels, problem.task), 5),
        "accuracy": round(score(answers, problem.test_truth, problem.task), 5),
        "validation": round(float(outcome.student["validation"]), 5),
        "leaves": int(outcome.student["leaves"]),
        "setting": str(outcome.student["setting"]),
    }
