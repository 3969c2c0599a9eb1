"""Small pictures for notebooks: the tree as static SVG, and a distillation in a few lines above it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from limbeck.core import Tree
from limbeck.errors import MissingExtraError
from limbeck.report.headline import certificate_sentence, verdict_sentence
from limbeck.report.page import environment
from limbeck.report.trees import answer_text
from limbeck.report.wording import amount, percent, visible
from limbeck.tables import told_apart

if TYPE_CHECKING:
    from limbeck.distillation import Distillation

__all__ = ["distillation_html", "line_of", "tree_html"]

# Nodes up to which a tree is drawn; a larger one is shown as text, which scrolls.
_MOST_NODES = 63
_MOST_SIZES = 12
_WIDTH, _HEIGHT, _ACROSS, _DOWN = 190, 40, 44, 10
_LETTERS = 27  # of a question that fit into its box


def distillation_html(result: Distillation) -> str | None:
    """Write a distillation for a notebook: verdict, certificate, frontier and tree; None without Jinja2."""
    points = [
        {
            "leaves": point.n_leaves,
            "fit": point.fit_fidelity,
            "validation": point.validation_fidelity,
            "chosen": point.n_leaves == result.tree.n_leaves,
        }
        for point in result.frontier
    ]
    chosen = [point["chosen"] for point in points].index(True)
    start = max(0, min(chosen - _MOST_SIZES // 2, len(points) - _MOST_SIZES))
    shown = points[start : start + _MOST_SIZES]
    return _rendered(
        "distillation.html", teacher=visible(result.teacher, 120), verdict=verdict_sentence(result),
        certificate=certificate_sentence(result.certificate), points=shown, left_out=len(points) - len(shown),
        measure="R²" if result.reading.classes is None else "fidelity", tree=_drawing(result.tree),
    )  # fmt: skip


def tree_html(tree: Tree) -> str | None:
    """Write a tree for a notebook as static SVG; None without Jinja2."""
    return _rendered("tree.html", tree=_drawing(tree))


def _rendered(name: str, **values: Any) -> str | None:
    """Fill a template; without Jinja2 the notebook falls back to the printed form."""
    try:
        return environment().get_template(name).render(values)
    except MissingExtraError:
        return None


def _drawing(tree: Tree) -> dict[str, Any]:
    """Place every node and line of a drawing."""
    title = f"Decision tree of {tree.n_leaves} {'leaf' if tree.n_leaves == 1 else 'leaves'}, depth {tree.depth}"
    text = [visible(line) for line in tree.to_text().split("\n")]
    if tree.n_nodes > _MOST_NODES:
        return {"title": title, "text": text, "boxes": []}
    line = line_of(tree)
    place = {n: (int(tree.depth_of[n]) * (_WIDTH + _ACROSS), line[n] * (_HEIGHT + _DOWN)) for n in line}
    titles = {node: _title(tree, node) for node in line}
    shown = told_apart(titles.values(), _LETTERS)
    boxes = [_box(tree, node, titles[node], shown, *place[node]) for node in line]
    edges = [
        _edge(place[node], place[int(child)], word)
        for node in line
        if tree.question[node] >= 0
        for word, child in (("yes", tree.yes[node]), ("no", tree.no[node]))
    ]
    width, height = (max(at[i] for at in place.values()) + (_WIDTH, _HEIGHT)[i] + 2 for i in (0, 1))
    return {"title": title, "text": text, "boxes": boxes, "edges": edges, "width": width, "height": height}


def line_of(tree: Tree) -> dict[int, int]:
    """Return the line of every node: *yes* goes on in the same line, *no* begins a line further down."""
    line: dict[int, int] = {}
    pending, below = [0], 0
    while pending:
        node = pending.pop()
        line[node] = below
        if tree.question[node] < 0:
            below += 1
        else:
            pending += [int(tree.no[node]), int(tree.yes[node])]
    return line


def _title(tree: Tree, node: int) -> str:
    """Write a question, or a leaf's answer."""
    if tree.question[node] < 0:
        return answer_text(tree, node)
    return f"{visible(tree.literals[tree.question[node]].text(True, tree.shown))}?"


def _box(tree: Tree, node: int, title: str, shown: Mapping[str, str], x: int, y: int) -> dict[str, Any]:
    """Describe one box."""
    leaf = tree.question[node] < 0
    rows = f"{amount(float(tree.n_rows[node]))} rows"
    if tree.classes is not None and leaf and tree.n_rows[node] and node not in tree.asking:
        rows = f"{percent(float(tree.shares[node, tree.value[node].argmax()]))} of {rows}"
    return {
        "x": x + 1, "y": y + 1, "width": _WIDTH, "height": _HEIGHT, "radius": 9 if leaf else 2, "whole": title,
        "title": shown[title], "text_x": x + 9,
        "title_y": y + 17, "rows_y": y + 32, "rows": rows,
        "weight": 400 if not leaf else 700,
    }  # fmt: skip


def _edge(parent: tuple[int, int], child: tuple[int, int], word: str) -> dict[str, Any]:
    """Describe one line between two boxes."""
    x1, y1 = parent[0] + _WIDTH + 1, parent[1] + _HEIGHT // 2
    x2, y2 = child[0] + 1, child[1] + _HEIGHT // 2
    bend = x1 + 16
    return {"path": f"M{x1},{y1} C{bend},{y1} {x1},{y2} {x2},{y2}", "x": x2 - 5, "y": y2 - 4, "word": word}
