"""A tree as one SVG drawing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Tree
from limbeck.exports.words import answer_words, question_words
from limbeck.tables import told_apart

__all__ = ["svg_drawing"]

_FONT, _SMALL = 13.0, 11.0
# Characters of a line; the whole of it is shown to a pointer that rests on the box.
_MOST = 48
_LINE, _PADDING, _GAP, _LEVEL, _MARGIN = 17.0, 9.0, 14.0, 46.0, 8.0
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1a1a1a;text-anchor:middle}"
    ".small{font-size:11px;fill:#4d4d4d}.box{fill:#f5f5f5;stroke:#8c8c8c}.leaf{fill:#dbe9f6;stroke:#5b8db8}"
    ".word{paint-order:stroke;stroke:#fff;stroke-width:4px}"
    "path{fill:none;stroke:#8c8c8c}"
)


@dataclass
class _Box:
    """A node as drawn: its lines, all that they were cut from, and its middle and size in pixels."""

    lines: list[str]
    whole: str
    leaf: bool
    x: float
    y: float
    width: float
    height: float


def svg_drawing(tree: Tree) -> str:
    """Draw a tree, the root on top and the *yes* branch on the left.

    Parameters
    ----------
    tree : Tree
        The tree.

    Returns
    -------
    str
        One `<svg>` element on a white ground, without scripts, links or fonts of its own. It can stand in a file or
        inside an HTML page.
    """
    boxes = _placed(tree)
    width = max(box.x + box.width / 2 for box in boxes) + _MARGIN
    height = max(box.y + box.height / 2 for box in boxes) + _MARGIN
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" class="limbeck-tree">']
    lines += [f"<title>{_escaped(_title(tree))}</title>", f"<style>{_scoped(_STYLE)}</style>"]
    lines.append(f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>')
    for node in np.flatnonzero(tree.question >= 0).tolist():
        for word, child in (("yes", int(tree.yes[node])), ("no", int(tree.no[node]))):
            lines += _branch(boxes[node], boxes[child], word)
    for box in boxes:
        lines += _drawn(box)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _placed(tree: Tree) -> list[_Box]:
    """Place every node: leaves side by side, the others over the middle of their branches."""
    words = [_words(tree, node) for node in range(tree.n_nodes)]
    shown = told_apart((line for lines in words for line in lines[:2]), _MOST)
    boxes = [_measured(lines, shown) for lines in words]
    tops = _tops(boxes, tree.depth_of)
    left = np.full(tree.n_nodes, _MARGIN)
    # Width of every subtree, from the leaves up; then places, from the root down.
    widths = np.array([box.width + _GAP for box in boxes])
    for node in np.flatnonzero(tree.question >= 0)[::-1]:
        widths[node] = max(widths[node], widths[tree.yes[node]] + widths[tree.no[node]])
    for node in range(tree.n_nodes):
        box = boxes[node]
        box.x, box.y = float(left[node] + (widths[node] - _GAP) / 2), tops[tree.depth_of[node]] + box.height / 2
        if tree.question[node] >= 0:
            yes, no = tree.yes[node], tree.no[node]
            left[yes] = left[node] + (widths[node] - widths[yes] - widths[no]) / 2
            left[no] = left[yes] + widths[yes]
    return boxes


def _tops(boxes: list[_Box], depth: NDArray[np.int32]) -> list[float]:
    """Return where each level begins."""
    heights = np.zeros(int(depth.max()) + 1)
    np.maximum.at(heights, depth, [box.height for box in boxes])
    return [_MARGIN, *(_MARGIN + np.cumsum(heights[:-1] + _LEVEL)).tolist()]


def _words(tree: Tree, node: int) -> list[str]:
    """Return what there is to say at a node: three lines at a leaf, one at a question."""
    return [*answer_words(tree, node), f"leaf {node}"] if tree.question[node] < 0 else [question_words(tree, node)]


def _measured(words: list[str], shown: Mapping[str, str]) -> _Box:
    """Return a node's lines and size."""
    leaf, lines = len(words) > 1, [shown[line] for line in words[:2]]
    width = max(_width(line, _SMALL if i else _FONT) for i, line in enumerate(lines)) + 2 * _PADDING
    return _Box(lines, ", ".join(words), leaf, 0.0, 0.0, width, len(lines) * _LINE + _PADDING)


def _width(text: str, size: float) -> float:
    """Estimate the width of a text; no font is at hand, so the estimate is on the large side."""
    return sum(_wide(character) for character in text) * size


def _wide(character: str) -> float:
    """Estimate the width of a character, in the size of the font."""
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    return 0.68 if character.isupper() or character in "mw%" else 0.56


def _branch(parent: _Box, child: _Box, word: str) -> Iterator[str]:
    """Draw the line from a question to what follows, with the answer on it."""
    top, bottom = parent.y + parent.height / 2, child.y - child.height / 2
    middle = (top + bottom) / 2
    bend = f"{parent.x:.1f} {middle:.1f} {child.x:.1f} {middle:.1f}"
    yield f'<path d="M{parent.x:.1f} {top:.1f}C{bend} {child.x:.1f} {bottom:.1f}"/>'
    yield f'<text class="small word" x="{(parent.x + 3 * child.x) / 4:.1f}" y="{middle + 8:.1f}">{word}</text>'


def _drawn(box: _Box) -> Iterator[str]:
    """Draw a node."""
    kind = "leaf" if box.leaf else "box"
    x, y = box.x - box.width / 2, box.y - box.height / 2
    size = f'x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}"'
    yield f'<g><title>{_escaped(box.whole)}</title><rect class="{kind}" {size} rx="5"/>'
    for i, line in enumerate(box.lines):
        small = ' class="small"' if i else ""
        yield f'<text{small} x="{box.x:.1f}" y="{y + _PADDING / 2 + _LINE * (i + 0.75):.1f}">{_escaped(line)}</text>'
    yield "</g>"


def _title(tree: Tree) -> str:
    return f"Decision tree of {tree.n_leaves} leaves"


def _scoped(style: str) -> str:
    """Keep the rules to this drawing, for pages that it stands in."""
    rules = [rule.split("{") for rule in style.split("}") if rule]
    return "".join(f".limbeck-tree {selector}{{{body}}}" for selector, body in rules)


def _escaped(text: str) -> str:
    """Escape for the text of an element, and for attributes."""
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        text = text.replace(character, entity)
    return text
