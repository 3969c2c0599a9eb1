"""How time and memory of a distillation grow with each size: `python -m benchmarks.speed.growth`.

Every point runs in a process of its own with one thread, so that peak memory is its own; seconds are of processor time.
Writes `results/growth.json` beside this file and the figure `docs/figures/growth.svg`.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
RESULTS, FIGURE = HERE / "results" / "growth.json", HERE.parents[1] / "docs" / "figures" / "growth.svg"
BASE = {"n": 1000, "d": 100, "k": 500, "m": 500, "depth": 5, "leaves": 32}
GRID = {
    "n": (500, 1000, 2000, 4000, 8000, 16000),
    "d": (25, 50, 100, 200, 400, 800),
    "k": (125, 250, 500, 1000, 2000, 4000),
    "m": (125, 250, 500, 1000, 2000, 4000),
    "depth": (2, 3, 4, 5, 6, 8),
    "leaves": (4, 8, 16, 32, 64, 128),
}
MEANING = {
    "n": "rows n", "d": "input bits d (literals l)", "k": "beam width k", "m": "activations m",
    "depth": "depth r", "leaves": "leaves s",
}  # fmt: skip


def one(sizes: dict[str, int]) -> dict[str, float]:
    """Distil a random tree inside random ReLU features once; return seconds of the passes and peak memory."""
    import numpy as np

    from benchmarks.paper.random_trees import full_tree
    from limbeck.core import OutputReading, Vocabulary, as_table
    from limbeck.observe import Budget, observe
    from limbeck.passes.objective import guides_of, leaf_loss
    from limbeck.search import BeamSettings, binned_columns, compiled_fit, grow_family, solve_program
    from limbeck.settings import Settings
    from limbeck.teachers import Teacher

    rng = np.random.default_rng(0)
    tree = full_tree(min(sizes["depth"], 5), sizes["d"], rng)
    mix = rng.normal(size=(sizes["d"], sizes["m"])).astype(np.float32)

    class Mixed(Teacher):
        layers = ("features",)

        def _run(self, native, layers):
            hidden = {"features": np.maximum(native @ mix, 0)} if layers else {}
            return tree.labels(native).astype(int), hidden

    teacher = Mixed("a random tree beside random features")
    rows = as_table((rng.integers(2, size=(sizes["n"], sizes["d"])) * 2 - 1).astype(np.float32))
    settings = Settings(max_leaves=sizes["leaves"])
    raw = teacher.predict(rows)
    reading = OutputReading.fixed_on(raw)
    outputs = reading.read(raw)
    start = time.process_time()
    vocabulary = Vocabulary.fit(rows)
    budget = Budget(max_queries=200_000)
    seen = observe(teacher, reading, rows, outputs, vocabulary, layers=None, budget=budget, rng=rng)
    observed = time.process_time()
    loss = leaf_loss(reading, outputs, np.ones(sizes["n"]), soft=False)
    beam = BeamSettings(beam=sizes["k"], max_depth=sizes["depth"])
    columns, guides = binned_columns(seen.answers, vocabulary.columns), list(guides_of(settings, seen, loss))
    family = grow_family(seen.answers, loss, guides, beam, columns=columns, compiled=compiled_fit(loss, columns))
    searched = time.process_time()
    solve_program(family, vocabulary.literals, loss, max_leaves=sizes["leaves"])
    solved = time.process_time()
    return {
        "observe": observed - start, "search": searched - observed, "program": solved - searched,
        "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }  # fmt: skip


def measure() -> list[dict[str, object]]:
    """Run every point of the grid, each in its own process."""
    environment = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    environment["OMP_NUM_THREADS"] = "1"
    points: list[dict[str, object]] = []
    for name, values in GRID.items():
        for value in values:
            sizes = BASE | {name: value}
            command = [sys.executable, "-m", "benchmarks.speed.growth", json.dumps(sizes)]
            done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
            points.append({"varied": name, "value": value, **json.loads(done.stdout)})
            print(
                f"{MEANING[name]:26s} {value:6d}", {k: round(float(v), 3) for k, v in json.loads(done.stdout).items()}
            )
    return points


def draw(points: list[dict[str, object]]) -> None:
    """Draw one log-log panel for each size."""
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(2, 3, figsize=(10, 6), constrained_layout=True)
    for panel, name in zip(panels.flat, GRID, strict=True):
        own = [point for point in points if point["varied"] == name]
        sizes = [point["value"] for point in own]
        for part, colour in (("observe", "#0072b2"), ("search", "#d55e00"), ("program", "#009e73")):
            panel.loglog(
                sizes, [point[part] for point in own], "o-", color=colour, label=f"{part}, CPU s", markersize=4
            )
        panel.loglog(
            sizes, [point["gigabytes"] for point in own], "s--", color="#555555", label="memory, GiB", markersize=3
        )
        panel.set_xlabel(MEANING[name])
        panel.minorticks_off()
        panel.set_xticks(sizes, labels=[str(size) for size in sizes])
        panel.grid(alpha=0.3, which="both", linewidth=0.4)
    figure.legend(*panels.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(FIGURE, metadata={"Date": None})


def main() -> None:
    """Measure, keep the results, draw."""
    points = measure()
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(points, indent=1) + "\n", encoding="utf-8")
    draw(points)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(one(json.loads(sys.argv[1]))))
    else:
        main()
