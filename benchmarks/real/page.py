"""The page of the real networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

README = Path(__file__).with_name("README.md")
_INSIDE = """## Inside the networks

Leave-one-out R² of linear probes for the clauses of the tree's nodes, the best layers side by side, means over clauses.
"""
_INTERRUPTED = """## Interrupted

In one layer the readings of all the tree's clauses are moved to those of another input, and the rest of the network
runs on. *Follows*: of the answers that should become the other input's, the share that does; behind the stroke, of
those that should stay, the share that does. Beside it the same with as many clauses over the same questions that are
no nodes of the tree, and with a random part of the layer that is as large. *Held*: mean R² of the clauses in this
layer, and of clauses over the same questions that are no nodes.
"""
_TREES = """## The trees
"""


def written(found: list[dict[str, Any]]) -> None:
    """Write the figures between the marks of the page."""
    text = README.read_text(encoding="utf-8") if README.exists() else "<!-- figures -->\n<!-- end -->\n"
    before, _, rest = text.partition("<!-- figures -->\n")
    after = rest.partition("<!-- end -->\n")[2]
    body = "\n".join(
        [_fidelity(found), _INSIDE, _inside(found), _INTERRUPTED, _interrupted(found), _TREES, _trees(found)]
    )
    README.write_text(f"{before}<!-- figures -->\n{body}<!-- end -->\n{after}", encoding="utf-8")


def _fidelity(found: list[dict[str, Any]]) -> str:
    sizes = list(next(iter(found[0]["fidelity"].values())))
    head = ["model, inputs", "held out", "best constant", "by", *(f"{s} leaves" for s in sizes), "32 leaves, certified"]
    lines = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    for one in found:
        best = {s: max(way[s] for way in one["fidelity"].values()) for s in sizes}
        for way, by_size in one["fidelity"].items():
            own = way == "limbeck"
            cells = [f"**{by_size[s]:.3f}**" if by_size[s] == best[s] else f"{by_size[s]:.3f}" for s in sizes]
            splits = f", {one['splits']} splits" if one["splits"] > 1 else ""
            first = [one["title"], f"{one['held_out']}{splits}", f"{one['constant']:.3f}"] if own else ["", "", ""]
            last = f"{one['certified'][2]:.3f}" if own else ""
            lines.append(f"| {' | '.join([*first, way, *cells, last])} |")
        if one["gain"]:
            gains = [f"{100 * mean:+.1f} ± {100 * half:.1f}" for mean, half in one["gain"].values()]
            lines.append(f"| {' | '.join(['', '', '', 'limbeck above CART, points', *gains, ''])} |")
    return "\n".join(lines) + "\n"


def _inside(found: list[dict[str, Any]]) -> str:
    """Lay out how well the clauses are represented: those of two to four questions, and deeper ones."""
    head = ["model", "clauses of", "number", "tree's own", "random ones", "own, weights drawn afresh"]
    lines = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    for one in found:
        for words, low, high in (("2 to 4 questions", 2, 4), ("more", 5, 99)):
            levels = [level for level in one["evidence"] if low <= (level["depth"] or 0) <= high]
            if levels:
                sides = [_pooled(levels, side) for side in ("true", "random", "redrawn")]
                number = str(sum(level["clauses"] for level in levels))
                lines.append(f"| {' | '.join([one['title'], words, number, *sides])} |")
    return "\n".join(lines) + "\n"


def _interrupted(found: list[dict[str, Any]]) -> str:
    """Lay out what interruptions of single layers show."""
    head = ["model", "layer (units)", "held, same questions", "follows", "other clauses", "random part", "in words"]
    lines = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    for one in found:
        for layer in one["layers"]:
            held = " / ".join("-" if layer[name] is None else f"{layer[name]:.2f}" for name in ("held", "held_same"))
            moved = [
                "-" if layer[n] is None else "{:.2f} / {:.2f}".format(*layer[n]) for n in ("clauses", "same", "random")
            ]
            place = f"`{'/'.join(layer['layer'].split('/')[-2:])}` ({layer['units']})"
            lines.append(f"| {' | '.join([one['title'], place, held, *moved, layer['words']])} |")
        if not one["layers"]:
            why = one["not_interrupted"] or "no layers"
            lines.append(f"| {' | '.join([one['title'], '-', '-', '-', '-', '-', why])} |")
    inside = [f"{one['title']}: {one['inside'] or 'none'}" for one in found]
    told = "Layers that hold the clauses selectively *and* in which the answer follows them"
    return "\n".join(lines) + f"\n\n{told}: {'; '.join(inside)}.\n"


def _pooled(levels: list[dict[str, Any]], side: str) -> str:
    """Return the mean over clauses."""
    known = [level for level in levels if level[side] is not None]
    n = sum(level["clauses"] for level in known)
    return f"{sum(level[side] * level['clauses'] for level in known) / n:.2f}" if n else "-"


def _trees(found: list[dict[str, Any]]) -> str:
    parts = [f"**{one['title']}**: {one['what']}. The tree of 8 leaves:\n\n{_indented(one['tree'])}\n" for one in found]
    return "\n".join(parts)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))
