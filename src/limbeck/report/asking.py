"""What a page shows of leaves that ask the model: the curve of what such trees give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limbeck.report.asking_text import summarise_deferral
from limbeck.report.wording import amount, percent
from limbeck.tables import number_text

if TYPE_CHECKING:
    from limbeck.deferral import OperatingPoint
    from limbeck.distillation import Distillation

__all__ = ["expose_trade"]

# The frame of the curve, in the units of its drawing.
_LEFT, _RIGHT, _TOP, _BOTTOM = 72.0, 630.0, 10.0, 190.0


def expose_trade(result: Distillation) -> dict[str, Any] | None:
    """Lay out the share answered beside the disagreement among answered rows; None where it is not known."""
    found = result.deferral
    points = [] if found is None else [p for p in found.points if p.n_answered]
    if found is None or not points:
        return None
    largest = max(p.max_leaves for p in points)
    better = [p for p in points if not any(_beats(q, p) for q in points)]
    best = sorted(better, key=lambda p: (p.answered, p.error))
    top = max(max(p.error for p in best), 0.01)
    places = [(_across(p.answered), _down(p.error / top)) for p in best]
    tolerance = None if found.tolerance is None else number_text(found.tolerance, 4)
    apart = "" if tolerance is None else f" They differ where they are more than {tolerance} apart."
    how = (
        "`defer=0.02` (on the command line `--defer 0.02`) makes such a tree, and certifies both shares."
        if found.target is None
        else "The certificate is about the one that was chosen."
    )
    return {
        "text": (
            f"What trees of at most {largest} leaves give that may ask the model, on {amount(best[0].n_rows)} rows "
            f"that were held out of their fit: an estimate.{apart} {how}"
        ),
        "top": percent(top),
        "line": " ".join(f"{x},{y}" for x, y in places),
        "dots": [
            {"x": x, "y": y, "text": f"answers {percent(p.answered)}, of these {percent(p.error)} differ"}
            for (x, y), p in zip(places, best, strict=True)
        ],
        "rows": _curve(result),
    }


def _beats(one: OperatingPoint, other: OperatingPoint) -> bool:
    """Tell whether one point answers as many rows with as small an error, and more or with a smaller one."""
    pairs = (one.answered, -one.error), (other.answered, -other.error)
    return pairs[0] != pairs[1] and all(a >= b for a, b in zip(*pairs, strict=True))


def _curve(result: Distillation) -> list[dict[str, str]]:
    """Write the rows of the table."""
    told = summarise_deferral(result) or {"curve": []}
    return [
        {
            "target": percent(point["target"]),
            "answered": "-" if point["answered"] is None else percent(point["answered"]),
            "differ": "-" if point["differ"] is None else percent(point["differ"]),
        }
        for point in told["curve"]
    ]


def _across(share: float) -> float:
    return round(_LEFT + (_RIGHT - _LEFT) * share, 1)


def _down(share: float) -> float:
    return round(_BOTTOM - (_BOTTOM - _TOP) * share, 1)
