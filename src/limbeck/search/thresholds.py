"""Thresholds moved to where they serve a finished tree best, among all values of their columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Leaf, Literal, Node, Op, Split, Table, threshold_between
from limbeck.search.flat import flat_tree, tree_of
from limbeck.search.losses import Loss

__all__ = ["ThresholdMover"]

_MOST_SWEEPS = 3
# What a move has to save, relative to the savings so far: rounding saves nothing.
_LEAST = 1e-9
_UNFITTED = Leaf((), 0.0)


@dataclass(frozen=True, eq=False)
class ThresholdMover:
    r"""Alternates over the nodes of a tree that compare a number; the loss on these rows never rises.

    For the rows that reach a node, the trees on both sides are fixed, and sending row i to the *yes* side saves `e_i`.
    So the best threshold of the node's column is a cut in the order of its values with the largest sum of e_i before
    it: one sort and one running sum. Leaves are fitted anew after each sweep. The search itself asks about some
    thresholds a column only; this lets a finished tree choose among all of them.

    Parameters
    ----------
    table : Table
        The n rows.
    loss : Loss
        Over the same rows.
    min_leaf : float
        Least weight of a side of a question.
    literals : sequence of Literal, length l
        The questions of the trees, for the compiled core.
    compiled : optional
        The same rows and literals in the compiled core, which then does the work.

    References
    ----------
    Carreira-Perpinan and Tavallali (2018), *Alternating optimization of decision trees, with application to learning
    sparse oblique trees*, NeurIPS 31.
    """

    table: Table
    loss: Loss
    min_leaf: float = 1.0
    literals: Sequence[Literal] = ()
    compiled: Any = None

    def moved(self, root: Node) -> Node:
        """Return the tree with its thresholds moved, and its leaves fitted anew; as it is where nothing is won."""
        if self.compiled is not None:
            return self._by_core(root)
        nodes = _laid(root)
        best = self._fitted(nodes)
        for _ in range(_MOST_SWEEPS):
            if not self._sweep(nodes):
                break
            cost = self._fitted(nodes)
            if not cost < best - _LEAST * (1 + best):
                break
            best, root = cost, self._frozen(nodes)
        return root

    @cached_property
    def _place(self) -> dict[Literal, int]:
        return {literal: j for j, literal in enumerate(self.literals)}

    @cached_property
    def _core(self) -> tuple[Callable[[int, float, float], float], Any]:
        """What puts a threshold between two values of a column, and the compiled core with the columns that move."""
        compared = [literal.column if literal.op is Op.AT_MOST else None for literal in self.literals]
        names = [name for name in dict.fromkeys(compared) if name is not None]
        columns = [self.table[name] for name in names]
        values = np.array([np.where(c.missing, np.nan, c.values) for c in columns], np.float64)
        column_of = np.array([-1 if name is None else names.index(name) for name in compared], np.int64)
        number_of = np.array([literal.number for literal in self.literals], np.float64)
        mover = self.compiled.mover(
            values.reshape(len(columns), self.table.n_rows), column_of, number_of, self.min_leaf, _MOST_SWEEPS, _LEAST
        )

        @cache  # trees of many sizes are cut at the same places
        def between(column: int, low: float, high: float) -> float:
            return threshold_between(columns[column], low, high)

        return between, mover

    def _by_core(self, root: Node) -> Node:
        """Let the compiled core do it."""
        between, mover = self._core
        found = mover.moved(flat_tree(root, self._place), between)
        if found is None:
            return root
        nodes, numbers, sums = found
        asked = {at: self.literals[j] for at, j in enumerate(nodes[:, 0].tolist()) if j >= 0}
        moved = {at: replace(asked[at], number=float(numbers[at])) for at in np.flatnonzero(nodes[:, 3] >= 0).tolist()}
        return tree_of(nodes, sums, self.loss, asked | moved)

    def _sweep(self, nodes: list[_Open]) -> bool:
        """Move the thresholds of all nodes, those below first; tell whether any moved."""
        everyone, changed = np.arange(self.table.n_rows), False
        costs: dict[int, NDArray[np.float64]] = {}  # of every row, if it came to the node
        for place in reversed(range(len(nodes))):
            node = nodes[place]
            if node.literal is None:
                costs[place] = self.loss.row_costs(everyone, node.leaf)
                continue
            yes, no = costs.pop(node.yes), costs.pop(node.no)
            column = self.table[node.literal.column]
            if node.literal.op is Op.AT_MOST:
                leaves = [side for side in (nodes[node.yes], nodes[node.no]) if side.literal is None]
                better = self._best(node.literal, node.rows, None if len(leaves) == 2 else no - yes)
                if better is not None:
                    node.literal, changed = better, True
                    if len(leaves) == 2:
                        self._send(node, nodes)
                        yes, no = (self.loss.row_costs(everyone, self._fit(side).leaf) for side in leaves)
            costs[place] = np.where(node.literal.holds(column), yes, no)
        return changed

    def _best(self, literal: Literal, rows: NDArray[np.intp], saved: NDArray[np.float64] | None) -> Literal | None:
        """Return the question with the best threshold, or None where no other is better.

        The best one saves most, by what every row saves on the *yes* side; above two leaves, which are fitted to their
        rows, it costs least.
        """
        column = self.table[literal.column]
        missing = rows[column.missing[rows]]
        rows = rows[~column.missing[rows]]
        rows = rows[np.argsort(column.values[rows], kind="stable")]
        values, sums = column.values[rows], np.cumsum(self.loss.statistics[rows], axis=0).T
        rest = self.loss.statistics[missing].sum(axis=0)[:, None] + sums[:, -1:] - sums
        gain = -self.loss.cost(sums) - self.loss.cost(rest) if saved is None else np.cumsum(saved[rows])
        least = np.minimum(self.loss.weight(sums), self.loss.weight(rest))
        cuts = np.flatnonzero((values[:-1] < values[1:]) & (least[:-1] >= self.min_leaf))
        if not len(cuts):
            return None
        cut = int(cuts[gain[cuts].argmax()])
        now = int(np.searchsorted(values, literal.number, side="right")) - 1  # the last row that answers yes
        before = float(gain[now]) if now >= 0 else 0.0 if saved is not None else -np.inf
        if gain[cut] <= before + 1e-6 * (1 + abs(before)):
            return None
        return replace(literal, number=threshold_between(column, float(values[cut]), float(values[cut + 1])))

    def _send(self, node: _Open, nodes: list[_Open]) -> None:
        """Send a node's rows on to its two sides."""
        assert node.literal is not None
        answer = node.literal.holds(self.table[node.literal.column])[node.rows]
        nodes[node.yes].rows, nodes[node.no].rows = node.rows[answer], node.rows[~answer]

    def _fit(self, leaf: _Open) -> _Open:
        """Give a leaf the best value for its rows."""
        leaf.sums = self.loss.statistics[leaf.rows].sum(axis=0)
        leaf.leaf = self.loss.leaf(leaf.sums)
        return leaf

    def _fitted(self, nodes: list[_Open]) -> float:
        """Send the rows down and fit the leaves to them; return the cost, infinite where a leaf is too light."""
        nodes[0].rows, cost = np.arange(self.table.n_rows), 0.0
        for node in nodes:
            if node.literal is not None:
                self._send(node, nodes)
                continue
            sums = self._fit(node).sums
            cost += float(self.loss.cost(sums)) if self.loss.weight(sums) >= self.min_leaf else np.inf
        return cost

    def _frozen(self, nodes: list[_Open]) -> Node:
        """Return the finished tree."""
        made: dict[int, Node] = {}
        for place in reversed(range(len(nodes))):
            node = nodes[place]
            if node.literal is None:
                made[place] = node.leaf
            else:
                made[place] = Split(node.literal, made.pop(node.yes), made.pop(node.no))
        return made[0]


@dataclass(eq=False)
class _Open:
    """A node that can be rewritten; its children come after it."""

    literal: Literal | None
    yes: int = -1
    no: int = -1
    leaf: Leaf = _UNFITTED
    sums: NDArray[np.float64] = field(default_factory=lambda: np.zeros(1))
    rows: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))


def _laid(root: Node) -> list[_Open]:
    """Lay a tree out, parents before children."""
    nodes = [_Open(None)]
    waiting: list[tuple[int, Node]] = [(0, root)]
    while waiting:
        place, node = waiting.pop()
        if isinstance(node, Split):
            nodes[place] = _Open(node.literal, len(nodes), len(nodes) + 1)
            waiting += [(len(nodes), node.yes), (len(nodes) + 1, node.no)]
            nodes += [_Open(None), _Open(None)]
    return nodes
