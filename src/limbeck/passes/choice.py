"""The frontier's trees, and the choice among them."""

from __future__ import annotations

from collections.abc import Sequence

from limbeck.certify import fidelity
from limbeck.core import OutputReading, Outputs, Table, Tree
from limbeck.distillation import SizedTree
from limbeck.solve import Frontier

__all__ = ["chosen", "sized_trees"]


def sized_trees(
    frontier: Frontier,
    reading: OutputReading,
    fit: tuple[Table, Outputs],
    validation: tuple[Table, Outputs | None],
) -> tuple[SizedTree, ...]:
    """Lay the frontier's trees out, each with its fidelity on the rows that fit and on the validation rows."""
    points: list[SizedTree] = []
    for point in frontier.points:
        tree = Tree.from_node(point.root, classes=reading.classes, columns=fit[0].schema)
        held_out = None if validation[1] is None else fidelity(tree, validation[0], validation[1])
        points.append(SizedTree(tree, fidelity(tree, *fit), held_out))
    return tuple(points)


def chosen(points: Sequence[SizedTree]) -> SizedTree:
    """Return the tree that agrees best on the validation rows, the smallest among equals; without any, the largest."""
    if points[0].validation_fidelity is None:
        return points[-1]
    return max(points, key=lambda point: (point.validation_fidelity or 0.0, -point.n_leaves))
