"""The table of clauses and concepts × layers, with every control: as plain values, and as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from limbeck.probe.evidence import Evidence, Represented

__all__ = ["layer_lines", "layer_table"]

_CONTROLS = ("random", "redrawn")
_MOST_LINES = 80
_HEADER = ("R²", "random", "re-drawn", "norm", "layer", "clause")


def layer_table(clauses: Sequence[Represented]) -> list[dict[str, Any]]:
    """Return one entry for each clause and layer; see `Evidence.by_layer`."""
    return [
        {
            "clause": clause.label, "node": clause.node, "depth": clause.depth, "support": clause.support,
            "layer": layer, "r_squared": value, "norm": clause.norm[layer],
            **{name: None if (side := getattr(clause, name)) is None else side[layer] for name in _CONTROLS},
        }
        for clause in clauses
        for layer, value in clause.r_squared.items()
    ]  # fmt: skip


def layer_lines(evidence: Evidence) -> list[str]:
    """Write the table, where there are several layers and not too many lines."""
    table = layer_table(evidence.clauses)
    if len(evidence.layers) < 2:
        return []
    if len(table) > _MOST_LINES:
        return [f"Layer by layer: {len(table)} figures, in `by_layer()`."]
    cells: list[list[str]] = [[*_HEADER]]
    for entry in table:
        controls = ["-" if entry[name] is None else f"{entry[name]:.3f}" for name in _CONTROLS]
        cells.append([f"{entry['r_squared']:.3f}", *controls, f"{entry['norm']:.1f}", entry["layer"], entry["clause"]])
    width = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["Layer by layer"]
    for line in cells:
        figures = "  ".join(cell.rjust(w) for cell, w in zip(line[:4], width[:4], strict=True))
        lines.append(f"{figures}  {line[4].ljust(width[4])}  {line[5]}".rstrip())
    return lines
