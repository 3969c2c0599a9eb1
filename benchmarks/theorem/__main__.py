"""Counts, bounds and seconds of the theorem's search: `python -m benchmarks.theorem`; `--write` keeps them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt
import numpy as np
import torch

from benchmarks.paper.figures import markdown_table, rewritten
from benchmarks.theorem.runs import COMPILED_ROWS, Record, bites_from, growth_run, trained_run
from limbeck.probes import most_passing

ROOT = Path(__file__).parents[2]
PAGE, FIGURE = ROOT / "docs" / "theorem.md", ROOT / "docs" / "figures" / "theorem-growth.svg"
SEEDS = range(3)
BITS = (12, 20, 50, 100, 200, 500, 1000)
TRAINED = ((12, 2), (12, 3), (16, 3), (20, 3), (12, 4), (16, 4))
PASSED, BOUND, ALL, PROBED = "#0072B2", "#D55E00", "#999999", "#009E73"


def mean(records: Sequence[Record], figure: Callable[[Record], float]) -> float:
    """The mean of a figure over seeds."""
    return float(np.mean([figure(record) for record in records]))


def deepest(record: Record) -> dict[str, Any]:
    """The counts of the most literals that were tested."""
    return record["depths"][-1]


def growth_table(found: dict[tuple[int, int], list[Record]]) -> list[list[str]]:
    """Compiled networks, one line for each depth and number of bits; header first."""
    lines = [["depth", "bits", "literals", "tested", "passed", "can pass", "there are", "fidelity", "seconds"]]
    for (depth, bits), records in found.items():
        for at in range(len(records[0]["depths"])):
            last = at == len(records[0]["depths"]) - 1
            own = records[0]["depths"][at]
            tested, passed = (
                mean([r["depths"][at] for r in records], itemgetter(name)) for name in ("probed", "passed")
            )
            whole = [f"{mean(records, itemgetter('fidelity')):.4f}", f"{mean(records, itemgetter('seconds')):.2f}"]
            counts = (own["depth"], tested, passed, own["bound"], own["all"])
            lines.append([str(depth), str(bits), *map(figure, counts), *(whole if last else ["", ""])])
    return lines


def trained_table(found: list[Record]) -> list[list[str]]:
    """Trained networks, one line each; header first."""
    lines = [[
        "bits", "depth", "seed", "Bτ needed (best layer)", "can pass there", "bites from d", "layer of the search",
        "Bτ", "passed of tested", "wrong on rows", "fidelity", "seconds",
    ]]  # fmt: skip
    for record in found:
        inner = record["depth"] - 1
        layer, needed = min(
            ((layer, max(by_depth.values())) for layer, by_depth in record["needed"].items()), key=lambda pair: pair[1]
        )
        bound = most_passing(inner, needed)
        counts = " then ".join(f"{d['passed']} of {d['probed']}" for d in record["depths"])
        lines.append([
            str(record["bits"]), str(record["depth"]), str(record["seed"]),
            f"{needed:.2f} (`{layer}`)" if np.isfinite(needed) else "no norm is enough",
            figure(bound) if np.isfinite(bound) else "", str(bites_from(inner, bound)) if np.isfinite(bound) else "",
            f"`{record['layer']}`", f"{record['length']:g}", counts, f"{record['disagreements']} of {record['n_rows']}",
            f"{record['fidelity']:.4f}", f"{record['seconds']:.1f}",
        ])  # fmt: skip
    return lines


def layer_table(found: list[Record]) -> list[list[str]]:
    """Bτ that the tree's clauses need, layer by layer; medians over seeds."""
    lines = [["bits", "depth", "literals", *found[0]["needed"]]]
    for bits, depth in TRAINED:
        some = [record for record in found if (record["bits"], record["depth"]) == (bits, depth)]
        for r in range(1, depth):
            cells = [float(np.median([record["needed"][layer][r] for record in some])) for layer in found[0]["needed"]]
            lines.append([str(bits), str(depth), str(r), *("-" if np.isinf(c) else f"{c:.2f}" for c in cells)])
    return lines


def figure(value: float) -> str:
    """A count for people."""
    return f"{value:.0f}" if value < 1e6 else f"{value:.1e}"


def draw(found: dict[tuple[int, int], list[Record]], depth: int) -> Any:
    """Clauses of the deepest level, and seconds, against the number of bits."""
    axes = plt.subplots(1, 2, figsize=(9.0, 3.4), layout="constrained")[1]
    records = [found[depth, bits] for bits in BITS]
    for label, colour, marker, pick in (
        ("there are", ALL, "s", lambda r: deepest(r)["all"]),
        ("can pass: 4·8ʳ·B²τ²", BOUND, "^", lambda r: deepest(r)["bound"]),
        ("tested", PROBED, "v", lambda r: deepest(r)["probed"]),
        ("passed", PASSED, "o", lambda r: deepest(r)["passed"]),
    ):
        axes[0].plot(BITS, [mean(some, pick) for some in records], marker=marker, color=colour, label=label)
    axes[0].set(xscale="log", yscale="log", xlabel="bits d", ylabel=f"clauses of {depth - 1} literals")
    for other, marker in ((3, "o"), (4, "s")):
        seconds = [mean(found[other, bits], lambda r: r["seconds"]) for bits in BITS]
        axes[1].plot(BITS, seconds, marker=marker, label=f"trees of depth {other}")
    axes[1].set(xscale="log", yscale="log", xlabel="bits d", ylabel="seconds, one core")
    for axis in axes:
        axis.legend(frameon=False, fontsize=8)
        axis.grid(alpha=0.3)
    return axes[0].figure


def main() -> None:
    """Run everything, print the tables, and keep them when told to."""
    parser = argparse.ArgumentParser(description="The theorem's search on compiled and on trained networks.")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} and {FIGURE.name}")
    write = parser.parse_args().write
    torch.set_num_threads(1)
    growth = {(depth, bits): [growth_run(depth, bits, seed) for seed in SEEDS] for depth in (3, 4) for bits in BITS}
    networks = [trained_run(depth, bits, seed) for bits, depth in TRAINED for seed in SEEDS]
    blocks = {"growth": growth_table(growth), "needed": layer_table(networks), "trained": trained_table(networks)}
    for name, lines in blocks.items():
        print(f"{name} (n = {COMPILED_ROWS} rows, seeds {list(SEEDS)})\n{markdown_table(lines)}\n")
    if write:
        text = PAGE.read_text(encoding="utf-8")
        for name, lines in blocks.items():
            text = rewritten(text, name, markdown_table(lines))
        PAGE.write_text(text, encoding="utf-8")
        with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "limbeck", "font.size": 9}):
            draw(growth, 4).savefig(FIGURE, format="svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
