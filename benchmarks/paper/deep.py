"""Past the paper: networks of 1000 inputs that compute a deep tree because they were compiled from one.

`python -m benchmarks.paper.deep` recovers the trees on fresh rows of every clause and puts learners from labelled rows
beside them. Every run has a process of its own; records go to `results/deep.jsonl`.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

RESULTS = Path(__file__).parent / "results" / "deep.jsonl"
N_VARIABLES, FIRST_ROWS, FRESH, LEARNING_ROWS, LIMIT = 1000, 1000, 20_000, 20_000, 60
CASES = ((6, None), (8, None), (10, 256), (10, None))
"""Depth, and leaves where the tree is not full."""
SLACK = 3
"""Questions beyond the depth of the compiled tree: a branch may ask the true questions in another order."""


def one(method: str, depth: int, n_leaves: int | None) -> dict[str, object]:
    """Run one method on one compiled network."""
    import torch

    from benchmarks.paper.compiled import compiled_teacher
    from benchmarks.paper.random_trees import random_bits

    torch.set_num_threads(2)
    made = compiled_teacher(depth, 0, n_variables=N_VARIABLES, n_leaves=n_leaves)
    rng = np.random.default_rng([depth, 1])
    fresh = random_bits(FRESH, N_VARIABLES, rng).astype(np.float32)
    start = time.perf_counter()
    predict, found = METHODS[method](made, rng, depth)
    found["seconds"] = round(time.perf_counter() - start, 1)
    found["fidelity"] = float((predict(fresh) == (made.tree.labels(fresh) > 0)).mean())
    found["gigabytes"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
    return {"method": method, "depth": depth, "tree_leaves": made.tree.n_pruned_leaves, **found}


def _limbeck(made, rng, depth):
    import limbeck
    from benchmarks.paper.random_trees import random_bits

    rows = random_bits(FIRST_ROWS, N_VARIABLES, rng).astype(np.float32)
    result = limbeck.distill(
        made.network, rows, task="binary", sampler="uniform bits", max_leaves=2048, max_depth=depth + SLACK,
        certificate=0, validation=0, max_queries=20_000_000, effort="fast",
    )  # fmt: skip
    found = {"leaves": result.tree.n_leaves, "rows": FIRST_ROWS, "queries": result.ledger.queries}
    return result.predict, found


def _labelled(made, rng):
    from benchmarks.paper.random_trees import random_bits

    rows = random_bits(LEARNING_ROWS, N_VARIABLES, rng)
    return rows, (made.tree.labels(rows) > 0).astype(int)


def _cart(made, rng, depth):
    from sklearn.tree import DecisionTreeClassifier

    cart = DecisionTreeClassifier(random_state=0).fit(*_labelled(made, rng))
    return cart.predict, {"leaves": int(cart.get_n_leaves()), "rows": LEARNING_ROWS, "queries": 0}


def _pystreed(made, rng, depth):
    from pystreed import STreeDClassifier

    rows, labels = _labelled(made, rng)
    learner = STreeDClassifier("accuracy", max_depth=min(depth, 20), max_num_nodes=2**depth - 1, time_limit=LIMIT)
    learner.fit((rows > 0).astype(int), labels)
    return lambda x: learner.predict((x > 0).astype(int)), {"leaves": None, "rows": LEARNING_ROWS, "queries": 0}


METHODS = {"limbeck": _limbeck, "scikit-learn": _cart, "pystreed": _pystreed}


def main() -> None:
    """Run every method on every case, and print the table."""
    records: list[dict[str, object]] = []
    for depth, n_leaves in CASES:
        for method in METHODS:
            command = [sys.executable, "-m", "benchmarks.paper.deep", json.dumps([method, depth, n_leaves])]
            limit = 10 * LIMIT if method == "limbeck" else 2 * LIMIT  # pystreed is told to keep LIMIT itself
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=True)
                record = json.loads(done.stdout.splitlines()[-1])
            except subprocess.TimeoutExpired:
                record = {"method": method, "depth": depth, "seconds": limit, "note": "stopped from outside"}
            except subprocess.CalledProcessError as error:
                record = {"method": method, "depth": depth, "note": error.stderr.strip().splitlines()[-1][:200]}
            records.append(record)
            print(record, flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(one(*json.loads(sys.argv[1]))))
    else:
        main()
