"""Count how often the diagnosis is right: `python -m benchmarks.failure`."""

from __future__ import annotations

import argparse
import sys
import time
import zlib
from collections import Counter

import numpy as np

from benchmarks.failure.cases import CASES
from limbeck import distill
from limbeck.diagnosis import Diagnosis


def run(name: str, seed: int) -> Diagnosis:
    """Make one instance, distill it, and return what is diagnosed."""
    instance = CASES[name].make(np.random.default_rng([seed, zlib.crc32(name.encode())]))
    settings = {"effort": "fast", "random_state": seed, **instance.settings}
    found = distill(instance.teacher, instance.rows, **settings).diagnosis
    assert found is not None
    return found


def main() -> None:
    """Run every case on many seeds and print a table."""
    parser = argparse.ArgumentParser(description="Does the diagnosis name the failure that was built in?")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--show", action="store_true", help="print every wrong diagnosis in full")
    arguments = parser.parse_args()
    print(f"{'case':<15} {'right verdict':<22} {'right':>8} {'s each':>6}  most frequent wrong verdict", flush=True)
    for name in arguments.cases:
        right, start, wrong = CASES[name].right, time.perf_counter(), Counter[str]()
        for seed in range(arguments.seeds):
            found = run(name, seed)
            if found.verdict is not right:
                wrong[found.verdict.name] += 1
                if arguments.show:
                    print(f"{name}, seed {seed}:\n{found}", file=sys.stderr)
        n_right, each = arguments.seeds - wrong.total(), (time.perf_counter() - start) / arguments.seeds
        often = ", ".join(f"{verdict} ({count})" for verdict, count in wrong.most_common(1)) or "-"
        print(f"{name:<15} {right.name:<22} {n_right:>3} / {arguments.seeds:<3}{each:>6.2f}  {often}", flush=True)


if __name__ == "__main__":
    main()
