"""The last two levels for free: the best subtree of depth 2 below a clause, over every literal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.search.family import PairSplits, row_sets
from limbeck.search.losses import Floats, Loss
from limbeck.threads import cores, in_parallel

__all__ = ["DepthTwoKernel", "PairMemory"]

_LEAF = -1
# Clauses that the compiled core solves between two looks at the clock, and their sums (pairs of literals x statistics).
_CLAUSES_AT_ONCE, _SUMS_AT_ONCE = 16, 20_000_000


@dataclass(frozen=True, eq=False)
class DepthTwoKernel:
    r"""Exact best subtrees of depth at most 2, over all pairs of literals.

    For a clause with rows A, literal answers `L` (n, l) and statistics `t_j` (n,), the products
    `L_A^T diag(t_j) L_A` hold the sums of every conjunction of two literals, and the three other sign
    patterns are differences of them; so one matrix product for each statistic gives the best second
    question on both sides of every first question. Cost: `2 |A| l^2 d` flops; for classes, whose rows have one
    statistic each, `2 |A| l^2`, and half of it where all rows weigh the same, because the products are symmetric.

    Parameters
    ----------
    literals : ndarray of bool, shape (n, l)
        Answers of the rows.
    loss : Loss
        The leaf loss over the same rows.
    min_leaf : float
        Least weight of a leaf.
    max_literals : int
        When l is larger, only the literals that split the clause best by impurity enter the pairs.
    compiled : optional
        The same rows in the compiled core, which then does the work.

    References
    ----------
    Demirovic et al. (2022), *MurTree: optimal decision trees via dynamic programming and search*: counting
    pairs of features for trees of depth two. Here the counts are dense matrix products.
    """

    literals: NDArray[np.bool_]
    loss: Loss
    min_leaf: float = 1.0
    max_literals: int = 128
    compiled: Any = None

    def solve(
        self, members: NDArray[np.uint8], clause: NDArray[np.intp], keep_going: Callable[[], bool] = lambda: True
    ) -> PairSplits:
        """Solve below the clauses that are named, stopping early when told to.

        Parameters
        ----------
        members : ndarray of uint8, shape (k, ceil(n / 8))
            Packed rows of the clauses of a level.
        clause : ndarray of intp
            Which of them to solve, most important first.
        keep_going : callable
            Asked before each clause; once it says no, the clauses left are not solved.
        """
        if not len(clause):
            return PairSplits(np.empty(0, np.intp), np.empty((0, 3)), np.empty((0, 3, 3), np.int32))
        if self.compiled is not None:
            return self._compiled(members, clause, keep_going)
        answers, statistics = self.products

        def below(c: int) -> tuple[NDArray[np.float64], NDArray[np.int32]] | None:
            if not keep_going():
                return None
            rows = np.flatnonzero(row_sets(members[c : c + 1], len(answers), np.bool_)[0])
            return self._solve_rows(answers[rows], statistics[:, rows], rows)

        asked = zip(clause.tolist(), in_parallel(below, clause.tolist()), strict=True)
        solved = [(c, *pair) for c, pair in asked if pair is not None]
        done = len(solved)
        return PairSplits(
            np.array([c for c, _, _ in solved], np.intp),
            np.array([cost for _, cost, _ in solved], np.float64).reshape(done, 3),
            np.array([choice for _, _, choice in solved], np.int32).reshape(done, 3, 3),
        )

    def split(self, rows: NDArray[np.intp]) -> tuple[float, int]:
        """Return what the leaves of the best single question cost over some rows, and the question; -1 without any."""
        answers, statistics = self.products
        if not answers.shape[1]:
            return np.inf, _LEAF
        single = (statistics[:, rows] @ answers[rows]).astype(np.float64)
        total = self.loss.statistics[rows].sum(axis=0)
        cost = self._leaf_cost(single) + self._leaf_cost(total[:, None] - single)
        return float(cost.min()), int(cost.argmin())

    def _compiled(
        self, members: NDArray[np.uint8], clause: NDArray[np.intp], keep_going: Callable[[], bool]
    ) -> PairSplits:
        """Solve some clauses at a time, until told to stop."""
        parts: list[tuple[NDArray[np.float64], NDArray[np.int32]]] = []
        sums = min(self.literals.shape[1], self.max_literals) ** 2 * self.loss.statistics.shape[1]
        at_once = max(1, min(_CLAUSES_AT_ONCE, _SUMS_AT_ONCE // max(1, sums)))
        for start in range(0, len(clause), at_once):
            if not keep_going():
                break
            some = np.ascontiguousarray(members[clause[start : start + at_once]])
            parts.append(self.compiled.pairs(some, self.min_leaf, self.max_literals, cores()))
        done = sum(len(cost) for cost, _ in parts)
        cost = np.concatenate([cost for cost, _ in parts]) if parts else np.empty((0, 3))
        literals = np.concatenate([found for _, found in parts]) if parts else np.empty((0, 3, 3), np.int32)
        return PairSplits(clause[:done], cost, literals)

    @cached_property
    def products(self) -> tuple[Floats, Floats]:
        """Answers and statistics as the products take them, shapes (n, l) and (d, n)."""
        dtype = np.float32 if self.loss.exact_in_single else np.float64
        return self.literals.astype(dtype), np.ascontiguousarray(self.loss.statistics.T, dtype)

    def _solve_rows(
        self, answers: Floats, statistics: Floats, rows: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Return the costs with at most 2, 3 and 4 leaves, and the literals that reach them."""
        if not answers.shape[1]:
            return np.full(3, np.inf), np.full((3, 3), _LEAF, np.int32)
        total = statistics.sum(axis=1, dtype=np.float64)
        single = (statistics @ answers).astype(np.float64)
        kept = self._promising(single, total)
        if len(kept) < answers.shape[1]:
            answers, single = answers[:, kept], single[:, kept]
        pairs = self._pair_sums(answers, statistics, rows).astype(np.float64)
        alone = single[:, :, None] - pairs  # with the first literal, without the second
        neither = (total[:, None] - single)[:, None, :] - alone
        first_only = self._leaf_cost(alone)
        yes_two, yes_second = _best_second(self._leaf_cost(pairs) + first_only)
        no_two, no_second = _best_second(first_only.T + self._leaf_cost(neither))
        yes_one, no_one = self._leaf_cost(single), self._leaf_cost(total[:, None] - single)
        cost, choice = _fewest_leaves_first(
            (
                [(yes_one + no_one, None, None)],
                [(yes_two + no_one, yes_second, None), (yes_one + no_two, None, no_second)],
                [(yes_two + no_two, yes_second, no_second)],
            )
        )
        return cost, np.where(choice == _LEAF, _LEAF, kept[choice]).astype(np.int32)

    def _pair_sums(self, answers: Floats, statistics: Floats, rows: NDArray[np.intp]) -> Floats:
        """Return the sums of every conjunction of two literals, shape (d, l, l)."""
        if self.loss.codes is None:
            return np.stack([(answers * t[:, None]).T @ answers for t in statistics])
        codes, weight = self.loss.codes[rows], self.loss.row_weight
        of_class = [codes == c for c in range(len(statistics))]
        if weight is None:
            return np.stack([answers[held].T @ answers[held] for held in of_class])
        weighted = answers * weight[rows, None].astype(answers.dtype)
        return np.stack([weighted[held].T @ answers[held] for held in of_class])

    def _promising(self, single: Floats, total: Floats) -> NDArray[np.intp]:
        """Return the literals that enter the pairs."""
        if single.shape[1] <= self.max_literals:
            return np.arange(single.shape[1])
        after = self.loss.impurity(single) + self.loss.impurity(total[:, None] - single)
        return np.sort(np.argsort(after, kind="stable")[: self.max_literals])

    def _leaf_cost(self, sums: Floats) -> Floats:
        """Return the cost of leaves, infinite where they are too light."""
        return np.where(self.loss.weight(sums) >= self.min_leaf, self.loss.cost(sums), np.inf)


