"""A table of a million rows: processor time, memory, fidelity. `python -m benchmarks.speed.large [ROWS] [EFFORT]`."""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from limbeck import distill

COLUMNS, LEAVES, FRESH = 20, 16, 20_000


def main(n_rows: int = 1_000_000, effort: str = "normal") -> None:
    """Distill two layers of fixed random weights on normal columns, and ask both about fresh rows."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(n_rows, COLUMNS)).astype(np.float32)
    first, second = rng.normal(size=(COLUMNS, 8)), rng.normal(size=8)

    def network(x: np.ndarray) -> np.ndarray:
        return (np.tanh(x @ first) @ second > 0.3).astype(int)

    start = time.process_time()
    result = distill(network, rows, max_leaves=LEAVES, effort=effort)
    seconds = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    fresh = rng.normal(size=(FRESH, COLUMNS)).astype(np.float32)
    fidelity = float(np.mean(result.predict(fresh) == network(fresh)))
    print(f"| {n_rows} x {COLUMNS} | {effort} | {seconds:.1f} | {memory:.2f} GiB | {fidelity:.3f} |")


if __name__ == "__main__":
    given = sys.argv[1:]
    main(int(given[0]) if given else 1_000_000, given[1] if len(given) > 1 else "normal")
