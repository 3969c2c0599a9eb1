"""Random decision trees over bits in {-1, +1}: what the networks of the paper are trained to compute."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAF", "RandomTree", "full_tree", "random_bits", "sparse_tree"]

LEAF = -1
"""`variable` of a leaf."""

Clause = tuple[NDArray[np.intp], NDArray[np.int8]]


@dataclass(frozen=True, eq=False)
class RandomTree:
    """A decision tree as parallel arrays; node 0 is the root and every child comes after its parent.

    Parameters
    ----------
    n_variables : int
        Number of input bits.
    variable : ndarray of intp, shape (nodes,)
        The bit that a node asks, or `LEAF`.
    low, high : ndarray of intp, shape (nodes,)
        The child where the bit is -1 or +1; a leaf is its own child, so that descending further changes nothing.
    label : ndarray of int8, shape (nodes,)
        -1 or +1 at a leaf, 0 at an inner node.
    """

    n_variables: int
    variable: NDArray[np.intp]
    low: NDArray[np.intp]
    high: NDArray[np.intp]
    label: NDArray[np.int8]

    def labels(self, x: NDArray[np.generic]) -> NDArray[np.int8]:
        """Label of every row of `x`, shape (n, p) of -1 and +1."""
        rows, node = np.arange(len(x)), np.zeros(len(x), dtype=np.intp)
        for _ in range(self.depth):
            node = np.where(x[rows, self.variable[node]] > 0, self.high[node], self.low[node])
        return self.label[node]

    def clauses(self) -> list[Clause]:
        """For every node, the (variables, signs) that an input must have to reach it."""
        found: list[Clause] = [(np.empty(0, np.intp), np.empty(0, np.int8))] * self.n_nodes
        for node in np.flatnonzero(self.variable != LEAF):
            variables = np.append(found[node][0], self.variable[node])
            for child, sign in ((self.low[node], -1), (self.high[node], 1)):
                found[child] = variables, np.append(found[node][1], np.int8(sign))
        return found

    @property
    def n_nodes(self) -> int:
        """Inner nodes and leaves."""
        return len(self.variable)

    @property
    def n_leaves(self) -> int:
        """Leaves as drawn, mergeable ones included."""
        return int((self.variable == LEAF).sum())

    @cached_property
    def depth(self) -> int:
        """Questions on the longest path."""
        return max(len(variables) for variables, _ in self.clauses())

    @cached_property
    def n_equal_siblings(self) -> int:
        """Inner nodes whose two children are leaves with one label: questions that decide nothing."""
        inner = np.flatnonzero(self.variable != LEAF)
        left, right = self.label[self.low[inner]], self.label[self.high[inner]]
        return int(((left == right) & (left != 0)).sum())

    @cached_property
    def n_pruned_leaves(self) -> int:
        """Leaves once every subtree with one label is a leaf; a smaller tree may still compute the same labels."""
        constant, leaves = self.label.copy(), np.ones(self.n_nodes, dtype=np.intp)
        for node in np.flatnonzero(self.variable != LEAF)[::-1]:
            a, b = self.low[node], self.high[node]
            constant[node] = constant[a] if constant[a] == constant[b] else 0
            leaves[node] = 1 if constant[node] else leaves[a] + leaves[b]
        return int(leaves[0])

    @property
    def degenerate(self) -> bool:
        """Whether some question decides nothing."""
        return self.n_pruned_leaves < self.n_leaves


def full_tree(depth: int, n_variables: int, rng: np.random.Generator) -> RandomTree:
    """Every path has `depth` distinct variables drawn uniformly; leaf labels are fair coins."""
    return sparse_tree(depth, n_variables, 2**depth, rng)


def sparse_tree(depth: int, n_variables: int, n_leaves: int, rng: np.random.Generator) -> RandomTree:
    """Grow a tree of exactly this depth by splitting leaves drawn uniformly; `2**depth` leaves make it full."""
    if not (0 <= depth <= n_variables and depth + 1 <= n_leaves <= 2**depth):
        raise ValueError(f"no tree has {depth=}, {n_leaves=} and distinct ones of {n_variables=} on every path")
    variable, low, high, paths = [LEAF], [0], [0], [()]
    deepest, open_leaves = 0, [0] if depth else []
    for n_splits in range(n_leaves - 1):
        # The first splits follow one path down, so that the depth is reached whatever is drawn later.
        node = deepest if n_splits < depth else open_leaves[rng.integers(len(open_leaves))]
        open_leaves.remove(node)
        asked = _unused(paths[node], n_variables, rng)
        children = [len(variable), len(variable) + 1]
        variable[node], (low[node], high[node]) = asked, children
        variable += [LEAF, LEAF]
        low, high, paths = low + children, high + children, paths + [(*paths[node], asked)] * 2
        open_leaves += children if len(paths[-1]) < depth else []
        deepest = children[rng.integers(2)]
    is_leaf = np.array(variable) == LEAF
    label = np.where(is_leaf, 2 * rng.integers(0, 2, len(variable)) - 1, 0).astype(np.int8)
    return RandomTree(n_variables, np.array(variable), np.array(low), np.array(high), label)


def random_bits(n_rows: int, n_variables: int, rng: np.random.Generator) -> NDArray[np.int8]:
    """Uniform rows of {-1, +1}, shape (n, p)."""
    n_bytes = -(-n_rows * n_variables // 8)
    bits = np.unpackbits(np.frombuffer(rng.bytes(n_bytes), np.uint8), count=n_rows * n_variables)
    return (2 * bits.view(np.int8) - 1).reshape(n_rows, n_variables)


def _unused(path: tuple[int, ...], n_variables: int, rng: np.random.Generator) -> int:
    """A variable drawn uniformly among those not on the path."""
    while True:
        drawn = int(rng.integers(n_variables))
        if drawn not in path:
            return drawn
