"""Layers one by one, in plain values and as text: how well each holds the tree's clauses, and what follows them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from limbeck.report.layout import aligned, paragraph
from limbeck.tables import shortened

if TYPE_CHECKING:
    from limbeck.probes import Evidence, LayerHeld, LayerUse, Share, Swapped

__all__ = ["layers_text", "summarise_layers"]

_MOST_LAYERS = 12  # in the text
_MARGINS = ("same", "random", "redrawn", "answer")


def summarise_layers(evidence: Evidence) -> list[dict[str, Any]]:
    """Say of every layer how well it holds the clauses that count, beside which controls, and what follows them.

    Returns
    -------
    list of dict
        `layer`; `held` (R² with its interval); `controls` (R² of each control, with the interval of the margin), None
        where there is none; `selective`; `use`, None where there was no intervention.
    """
    used = {use.layer: use for use in evidence.used}
    return [_layer(held, used.get(held.layer)) for held in evidence.held]


def _layer(held: LayerHeld, use: LayerUse | None) -> dict[str, Any]:
    margins = {name: getattr(held, f"above_{name}") for name in _MARGINS}
    return {
        "layer": held.layer,
        "clauses": held.n_clauses,
        "rows": held.n_rows,
        "held": dataclasses.asdict(held.held),
        "controls": {
            name: None
            if margin is None
            else {"r_squared": held.held.value - margin.value, "margin": dataclasses.asdict(margin)}
            for name, margin in margins.items()
        },
        "clauses_above": held.n_above,
        "selective": held.selective,
        "use": None if use is None else _use(use),
    }


def _use(use: LayerUse) -> dict[str, Any]:
    return {
        "units": use.n_units,
        "silent_units": use.n_silent,
        "rank": use.rank,
        "pairs": use.n_pairs,
        "clauses": _swapped(use.clauses),
        "same": None if use.same is None else _swapped(use.same),
        "random": _swapped(use.random),
        "whole": _swapped(use.whole),
        "shift": use.shift,
        "p_value": use.p_value,
        "used": use.used,
        "words": use.words,
        "nodes": [
            {
                "node": node.node,
                "clause": node.label,
                "swap": _swapped(node.swap),
                "linear": None if node.linear is None else _swapped(node.linear),
                "random": _swapped(node.random),
            }
            for node in use.nodes
        ],
    }


def _swapped(swapped: Swapped) -> dict[str, Any]:
    return {"changed": _share(swapped.changed), "kept": _share(swapped.kept), "followed": swapped.followed}


def _share(share: Share) -> dict[str, Any]:
    return {"value": share.value, **dataclasses.asdict(share)}


def layers_text(evidence: Mapping[str, Any], width: int) -> list[str]:
    """Render the layers of a summary, the best first; those that were interrupted with what that showed."""
    layers = sorted(evidence["layers"], key=lambda layer: (layer["use"] is None, -layer["held"]["value"]))
    if not layers:
        return []
    intro = (
        f"Layer by layer, the {layers[0]['clauses']} deeper clauses beside four controls: clauses over the same "
        "columns that are no nodes, random clauses, re-drawn weights, and what the outputs alone tell. Follow: when "
        "the layer's readings of the clauses are moved to another row's, the share of answers that become that "
        "row's; same, any, all: likewise for the clauses over the same columns, a random part of the same rank, and "
        "the whole layer."
    )
    table = aligned(
        ["R²,\ntree", "same\ncols", "random", "re-\ndrawn", "out-\nputs", "follow", "same", "any", "all", "\nlayer"],
        [_line(layer) for layer in layers[:_MOST_LAYERS]],
        left=[9],
    )
    more = len(layers) - _MOST_LAYERS
    lines = ["", paragraph(intro, width, lead="  "), "", table]
    lines += [f"  and {more} more layers"] if more > 0 else []
    why = evidence["not_interrupted"]
    return [*lines, *([paragraph(f"Not tried everywhere: {why}.", width, lead="  ")] if why else [])]


def _line(layer: Mapping[str, Any]) -> list[str]:
    """Write the figures of one layer."""
    controls, use = layer["controls"], layer["use"]
    moved = [None if use is None else use[name] for name in ("clauses", "same", "random", "whole")]
    changed = [None if one is None or not one["changed"]["n"] else one["changed"]["value"] for one in moved]
    return [
        f"{layer['held']['value']:.3f}",
        *("-" if controls[name] is None else f"{controls[name]['r_squared']:.3f}" for name in _MARGINS),
        *("-" if share is None else f"{share:.2f}" for share in changed),
        shortened(layer["layer"]),
    ]
