"""Nested values laid out as the parallel arrays of a tree, parents before children, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from limbeck.core.literal import Literal
from limbeck.core.nodes import Leaf, Node, Split

if TYPE_CHECKING:
    from limbeck.core.tree import Tree

__all__ = ["LEAF", "NO_CHILD", "LaidOut", "laid_out", "nested"]

LEAF = -1
"""`question` of a leaf."""
NO_CHILD = -1
"""`yes` and `no` of a leaf."""


@dataclass(frozen=True, eq=False)
class LaidOut:
    """The arrays of a tree; fields as in `Tree`."""

    literals: tuple[Literal, ...]
    question: NDArray[np.int32]
    yes: NDArray[np.int32]
    no: NDArray[np.int32]
    value: NDArray[np.float64]
    n_rows: NDArray[np.float64]
    defers: NDArray[np.bool_] | None


def laid_out(root: Node) -> LaidOut:
    """Lay a nested tree out as parallel arrays."""
    literals: dict[Literal, int] = {}
    nodes: list[Node] = []
    question: list[int] = []
    no: list[int] = []
    pending: list[tuple[Node, int]] = [(root, NO_CHILD)]
    while pending:
        node, refused = pending.pop()  # the question to which *no* leads here
        place = len(nodes)
        if refused != NO_CHILD:
            no[refused] = place
        nodes.append(node)
        no.append(NO_CHILD)
        if isinstance(node, Split):
            question.append(literals.setdefault(node.literal, len(literals)))
            pending += [(node.no, place), (node.yes, NO_CHILD)]
        else:
            question.append(LEAF)
    asked = np.array(question, np.int32)
    following = np.arange(1, len(nodes) + 1, dtype=np.int32)  # the node after *yes* comes next
    defers = np.array([isinstance(node, Leaf) and node.defers for node in nodes])
    return LaidOut(
        tuple(literals),
        asked,
        np.where(asked == LEAF, np.int32(NO_CHILD), following),
        np.array(no, np.int32),
        np.array([node.value for node in nodes], np.float64).reshape(len(nodes), -1),
        np.array([node.n_rows for node in nodes], np.float64),
        defers if defers.any() else None,
    )


def nested(tree: Tree, node: int = 0) -> Node:
    """Return the subtree below a node as nested values."""
    made: dict[int, Node] = {}
    for i in reversed(range(node, tree.n_nodes)):  # children come after their parents
        if tree.question[i] == LEAF:
            asks = tree.defers is not None and bool(tree.defers[i])
            made[i] = Leaf(tuple(tree.value[i].tolist()), float(tree.n_rows[i]), asks)
        else:
            literal = tree.literals[tree.question[i]]
            made[i] = Split(literal, made.pop(int(tree.yes[i])), made.pop(int(tree.no[i])))
    return made[node]
