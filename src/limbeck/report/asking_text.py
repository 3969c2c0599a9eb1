"""What trees that may ask the model give, as text: the frontier of a distillation that asked for them, and a glance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from limbeck.deferral import TARGETS
from limbeck.report.layout import aligned, count, paragraph, share
from limbeck.tables import number_text

if TYPE_CHECKING:
    from limbeck.distillation import Distillation

__all__ = ["asking_section", "deferring_frontier", "summarise_deferral"]


def summarise_deferral(result: Distillation) -> dict[str, Any] | None:
    """Say what trees that may ask the model give: at the disagreement that was asked for, and at 1, 2 and 5 %."""
    found = result.deferral
    if found is None:
        return None
    wanted = {*TARGETS, TARGETS[0] if found.target is None else found.target}
    targets = [float(target) for target in sorted(wanted)]
    points = [(target, found.at(target)) for target in targets]
    return {
        "target": found.target,
        "tolerance": found.tolerance,
        "max_leaves": max((p.max_leaves for p in found.points), default=result.tree.n_leaves),
        "rows": max((p.n_rows for p in found.points), default=0),
        "curve": [
            {
                "target": target,
                "answered": None if point is None else point.answered,
                "differ": None if point is None else point.error,
                "leaves": None if point is None else point.max_leaves,
            }
            for target, point in points
        ],
        "points": [
            {"leaves": p.max_leaves, "price": p.price, "answered": p.answered, "differ": p.error} for p in found.points
        ],
    }


def deferring_frontier(summary: Mapping[str, Any], width: int) -> str:
    """Write the frontier of trees that may ask the model, with the choice marked."""
    rows = [
        [
            "→" if point["chosen"] else "",
            str(point["leaves"]),
            str(point["asking"]),
            str(point["depth"]),
            share(point["answered"]),
            share(None if point["differ"] is None else 1.0 - point["differ"]),
            "chosen" if point["chosen"] else "",
        ]
        for point in summary["frontier"]
    ]
    n = count(summary["deferral"]["rows"])
    header = ["", "leaves", "of which\nask", "depth", f"answered,\nn = {n}", "fidelity of\nthese", ""]
    text = (
        f"For each size, the tree that answers most rows of those that keep the disagreement at "
        f"{summary['deferral']['target']:g} with room for the certificate, as far as rows that were held out can tell; "
        "sizes that do no better than a smaller one are left out. Leaves that ask the model count as leaves."
    )
    return f"{paragraph(text, width, lead='  ')}\n\n{aligned(header, rows, left=[6])}"


def asking_section(summary: Mapping[str, Any], width: int) -> tuple[str, str] | None:
    """Say at a glance what share of rows trees would answer that may ask the model; None where it is not known."""
    found = summary["deferral"]
    if found is None or not found["points"]:
        return None
    asked = found["target"] is not None
    apart = "" if found["tolerance"] is None else f" (differ: be more than {number_text(found['tolerance'], 4)} apart)"
    text = (
        f"Trees of at most {found['max_leaves']} leaves that may ask the model, on {count(found['rows'])} rows that "
        f"were held out of their fit{apart}. An estimate"
        + (
            ": the certificate is about the one that was chosen."
            if asked
            else "; `defer=0.02` (`--defer 0.02`) makes such a tree, and certifies both shares."
        )
    )
    rows = [[f"{point['target']:g}", share(point["answered"]), share(point["differ"])] for point in found["curve"]]
    table = aligned(["differ at most", "answered", "differ"], rows)
    return "Answer, or ask the model", f"{paragraph(text, width, lead='  ')}\n\n{table}"
