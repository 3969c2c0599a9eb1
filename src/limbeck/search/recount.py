"""Counting a table's rows in a tree that was fitted to other rows too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Leaf, Literal, Node, Split

__all__ = ["RowCounter"]


@dataclass(frozen=True, eq=False)
class RowCounter:
    """Rewrites trees so that their nodes tell about some rows only; answers stay as they are on these rows.

    Parameters
    ----------
    literals : sequence of Literal, length l
        The vocabulary.
    answers : ndarray of bool, shape (n, l)
        The rows' answers to it.
    codes : ndarray of int, shape (n,), or None
        The teacher's class on each row; None for numbers.
    weights : ndarray of float64, shape (n,)
        What each row counts.
    min_leaf : float
        Least weight of a leaf.
    """

    literals: Sequence[Literal]
    answers: NDArray[np.bool_]
    codes: NDArray[np.intp] | None
    weights: NDArray[np.float64]
    min_leaf: float

    def recounted(self, root: Node) -> Node:
        """Return the tree with the weight of the rows at every leaf.

        A side of a question that rows of less than `min_leaf` reach gives way to the other. A leaf keeps its answer:
        where the classes' shares among the rows would change it, it keeps its value, and a number is kept always.
        """

        def below(node: Node, reached: NDArray[np.intp], weight: float) -> Node:
            if isinstance(node, Leaf):
                return self._leaf(node, reached, weight)
            answer = self.answers[reached, self._place[node.literal]]
            yes, no = reached[answer], reached[~answer]
            if (weight_yes := self._weight(yes)) < self.min_leaf:
                return below(node.no, reached, weight)
            if (weight_no := self._weight(no)) < self.min_leaf:
                return below(node.yes, reached, weight)
            return Split(node.literal, below(node.yes, yes, weight_yes), below(node.no, no, weight_no))

        every = np.arange(len(self.answers))
        return below(root, every, self._weight(every))

    @cached_property
    def _place(self) -> dict[Literal, int]:
        return {literal: j for j, literal in enumerate(self.literals)}

    @cached_property
    def _alike(self) -> bool:
        """Whether every row counts 1, so that weights are numbers of rows."""
        return bool((self.weights == 1.0).all())

    def _weight(self, rows: NDArray[np.intp]) -> float:
        """Return what some rows count together."""
        return float(len(rows)) if self._alike else float(self.weights[rows].sum())

    def _leaf(self, leaf: Leaf, reached: NDArray[np.intp], weight: float) -> Leaf:
        """Count the rows at a leaf."""
        if self.codes is None or not weight:
            return Leaf(leaf.value, weight, leaf.defers)
        weights = None if self._alike else self.weights[reached]
        counts = np.bincount(self.codes[reached], weights, minlength=len(leaf.value))
        same = leaf.defers or counts.argmax() == leaf.value.index(max(leaf.value))
        return Leaf(tuple((counts / weight).tolist()) if same else leaf.value, weight, leaf.defers)
