"""The frontier's trees, and the choice among them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from limbeck.certify import fidelity
from limbeck.core import OutputReading, Tree
from limbeck.distillation import SizedTree
from limbeck.observe import Observation
from limbeck.solve import Frontier

__all__ = ["chosen", "sized_trees"]


def sized_trees(
    frontier: Frontier, reading: OutputReading, seen: Observation, held_out: NDArray[np.float64] | None
) -> tuple[SizedTree, ...]:
    """Lay the frontier's trees out, each with its fidelity on the rows that fit, and on held-out rows by its size."""
    points: list[SizedTree] = []
    for point in frontier.points:
        tree = Tree.from_node(point.root, classes=reading.classes, columns=seen.table.schema)
        tree = tree.read_with(dict.fromkeys(seen.table.dates, "date"))
        held = None if held_out is None else float(held_out[point.n_leaves - 1])
        points.append(SizedTree(tree, fidelity(tree, seen.table, seen.outputs), held))
    return tuple(points)


def chosen(points: Sequence[SizedTree]) -> SizedTree:
    """Return the tree that agrees best on the validation rows, the smallest among equals; without any, the largest.

    Each size is judged together with its neighbours on the frontier, twice by itself and once by either, so that no
    single lucky size is chosen; where there is no neighbour, by itself.
    """
    if points[0].validation_fidelity is None:
        return points[-1]
    held = np.array([point.validation_fidelity for point in points], np.float64)
    padded = np.pad(held, 1, mode="edge")
    together = (padded[:-2] + 2 * held + padded[2:]) / 4
    return points[int(np.argmax(np.round(together, 12)))]
