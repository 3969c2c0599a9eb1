"""The table of clauses and concepts × layers, with every control: as plain values, and as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from limbeck.probes.evidence import Evidence, Represented
    from limbeck.probes.moved import ConceptMoved

__all__ = ["layer_lines", "layer_table", "moved_words"]

_CONTROLS = ("random", "redrawn")
_MOVES = {"moved": "concept", "moved_random": "random", "moved_whole": "whole"}
_MOST_LINES = 80
_HEADER = ("R²", "random", "re-drawn", "norm", "moved", "any", "all", "layer", "clause")


def layer_table(clauses: Sequence[Represented], moved: Sequence[ConceptMoved] = ()) -> list[dict[str, Any]]:
    """Return one entry for each clause and layer; see `Evidence.by_layer`."""
    moves = {(found.label, found.layer): found for found in moved}
    return [
        {
            "clause": clause.label, "node": clause.node, "depth": clause.depth, "support": clause.support,
            "layer": layer, "r_squared": value, "norm": clause.norm[layer],
            **{name: None if (side := getattr(clause, name)) is None else side[layer] for name in _CONTROLS},
            **{
                name: None if found is None or not getattr(found, part).n else getattr(found, part).value
                for found in (moves.get((clause.label, layer)),)
                for name, part in _MOVES.items()
            },
        }
        for clause in clauses
        for layer, value in clause.r_squared.items()
    ]  # fmt: skip


def moved_words(moved: Sequence[ConceptMoved], why_not: str) -> list[str]:
    """Say what the columns of interventions show, or why there are none."""
    if not moved:
        return [f"Not interrupted: {why_not}."] if why_not else []
    n = max(found.concept.n for found in moved)
    return [
        f"moved: share of answers that change, of at most {n}, when the layer's reading of the clause is moved to that "
        "of a row where it is otherwise; any: by a random move of equal length; all: by the whole layer of that row"
    ]


def layer_lines(evidence: Evidence) -> list[str]:
    """Write the table, where there are several layers, or interventions, and not too many lines."""
    table = evidence.by_layer()
    if len(evidence.layers) < 2 and not evidence.moved:
        return []
    if len(table) > _MOST_LINES:
        return [f"Layer by layer: {len(table)} figures, in `by_layer()`."]
    names = ("r_squared", *_CONTROLS, "norm", *(_MOVES if evidence.moved else ()))
    cells: list[list[str]] = [[name for name in _HEADER if evidence.moved or name not in ("moved", "any", "all")]]
    for entry in table:
        cells.append([*(_figure(name, entry[name]) for name in names), entry["layer"], entry["clause"]])
    width = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["Layer by layer"]
    for line in cells:
        figures = "  ".join(cell.rjust(w) for cell, w in zip(line[:-2], width[:-2], strict=True))
        lines.append(f"{figures}  {line[-2].ljust(width[-2])}  {line[-1]}".rstrip())
    return lines


def _figure(name: str, value: float | None) -> str:
    """Write one figure of the table."""
    digits = 1 if name == "norm" else 2 if name in _MOVES else 3
    return "-" if value is None else f"{value:.{digits}f}"
