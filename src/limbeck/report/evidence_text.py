"""What probes found of a tree's clauses, as text: depth by depth beside the controls, then layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from limbeck.report.layers import layers_text
from limbeck.report.layout import aligned, count, paragraph
from limbeck.tables import shortened

__all__ = ["evidence_text"]


def evidence_text(evidence: Mapping[str, Any] | None, width: int) -> str:
    """Compare the tree's clauses with random ones, and say what that does and does not show; indented by two."""
    if evidence is None:
        return paragraph("None: no activations were read, or the tree has one leaf.", width, lead="  ")
    fresh = f", and under weights drawn afresh ({evidence['redraws']} times)" if evidence["redraws"] else ""
    intro = (
        f"Leave-one-out R² of linear probes for the tree's clauses in the activations of n = {count(evidence['rows'])} "
        "fit rows, all layers side by side, beside that of random clauses of as many questions and about equal "
        f"support{fresh}; each at its own best penalty."
    )
    table = aligned(
        ["depth", "clauses", "R²,\ntree", "R²,\nrandom", "R²,\nre-drawn", "above\nrandom", "\nbest layer"],
        [
            [
                str(level["depth"]) if level["depth"] else level["label"],
                str(level["clauses"]),
                _r_squared(level["r_squared"]),
                _r_squared(level["random"]),
                _r_squared(level["redrawn"]),
                f"{level['above_random']} of {level['clauses']}",
                shortened(level["best_layer"]),
            ]
            for level in evidence["by_depth"]
        ],
        left=[6],
    )
    return "\n".join(
        [
            paragraph(intro, width, lead="  "),
            "",
            table,
            "",
            paragraph(_reading(evidence), width, lead="  "),
            *layers_text(evidence, width),
        ]
    )


def _r_squared(value: float | None) -> str:
    """Write an R² that may be missing."""
    return "-" if value is None else f"{value:.3f}"


def _reading(evidence: Mapping[str, Any]) -> str:
    """Say what the figures show."""
    first = "Depth 1 proves nothing: a wide layer represents single questions whether or not it uses them."
    deeper = evidence["deeper"]
    if deeper is None:
        return f"{first} This tree has no deeper clauses, so there is no evidence either way."
    margins = {"random clauses": deeper["margin"], "re-drawn weights": deeper["selectivity"]}
    seen = [f"{m['value']:+.3f} from {what} [{m['low']:+.3f}, {m['high']:+.3f}]" for what, m in margins.items() if m]
    if not seen:
        return f"{first} There is nothing to compare the deeper clauses with."
    return (
        f"{first} Deeper, the tree's {count(deeper['clauses'])} clauses lie {' and '.join(seen)} in R² on average "
        f"({evidence['confidence']:.0%} bootstrap intervals over the rows). The diagnosis says what this amounts to."
    )
