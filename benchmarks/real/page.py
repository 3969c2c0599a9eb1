"""The page of the real networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

README = Path(__file__).with_name("README.md")
_INSIDE = """## Inside the networks

Leave-one-out R² of linear probes for the clauses of the tree's nodes, the best layers side by side, means over clauses.
"""
_TREES = """## The trees
"""


def written(found: list[dict[str, Any]]) -> None:
    """Write the figures between the marks of the page."""
    text = README.read_text(encoding="utf-8") if README.exists() else "<!-- figures -->\n<!-- end -->\n"
    before, _, rest = text.partition("<!-- figures -->\n")
    after = rest.partition("<!-- end -->\n")[2]
    body = "\n".join([_fidelity(found), _INSIDE, _inside(found), _TREES, _trees(found)])
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
            first = [one["title"], str(one["held_out"]), f"{one['constant']:.3f}"] if own else ["", "", ""]
            last = f"{one['certified'][2]:.3f}" if own else ""
            lines.append(f"| {' | '.join([*first, way, *cells, last])} |")
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
