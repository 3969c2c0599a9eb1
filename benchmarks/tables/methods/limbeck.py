"""limbeck itself: one distillation serves every size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.tables.given import Clock, Given, Student
from benchmarks.tables.problems import Problem

LARGEST = 32
_FOUND: dict[tuple[str, str, int, str], Any] = {}


def students(given: Given, leaves: int, clock: Clock, effort: str = "normal") -> Iterator[Student]:
    """Return the tree of at most so many leaves that the held-out rows chose, and no other."""
    problem = given.problem
    tree = limbeck_tree(problem, leaves, effort)
    rows = (problem.fit, problem.validation, problem.test)
    yield given.student(tree.predict, tree.n_leaves, "", rows)


def limbeck_tree(problem: Problem, leaves: int, effort: str = "normal") -> Any:
    """Choose among the frontier's trees of at most so many leaves as `distill` chooses among all of them."""
    from limbeck.passes.choice import chosen

    frontier = _frontier((problem.table, problem.kind, problem.seed, effort), problem)
    points = [point for point in frontier if point.n_leaves <= leaves]
    held = [point.validation_fidelity for point in points]
    return chosen(points, None if None in held else np.array(held)).tree


def _frontier(key: tuple[str, str, int, str], problem: Problem) -> Any:
    """Distill on the fit and validation rows together: limbeck holds its own validation rows out, in turn."""
    from limbeck import distill

    rows = problem.given
    share = len(problem.validation) / len(rows)
    task = "regression" if problem.task == "regression" else "auto"
    if key in _FOUND:
        return _FOUND[key]
    result = distill(
        problem.teacher.for_limbeck(), rows, max_leaves=LARGEST, certificate=0.0, validation=share, task=task,
        random_state=problem.seed, effort=key[-1],
    )  # fmt: skip
    _FOUND.clear()
    _FOUND[key] = result.frontier
    return result.frontier
