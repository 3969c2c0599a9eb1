"""Every tree, tried: the oracle that the dynamic program is tested against on tiny inputs."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from limbeck.search.losses import Loss

__all__ = ["best_costs_by_enumeration"]


def best_costs_by_enumeration(
    literals: NDArray[np.bool_], loss: Loss, *, max_leaves: int, max_depth: int, min_leaf: float = 1.0
) -> NDArray[np.float64]:
    """Return the least cost of any tree with at most 1, 2, ... `max_leaves` leaves, shape (max_leaves,).

    Tries every literal at every node and every share of the leaves; no family, no merging, no products.
    Only for tiny inputs: the work grows like `(2 l)^max_depth`.
    """
    n, n_literals = literals.shape

    @cache
    def best(rows: tuple[int, ...], leaves: int, depth: int) -> float:
        sums = loss.statistics[list(rows)].sum(axis=0)
        cost = float(loss.cost(sums)) if rows and loss.weight(sums) >= min_leaf else np.inf
        if leaves == 1 or depth == 0:
            return cost
        for j in range(n_literals):
            yes = tuple(i for i in rows if literals[i, j])
            no = tuple(i for i in rows if not literals[i, j])
            for s1 in range(1, leaves):
                cost = min(cost, best(yes, s1, depth - 1) + best(no, leaves - s1, depth - 1))
        return cost

    return np.array([best(tuple(range(n)), s, max_depth) for s in range(1, max_leaves + 1)])
