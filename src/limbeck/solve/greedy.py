"""Greedy growth: the tree after each question, the one with most gain first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Leaf, Literal, Node, Split
from limbeck.solve.bins import AnsweredSums, BinnedColumn
from limbeck.solve.losses import Loss
from limbeck.solve.program import Frontier, FrontierPoint

__all__ = ["greedy_frontier"]

# Share of the impurity at the root below which a leaf is pure but for rounding.
_PURE = 1e-9


@dataclass(eq=False)
class _Grown:
    """A leaf so far: its rows, their statistics, and the same with each literal; and its question, once it has one."""

    depth: int
    rows: NDArray[np.bool_]
    sums: NDArray[np.float64]
    by_literal: NDArray[np.float64]
    literal: int
    gain: float
    sides: tuple[_Grown, _Grown] | None = None


def greedy_frontier(
    literals: Sequence[Literal],
    answers: NDArray[np.bool_],
    columns: Sequence[BinnedColumn],
    loss: Loss,
    *,
    max_leaves: int,
    max_depth: int,
    min_leaf: float = 1.0,
) -> Frontier:
    """Grow one tree by impurity, best question first, and return it at every size on the way.

    Other than the program's, a tree may be no better than a smaller one: while a leaf is impure it is split, for what
    the next question may gain.

    Parameters
    ----------
    literals : sequence of Literal, length l
        The questions.
    answers : ndarray of bool, shape (n, l)
        The rows' answers.
    columns : sequence of BinnedColumn
        The same answers by column.
    loss : Loss
        Over the same rows.
    max_leaves : int, at least 1
        Largest size.
    max_depth : int, at least 0
        Most questions on a path.
    min_leaf : float
        Least weight of a leaf.

    References
    ----------
    Breiman, Friedman, Olshen and Stone (1984), *Classification and Regression Trees*: the gain in impurity. Shi (2007),
    *Best-first decision tree learning*: the order.
    """
    adder, pure = AnsweredSums(columns), _PURE * float(loss.impurity(loss.total))

    def opened(
        depth: int, rows: NDArray[np.bool_], sums: NDArray[np.float64], by_literal: NDArray[np.float64]
    ) -> _Grown:
        """Find the best question of a leaf."""
        yes = by_literal.T
        no = sums[:, None] - yes
        now = loss.impurity(sums)
        allowed = (loss.weight(yes) >= min_leaf) & (loss.weight(no) >= min_leaf) & (now > pure) & (depth < max_depth)
        gain = np.where(allowed, now - loss.impurity(yes) - loss.impurity(no), -np.inf)
        best = int(gain.argmax()) if len(gain) else 0
        return _Grown(depth, rows, sums, by_literal, best, float(gain[best]) if len(gain) else -np.inf)

    root = opened(0, np.ones(len(answers), bool), loss.total, adder.of(loss.statistics))
    leaves, points = [root], [_point(root, 1, literals, loss)]
    while len(leaves) < max_leaves:
        widest = max(leaves, key=lambda leaf: leaf.gain)
        if widest.gain == -np.inf:
            break
        held = widest.rows & answers[:, widest.literal]
        with_yes = adder.of(loss.statistics * held[:, None])
        sums = widest.by_literal[widest.literal]
        yes = opened(widest.depth + 1, held, sums, with_yes)
        no = opened(widest.depth + 1, widest.rows & ~held, widest.sums - sums, widest.by_literal - with_yes)
        widest.sides = yes, no
        leaves = [leaf for leaf in leaves if leaf is not widest] + [yes, no]
        points.append(_point(root, len(leaves), literals, loss))
    return Frontier(tuple(points))


def _point(root: _Grown, n_leaves: int, literals: Sequence[Literal], loss: Loss) -> FrontierPoint:
    """Freeze the tree as it stands."""
    cost = 0.0

    def frozen(part: _Grown) -> Node:
        nonlocal cost
        if part.sides is None:
            cost += float(loss.cost(part.sums))
            return Leaf(loss.value(part.sums), float(loss.weight(part.sums)))
        return Split(literals[part.literal], *map(frozen, part.sides))

    node = frozen(root)
    return FrontierPoint(n_leaves, cost, node)
