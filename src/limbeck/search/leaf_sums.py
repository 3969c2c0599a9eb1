"""What rows add up to at the leaves of finished trees: the trees' leaves in order, those after *yes* first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Literal, Node, Split, Table, Tree
from limbeck.search.exact import MOST_AT_ONCE, ExactSums, limbs_of
from limbeck.search.family import ClauseFamily
from limbeck.search.losses import Loss

__all__ = ["LeafCounter", "leaf_sums_in", "refitted", "sums_after"]


class LeafCounter:
    """Adds rows up at the leaves of trees, batch by batch, in fixed point.

    Parameters
    ----------
    trees : sequence of Tree
        The trees.
    n_statistics : int
        Statistics of a row, d.
    """

    def __init__(self, trees: Sequence[Tree], n_statistics: int) -> None:
        self._trees = tuple(trees)
        self._sums = [ExactSums((tree.n_leaves, n_statistics)) for tree in trees]

    def add(self, rows: Table, statistics: NDArray[np.float64]) -> None:
        """Add a batch with the statistics of its rows, shape (m, d)."""
        for start in range(0, len(statistics), MOST_AT_ONCE):
            some = rows.slice(start, start + MOST_AT_ONCE)
            limbs = limbs_of(statistics[start : start + MOST_AT_ONCE])
            used = np.asarray(limbs.any(axis=1))  # of whole numbers, two limbs of three are nothing but zeros
            for tree, sums in zip(self._trees, self._sums, strict=True):
                at = np.searchsorted(tree.leaves, tree.apply(some))
                sums.add(_by_leaf(at, limbs, used, tree.n_leaves))

    def join(self, other: LeafCounter) -> None:
        """Add the rows that another counter of the same trees has seen."""
        for mine, theirs in zip(self._sums, other._sums, strict=True):
            mine.join(theirs)

    def take_away(self, other: LeafCounter) -> None:
        """Leave out rows that another counter has seen."""
        for mine, theirs in zip(self._sums, other._sums, strict=True):
            mine.take_away(theirs)

    @property
    def sums(self) -> list[NDArray[np.float64]]:
        """The sums of every tree, shape (leaves, d)."""
        return [sums.values for sums in self._sums]


def _by_leaf(
    at: NDArray[np.intp], limbs: NDArray[np.float64], used: NDArray[np.bool_], n_leaves: int
) -> NDArray[np.float64]:
    """Add limbs, shape (3, m, d), up at the leaves that rows are at, shape (3, leaves, d)."""
    found = np.zeros((len(limbs), n_leaves, limbs.shape[2]))
    for limb, column in zip(*np.nonzero(used), strict=True):
        found[limb, :, column] = np.bincount(at, limbs[limb, :, column], n_leaves)
    return found


def leaf_sums_in(family: ClauseFamily, root: Node, literals: Sequence[Literal]) -> NDArray[np.float64]:
    """Return the sums that a family holds for the leaves of a tree over it, shape (leaves, d)."""
    place = {literal: j for j, literal in enumerate(literals)}
    found: list[NDArray[np.float64]] = []
    waiting = [(root, 0, 0)]
    while waiting:
        node, r, clause = waiting.pop()
        level = family.levels[r]
        if not isinstance(node, Split):
            found.append(level.sums[clause])
            continue
        options = level.options
        assert options is not None, "the tree is one over the family"
        asked = (options.parent == clause) & (options.literal == place[node.literal])
        option = int(asked.argmax())
        waiting += [(node.no, r + 1, int(options.no[option])), (node.yes, r + 1, int(options.yes[option]))]
    return np.stack(found)


def refitted(root: Node, sums: NDArray[np.float64], loss: Loss, min_leaf: float) -> tuple[Node, float]:
    """Return a tree with leaves that fit the sums, shape (leaves, d), and its cost; infinite where one is too light."""
    weights, costs, at = loss.weight(sums.T), loss.cost(sums.T), iter(range(len(sums)))

    def below(node: Node) -> Node:
        if isinstance(node, Split):
            yes = below(node.yes)
            return Split(node.literal, yes, below(node.no))
        return loss.leaf(sums[next(at)])

    cost = float(costs.sum()) if (weights >= min_leaf).all() or len(sums) == 1 else np.inf
    return below(root), cost


def sums_after(root: Node, before: Node, sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sums at the leaves of a tree in which some subtrees of the one before became leaves."""
    found: list[NDArray[np.float64]] = []
    waiting = [(root, before, 0)]
    while waiting:
        node, old, first = waiting.pop()
        if isinstance(node, Split) and isinstance(old, Split):
            waiting += [(node.no, old.no, first + old.yes.n_leaves), (node.yes, old.yes, first)]
        else:
            found.append(sums[first : first + old.n_leaves].sum(axis=0))
    return np.stack(found)
