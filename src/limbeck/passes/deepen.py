"""Growing a tree on fresh rows: every leaf that is not pure becomes a small distillation of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from limbeck.core import Clause, Leaf, Node, Outputs, Split, Table
from limbeck.observe import Sampler
from limbeck.search import Loss

__all__ = ["deepen"]


@dataclass
class _Growing:
    """A node under construction."""

    node: Node
    clause: Clause
    yes: _Growing | None = None
    no: _Growing | None = None

    def leaves(self) -> Iterator[_Growing]:
        """Open the nested tree below up and yield its leaves."""
        if isinstance(self.node, Leaf):
            yield self
            return
        literal = self.node.literal
        self.yes = _Growing(self.node.yes, self.clause.extended(literal, True))
        self.no = _Growing(self.node.no, self.clause.extended(literal, False))
        yield from self.yes.leaves()
        yield from self.no.leaves()

    def frozen(self) -> Node:
        """Return the finished subtree."""
        if self.yes is None or self.no is None or isinstance(self.node, Leaf):
            return self.node
        return Split(self.node.literal, self.yes.frozen(), self.no.frozen())


@dataclass(frozen=True, eq=False)
class _Impure:
    """A leaf that can still be split, with its fresh rows."""

    leaf: _Growing
    table: Table
    outputs: Outputs
    error: float


def deepen(
    sampler: Sampler,
    answer: Callable[[Table], Outputs],
    loss_of: Callable[[Outputs], Loss],
    subtree_of: Callable[[Table, Outputs, int, int], Node],
    *,
    max_leaves: int,
    max_depth: int,
    n_rows: int,
    total_weight: float,
    rng: np.random.Generator,
    keep_going: Callable[[], bool] = lambda: True,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Node:
    """Grow a tree from a single leaf, replacing impure leaves by subtrees distilled on fresh rows of their clause.

    A node at depth r is reached by a share 2^-r of uniform rows, so a fixed table starves deep nodes. Where the
    distribution is known, each leaf can have as many rows as the root: draw them given its clause, ask the teacher,
    and, unless it gives one answer, distil them. The leaf with most loss (share of the rows times loss on a row)
    comes first.

    Parameters
    ----------
    sampler : Sampler
        Draws rows given a clause.
    answer : callable
        Asks the teacher.
    loss_of : callable
        Makes the leaf loss of some answers.
    subtree_of : callable
        Distils rows and answers into a subtree, given the most questions on a path and the most leaves.
    max_leaves, max_depth : int
        Limits on the whole tree.
    n_rows : int
        Fresh rows for each leaf.
    total_weight : float
        Weight that stands for all rows together, for the weights of the new leaves.
    """
    top = _Growing(Leaf((), total_weight), Clause())
    pending: list[_Impure] = []
    n_leaves = 0

    def examine(below: _Growing) -> None:
        nonlocal n_leaves
        for leaf in below.leaves():
            n_leaves += 1
            fresh = sampler.draw(leaf.clause, n_rows, rng) if keep_going() else None
            if fresh is None:
                continue
            outputs = answer(fresh.table)
            loss = loss_of(outputs)
            leaf.node = Leaf(loss.value(loss.total), fresh.share * total_weight)
            error = fresh.share * float(loss.cost(loss.total)) / fresh.table.n_rows
            if error > 0 and len(leaf.clause) < max_depth:
                pending.append(_Impure(leaf, fresh.table, outputs, error))

    examine(top)
    while pending and n_leaves < max_leaves and keep_going():
        worst = max(pending, key=lambda impure: impure.error)
        pending.remove(worst)
        room = max_depth - len(worst.leaf.clause)
        subtree = subtree_of(worst.table, worst.outputs, room, max_leaves - n_leaves + 1)
        if isinstance(subtree, Split):
            worst.leaf.node = subtree
            n_leaves -= 1
            examine(worst.leaf)
        progress("growing deeper on fresh rows", min(n_leaves, max_leaves), max_leaves)
    return top.frozen()
