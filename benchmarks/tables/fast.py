"""Time of `effort="fast"` beside CART with its settings chosen: `python -m benchmarks.tables.fast --data FOLDER`."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from benchmarks.tables.measure import SIZES
from benchmarks.tables.problems import Problem, make_problem
from benchmarks.tables.tables import DATA
from limbeck import distill
from limbeck.core import as_table
from limbeck.observe import Encoding

TABLES = ("monk-2", "tic-tac-toe", "german", "digits", "spambase", "compas", "magic", "adult")


def main() -> None:
    """Print a row for each table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help=f"folder of the CSV files; by default ${DATA}")
    arguments = parser.parse_args()
    if arguments.data:
        os.environ[DATA] = arguments.data
    print("table          rows  CART, 16 fits  limbeck fast   ratio")
    for name in TABLES:
        problem = make_problem(name)
        cart, fast = _best_of_three(lambda p=problem: _cart(p)), _best_of_three(lambda p=problem: _fast(p))
        n = len(problem.fit) + len(problem.validation)
        print(f"{name:12} {n:6} {cart:12.2f} s {fast:11.2f} s {fast / cart:7.1f}", flush=True)


def _best_of_three(run: Callable[[], Any]) -> float:
    """Return seconds of processor time, the least of three runs: other work on the machine only adds."""
    seconds = []
    for _ in range(3):
        start = time.process_time()
        run()
        seconds.append(time.process_time() - start)
    return min(seconds)


def _cart(problem: Problem) -> float:
    """Fit CART for every size and setting, and keep the best on the validation rows."""
    encoding = Encoding.of(as_table(problem.fit))
    fit, held = (encoding.encoded(as_table(rows)) for rows in (problem.fit, problem.validation))
    best = 0.0
    for leaves in SIZES:
        for criterion in ("gini", "entropy"):
            for least in (1, 5):
                model = DecisionTreeClassifier(
                    criterion=criterion, max_leaf_nodes=leaves, min_samples_leaf=least, random_state=0
                ).fit(fit, problem.fit_labels)
                best = max(best, float((model.predict(held) == problem.validation_labels).mean()))
    return best


def _fast(problem: Problem) -> Any:
    """Distill the teacher as a function of rows, so that there are no activations to read."""
    rows = pd.concat([problem.fit, problem.validation], ignore_index=True)
    teacher = problem.teacher.for_limbeck()
    given = {"max_leaves": max(SIZES), "certificate": 0.0, "validation": 0.2, "effort": "fast"}
    return distill(lambda some: teacher.predict(as_table(some)), rows, **given)


if __name__ == "__main__":
    main()
