"""The charts of the report as Vega-Lite specifications. Colours are variables of the page's style, so they follow it.

Vega-Lite was chosen over Plotly after a trial of both: 0.8 MB against 4.8 MB in the page, and a fifth of the time
until a frontier of 64 sizes is drawn; its drawings are SVG whose marks a screen reader can name.
"""

from __future__ import annotations

from typing import Any

__all__ = ["frontier_chart", "heat_map_chart"]

_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_STEPS = (0.0, 0.2, 0.4, 0.6, 0.8)
_CONFIG = {
    "background": "transparent",
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--ink)", "titleColor": "var(--ink)", "gridColor": "var(--line)", "tickColor": "var(--line)",
        "domainColor": "var(--soft)", "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": 500,
    },
    "legend": {"labelColor": "var(--ink)", "labelFontSize": 12, "title": None, "orient": "top", "symbolSize": 90},
}  # fmt: skip
_TEACHING = {"limbeck": ("var(--c0)", "circle", [1, 0]), "CART": ("var(--c5)", "triangle-up", [5, 3])}


def frontier_chart(found: dict[str, Any]) -> dict[str, Any]:
    """Draw leaves against fidelity on the validation rows (else the fit rows), with its band, CART beside it."""
    use = "validation" if found["frontier"][0]["validation"] is not None else "fit"
    points = [
        {"leaves": p["leaves"], "value": p[use], "low": p["low"], "high": p["high"], "by": "limbeck"}
        for p in found["frontier"]
    ]
    points += [
        {"leaves": p["n_leaves"], "value": p[f"{use}_fidelity"], "low": None, "high": None, "by": "CART"}
        for p in found["baseline"]
    ]
    shown = found["frontier"][[p["chosen"] for p in found["frontier"]].index(True)]["leaves"]
    x = {"field": "leaves", "type": "quantitative", "title": "leaves", "scale": {"nice": False, "padding": 12},
         "axis": {"tickMinStep": 1, "format": "d"}}  # fmt: skip
    title = f"{found['measure']} on the {use} rows"
    y = {"field": "value", "type": "quantitative", "title": title, "scale": {"zero": False}}
    by = {"field": "by", "type": "nominal"}
    names = [name for name in _TEACHING if any(point["by"] == name for point in points)]
    looks = list(zip(*(_TEACHING[name] for name in names), strict=True))
    scales = [{"domain": names, "range": list(look)} for look in looks]
    drawn = {"x": x, "y": y, "color": {**by, "scale": scales[0]}}
    band = {
        "transform": [{"filter": "datum.low != null"}],
        "mark": {"type": "area", "color": "var(--c0)", "opacity": 0.18, "aria": False},
        "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
    }
    lines = {
        "mark": {"type": "line", "strokeWidth": 1.5, "aria": False},
        "encoding": {**drawn, "strokeDash": {**by, "scale": scales[2]}},
    }
    marks = {
        "mark": {"type": "point", "filled": True, "size": 70 if len(found["frontier"]) <= 40 else 20,
                  "opacity": 1, "cursor": "pointer"},
        "encoding": {
            **drawn, "shape": {**by, "scale": scales[1]},
            "tooltip": [{"field": "by", "title": "by"}, {"field": "leaves"}, {"field": "value", "format": ".4f"}],
        },
    }  # fmt: skip
    ring = {
        "transform": [{"filter": f"datum.by == 'limbeck' && datum.leaves == {shown}"}],
        "mark": {"type": "point", "size": 300, "strokeWidth": 2, "color": "var(--ink)", "filled": False, "aria": False},
        "encoding": {"x": x, "y": y},
    }
    rule = {
        "data": {"values": [{}]},
        "mark": {"type": "rule", "color": "var(--ink)", "strokeDash": [2, 3], "aria": False},
        "encoding": {"x": {"datum": {"expr": "shown"}, "type": "quantitative"}},
    }
    return {
        "$schema": _SCHEMA, "config": _CONFIG, "width": "container", "height": 300, "data": {"values": points},
        "description": f"{title} for every number of leaves, by limbeck and by CART; the table below has the figures.",
        "params": [{"name": "shown", "value": shown}], "layer": [band, rule, lines, ring, marks],
    }  # fmt: skip


def heat_map_chart(heat_map: dict[str, Any] | None) -> dict[str, Any] | None:
    """Draw a layer × depth map of R², or of what of it is above a control; every cell shows its number."""
    if heat_map is None:
        return None
    cells = [
        {"side": side, "layer": layer, "depth": depth, "value": value}
        for side, values in heat_map["sides"].items()
        for layer, line in zip(heat_map["layers"], values, strict=True)
        for depth, value in zip(heat_map["depths"], line, strict=True)
    ]
    colours = [f"var(--h{i})" for i in range(len(_STEPS) + 1)]
    x = {"field": "depth", "type": "ordinal", "sort": None, "title": "questions in the clause (depth)",
         "axis": {"labelAngle": 0, "orient": "top", "domain": False, "ticks": False}}  # fmt: skip
    y = {"field": "layer", "type": "ordinal", "sort": None, "title": "layer",
         "axis": {"domain": False, "ticks": False, "labelLimit": 160}}  # fmt: skip
    scale = {"type": "threshold", "domain": list(_STEPS), "range": colours}
    square = {
        "mark": {"type": "rect", "stroke": "var(--paper)", "strokeWidth": 2, "cornerRadius": 4},
        "encoding": {
            "color": {"field": "value", "type": "quantitative", "scale": scale, "legend": None},
            "tooltip": [{"field": "layer"}, {"field": "depth"}, {"field": "value", "format": ".3f"}],
        },
    }
    number = {
        "mark": {"type": "text", "fontSize": 12, "aria": False},
        "encoding": {
            "text": {"field": "value", "type": "quantitative", "format": ".2f"},
            "color": {"condition": {"test": f"datum.value >= {_STEPS[3]}", "value": "var(--on-strong)"},
                      "value": "var(--on-weak)"},
        },
    }  # fmt: skip
    return {
        "$schema": _SCHEMA, "config": _CONFIG, "width": "container", "height": {"step": 36},
        "description": "R² of linear probes by layer and depth; the table below has the figures.",
        "data": {"values": cells}, "params": [{"name": "side", "value": "r_squared"}],
        "transform": [{"filter": "datum.side == side && datum.value != null"}],
        "encoding": {"x": x, "y": y}, "layer": [square, number],
    }  # fmt: skip
