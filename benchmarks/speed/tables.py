"""Processor time on small tables, beside CART and licketysplit: `python -m benchmarks.speed.tables --data FOLDER`.

One thread, imports apart, the shortest of some runs. CART: 16 fits, which choose its settings at four sizes.
licketysplit: its thresholds and 24 penalties with look-ahead 1, to a depth of 8. limbeck: all sizes up to 32 leaves, of
a network with two hidden layers, with evidence and certificate.
"""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"

from benchmarks.speed.timing import best
from benchmarks.tables.fast import cart_fits
from benchmarks.tables.given import Given
from benchmarks.tables.measure import given_of
from benchmarks.tables.methods.licketysplit import N_THRESHOLDS, PENALTIES, fitted
from benchmarks.tables.problems import Problem, make_problem
from benchmarks.tables.tables import DATA
from benchmarks.tables.thresholds import boosted_thresholds
from limbeck import distill

TABLES = ("breast_cancer", "german", "car", "digits", "segment", "adult")
DEPTH = 8
# On more rows its grid takes many minutes.
MOST_ROWS_OF_LICKETYSPLIT = 5_000


def main() -> None:
    """Print a row for each table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help=f"folder of the CSV files; by default ${DATA}")
    parser.add_argument("--tables", nargs="*", default=TABLES, choices=TABLES)
    parser.add_argument("--repeats", type=int, default=2)
    arguments = parser.parse_args()
    if arguments.data:
        os.environ[DATA] = arguments.data
    print("| table | rows | CART | licketysplit | fast | normal | of which evidence |")
    print("|---|---|---|---|---|---|---|")
    for name in arguments.tables:
        problem = make_problem(name)
        given = given_of(problem)
        n = len(problem.fit) + len(problem.validation)
        cart = best(lambda given=given: cart_fits(given), arguments.repeats, time.process_time)
        peer = "-"
        if n < MOST_ROWS_OF_LICKETYSPLIT:
            peer = f"{best(lambda given=given: _licketysplit(given), 1, time.process_time):.1f}"
        seconds = {effort: _limbeck(problem, effort, arguments.repeats) for effort in ("fast", "normal")}
        print(
            f"| {name} | {n} | {cart:.2f} | {peer} | {seconds['fast'][0]:.2f} | "
            f"{seconds['normal'][0]:.2f} | {seconds['normal'][1]:.2f} |", flush=True
        )  # fmt: skip


def _licketysplit(given: Given) -> Any:
    bits = boosted_thresholds(given, N_THRESHOLDS)
    return [fitted(given, bits, 1, DEPTH, float(penalty)) for penalty in PENALTIES]


def _limbeck(problem: Problem, effort: str, repeats: int) -> tuple[float, float]:
    """Return the processor seconds of the shortest run, and what evidence took of them."""
    runs: list[tuple[float, float]] = []
    for _ in range(repeats + 1):  # the first one imports
        start = time.process_time()
        result = distill(problem.teacher.for_limbeck(), problem.given, max_leaves=32, effort=effort, random_state=0)
        runs.append((time.process_time() - start, result.ledger.seconds.get("evidence", 0.0)))
    return min(runs[1:])


if __name__ == "__main__":
    main()
