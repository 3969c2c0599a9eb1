"""The best pruning of one tree for every size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Leaf, Node, Split
from limbeck.search.program import Frontier, FrontierPoint

__all__ = ["disagreement_cost", "prune_frontier", "squared_cost"]

LeafCost = Callable[[Node], float]
"""What a node costs as a leaf, from its value and its weight."""


def prune_frontier(root: Node, leaf_cost: LeafCost, *, max_leaves: int) -> Frontier:
    """Find, for every number of leaves, the cheapest tree that collapses subtrees of a given one into leaves.

    The program of `solve_program` over the clauses of one tree: `value(v, 1)` is the cost of v as a leaf, and
    `value(v, s) = min over s1 + s2 = s of value(yes, s1) + value(no, s2)`.

    Parameters
    ----------
    root : Node
        The tree.
    leaf_cost : callable
        Cost of a node as a leaf.
    max_leaves : int, at least 1
        Largest size, s.

    Examples
    --------
    >>> from limbeck.core import Literal
    >>> tree = Split(Literal.is_value("x0", 1), Leaf((1.0, 0.0), 3.0), Leaf((0.0, 1.0), 2.0))
    >>> frontier = prune_frontier(tree, lambda v: v.n_rows * (1 - max(v.value)), max_leaves=4)
    >>> [(point.n_leaves, point.cost) for point in frontier.points]
    [(1, 2.0), (2, 0.0)]

    References
    ----------
    Bohanec and Bratko (1994), *Trading accuracy for simplicity in decision trees*, Machine Learning 15.
    """
    values: dict[int, NDArray[np.float64]] = {}

    def solve(node: Node) -> NDArray[np.float64]:
        value = np.full(max_leaves, leaf_cost(node))
        if isinstance(node, Split):
            yes, no = solve(node.yes), solve(node.no)
            for s1 in range(1, max_leaves):
                np.minimum(value[s1:], yes[s1 - 1] + no[: max_leaves - s1], out=value[s1:])
            value = np.minimum.accumulate(value)
        values[id(node)] = value
        return value

    def read(node: Node, s: int) -> Node:
        value = values[id(node)]
        s = int(np.flatnonzero(value[:s] <= value[s - 1])[0]) + 1
        if s == 1 or isinstance(node, Leaf):
            return Leaf(node.value, node.n_rows)
        yes, no = values[id(node.yes)], values[id(node.no)]
        s1 = min(range(1, s), key=lambda s1: yes[s1 - 1] + no[s - s1 - 1])
        return Split(node.literal, read(node.yes, s1), read(node.no, s - s1))

    costs = solve(root)
    better = [s for s in range(1, max_leaves + 1) if s == 1 or costs[s - 1] < costs[s - 2] - 1e-12 * (1 + costs[s - 2])]
    return Frontier(tuple(FrontierPoint(s, float(costs[s - 1]), read(root, s)) for s in better))


def disagreement_cost(node: Node) -> float:
    """Return the weight of the rows on which a node, as a leaf, disagrees with the teacher's class."""
    return node.n_rows * (1.0 - max(node.value))


def squared_cost(node: Node) -> float:
    """Return what collapsing a node into a leaf adds to the squared error of the leaves below it."""

    def below(part: Node) -> float:
        if isinstance(part, Split):
            return below(part.yes) + below(part.no)
        return part.n_rows * sum((u - v) ** 2 for u, v in zip(part.value, node.value, strict=True))

    return below(node)
