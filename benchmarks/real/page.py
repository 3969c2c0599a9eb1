"""The page of the real networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

README = Path(__file__).with_name("README.md")


def written(found: list[dict[str, Any]]) -> None:
    """Write the figures between the marks of the page."""
    text = README.read_text(encoding="utf-8") if README.exists() else "<!-- figures -->\n<!-- end -->\n"
    before, _, rest = text.partition("<!-- figures -->\n")
    after = rest.partition("<!-- end -->\n")[2]
    body = "\n".join([_fidelity(found), _inside(found), _trees(found)])
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
    lines = ["| model | depth | clauses | tree's own | random | weights drawn afresh |", "|" + " --- |" * 6]
    for one in found:
        for level in one["evidence"]:
            sides = ["-" if level[side] is None else f"{level[side]:.2f}" for side in ("true", "random", "redrawn")]
            lines.append(f"| {one['title']} | {level['depth']} | {level['clauses']} | {' | '.join(sides)} |")
    return "\n".join(lines) + "\n"


def _trees(found: list[dict[str, Any]]) -> str:
    parts = [f"{one['title']}: {one['what']}.\n\n{_indented(one['tree'])}\n" for one in found]
    return "\n".join(parts)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))
