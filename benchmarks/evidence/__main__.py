"""Where is the tree of a network represented, where is it used: `python -m benchmarks.evidence`; `--write` keeps it."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt
import numpy as np
import torch

import limbeck
from benchmarks.evidence.networks import ARCHITECTURES, Case, cases
from benchmarks.paper.figures import markdown_table, rewritten
from limbeck.probes import Evidence, LayerHeld, LayerUse
from limbeck.probes.held import LEAST_BEYOND_SAME

ROOT = Path(__file__).parents[2]
README, FIGURE = Path(__file__).with_name("README.md"), ROOT / "docs" / "figures" / "evidence.svg"
SEEDS, DEPTHS = 3, range(2, 6)
HEADER = (
    "network", "task", "seed", "fidelity", "layer", "R²", "same columns", "re-drawn", "answers that follow",
    "a random part", "verdict", "seconds",
)  # fmt: skip

COLOURS = ("#0072B2", "#56B4E9", "#009E73", "#E69F00", "#000000", "#D55E00", "#CC79A7")  # of Okabe and Ito
MARKERS = "osD^Pvx"
SAID = {
    "COMPUTED_INSIDE": "computed inside", "REPRESENTED": "represented, not shown to be used",
    "NOT_REPRESENTED": "not represented", "FAITHFUL": "cannot be told", "NOT_TREE_LIKE": "no small tree",
}  # fmt: skip
"""Verdicts in short, as they are shown; the last is about the tree itself."""

Record = dict[str, Any]


def layer_shown(evidence: Evidence) -> tuple[LayerHeld | None, LayerUse | None]:
    """The layer that the verdict names; else that which stands farthest above clauses over the same columns."""
    used = {use.layer: use for use in evidence.used}
    told = [held for held in evidence.held if held.above_same is not None]
    if evidence.inside is not None:
        told = [held for held in told if held.layer == evidence.inside]
    tried = [held for held in told if held.layer in used] or told
    best = max(tried, key=lambda held: held.beyond("above_same"), default=None)
    return best, None if best is None else used.get(best.layer)


def measured(case: Case) -> Record:
    """Distill a network and read what the evidence and the diagnosis say."""
    begin = time.perf_counter()
    result = limbeck.distill(
        case.model, case.rows, max_leaves=case.max_leaves, effort=case.effort, task=case.reading,
        random_state=case.seed,
    )  # fmt: skip
    assert result.evidence is not None, f"{case.architecture} has layers"
    held, used = layer_shown(result.evidence)
    record: Record = {
        "network": case.architecture, "task": case.task, "seed": case.seed, "rows": len(case.rows),
        "fidelity": result.certificate.fidelity, "verdict": result.diagnosis.verdict.name,
        "seconds": time.perf_counter() - begin,
    }  # fmt: skip
    if held is not None and held.above_same is not None:
        value = held.held.value
        record |= {
            "layer": held.layer,
            "R²": value,
            "same columns": held.control("above_same"),
            "beyond": held.beyond("above_same"),
        }
        record["re-drawn"] = None if held.above_redrawn is None else value - held.above_redrawn.value
    if used is not None:
        record |= {"follow": used.clauses.changed.value, "random": used.random.changed.value, "pairs": used.n_pairs}
    return record


def said(verdict: str) -> str:
    """A verdict in short."""
    return SAID.get(verdict, verdict.lower().replace("_", " "))


def table(records: Sequence[Record]) -> list[list[str]]:
    """One line for each network; header first."""

    def number(record: Record, name: str) -> str:
        return "-" if record.get(name) is None else f"{record[name]:.2f}"

    return [list(HEADER)] + [
        [
            r["network"], r["task"], str(r["seed"]), f"{r['fidelity']:.3f}", f"`{r['layer']}`" if "layer" in r else "-",
            *(number(r, name) for name in ("R²", "same columns", "re-drawn", "follow", "random")),
            said(r["verdict"]), f"{r['seconds']:.0f}",
        ]
        for r in records
    ]  # fmt: skip


def counts(records: Sequence[Record]) -> list[list[str]]:
    """How often each verdict was given to the networks of each architecture; header first."""
    verdicts = sorted({record["verdict"] for record in records}, key=[*SAID, *(r["verdict"] for r in records)].index)
    lines = [["network", "networks", *map(said, verdicts)]]
    for name in ARCHITECTURES:
        some = [record for record in records if record["network"] == name]
        lines.append([name, str(len(some)), *(str(sum(r["verdict"] == v for r in some) or "") for v in verdicts)])
    return lines


def draw(records: Sequence[Record]) -> Any:
    """How far the tree's clauses stand above others over the same columns, and how many answers follow them."""
    axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")[1]
    axes.axvspan(-0.1, LEAST_BEYOND_SAME, color="0.95", zorder=0)
    axes.axhspan(-0.06, 0.75, color="0.95", zorder=0)
    for name, colour, marker in zip(ARCHITECTURES, COLOURS, MARKERS, strict=True):
        some = [record for record in records if record["network"] == name and "beyond" in record]
        axes.plot(
            [max(r["beyond"], -0.08) for r in some], [r.get("follow", np.nan) for r in some], marker, ls="",
            color=colour, ms=8, mfc="none", mew=1.6, label=name, clip_on=False,
        )  # fmt: skip
    axes.text(0.99, 0.985, "computed inside", ha="right", va="top", transform=axes.transAxes, fontsize=8, color="0.4")
    axes.set(
        xlim=(-0.1, 1.0), ylim=(-0.06, 1.04), ylabel="answers that follow the swapped clauses",
    )  # fmt: skip
    axes.set_xlabel("R² of the tree's clauses beyond other answers to their questions (share of what these leave)")
    axes.legend(frameon=False, fontsize=8, loc="center right")
    return axes.figure


def main() -> None:
    """Train, distill and judge the networks that are asked for, print the tables, and keep them when told to."""
    parser = argparse.ArgumentParser(description="Where the tree of a network is represented, and where it is used.")
    parser.add_argument("--architectures", nargs="+", default=list(ARCHITECTURES), choices=ARCHITECTURES)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="networks of each architecture")
    parser.add_argument("--write", action="store_true", help=f"write {README.name} and {FIGURE.name}")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    records: list[Record] = []
    for name in asked.architectures:
        for case in cases(name, range(asked.seeds), DEPTHS):
            records.append(measured(case))
            print(records[-1], flush=True)
    print(f"\n{markdown_table(counts(records))}\n\n{markdown_table(table(records))}")
    if asked.write:
        text = README.read_text(encoding="utf-8")
        for block, lines in (("verdicts", counts(records)), ("figures", table(records))):
            text = rewritten(text, block, markdown_table(lines))
        README.write_text(text, encoding="utf-8")
        with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "limbeck", "font.size": 9}):
            draw(records).savefig(FIGURE, format="svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