class PairMemory:
    """Best subtrees of depth 2 by the rows of their clauses, from one search to the next over the same rows."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[NDArray[np.float64], NDArray[np.int32]]] = {}

    def solved(
        self,
        kernel: DepthTwoKernel,
        members: NDArray[np.uint8],
        clause: NDArray[np.intp],
        keep_going: Callable[[], bool] = lambda: True,
    ) -> PairSplits:
        """Return what the kernel solves, and let it solve what is not known: always the same kernel."""
        keys = {c: members[c].tobytes() for c in clause.tolist()}
        new = np.array([c for c, key in keys.items() if key not in self._known], np.intp)
        made = kernel.solve(members, new, keep_going)
        for c, cost, literals in zip(made.clause.tolist(), made.cost, made.literals, strict=True):
            self._known[keys[c]] = cost, literals
        found = {c: self._known[key] for c, key in keys.items() if key in self._known}
        return PairSplits(
            np.array(list(found), np.intp),
            np.array([cost for cost, _ in found.values()], np.float64).reshape(-1, 3),
            np.array([literals for _, literals in found.values()], np.int32).reshape(-1, 3, 3),
        )


def _best_second(cost: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Return for each first literal the least cost of a split by a second one, and that literal."""
    best = cost.argmin(axis=1)
    return cost[np.arange(len(cost)), best], best


def _fewest_leaves_first(
    by_leaves: Sequence[Sequence[tuple[Floats, NDArray[np.intp] | None, NDArray[np.intp] | None]]],
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Pick the best costs and literals for at most 2, 3 and 4 leaves; more leaves are used only when they help."""
    best, least = np.inf, np.full(3, np.inf)
    choice = np.full((3, 3), _LEAF, np.intp)
    for size, candidates in enumerate(by_leaves):
        choice[size] = choice[max(size - 1, 0)]
        for costs, yes_second, no_second in candidates:
            first = int(costs.argmin())
            if costs[first] < best:
                best = costs[first]
                seconds = [_LEAF if s is None else int(s[first]) for s in (yes_second, no_second)]
                choice[size] = [first, *seconds]
        least[size] = best
    return least, choice
