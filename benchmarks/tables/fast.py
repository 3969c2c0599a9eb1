"""Time of `effort="fast"` beside CART with its settings chosen: `python -m benchmarks.tables.fast --data FOLDER`."""

from __future__ import annotations

import argparse
import os
import time
from itertools import product
from typing import Any

from benchmarks.speed.timing import best
from benchmarks.tables.columns import Columns
from benchmarks.tables.given import Given, greedy_tree, score
from benchmarks.tables.measure import SIZES, given_of
from benchmarks.tables.methods.cart import MIN_LEAF
from benchmarks.tables.problems import Problem, make_problem
from benchmarks.tables.tables import DATA
from limbeck import distill
from limbeck.core import as_table

__all__ = ["cart_fits"]

TABLES = ("monk-2", "tic-tac-toe", "german", "digits", "spambase", "compas", "magic", "adult")


def main() -> None:
    """Print a row for each table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help=f"folder of the CSV files; by default ${DATA}")
    arguments = parser.parse_args()
    if arguments.data:
        os.environ[DATA] = arguments.data
    print("table          rows  asking and encoding  CART, 16 fits  limbeck fast   to fits   to both")
    for name in TABLES:
        problem = make_problem(name)
        given = given_of(problem)
        # Processor time: other work on the machine only adds, and limbeck's threads count one by one.
        fits = best(lambda given=given: cart_fits(given), 3, time.process_time)
        before = best(lambda problem=problem: _before(problem), 3, time.process_time)
        fast = best(lambda problem=problem: _fast(problem), 3, time.process_time)
        n = len(problem.fit) + len(problem.validation)
        ratios = f"{fast / fits:9.1f} {fast / (before + fits):9.1f}"
        print(f"{name:12} {n:6} {before:18.2f} s {fits:12.2f} s {fast:11.2f} s {ratios}", flush=True)


def _before(problem: Problem) -> Any:
    """Do what CART needs first and limbeck does by itself: ask the teacher, and write nominal columns as bits."""
    rows = problem.given
    return problem.teacher.for_limbeck().predict(as_table(rows)), Columns(rows, standardise=False)(rows)


def cart_fits(given: Given) -> float:
    """Fit CART for every size and setting that the method of that name tries, and keep the best validation score."""
    best_score = 0.0
    for leaves, criterion, least in product(SIZES, given.criteria, MIN_LEAF):
        tree = greedy_tree(given, leaves, criterion, least).fit(given.fit, given.fit_labels)
        best_score = max(best_score, score(tree.predict(given.validation), given.validation_labels, given.task))
    return best_score


def _fast(problem: Problem) -> Any:
    """Distill the teacher as a function of rows, so that there are no activations to read."""
    teacher = problem.teacher.for_limbeck()
    given = {"max_leaves": max(SIZES), "certificate": 0.0, "validation": 0.2, "effort": "fast"}
    return distill(lambda some: teacher.predict(as_table(some)), problem.given, **given)


if __name__ == "__main__":
    main()
