"""Rows counted at every node of a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from limbeck.core.tree import Tree

__all__ = ["counted_up", "node_counts"]


def node_counts(
    tree: Tree, leaf: NDArray[np.integer[Any]], codes: NDArray[np.intp] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the number of rows at every node, shape (nodes,), and the shares of their classes, shape (nodes, c).

    Parameters
    ----------
    tree : Tree
        The tree, of c classes.
    leaf : ndarray of int, shape (n,)
        The leaf of every row, as `Tree.apply` says.
    codes : ndarray of intp, shape (n,), or None
        The class of every row, below 0 where it is none of the tree's; None for numbers.
    """
    width = tree.value.shape[1]
    counts = np.zeros((tree.n_nodes, width + 1))
    counts[:, width] = np.bincount(leaf, minlength=tree.n_nodes)
    if codes is not None:
        known = codes >= 0
        place = leaf[known].astype(np.intp) * width + codes[known]
        counts[:, :width] = np.bincount(place, minlength=tree.n_nodes * width).reshape(-1, width)
    return counted_up(tree, counts[tree.leaves])


def counted_up(tree: Tree, at_leaves: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return rows and shares of classes at every node, as `node_counts`, from the counts at the leaves.

    Parameters
    ----------
    tree : Tree
        The tree, of c classes.
    at_leaves : ndarray of float64, shape (leaves, c + 1)
        Rows of each class and, last, all rows; of a tree of numbers only the last column counts.
    """
    counts = np.zeros((tree.n_nodes, at_leaves.shape[1]))
    counts[tree.leaves] = at_leaves
    inner = np.flatnonzero(tree.question >= 0)[::-1]  # children come after their parents
    for node, yes, no in zip(inner.tolist(), tree.yes[inner].tolist(), tree.no[inner].tolist(), strict=True):
        counts[node] = counts[yes] + counts[no]
    return counts[:, -1], counts[:, :-1] / np.maximum(counts[:, -1:], 1.0)
