"""The figures and the page: everything with a number in it is written from the results file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt
import numpy as np

from benchmarks.paper.cells import GUIDE_SETS, Cell, Record, Results
from benchmarks.paper.table import (
    CURVE_DEPTHS,
    CURVE_ROWS,
    CURVES,
    DEPTHS,
    N_TREES,
    PAPER,
    SWITCHED_OFF_ROWS,
    TRAINED_DEEPER,
    ablation_table,
    result_table,
    table_cells,
)

DEEP_RESULTS = Path(__file__).parent / "results" / "deep.jsonl"

__all__ = ["findings", "markdown_table", "rank_table", "rewritten", "write_figures", "write_page"]

# Okabe and Ito's colours, which the colour-blind tell apart.
_COLOURS = {
    "all": "#0072B2",
    "activations only": "#009E73",
    "queries only": "#56B4E9",
    "label gain only": "#E69F00",
    "CART": "#D55E00",
    "pystreed": "#CC79A7",
    "the paper's": "#000000",
}
_MARKERS = dict(zip(_COLOURS, "os^vXDP", strict=True))
_STYLE: dict[str, Any] = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "limbeck",
}


def write_figures(results: Results, folder: Path) -> None:
    """Draw both figures as SVG."""
    folder.mkdir(parents=True, exist_ok=True)
    with plt.rc_context(_STYLE):
        _save(_fidelity_figure(results), folder / "paper-fidelity.svg")
        _save(_seconds_figure(results), folder / "paper-seconds.svg")


def write_page(results: Results, page: Path) -> None:
    """Rewrite the page's blocks between their markers."""
    blocks = {
        "findings": findings(results),
        "table": markdown_table(result_table(results, table_cells())),
        "guides": markdown_table(ablation_table(results)),
        "ranks": markdown_table(rank_table(results)),
        "deep": markdown_table(_deep_table(_deep_records(DEEP_RESULTS))),
    }
    text = page.read_text()
    for name, content in blocks.items():
        text = rewritten(text, name, content)
    page.write_text(text)


def rewritten(text: str, name: str, content: str) -> str:
    """Put content between the markers `<!-- name:begin -->` and `<!-- name:end -->`, in place of what is there."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"the page has no markers `{begin}` and `{end}`, once each and in this order")
    before, rest = text.split(begin)
    return f"{before}{begin}\n{content}\n{end}{rest.split(end)[1]}"


def markdown_table(lines: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown, its first line the header."""
    header, *body = ("| " + " | ".join(line) + " |" for line in lines)
    return "\n".join([header, "|" + " --- |" * len(lines[0]), *body])


def rank_table(results: Results, n_trees: int = N_TREES) -> list[list[str]]:
    """Return where the worst clause that a tree needs stands in the paper's ranking, level by level, header first."""
    lines = [["depth", "k", "level", "median over trees", "worst tree", "trees with all inside the beam"]]
    for depth in DEPTHS:
        k = max(PAPER[depth])
        records = results.found(Cell("paper", depth, seed, 1000, k=k, ranking="global") for seed in range(n_trees))
        for level in range(1, depth):
            # A tree needs no clause of a level from which on all its subtrees have one label.
            ranks = [record["ranks"][level - 1] for record in records if len(record["ranks"]) >= level]
            if not ranks:
                continue
            inside = sum(rank <= k for rank in ranks)
            lines.append(
                [str(depth), str(k), str(level), f"{np.median(ranks):.0f}", str(max(ranks)), f"{inside}/{len(ranks)}"]
            )
    return lines


