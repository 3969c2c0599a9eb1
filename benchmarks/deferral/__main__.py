"""Share answered and certified limit, method by method: `python -m benchmarks.deferral --data FOLDER`."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict
from itertools import product
from pathlib import Path

from benchmarks.deferral.afterwards import cart_trees, left_out, limbeck_trees
from benchmarks.deferral.inside import deferring
from benchmarks.tables.problems import make_problem
from benchmarks.tables.tables import DATA

HERE = Path(__file__).parent / "results.jsonl"
TABLES = (
    "compas", "adult", "german", "california", "car", "breast_cancer", "digits", "spambase", "magic", "segment",
    "phoneme", "ring", "twonorm", "satimage", "penbased", "tic-tac-toe",
)  # fmt: skip
TEACHERS, SIZES, TARGETS = ("mlp", "boosting"), (8, 16), (0.02, 0.05)


def main() -> None:
    """Run what the results file does not hold yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help=f"folder of the CSV files; by default ${DATA}")
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--teachers", default=",".join(TEACHERS))
    parser.add_argument("--effort", default="normal")
    parser.add_argument("--seed", type=int, default=0, help="of the split, the teacher and the fit")
    parser.add_argument("--out", type=Path, default=HERE)
    arguments = parser.parse_args()
    if arguments.data:
        os.environ[DATA] = arguments.data
    done = {(r["table"], r["teacher"]) for r in _read(arguments.out) if r["seed"] == arguments.seed}
    for table, teacher in product(arguments.tables.split(","), arguments.teachers.split(",")):
        if (table, teacher) in done:
            continue
        for record in _records(table, teacher, arguments.seed, arguments.effort):
            with arguments.out.open("a") as file:
                file.write(json.dumps(record) + "\n")
        print(table, teacher, flush=True)


def _read(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _records(table: str, teacher: str, seed: int, effort: str) -> list[dict[str, object]]:
    """Run every method on one problem."""
    problem = make_problem(table, teacher, seed)
    finished = {"limbeck, after the fit": limbeck_trees(problem, max(SIZES), effort), "CART, after the fit": None}
    finished["CART, after the fit"] = cart_trees(problem, max(SIZES))
    records: list[dict[str, object]] = []
    for leaves, target in product(SIZES, TARGETS):
        found = {name: left_out(problem, trees, leaves, target) for name, trees in finished.items()}
        found["limbeck, inside"] = deferring(problem, leaves, target, effort)
        for name, one in found.items():
            cell = {
                "table": table,
                "teacher": teacher,
                "seed": seed,
                "leaves": leaves,
                "target": target,
                "method": name,
            }
            records.append(cell | {"rows": len(problem.given)} | asdict(one))
    return records


if __name__ == "__main__":
    main()
