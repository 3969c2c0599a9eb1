"""Trees over the same rows answered together: of what they have in common, every subtree is gone through once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core.nodes import Node, Split
from limbeck.tables import Table

__all__ = ["leaf_numbers", "leaf_scores"]

# Bytes of what is held of all subtrees for a block of rows, and the fewest rows of one.
_BLOCK_BYTES, _SMALLEST_BLOCK = 1 << 25, 1 << 10


def leaf_scores(root: Node) -> NDArray[np.float64]:
    """Return the value of every leaf, those after *yes* first, and NaN for leaves that ask the model; (leaves, c)."""
    found: list[tuple[float, ...]] = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Split):
            waiting += [node.no, node.yes]
        else:
            found.append((np.nan,) * len(node.value) if node.defers else node.value)
    return np.array(found, np.float64)


def leaf_numbers(
    roots: Sequence[Node], table: Table, rows: NDArray[np.integer[Any]] | None = None
) -> NDArray[np.unsignedinteger[Any]]:
    """Return which leaf of every tree each row ends in, those after *yes* counted first, shape (trees, n).

    The best trees of many sizes are made of the same subtrees, the very same values. Which of its own leaves a row
    ends in does not depend on what stands above a subtree, so each is gone through once, however many trees have it.

    Parameters
    ----------
    roots : sequence of Node
        The trees.
    table : Table
        Rows with the columns that the trees ask about.
    rows : ndarray of int, shape (n,), optional
        Which rows of the table; all of them by default.

    Examples
    --------
    >>> from limbeck.core.literal import Literal
    >>> from limbeck.core.nodes import Leaf, Split
    >>> from limbeck.tables import as_table
    >>> low, high = Leaf((0.0,), 1.0), Leaf((1.0,), 1.0)
    >>> small = Split(Literal.at_most("x0", 1.5), low, high)
    >>> large = Split(Literal.at_most("x1", 0.5), low, small)
    >>> leaf_numbers([small, large], as_table([[1.0, 0.0], [1.0, 1.0], [2.0, 1.0]])).tolist()
    [[0, 0, 1], [0, 1, 2]]
    """
    splits = _splits_of(roots)
    literals = {node.literal: None for node in splits}
    taken = {name: table[name] for name in {literal.column for literal in literals}}
    if rows is not None:
        taken = {name: column.take(rows) for name, column in taken.items()}
    answers = {literal: literal.holds(taken[literal.column]) for literal in literals}
    n = table.n_rows if rows is None else len(rows)
    found = np.zeros((len(roots), n), np.min_scalar_type(max((root.n_leaves for root in roots), default=1) - 1))
    steps = [(id(s), answers[s.literal], id(s.yes), id(s.no), s.yes.n_leaves) for s in splits]
    size = max(_SMALLEST_BLOCK, _BLOCK_BYTES // (found.itemsize * max(len(steps), 1)))
    for start in range(0, n, size):
        block = slice(start, min(start + size, n))
        first = np.zeros(block.stop - start, found.dtype)
        number: dict[int, NDArray[Any]] = {}
        for node, answer, yes, no, n_yes in steps:
            after = number.get(no, first) + found.dtype.type(n_yes)
            number[node] = np.where(answer[block], number.get(yes, first), after)
        for tree, root in zip(found, roots, strict=True):
            tree[block] = number.get(id(root), first)
    return found


def _splits_of(roots: Sequence[Node]) -> list[Split]:
    """Return every distinct split, those below before those above."""
    found: dict[int, Split] = {}
    waiting = [root for root in roots if isinstance(root, Split)]
    while waiting:
        node = waiting[-1]
        below = [side for side in (node.yes, node.no) if isinstance(side, Split) and id(side) not in found]
        if not below:
            found[id(node)] = node
            waiting.pop()
        waiting += below
    return list(found.values())
