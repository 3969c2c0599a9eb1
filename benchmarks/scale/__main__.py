"""N rows distilled, answered and certified, beside the same by hand. `nice python -m benchmarks.scale N [WORKERS ...]`.

Every step runs in a process of its own; what it took is added to `results/scale.json`. Other parts may be named
in place of workers: `distill`, `predict`, `certify`, `hand`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.scale.rows import made, model

RESULTS = Path(__file__).parent / "results" / "scale.json"
_LIMBECK = [sys.executable, "-m", "limbeck"]
_HAND = [sys.executable, "-m", "benchmarks.scale.hand"]


def measured(words: list[str], *, cluster: bool = False) -> tuple[dict[str, Any], str]:
    """Run a command on one thread; return its wall and processor seconds, its peak memory in GiB, and its output."""
    start = time.perf_counter()
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS"), "1")
    if cluster:  # see docs/large-tables.md
        threads["MALLOC_MMAP_THRESHOLD_"] = str(1 << 25)
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ | threads)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, f"{words} ended with {status}"
    took = {"wall": time.perf_counter() - start, "cpu": usage.ru_utime + usage.ru_stime, "rss": usage.ru_maxrss / 2**20}
    return {name: round(value, 2) for name, value in took.items()}, output


def main(n_rows: int, parts: list[str]) -> None:
    """Measure the parts that are named, or all in one process."""
    folder, fresh, network = made(n_rows), made(n_rows, "fresh"), str(model())
    result = folder.parent / f"result-{n_rows}"
    measured([*_HAND, "prepare", "."])
    for part in parts or ["distill", "predict", "certify", "hand"]:
        found: dict[str, Any] = {}
        if part == "distill":
            shutil.rmtree(result, ignore_errors=True)
            words = ["distill", network, str(folder), "--out", str(result), "--json", "--quiet"]
            found["distill"], told = measured([*_LIMBECK, *words])
            found["distill"]["passes"] = json.loads((result / "distillation.json").read_text())["ledger"]["seconds"]
        elif part == "predict":
            out = str(result.parent / "answers.parquet")
            found["predict"], _ = measured([*_LIMBECK, "predict", str(result), str(folder), "--out", out, "--quiet"])
        elif part == "certify":
            found["certify"], told = measured(
                [*_LIMBECK, "certify", str(result), network, str(fresh), "--json", "--quiet"]
            )
            found["certify"]["error_limit"] = json.loads(told)["error_limit"]
        elif part == "hand":
            for step, place in (("distill", folder), ("predict", folder), ("certify", fresh)):
                found[f"{step} by hand"], told = measured([*_HAND, step, str(place), str(result)])
                found[f"{step} by hand"] |= json.loads(told)
        else:
            words = [sys.executable, "-m", "benchmarks.scale.cluster", str(folder), part]
            _, told = measured(words, cluster=True)
            clustered = json.loads(told)
            alone, there = json.loads((result / "tree.json").read_text()), clustered.pop("nodes")
            clustered["same"] = {**alone, "columns": 0} == {**there, "columns": 0}  # a file's tree knows its cells
            found[f"distill, {part} workers"] = clustered
        _kept(n_rows, found)


def _kept(n_rows: int, found: dict[str, Any]) -> None:
    """Add figures to those of earlier runs."""
    RESULTS.parent.mkdir(exist_ok=True)
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name, figures in found.items():
        print(n_rows, name, {key: value for key, value in figures.items() if key != "passes"}, flush=True)
        known.setdefault(str(n_rows), {})[name] = figures
    RESULTS.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(int(float(sys.argv[1])), sys.argv[2:])
