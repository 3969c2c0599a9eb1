"""Past the paper: networks of 1000 inputs that compute a deep tree because they were compiled from one; trained ones.

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
FIRST_ROWS, FRESH, LEARNING_ROWS, LIMIT = 1000, 20_000, 20_000, 60
CASES = (("compiled", 6, None), ("compiled", 8, None), ("compiled", 10, 256), ("compiled", 10, None),
         ("trained", 6, None), ("trained", 7, None))  # fmt: skip
"""How the network came by its tree, depth, and leaves where the tree is not full."""
SLACK = {6: 3, 7: 3, 8: 3, 10: 6}
"""Questions beyond the depth of the tree: a branch may ask the true questions in another order."""


def one(method: str, kind: str, depth: int, n_leaves: int | None) -> dict[str, object]:
    """Run one method on one network."""
    import torch

    from benchmarks.paper.compiled import compiled_teacher
    from benchmarks.paper.network import logits
    from benchmarks.paper.random_trees import random_bits
    from benchmarks.paper.teachers import trained_teacher

    torch.set_num_threads(2)
    compiled = kind == "compiled"
    made = compiled_teacher(depth, 0, n_variables=1000, n_leaves=n_leaves) if compiled else trained_teacher(depth, 0)
    rng = np.random.default_rng([depth, 1])
    fresh = random_bits(FRESH, made.tree.n_variables, rng).astype(np.float32)
    answers = logits(made.network, fresh)
    start = time.perf_counter()
    predict, found = METHODS[method](made, rng, depth)
    found["seconds"] = round(time.perf_counter() - start, 1)
    found["fidelity"] = float((predict(fresh) == (answers > 0)).mean())
    found["gigabytes"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
    return {"method": method, "network": kind, "depth": depth, "tree_leaves": made.tree.n_pruned_leaves, **found}


def _limbeck(made, rng, depth):
    import limbeck
    from benchmarks.paper.random_trees import random_bits

    rows = random_bits(FIRST_ROWS, made.tree.n_variables, rng).astype(np.float32)
    result = limbeck.distill(
        made.network, rows, task="binary", sampler="uniform bits", max_leaves=2048, max_depth=depth + SLACK[depth],
        certificate=0, validation=0, max_queries=20_000_000, effort="fast",
    )  # fmt: skip
    found = {"leaves": result.tree.n_leaves, "rows": FIRST_ROWS, "queries": result.ledger.queries}
    return result.predict, found


def _labelled(made, rng):
    from benchmarks.paper.network import logits
    from benchmarks.paper.random_trees import random_bits

    rows = random_bits(LEARNING_ROWS, made.tree.n_variables, rng)
    return rows, (logits(made.network, rows) > 0).astype(int)


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
    for kind, depth, n_leaves in CASES:
        for method in METHODS:
            command = [sys.executable, "-m", "benchmarks.paper.deep", json.dumps([method, kind, depth, n_leaves])]
            run = {"method": method, "network": kind, "depth": depth}
            limit = 10 * LIMIT if method == "limbeck" else 2 * LIMIT  # pystreed is told to keep LIMIT itself
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=True)
                record = json.loads(done.stdout.splitlines()[-1])
            except subprocess.TimeoutExpired:
                record = {**run, "seconds": limit, "note": "stopped from outside"}
            except subprocess.CalledProcessError as error:
                record = {**run, "note": error.stderr.strip().splitlines()[-1][:200]}
            records.append(record)
            print(record, flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(one(*json.loads(sys.argv[1]))))
    else:
        main()
