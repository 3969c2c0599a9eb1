"""A tree drawn in text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from limbeck.core.literal import number_text
from limbeck.tables import counted

if TYPE_CHECKING:
    from limbeck.core.tree import Tree

__all__ = ["ASK", "leaf_text", "tree_lines", "tree_text", "value_text"]


ASK = "ask the model"
"""How a leaf is written that asks the model in place of answering."""


def tree_text(tree: Tree) -> str:
    """Draw the tree, one node a line, the *yes* branch first."""
    return "\n".join(line for _, line in tree_lines(tree))


def tree_lines(tree: Tree) -> Iterator[tuple[int, str]]:
    """Yield every node with its line, in the order in which they are drawn."""
    pending = [(0, "", "")]
    while pending:
        node, lead, indent = pending.pop()
        if tree.question[node] < 0:
            yield node, lead + leaf_text(tree, node)
            continue
        yield node, lead + tree.literals[tree.question[node]].text(True, tree.shown)
        yes, no = int(tree.yes[node]), int(tree.no[node])
        pending += [(no, indent + "└─ no   ", indent + "   "), (yes, indent + "├─ yes  ", indent + "│  ")]


def leaf_text(tree: Tree, node: int) -> str:
    """Write a leaf's answer and what it rests on."""
    rows = counted(float(tree.n_rows[node]), "row")
    if tree.defers is not None and tree.defers[node]:
        return f"{ASK}  ({rows})"
    if tree.classes is None:
        return f"{value_text(tree, node)}  ({rows})"
    best = int(tree.value[node].argmax())
    name = tree.shown(tree.class_texts[best])
    if not tree.n_rows[node]:  # only fresh or synthetic rows came: there is no share to tell
        return f"{name}  ({rows})"
    return f"{name}  ({_percent(float(tree.shares[node, best]))} of {rows})"


def _percent(share: float) -> str:
    """Write a share with three digits; only what is all or nothing is written so."""
    shown = f"{100 * share:.3g}"
    return f"{'99.9' if shown == '100' and share < 1 else shown} %"


def value_text(tree: Tree, node: int, digits: int = 6) -> str:
    """Write the number of a node with so many digits, and more where the tree's numbers differ by little."""
    value, values = float(tree.value[node, 0]), tree.value[:, 0]
    largest = float(abs(values).max())
    # Sums leave a rounding residue where the mean is 0.
    if abs(value) < 1e-12 * largest:
        return "0"
    # Halves, because the whole difference may be more than the largest number.
    apart = float(values.max() / 2 - values.min() / 2)
    more = math.log10(largest / 2 / apart) if apart > 0 else 0.0
    return number_text(value, digits + max(0, math.floor(more)))
