"""Many columns, classes, leaves: does the time go up smoothly? `python -m benchmarks.speed.extremes [NAME ...]`.

2 000 rows that fit, one thread, default settings but for the leaves, each case in a process of its own; processor
seconds without imports, the peak of memory, and fidelity on 4 000 unseen rows beside CART's with as many leaves.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

__all__ = ["CASES"]

ROWS, UNSEEN = 2000, 4000
Made = tuple[np.ndarray, Callable[[np.ndarray], np.ndarray], int]


def columns(rng: np.random.Generator, many: int) -> Made:
    """So many columns, ten of which the teacher looks at, two of them together; 32 leaves."""
    weights = np.zeros(many)
    weights[:10] = rng.normal(size=10)
    return rng.normal(size=(ROWS + UNSEEN, many)), lambda x: (x @ weights + x[:, 0] * x[:, 1] > 0).astype(int), 32


def classes(rng: np.random.Generator, many: int) -> Made:
    """As many classes as points, of which the nearest in ten columns is the answer; 128 leaves."""
    points = rng.normal(size=(many, 10))
    return rng.normal(size=(ROWS + UNSEEN, 10)), partial(_nearest, points), 128


def leaves(rng: np.random.Generator, many: int) -> Made:
    """Twenty columns, a smooth function of four, and so many leaves."""
    rows = rng.normal(size=(ROWS + UNSEEN, 20))
    return rows, lambda x: (np.sin(2 * x[:, 0]) * x[:, 1] + x[:, 2] - x[:, 3] ** 2 > 0).astype(int), many


def _nearest(points: np.ndarray, x: np.ndarray) -> np.ndarray:
    return ((x[:, None] - points) ** 2).sum(axis=2).argmin(axis=1)


CASES: dict[str, Callable[[np.random.Generator], Made]] = {
    **{f"{many} columns": partial(columns, many=many) for many in (20, 200, 2000, 10_000)},
    **{f"{many} classes": partial(classes, many=many) for many in (10, 30, 100)},
    **{f"{many} leaves": partial(leaves, many=many) for many in (16, 64, 256)},
}


def measured(name: str) -> dict[str, Any]:
    """Run one case here."""
    from sklearn.tree import DecisionTreeClassifier

    from limbeck import distill

    rows, teacher, max_leaves = CASES[name](np.random.default_rng(0))
    fit, unseen = rows[:ROWS], rows[ROWS:]
    distill(teacher, fit[:200], max_leaves=2)  # imports what is used
    start = time.process_time()
    result = distill(teacher, fit, max_leaves=max_leaves)
    seconds = time.process_time() - start
    said, size = teacher(unseen), result.tree.n_leaves
    cart = DecisionTreeClassifier(max_leaf_nodes=max(2, size), random_state=0).fit(fit, teacher(fit))
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    fidelity, of_cart = (float(np.mean(model.predict(unseen) == said)) for model in (result, cart))
    return {"cpu": seconds, "gib": gib, "leaves": size, "fidelity": fidelity, "cart": of_cart}


def main(names: list[str]) -> None:
    """Print a row for each case."""
    if names[:1] == ["--one"]:
        print(json.dumps(measured(names[1])))
        return
    print("| case | CPU s | peak memory | leaves | fidelity | CART |")
    print("|---|---|---|---|---|---|")
    for name in names or list(CASES):
        command = [sys.executable, "-m", "benchmarks.speed.extremes", "--one", name]
        run = subprocess.run(
            command, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, text=True, check=True
        )
        found = json.loads(run.stdout)
        print(
            f"| {name} | {found['cpu']:.1f} | {found['gib']:.2f} GiB | {found['leaves']} | {found['fidelity']:.3f} | "
            f"{found['cart']:.3f} |", flush=True
        )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