def findings(results: Results, n_trees: int = N_TREES) -> str:
    """Return what the records say, as a list in Markdown."""
    whole = [
        record
        for depth in DEPTHS
        for record in results.found(Cell("guided", depth, seed, 1000, ranking="all") for seed in range(n_trees))
    ]
    inside, compared, outside = _against_paper(results, n_trees)
    lines = [
        f"All guides, 1000 rows: {sum(record['recovered'] for record in whole)} of {len(whole)} trees of depth "
        f"{DEPTHS[0]} to {DEPTHS[-1]} are recovered, the lowest fidelity is "
        f"{min(record['fidelity'] for record in whole):.5f} (that of the drawn tree itself "
        f"{min(record['drawn_fidelity'] for record in whole):.5f}), and the slowest took "
        f"{max(record['seconds'] for record in whole):.1f} s, calls of the network included.",
        f"The paper's method: in {inside} of {compared} settings the paper's figure lies between the worst and the "
        f"best of the {n_trees} trees" + (f"; not at {', '.join(outside)}." if outside else "."),
    ]
    for depth in CURVE_DEPTHS:
        enough = ", ".join(f"{name} {_enough(results, depth, name, n_trees)}" for name in (*CURVES, "CART"))
        lines.append(f"Fewest rows from which on all {n_trees} trees of depth {depth} are recovered: {enough}.")
        lines.append(_what_activations_add(results, depth, n_trees))
    return "\n".join(f"- {line}" for line in lines)


def _against_paper(results: Results, n_trees: int) -> tuple[int, int, list[str]]:
    """Return in how many settings the paper's figure is within our spread, of how many, and where it is not."""
    outside: list[str] = []
    compared = 0
    for depth in DEPTHS:
        for k, (printed, _) in PAPER[depth].items():
            records = results.found(Cell("paper", depth, seed, 1000, k=k, ranking="global") for seed in range(n_trees))
            fidelity = [round(record["fidelity"], 2) for record in records]
            compared += bool(fidelity)
            if fidelity and not min(fidelity) <= printed <= max(fidelity):
                outside.append(
                    f"depth {depth}, k = {k} (paper {printed:.2f}, here {min(fidelity):.2f} to {max(fidelity):.2f})"
                )
    return compared - len(outside), compared, outside


def _enough(results: Results, depth: int, name: str, n_trees: int) -> str:
    """Return the fewest rows from which on a method recovers every tree, among the numbers it was run with."""
    enough, most = 0, 0
    for n in reversed(CURVE_ROWS):
        records = results.found(_curve_cell(name, depth, seed, n) for seed in range(n_trees))
        most = most or (n if records else 0)
        if not all(record["recovered"] for record in records):
            break
        enough = n if records else enough
    return str(enough) if enough else f"more than {most}"


def _what_activations_add(results: Results, depth: int, n_trees: int) -> str:
    """Compare all guides with all but one, tree by tree, where rows are few."""
    words = []
    for n in SWITCHED_OFF_ROWS:
        counts = [
            sum(record["recovered"] for record in results.found(_curve_cell(name, depth, s, n) for s in range(n_trees)))
            for name in ("all", "without activations", "without queries", "without label gain")
        ]
        words.append("{} rows: {} with all guides, {} without activations, {} without queries, {} without label "
                     "gain".format(n, *counts))  # fmt: skip
    return f"Trees of depth {depth} recovered, of {n_trees}: " + "; ".join(words) + "."


def _curve_cell(name: str, depth: int, seed: int, n_rows: int) -> Cell:
    """Return the cell of a curve by the curve's name."""
    if name in GUIDE_SETS:
        return Cell("guided", depth, seed, n_rows, ranking=name)
    return Cell({"CART": "cart", "pystreed": "streed"}[name], depth, seed, n_rows)


def _fidelity_figure(results: Results) -> Any:
    """Fidelity against labelled rows: mean over the trees, and the range from the worst to the best."""
    figure, axes = plt.subplots(1, len(CURVE_DEPTHS), figsize=(8, 3.2), sharey=True, layout="constrained")
    for axis, depth in zip(axes, CURVE_DEPTHS, strict=True):
        for name in (*CURVES, "CART", "pystreed"):
            found = [
                (n, [record["fidelity"] for record in results.found(_curve_cell(name, depth, s, n) for s in range(9))])
                for n in CURVE_ROWS
            ]
            points = [(n, np.mean(f), min(f), max(f)) for n, f in found if f]
            _band(axis, name, points, "all guides" if name == "all" else name)
        axis.set(xscale="log", xlabel="labelled rows", title=f"depth {depth}")
        axis.set_xticks(CURVE_ROWS, [str(n) for n in CURVE_ROWS], minor=False, rotation=45)
        axis.minorticks_off()
    axes[0].set_ylabel("fidelity on fresh rows")
    axes[-1].legend(loc="lower right", fontsize=8)
    return figure


