"""`python -m benchmarks.juntas` runs what is missing, each cell in a process of its own, and writes the page.

A cell that needs more than a minute is stopped, and the method is not tried on more inputs with as many variables.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.juntas.page import page
from benchmarks.juntas.problems import Cell

HERE = Path(__file__).parent
RESULTS = HERE / "results.jsonl"
LIMIT, START = 60, 20
"""Seconds for a method, and for all around it."""
SEEDS = (0, 1)


def cells() -> list[Cell]:
    """Every run, so that those with more inputs come after those with fewer."""
    from benchmarks.juntas.methods import JUNTA_METHODS, TREE_METHODS

    juntas = [
        Cell(kind, d, k, seed, method)
        for kind in ("parity", "random junta")
        for k in (3, 5)
        for d in (20, 100, 1000, 10_000)
        for seed in SEEDS
        for method in JUNTA_METHODS
    ]
    trees = [Cell("tree", d, 4, seed, method) for d in (20, 100, 1000) for seed in SEEDS for method in TREE_METHODS]
    return [*juntas, *trees]


def done_so_far() -> dict[Cell, dict[str, Any]]:
    """Read the records."""
    if not RESULTS.exists():
        return {}
    lines = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
    return {Cell(**line["cell"]): line["found"] for line in lines}


def found_by(cell: Cell, records: dict[Cell, dict[str, Any]]) -> dict[str, Any]:
    """Run a cell, or say why it was not run."""
    smaller = [
        other for other, found in records.items()
        if "stopped" in found and (other.kind, other.k, other.method) == (cell.kind, cell.k, cell.method)
        and other.d <= cell.d
    ]  # fmt: skip
    if smaller:
        return {"skipped": f"out of time at d = {min(other.d for other in smaller)}"}
    command = [sys.executable, "-m", "benchmarks.juntas", json.dumps(asdict(cell))]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT + START, check=True)
    except subprocess.TimeoutExpired:
        return {"stopped": f"after {LIMIT} s"}
    except subprocess.CalledProcessError as error:
        return {"stopped": _said(error.stderr.strip().splitlines()[-1])}
    found = json.loads(run.stdout.splitlines()[-1])
    return {**found, "stopped": f"after {LIMIT} s"} if found["seconds"] >= LIMIT else found


def _said(last: str) -> str:
    """Shorten an error: the number of sets where there are too many, else its last line."""
    many = re.search(r"found (\d+) for", last)
    return f"not tried: {int(many[1]):.0e} sets" if many else last[-160:]


def main() -> None:
    """Run the cells that have no record yet, and write the page."""
    records = done_so_far()
    for cell in cells():
        if cell not in records:
            records[cell] = found_by(cell, records)
            with RESULTS.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"cell": asdict(cell), "found": records[cell]}) + "\n")
            print(cell, records[cell], flush=True)
    (HERE / "README.md").write_text(page(records), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        from benchmarks.juntas.methods import run_cell

        print(json.dumps(run_cell(Cell(**json.loads(sys.argv[1])))))
    else:
        main()
