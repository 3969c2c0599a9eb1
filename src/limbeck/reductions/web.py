"""The web of reductions: what distills into what, as one graph, one plain summary, and three renderings."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from typing import Any

from limbeck.reductions.graph import Edge, Kind, ModelClass, Promise, Route, Setting, Web
from limbeck.reductions.known import KNOWN
from limbeck.reductions.learners import CASE_STUDIES, LABELLING, LEARNERS, QUERIES
from limbeck.reductions.rewritings import CONTAINMENTS, REWRITINGS
from limbeck.reductions.theorem import THEOREM

__all__ = ["WEB", "routes", "routes_text", "summarise_routes", "summarise_web", "web_dot", "web_text"]

WEB = Web(
    (
        ModelClass("model", "any model that answers rows: a function, a network, an ensemble, a student"),
        ModelClass("network", "a model with activations that can be read"),
        ModelClass("ensemble", "a forest, or boosted trees"),
        ModelClass("rows", "rows with the model's answers, and nothing else of it"),
        ModelClass("tree", "a decision tree of s leaves"),
        ModelClass("junta", "a table over k of the d columns"),
        ModelClass("list", "a decision list of clauses"),
        ModelClass("rules", "an OR of clauses (DNF), for two classes"),
        ModelClass("polynomial", "a sparse sum of parities of literals"),
        ModelClass("threshold", "a weighted sum of literals"),
    ),
    (*CONTAINMENTS, *LABELLING, *LEARNERS, *QUERIES, *CASE_STUDIES, *THEOREM, *REWRITINGS, *KNOWN),
)
"""Every class and every edge."""


def routes(source: str, target: str, setting: Setting | None = None, *, most_edges: int = 5) -> tuple[Route, ...]:
    """Return the executable routes from one class to another, cheapest first.

    Parameters
    ----------
    source, target : str
        Names of classes of `WEB`.
    setting : Setting, optional
        Sizes, and the epsilon and delta of a whole route.
    most_edges : int
        Longest route.

    Raises
    ------
    InputError
        A class that is not in the web.

    Examples
    --------
    >>> for route in routes("network", "tree", Setting(n_columns=1000), most_edges=3):
    ...     print(route, "-", route.guarantee)
    network → model → junta → tree - the same function (probability at least 0.95)
    network → model → rows → tree - error at most 0.05, if the held-out rows bear it out (probability at least 0.95)
    network → tree - error at most 0.05, if the held-out rows bear it out (probability at least 0.95)
    network → tree - error at most 0.05, if the held-out rows bear it out (probability at least 0.95)

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053: distillation as reductions.
    """
    return WEB.routes(source, target, setting, most_edges=most_edges)


def summarise_web(setting: Setting | None = None) -> dict[str, Any]:
    """Return the graph as plain values, with the costs at a setting."""
    sizes = setting or Setting()
    return {
        "setting": asdict(sizes),
        "classes": [asdict(node) for node in WEB.classes],
        "edges": [_plain_edge(edge, sizes) for edge in WEB.edges],
    }


def summarise_routes(source: str, target: str, setting: Setting | None = None) -> dict[str, Any]:
    """Return the routes between two classes as plain values, cheapest first."""
    sizes = setting or Setting()
    return {
        "setting": asdict(sizes),
        "source": source,
        "target": target,
        "routes": [_plain_route(route) for route in routes(source, target, sizes)],
    }


def web_text(summary: dict[str, Any], *, width: int = 100) -> str:
    """Write a summary of the web for people."""
    lines = ["classes", *(f"  {node['name']:<11} {node['words']}" for node in summary["classes"])]
    inside = [edge for edge in summary["edges"] if edge["kind"] == Kind.CONTAINMENT.value]
    lines += ["", "containments: the same model, in a larger class"]
    lines += [f"  {edge['source']} ⊆ {edge['target']}" for edge in inside]
    for title, executable in (("edges that run", True), ("known, not executable", False)):
        lines += ["", title]
        for edge in summary["edges"]:
            if edge["executable"] == executable and edge not in inside:
                lines += [f"  {edge['source']} → {edge['target']}: {edge['kind']} [{edge['reference']}]"]
                lines += _filled("gives", edge["promise_words"], width) + _filled("costs", edge["cost_words"], width)
                lines += _filled("if", edge["assumption"], width) + _filled("not run", edge["why_not"], width)
    return "\n".join(lines)


def web_dot(summary: dict[str, Any]) -> str:
    """Write a summary of the web as a graph in the DOT language; dashed edges cannot be run."""
    colours = {"EXACT": "black", "SURE": "blue", "MEASURED": "darkorange3"}
    lines = ["digraph web {", "  rankdir=LR;", "  node [shape=box, fontname=Helvetica];"]
    lines += [f'  "{node["name"]}" [tooltip="{node["words"]}"];' for node in summary["classes"]]
    for edge in summary["edges"]:
        style = "solid" if edge["executable"] else "dashed"
        label = _LABELS[Kind(edge["kind"])]
        lines.append(
            f'  "{edge["source"]}" -> "{edge["target"]}" '
            f'[label="{label}", style={style}, color={colours[edge["promise"]]}, tooltip="{edge["reference"]}"];'
        )
    return "\n".join([*lines, "}"])


_LABELS = {
    Kind.CONTAINMENT: "⊆", Kind.REWRITING: "rewrite", Kind.LEARNING: "learn", Kind.QUERIES: "ask",
    Kind.INSIDE: "look inside", Kind.LABELLING: "label",
}  # fmt: skip


def routes_text(summary: dict[str, Any], *, most: int = 10, width: int = 100) -> str:
    """Write a summary of routes for people, the cheapest first."""
    found, sizes = summary["routes"], summary["setting"]
    if not found:
        return f"no executable route from {summary['source']} to {summary['target']}"
    lines = [
        f"from {summary['source']} to {summary['target']}, cheapest first, at d = {sizes['n_columns']}, "
        f"s = {sizes['n_leaves']}, k = {sizes['n_variables']}, r = {sizes['depth']}"
    ]
    for i, route in enumerate(found[:most], start=1):
        lines += ["", f"{i}. {' → '.join(route['classes'])}", *_filled("gives", route["guarantee"], width)]
        lines += _filled("costs", _cost_text(route["cost"]), width)
        for assumption in route["assumptions"]:
            lines += _filled("if", assumption, width)
    lines += ["", f"and {len(found) - most} longer or dearer ones"] if len(found) > most else []
    return "\n".join(lines)


def _plain_edge(edge: Edge, sizes: Setting) -> dict[str, Any]:
    return {
        "source": edge.source,
        "target": edge.target,
        "kind": edge.kind.value,
        "promise": edge.promise.name,
        "promise_words": edge.promise.value,
        "exact": edge.promise is Promise.EXACT,
        "executable": edge.executable,
        "assumption": edge.assumption,
        "cost_words": edge.cost_words,
        "cost": _plain_cost(edge.cost(sizes)),
        "reference": edge.reference,
        "why_not": edge.why_not,
    }


def _plain_route(route: Route) -> dict[str, Any]:
    return {
        "classes": list(route.names),
        "kinds": [edge.kind.value for edge in route.edges],
        "guarantee": route.guarantee,
        "epsilon": route.epsilon,
        "delta": route.delta,
        "shares": [{"epsilon": epsilon, "delta": delta} for epsilon, delta in route.shares],
        "cost": _plain_cost(route.cost),
        "assumptions": list(route.assumptions),
    }


def _plain_cost(cost: Any) -> dict[str, float | None]:
    """Return a cost as numbers that JSON can hold: None for what is out of reach."""
    return {name: value if value < 1e300 else None for name, value in asdict(cost).items()}


def _cost_text(cost: dict[str, float | None]) -> str:
    """Write a cost for people."""
    parts = [f"{_figure(cost[name])} {words}" for name, words in _WORDS.items() if cost[name]]
    return ", ".join(parts) or "nothing"


_WORDS = {"rows": "rows", "queries": "queries", "labelled": "labelled rows", "operations": "steps"}


def _figure(value: float | None) -> str:
    if value is None:
        return "too many"
    return f"{value:,.0f}".replace(",", " ") if value < 1e6 else f"{value:.1e}"


def _filled(label: str, text: str, width: int) -> list[str]:
    """Write a labelled text, filled; nothing for an empty one."""
    lead = f"    {label:<8}"
    return textwrap.wrap(text, width, initial_indent=lead, subsequent_indent=" " * len(lead)) if text else []
