"""Trees as the compiled core takes and gives them: one row (question, yes, no) a node, parents before children."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Literal, Node, Split
from limbeck.search.losses import Loss

__all__ = ["flat_tree", "tree_of"]


def flat_tree(root: Node, place: Mapping[Literal, int]) -> NDArray[np.int64]:
    """Lay a tree out, shape (nodes, 3): the place of each node's literal and its two children, -1 for leaves."""
    nodes, waiting = [[-1, -1, -1]], [(0, root)]
    while waiting:
        at, node = waiting.pop()
        if isinstance(node, Split):
            below = len(nodes)
            nodes[at] = [place[node.literal], below, below + 1]
            nodes += [[-1, -1, -1], [-1, -1, -1]]
            waiting += [(below, node.yes), (below + 1, node.no)]
    return np.array(nodes, np.int64)


def tree_of(nodes: NDArray[np.int64], sums: NDArray[np.float64], loss: Loss, questions: Mapping[int, Literal]) -> Node:
    """Return the tree behind such rows, given the literal at each inner node and the sums at each, shape (nodes, d)."""
    leaves = np.flatnonzero(nodes[:, 0] < 0)
    made: dict[int, Node] = dict(zip(leaves.tolist(), loss.leaves(sums[leaves].T), strict=True))
    for at, (question, yes, no) in reversed(list(enumerate(nodes[:, :3].tolist()))):
        if question >= 0:
            made[at] = Split(questions[at], made.pop(yes), made.pop(no))
    return made[0]