def _seconds_figure(results: Results) -> Any:
    """Seconds against depth: mean over the trees, and the range; open marks are compiled networks of 1000 inputs."""
    figure, axis = plt.subplots(figsize=(5, 3.2), layout="constrained")
    groups = {
        "all": lambda depth: [Cell("guided", depth, s, 1000 if depth <= 5 else 2000, ranking="all") for s in range(9)],
        "the paper's": lambda depth: [
            Cell("paper", depth, s, 1000, k=max(PAPER.get(depth, {0: 0})), ranking="global") for s in range(9)
        ],
        "CART": lambda depth: [Cell("cart", depth, s, 1000) for s in range(9)],
        "pystreed": lambda depth: [Cell("streed", depth, s, 1000) for s in range(9)],
    }
    for name, cells in groups.items():
        found = [(depth, [r["seconds"] for r in results.found(cells(depth))]) for depth in (*DEPTHS, *TRAINED_DEEPER)]
        label = {"all": "limbeck, all guides", "the paper's": "the paper's, largest k"}.get(name, name)
        _band(axis, name, [(depth, np.mean(s), min(s), max(s)) for depth, s in found if s], label)
    deep = [record for record in _deep_records(DEEP_RESULTS) if record["network"] == "compiled"]
    for method, name in (("limbeck", "all"), ("pystreed", "pystreed")):
        points = sorted(
            (r["depth"], r["seconds"]) for r in deep if r.get("method") == method and r["network"] == "compiled"
        )
        if points:
            axis.plot(*zip(*points, strict=True), color=_COLOURS[name], marker=_MARKERS[name], ls="--", mfc="white",
                      label=f"{method}, compiled, 1000 inputs")  # fmt: skip
    axis.axhline(60, color="#999999", lw=0.8, ls=":")
    axis.annotate("pystreed's time limit", (2, 60), fontsize=7, color="#666666", va="bottom")
    axis.set(yscale="log", xlabel="depth", ylabel="seconds")
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=8)
    return figure


def _band(axis: Any, name: str, points: Iterable[tuple[float, ...]], label: str) -> None:
    """Draw the mean as a line with marks and the range as a band."""
    points = list(points)
    if not points:
        return
    x, mean, low, high = zip(*points, strict=True)
    axis.plot(x, mean, color=_COLOURS[name], marker=_MARKERS[name], ms=4, lw=1.2, label=label)
    axis.fill_between(x, low, high, color=_COLOURS[name], alpha=0.12, lw=0)


def _deep_table(records: Sequence[Record]) -> list[list[str]]:
    """Return the runs on deep networks, one a line."""
    heads = [
        "network",
        "depth",
        "leaves that decide",
        "method",
        "fidelity",
        "leaves",
        "rows",
        "queries",
        "seconds",
        "GiB",
    ]
    lines = [heads]
    for r in records:
        ended = r.get("note", "")
        lines.append([
            r["network"], str(r["depth"]), str(r.get("tree_leaves", "")), r["method"],
            f"{r['fidelity']:.4f}" if "fidelity" in r else ended, str(r.get("leaves") or ""), str(r.get("rows", "")),
            str(r.get("queries", "")), str(r["seconds"]), str(r.get("gigabytes", "")),
        ])  # fmt: skip
    return lines


def _deep_records(path: Path) -> list[Record]:
    """Return the records of the deep compiled networks, when they were made: `method`, `depth`, `seconds` at least."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [record for record in map(json.loads, lines) if "depth" in record and "seconds" in record]


def _save(figure: Any, path: Path) -> None:
    """Write an SVG without the date, so that the same results give the same file."""
    figure.savefig(path, format="svg", metadata={"Date": None})
    plt.close(figure)
