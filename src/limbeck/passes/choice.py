"""The frontier's trees, and the choice among them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from limbeck.certificates import agreement, gaps_of
from limbeck.core import OutputReading, Outputs, Table, Tree, leaf_numbers
from limbeck.distillation import SizedTree
from limbeck.search import Frontier

__all__ = ["chosen", "sized_trees"]


def sized_trees(
    frontier: Frontier,
    reading: OutputReading,
    rows: Table,
    outputs: Outputs,
    weights: NDArray[np.float64],
    held_out: NDArray[np.float64] | None,
) -> tuple[SizedTree, ...]:
    """Lay the frontier's trees out, each with its agreement on the rows that fit, and on held-out rows by its size.

    Both count rows by their weights, as the fit did; the trees themselves count rows.
    """
    points: list[SizedTree] = []
    schema, cells = rows.schema, dict.fromkeys(rows.dates, "date")
    leaves = leaf_numbers([point.root for point in frontier.points], rows)
    for point, place in zip(frontier.points, leaves, strict=True):
        tree = Tree.from_node(point.root, classes=reading.classes, columns=schema).read_with(cells)
        leaf = tree.leaves[place]
        fitted = float(agreement(np.nan_to_num(gaps_of(tree.scores, outputs, leaf)), outputs, weights))
        held = None if held_out is None else float(held_out[point.n_leaves - 1])
        points.append(SizedTree(tree.counted(leaf, outputs.codes), fitted, held))
    return tuple(points)


def undominated(points: Sequence[SizedTree]) -> tuple[SizedTree, ...]:
    """Leave out the sizes that are no better than a smaller one, neither on the fit rows nor on the validation rows.

    The search compares sizes by its own loss, which may be another: over synthetic rows, over scores, or from before
    the trees were made monotone.
    """
    kept: list[SizedTree] = []
    for point in points:
        if not any(_as_good(smaller, point) for smaller in kept):
            kept.append(point)
    return tuple(kept)


def _as_good(one: SizedTree, other: SizedTree) -> bool:
    """Tell whether a tree is at least as good as another on both kinds of rows."""
    pairs = [(one.fit_fidelity, other.fit_fidelity)]
    if one.validation_fidelity is not None and other.validation_fidelity is not None:
        pairs.append((one.validation_fidelity, other.validation_fidelity))
    return all(first >= second - 1e-12 for first, second in pairs)


def chosen(
    points: Sequence[SizedTree], scores: NDArray[np.float64] | None, slack: NDArray[np.float64] | None = None
) -> SizedTree:
    """Return the tree with the best score on the validation rows, the smallest among equals; without any, the largest.

    Each size is judged together with its neighbours on the frontier, twice by itself and once by either, so that no
    single lucky size is chosen; where there is no neighbour, by itself. With `slack`, the smallest size is taken that
    is behind the best by no more than its slack; one leaf only if none is better.
    """
    if scores is None:
        return points[-1]
    padded = np.pad(scores, 1, mode="edge")
    together = (padded[:-2] + 2 * scores + padded[2:]) / 4
    best = np.round(together, 12).max()
    allowed = np.zeros(len(points)) if slack is None else np.where(np.arange(len(points)) > 0, slack, 0.0)
    return points[int(np.argmax(np.round(together, 12) >= best - allowed))]
