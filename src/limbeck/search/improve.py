"""Local improvement of a finished tree, until no single question and no small subtree has a better one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Leaf, Literal, Node, Split
from limbeck.search.bins import AnsweredSums, BinnedColumn, binned_columns
from limbeck.search.depth_two import DepthTwoKernel, PairMemory
from limbeck.search.flat import flat_tree, tree_of
from limbeck.search.losses import Loss
from limbeck.search.program import Frontier, FrontierPoint

__all__ = ["TreeImprover"]

_MOST_SWEEPS = 8
# Literals, the best by impurity, that enter small subtrees; every sweep solves one for many nodes.
_PAIR_LITERALS = 64
# What an exchange has to save, relative to the tree's cost: rounding saves nothing.
_LEAST = 1e-9


_UNFITTED = Leaf((), 0.0)


@dataclass(eq=False)
class _Growing:
    """A node that can be rewritten: a question (index of its literal) with two sides, or a leaf."""

    question: int = -1
    yes: _Growing | None = None
    no: _Growing | None = None
    leaf: Leaf = _UNFITTED

    @property
    def n_leaves(self) -> int:
        return 1 if self.yes is None or self.no is None else self.yes.n_leaves + self.no.n_leaves


class TreeImprover:
    r"""Alternates over the nodes of a tree; the cost never rises, and the number of leaves stays.

    Bottom up, for the rows that reach a node: a single question gives way to the best one, and a larger subtree of a
    depth of at most 2 to the exact best such subtree of as many leaves (by `DepthTwoKernel`, over the literals that
    split its rows best). For any other node, the trees on both sides are fixed, and sending row i to the *yes* side
    saves `e_i`; so the best question is the literal j with the largest sum of e_i over the rows that answer j with yes
    (or with no, the sides exchanged). Leaves are fitted anew after each sweep; it ends when a sweep changes nothing.

    Parameters
    ----------
    literals : sequence of Literal, length l
        The questions.
    answers : ndarray of bool, shape (n, l)
        The rows' answers.
    loss : Loss
        Over the same rows.
    columns : sequence of BinnedColumn, optional
        The same literals by the columns that they ask about; each its own by default.
    min_leaf : float
        Least weight of a leaf.
    keep_going : callable
        Asked before each sweep.
    compiled : optional
        The same rows in the compiled core, which then does the work.

    References
    ----------
    Carreira-Perpinan and Tavallali (2018), *Alternating optimization of decision trees, with application to learning
    sparse oblique trees*, NeurIPS 31. The exact small subtrees are an addition.
    """

    def __init__(
        self,
        literals: Sequence[Literal],
        answers: NDArray[np.bool_],
        loss: Loss,
        *,
        columns: Sequence[BinnedColumn] | None = None,
        min_leaf: float = 1.0,
        keep_going: Callable[[], bool] = lambda: True,
        compiled: Any = None,
    ) -> None:
        self.literals, self.loss, self.min_leaf, self.keep_going = literals, loss, min_leaf, keep_going
        self._answers = answers
        self._place = {literal: j for j, literal in enumerate(literals)}
        self._solved = PairMemory()  # trees of neighbouring sizes share most of their subtrees
        self._kernel = DepthTwoKernel(answers, loss, min_leaf, _PAIR_LITERALS)
        self._columns = columns
        self._compiled: Any = None
        if compiled is not None:
            self._compiled = compiled.improver(min_leaf, _PAIR_LITERALS, _MOST_SWEEPS, _LEAST)

    @cached_property
    def _sums(self) -> AnsweredSums:
        return AnsweredSums(binned_columns(self._answers) if self._columns is None else self._columns)

    def fitted(self, root: Node) -> tuple[Node, float]:
        """Return a tree that was fitted to other rows with leaves that fit these, and its cost.

        A side that rows of less than `min_leaf` reach gives way to the other.
        """
        if self._compiled is not None:
            return self._read(*self._compiled.fitted(flat_tree(root, self._place)))
        tree = self._opened(root)
        cost = self._fit(tree, np.arange(len(self._answers)))
        return self._frozen(tree), cost

    def fitted_frontier(self, roots: Iterable[Node]) -> Frontier:
        """Return the best of some trees at every size, with leaves that fit the rows; the first among equals."""
        points = Frontier(tuple(FrontierPoint(*self._size_and_cost(root), root) for root in roots))
        best = Frontier(()).joined(points, self.loss.least_gain).points  # few of them: only these are read
        return Frontier(tuple(replace(point, root=self.fitted(point.root)[0]) for point in best))

    def _size_and_cost(self, root: Node) -> tuple[int, float]:
        """Return the leaves that a tree has, and what it costs, when it is fitted to the rows."""
        if self._compiled is None:
            fitted, cost = self.fitted(root)
            return fitted.n_leaves, cost
        nodes, _, cost = self._compiled.fitted(flat_tree(root, self._place))
        return int((nodes[:, 0] < 0).sum()), cost

    def frontier(self, frontier: Frontier) -> Frontier:
        """Return every tree improved; a tree for which there is no time stays as it is."""
        made = [(point, *self.improved(point.root)) for point in frontier.points]
        points = Frontier(tuple(FrontierPoint(root.n_leaves, min(c, old.cost), root) for old, root, c in made))
        return Frontier(()).joined(points, self.loss.least_gain)

    def improved(self, root: Node) -> tuple[Node, float]:
        """Return a tree of as many leaves, or fewer, that costs no more, and its cost; its leaves fit the rows."""
        if self._compiled is not None:
            return self._by_core(root) if self.keep_going() else (root, np.inf)
        tree, rows = self._opened(root), np.arange(len(self._answers))
        cost = self._fit(tree, rows)
        best = self._frozen(tree), cost
        for _ in range(_MOST_SWEEPS):
            if not self.keep_going() or not self._sweep(tree, rows):
                break
            cost = self._fit(tree, rows)
            if cost >= best[1] - _LEAST * (1 + best[1]):
                break
            best = self._frozen(tree), cost
        return best

    def _by_core(self, root: Node) -> tuple[Node, float]:
        """Let the compiled core do it."""
        nodes, sums, cost = self._compiled.improved(flat_tree(root, self._place))
        return (root, cost) if nodes is None else self._read(nodes, sums, cost)

    def _read(self, nodes: NDArray[np.int64], sums: NDArray[np.float64], cost: float) -> tuple[Node, float]:
        """Read a tree of the compiled core."""
        asked = {at: self.literals[j] for at, j in enumerate(nodes[:, 0].tolist()) if j >= 0}
        return tree_of(nodes, sums, self.loss, asked), cost

    def _sweep(self, node: _Growing, rows: NDArray[np.intp]) -> bool:
        """Improve every node below, then this one; tell whether anything changed."""
        if node.yes is None or node.no is None or not len(rows):
            return False
        answer = self._answers[rows, node.question]
        changed = self._sweep(node.yes, rows[answer])
        changed |= self._sweep(node.no, rows[~answer])
        if _depth(node) <= 2:
            return self._resolve(node, rows) or changed
        return self._exchange(node, rows) or changed

    def _exchange(self, node: _Growing, rows: NDArray[np.intp]) -> bool:
        """Ask the best question of a node whose two sides stay as they are, either way round."""
        assert node.yes is not None
        assert node.no is not None
        gain = self._row_costs(node.no, rows) - self._row_costs(node.yes, rows)
        if not gain.any():
            return False
        everywhere = np.zeros(len(self._answers))
        everywhere[rows] = gain
        saved = self._sums.of(everywhere)
        turned = float(gain.sum()) - saved
        now = float(saved[node.question])
        straight, other = int(saved.argmax()), int(turned.argmax())
        if max(saved[straight], turned[other]) <= now + 1e-6 * (1.0 + abs(now)):
            return False
        if saved[straight] >= turned[other]:
            node.question = straight
        else:
            node.question, node.yes, node.no = other, node.no, node.yes
        return True

    def _resolve(self, node: _Growing, rows: NDArray[np.intp]) -> bool:
        """Put the exact best subtree of depth 2 in a node's place, when it costs less with as many leaves."""
        size = node.n_leaves
        now = self._cost_below(node, rows)
        if size == 2:
            cost, first, yes, no = *self._kernel.split(rows), -1, -1
        else:
            member = np.zeros((1, len(self._answers)), bool)
            member[0, rows] = True
            found = self._solved.solved(self._kernel, np.packbits(member, axis=1), np.zeros(1, np.intp))
            cost = found.cost[0, size - 2]
            first, yes, no = (int(j) for j in found.literals[0, size - 2])
        if cost >= now - _LEAST * (1 + now):
            return False
        node.question, node.yes, node.no = first, _small(yes), _small(no)
        self._fit(node, rows)
        return True

    def _cost_below(self, node: _Growing, rows: NDArray[np.intp]) -> float:
        """Return what the leaves below a node cost when each answers its rows best."""
        if node.yes is None or node.no is None:
            return float(self.loss.cost(self.loss.statistics[rows].sum(axis=0)))
        answer = self._answers[rows, node.question]
        return self._cost_below(node.yes, rows[answer]) + self._cost_below(node.no, rows[~answer])

    def _row_costs(self, node: _Growing, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return what each row costs at the leaf below a node that it would end in."""
        if node.yes is None or node.no is None:
            return self.loss.row_costs(rows, node.leaf)
        answer = self._answers[rows, node.question]
        costs = np.empty(len(rows))
        costs[answer] = self._row_costs(node.yes, rows[answer])
        costs[~answer] = self._row_costs(node.no, rows[~answer])
        return costs

    def _fit(self, node: _Growing, rows: NDArray[np.intp]) -> float:
        """Fit the leaves to their rows, drop sides that too few rows reach, and return the cost."""
        if node.yes is None or node.no is None:
            sums = self.loss.statistics[rows].sum(axis=0)
            node.leaf = self.loss.leaf(sums)
            return float(self.loss.cost(sums))
        answer = self._answers[rows, node.question]
        for other, held in ((node.no, answer), (node.yes, ~answer)):
            if float(self.loss.weight(self.loss.statistics[rows[held]].sum(axis=0))) < self.min_leaf:
                node.question, node.yes, node.no = other.question, other.yes, other.no
                return self._fit(node, rows)
        return self._fit(node.yes, rows[answer]) + self._fit(node.no, rows[~answer])

    def _opened(self, node: Node) -> _Growing:
        """Return a copy of a finished subtree that can be rewritten."""
        if isinstance(node, Leaf):
            return _Growing()
        return _Growing(self._place[node.literal], self._opened(node.yes), self._opened(node.no))

    def _frozen(self, node: _Growing) -> Node:
        """Return the finished subtree."""
        if node.yes is None or node.no is None:
            return node.leaf
        return Split(self.literals[node.question], self._frozen(node.yes), self._frozen(node.no))


def _depth(node: _Growing) -> int:
    return 0 if node.yes is None or node.no is None else 1 + max(_depth(node.yes), _depth(node.no))


def _small(question: int) -> _Growing:
    """Return a leaf, or one question with two leaves."""
    return _Growing() if question < 0 else _Growing(question, _Growing(), _Growing())
