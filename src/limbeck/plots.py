"""Pictures with matplotlib: frontier, tree and evidence, each on axes of the caller's or of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from limbeck.core import Tree
from limbeck.distillation import Distillation
from limbeck.errors import InputError, MissingExtraError
from limbeck.probes import Evidence
from limbeck.report.exposition import BAND, expose_frontier
from limbeck.report.sketch import line_of
from limbeck.report.trees import answer_text
from limbeck.report.wording import amount, percent, visible
from limbeck.tables import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_evidence", "plot_frontier", "plot_layers", "plot_tree"]

# Okabe and Ito's blue and vermilion, which all kinds of colour vision tell apart.
_OWN, _OTHER = "#0072b2", "#d55e00"
_SIDES = {
    "r_squared": "R²",
    "selectivity": "R² above re-drawn weights",
    "above_random": "R² above random clauses",
}
_LETTERS = 28


def plot_frontier(result: Distillation, ax: Axes | None = None) -> Axes:
    """Draw leaves against fidelity (R² for numbers) with its 95 % band, CART beside it and the chosen tree ringed.

    Shown are the validation rows; the fit rows where there are none.

    Parameters
    ----------
    result : Distillation
        The result.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    """
    axes = _axes(ax, (7.0, 4.0))
    points = expose_frontier(result)
    use = "validation" if points[0]["validation"] is not None else "fit"
    leaves, value = [p["leaves"] for p in points], [p[use] for p in points]
    if use == "validation" and points[0]["low"] is not None:
        low, high = [p["low"] for p in points], [p["high"] for p in points]
        axes.fill_between(leaves, low, high, color=_OWN, alpha=0.18, lw=0, label=f"{BAND:.0%} interval of one tree")
    axes.plot(leaves, value, "o-", color=_OWN, label="limbeck")
    if result.baseline:
        cart = [getattr(p, f"{use}_fidelity") for p in result.baseline]
        axes.plot([p.n_leaves for p in result.baseline], cart, "^--", color=_OTHER, label="CART")
    chosen = next(i for i, p in enumerate(points) if p["chosen"])
    axes.plot(leaves[chosen], value[chosen], "o", ms=13, mfc="none", mec="black", label="chosen")
    measure = "R²" if result.reading.classes is None else "fidelity"
    axes.set(xlabel="leaves", ylabel=f"{measure} on the {use} rows")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    return axes


def plot_tree(student: Tree | Distillation, ax: Axes | None = None) -> Axes:
    """Draw a tree from left to right: *yes* goes on in the same line, *no* begins a line further down.

    Parameters
    ----------
    student : Tree or Distillation
        The tree; of a distillation, the chosen one.
    ax : matplotlib Axes, optional
        Where to draw; a new figure of fitting size by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    """
    tree = student if isinstance(student, Tree) else student.tree
    axes = _axes(ax, (3.0 * (tree.depth + 1), 0.62 * tree.n_leaves + 0.4))
    line, depth = line_of(tree), tree.depth_of
    for node, y in line.items():
        leaf = tree.question[node] < 0
        asked = "" if leaf else tree.literals[tree.question[node]].text(True, tree.shown)
        words = answer_text(tree, node) if leaf else f"{visible(asked)}?"
        shown = shortened(words, _LETTERS)
        style = {
            "boxstyle": "round,pad=0.4" if leaf else "square,pad=0.4",
            "fc": "white",
            "ec": _OWN if leaf else "0.4",
        }
        axes.text(
            float(depth[node]), -y, f"{_plain(shown)}\n{_rows(tree, node)}", va="center", fontsize=8, bbox=style,
            fontweight="bold" if leaf else "normal",
        )  # fmt: skip
        for word, child in () if leaf else (("yes", tree.yes[node]), ("no", tree.no[node])):
            ends = float(depth[node]), float(depth[child]), -line[int(child)]
            axes.plot([ends[0] + 0.06, ends[0] + 0.06, ends[1]], [-y, ends[2], ends[2]], color="0.7", lw=1, zorder=0)
            axes.text(ends[1] - 0.07, ends[2] + 0.05, word, ha="right", va="bottom", fontsize=7, color="0.35")
    axes.set(xlim=(-0.1, tree.depth + 0.9), ylim=(-tree.n_leaves + 0.4, 0.6))
    axes.set_axis_off()
    return axes


def plot_evidence(found: Evidence | Distillation, side: str = "r_squared", ax: Axes | None = None) -> Axes:
    """Draw how linear the tree's clauses are in the activations, layer by depth, every cell with its number.

    Parameters
    ----------
    found : Evidence or Distillation
        The evidence.
    side : {"r_squared", "selectivity", "above_random"}
        R² itself, or how far it lies above re-drawn weights or random clauses.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        Another side, or a distillation without evidence.
    MissingExtraError
        matplotlib is not installed.
    """
    evidence = _evidence_of(found, side)
    held = evidence.heat_map()
    values = _numbers(held)
    if side != "r_squared":
        values = values - _numbers(evidence.heat_map("redrawn" if side == "selectivity" else "random"))
    depths = ["concepts" if depth == 0 else str(depth) for depth in held["depths"]]
    axes = _axes(ax, (1.6 + 0.8 * len(held["depths"]), 1.2 + 0.45 * len(held["layers"])))
    _draw_cells(axes, values, held["layers"], depths)
    axes.set(xlabel="questions in the clause (depth)", ylabel="layer", title=_SIDES[side])
    return axes


def plot_layers(found: Evidence | Distillation, side: str = "r_squared", ax: Axes | None = None) -> Axes:
    """Draw how linear every clause and concept is in every layer, each cell with its number.

    Parameters
    ----------
    found : Evidence or Distillation
        The evidence.
    side : {"r_squared", "selectivity", "above_random"}
        R² itself, or how far it lies above re-drawn weights or random clauses.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        Another side, or a distillation without evidence.
    MissingExtraError
        matplotlib is not installed.
    """
    evidence = _evidence_of(found, side)
    table = evidence.by_layer()
    own = _column(table, "r_squared")
    values = own if side == "r_squared" else own - _column(table, "redrawn" if side == "selectivity" else "random")
    clauses = [shortened(visible(clause.label), _LETTERS) for clause in evidence.clauses]
    axes = _axes(ax, (2.4 + 0.8 * len(evidence.layers), 1.4 + 0.35 * len(clauses)))
    _draw_cells(axes, values.reshape(len(clauses), -1), clauses, evidence.layers)
    axes.tick_params(axis="x", labelrotation=45)
    axes.set(xlabel="layer", title=_SIDES[side])
    return axes


def _evidence_of(found: Evidence | Distillation, side: str) -> Evidence:
    """Return the evidence, and refuse a side that it does not have."""
    evidence = found if isinstance(found, Evidence) else found.evidence
    if side not in _SIDES:
        raise InputError("a side of the evidence", f"`side={side!r}`", f"give one of {', '.join(_SIDES)}")
    if evidence is None:
        raise InputError("a plot of the evidence", "a result without any", "distill a model with activations")
    return evidence


def _draw_cells(axes: Any, values: np.ndarray[Any, Any], lines: Sequence[str], columns: Sequence[str]) -> None:
    """Draw a heat map with its numbers."""
    axes.imshow(np.ma.masked_invalid(values), cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
    for (i, j), value in np.ndenumerate(values):
        text = "-" if np.isnan(value) else f"{value:.2f}".replace("-0.00", "0.00")
        axes.text(j, i, text, ha="center", va="center", fontsize=8, color="white" if value > 0.6 else "black")
    axes.set_xticks(range(len(columns)), [_plain(visible(name, 30)) for name in columns])
    axes.set_yticks(range(len(lines)), [_plain(visible(name, 30)) for name in lines])


def _column(table: list[dict[str, Any]], name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return one figure of a table as an array, NaN where there is none."""
    return np.array([np.nan if entry[name] is None else entry[name] for entry in table], np.float64)


def _axes(ax: Axes | None, size: tuple[float, float]) -> Any:
    """Return the axes given, or those of a new figure."""
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise MissingExtraError.for_package("matplotlib", "plot", "a plot") from error
    return plt.subplots(figsize=size, layout="constrained")[1]


def _numbers(heat_map: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the values of a heat map as an array, NaN where there is none."""
    return np.array([[np.nan if v is None else v for v in line] for line in heat_map["values"]], np.float64)


def _plain(text: str) -> str:
    """Keep matplotlib from reading mathematics into a name."""
    return text.replace("$", r"\$")


def _rows(tree: Tree, node: int) -> str:
    """Say how many rows reach a node, and at a leaf how many of them it answers as the teacher does."""
    rows = f"{amount(float(tree.n_rows[node]))} rows"
    agree = tree.classes is not None and tree.question[node] < 0 and tree.n_rows[node] and node not in tree.asking
    return f"{percent(float(tree.shares[node, tree.value[node].argmax()]))} of {rows}" if agree else rows
