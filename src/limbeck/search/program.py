"""The dynamic program: the best tree of every size whose nodes are clauses of the family."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Literal, Node, Split, literals_of
from limbeck.errors import InputError
from limbeck.search.compiled import compiled_sharing
from limbeck.search.family import ClauseFamily, Level, Options, row_sets
from limbeck.search.losses import Loss

__all__ = ["Frontier", "FrontierPoint", "shared_leaves", "solve_program"]

_LEAF = -1


@dataclass(frozen=True)
class FrontierPoint:
    """The best tree with at most so many leaves.

    Parameters
    ----------
    n_leaves : int
        Number of leaves, s.
    cost : float
        Its loss on the rows of the program.
    root : Node
        The tree as nested values.
    """

    n_leaves: int
    cost: float
    root: Node


@dataclass(frozen=True)
class Frontier:
    """The best tree for every number of leaves, each strictly better than all smaller ones."""

    points: tuple[FrontierPoint, ...]

    def best(self, max_leaves: int) -> FrontierPoint:
        """Return the best tree with at most `max_leaves` leaves."""
        if max_leaves < 1:
            raise InputError("a tree", f"`max_leaves={max_leaves}`", "ask for at least 1 leaf")
        return max((p for p in self.points if p.n_leaves <= max_leaves), key=lambda p: p.n_leaves)

    @property
    def literals(self) -> frozenset[Literal]:
        """What the trees ask."""
        return frozenset().union(*(literals_of(point.root) for point in self.points))

    def better_than(self, other: Frontier, least_gain: float = 0.0) -> Frontier:
        """Return the trees that save more than so much over the other frontier's of at most as many leaves."""
        return Frontier(tuple(p for p in self.points if _saves(p, other.points, least_gain)))

    def joined(self, other: Frontier, least_gain: float = 0.0) -> Frontier:
        """Return the better tree of every size, mine among equals; each saves more than so much over smaller ones."""
        both, points = (*self.points, *other.points), list[FrontierPoint]()
        for point in sorted(both, key=lambda point: point.n_leaves):
            if _saves(point, points, least_gain):
                points = [p for p in points if p.n_leaves < point.n_leaves] + [point]
        return Frontier(tuple(points))

    def rewritten(self, rewrite: Callable[[Node], Node]) -> Frontier:
        """Return every tree rewritten, at its old cost; of trees that shrink to one size, the last was the best."""
        points: dict[int, FrontierPoint] = {}
        for point in self.points:
            root = rewrite(point.root)
            points[root.n_leaves] = FrontierPoint(root.n_leaves, point.cost, root)
        return Frontier(tuple(points[size] for size in sorted(points)))


def _saves(point: FrontierPoint, others: Sequence[FrontierPoint], least_gain: float) -> bool:
    """Tell whether a tree costs less than all others of at most as many leaves, by more than rounding."""
    costs = [other.cost for other in others if other.n_leaves <= point.n_leaves]
    return not costs or point.cost < min(costs) - least_gain - 1e-9 * (1 + min(costs))


def solve_program(
    family: ClauseFamily,
    literals: tuple[Literal, ...],
    loss: Loss,
    *,
    max_leaves: int,
    min_leaf: float = 1.0,
    keep_ties: bool = False,
    keep_going: Callable[[], bool] = lambda: True,
) -> Frontier:
    r"""Find the best tree of every size over the family, exactly.

    With `value(c, s)` the least cost below clause c using at most s leaves:
    `value(c, 1) = cost(c)` and
    `value(c, s) = min over options (literal, yes, no) of c and s1 + s2 = s of value(yes, s1) + value(no, s2)`,
    and, where the family knows them, the best depth-2 subtrees over all literals for s = 2, 3, 4.

    Parameters
    ----------
    family : ClauseFamily
        The clauses and their options.
    literals : tuple of Literal, length l
        The vocabulary behind the columns of `family.literals`.
    loss : Loss
        The leaf loss over the same rows.
    max_leaves : int, at least 1
        Largest size, s.
    min_leaf : float
        Least weight of a leaf.
    keep_ties : bool
        Whether larger trees stay that save nothing yet but have purer leaves, on which more questions can build.

    keep_going : callable
        Asked before each level; once it says no, the frontier is empty.

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053: the dynamic program of
    the decision-tree distiller.
    """
    values = _values(family, loss, max_leaves, min_leaf, keep_going)
    if values is None:
        return Frontier(())
    sizes: list[int] = []
    costs: list[float] = values[0][:, 0].tolist()
    least_gain = 0.0 if keep_ties else loss.least_gain
    for s, cost in enumerate(costs, 1):
        if not sizes or cost < costs[sizes[-1] - 1] - least_gain - 1e-12 * (1 + abs(cost)):
            sizes.append(s)
    roots = _TreeReader(family, literals, loss, values).read(sizes)
    points = (FrontierPoint(root.n_leaves, costs[s - 1], root) for s, root in zip(sizes, roots, strict=True))
    return Frontier(tuple(points))


def _values(
    family: ClauseFamily, loss: Loss, max_leaves: int, min_leaf: float, keep_going: Callable[[], bool]
) -> list[NDArray[np.float64]] | None:
    """Return value(c, s) for the k clauses of every level r, each of shape (s, k); None when told to stop.

    Beside a node of level r a tree has r leaves or more, so that no more than `max_leaves - r` are for what is below.
    """
    values: list[NDArray[np.float64]] = []
    below: NDArray[np.float64] | None = None
    for r, level in reversed(list(enumerate(family.levels))):
        if not keep_going():
            return None
        below = _level_values(level, below, loss, max(1, max_leaves - r), min_leaf)
        values.insert(0, below)
    # The least weight is about splits: the rows together are a leaf, however light.
    values[0][:, 0] = np.minimum(values[0][:, 0], loss.cost(loss.total))
    return values


def _level_values(
    level: Level, below: NDArray[np.float64] | None, loss: Loss, max_leaves: int, min_leaf: float
) -> NDArray[np.float64]:
    """Solve one level from the values of the next."""
    sums = level.sums.T
    leaf = np.where(loss.weight(sums) >= min_leaf, loss.cost(sums), np.inf)
    value = np.repeat(leaf[None, :], max_leaves, axis=0)
    if level.pairs is not None and len(level.pairs.clause):
        known = min(3, max_leaves - 1)
        at = level.pairs.clause
        value[1 : 1 + known, at] = np.minimum(value[1 : 1 + known, at], level.pairs.cost.T[:known])
    if level.options is None or below is None or not len(level.options) or max_leaves == 1:
        return np.minimum.accumulate(value, axis=0)
    return (compiled_sharing() or shared_leaves)(value, below, level.options)


def shared_leaves(value: NDArray[np.float64], below: NDArray[np.float64], options: Options) -> NDArray[np.float64]:
    """Return the least costs below clauses, shape (s, k): those given, or of leaves that a split's sides share."""
    value, split = value.copy(), _best_shares(below[:, options.yes], below[:, options.no])
    parents, first = np.unique(options.parent, return_index=True)
    value[1:, parents] = np.minimum(value[1:, parents], np.minimum.reduceat(split, first, axis=1))
    return np.minimum.accumulate(value, axis=0)


def _best_shares(yes: NDArray[np.float64], no: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least cost of 2, 3, ... leaves shared between two sides, shape (s, m): a min-plus product."""
    shared = np.full_like(yes, np.inf)
    for s1 in range(len(yes)):
        candidate = yes[s1] + no[: len(no) - s1]
        np.minimum(shared[s1:], candidate, out=shared[s1:])
    return shared


_Place = tuple[int, int, int]
"""A best subtree: its level, its clause and its leaves."""


@dataclass(frozen=True, eq=False)
class _TreeReader:
    """Reads the trees behind the values back, by finding again the choices that gave them.

    `chosen` tells of every subtree, those below first, its literal and both sides, or the subtree itself where a kernel
    found it; None of a leaf.
    """

    family: ClauseFamily
    literals: tuple[Literal, ...]
    loss: Loss
    values: list[NDArray[np.float64]]
    chosen: dict[_Place, tuple[Literal, _Place, _Place] | Node | None] = field(default_factory=dict)

    def read(self, sizes: Sequence[int]) -> list[Node]:
        """Return the best trees with at most so many leaves; what they have in common is made once."""
        roots = [self._place(0, 0, s) for s in sizes]
        leaves = [place for place, choice in self.chosen.items() if choice is None]
        sums = np.array([self.family.levels[r].sums[clause] for r, clause, _ in leaves])
        made: dict[_Place, Node] = dict(zip(leaves, self.loss.leaves(sums.T) if leaves else (), strict=True))
        for place, choice in self.chosen.items():
            if isinstance(choice, tuple):
                literal, yes, no = choice
                made[place] = Split(literal, made[yes], made[no])
            elif choice is not None:
                made[place] = choice
        return [made[root] for root in roots]

    def _place(self, r: int, clause: int, s: int) -> _Place:
        """Return the best subtree below a clause of level r with at most s leaves."""
        value = self.values[r][:s, clause]
        s = int((value <= value[s - 1]).argmax()) + 1  # the fewest leaves that reach it
        place = (r, clause, s)
        if place not in self.chosen:
            self.chosen[place] = None if s == 1 else self._choice(r, clause, s, float(value[s - 1]))
        return place

    def _choice(self, r: int, clause: int, s: int, target: float) -> tuple[Literal, _Place, _Place] | Node:
        """Return how a subtree with exactly s leaves, 2 or more, comes to its value."""
        level = self.family.levels[r]
        if level.options is not None:
            first, last = np.searchsorted(level.options.parent, [clause, clause + 1])
            found = self._matching_option(r, level.options, slice(int(first), int(last)), s, target)
            if found is not None:
                return found
        return self._pair_subtree(level, clause, s)

    def _matching_option(
        self, r: int, options: Options, mine: slice, s: int, target: float
    ) -> tuple[Literal, _Place, _Place] | None:
        """Return the split whose two sides add up to the value, or None when it came from a depth-2 subtree."""
        below = self.values[r + 1]
        yes, no = options.yes[mine], options.no[mine]
        # One leaf beside s - 1, two beside s - 2, and so on: shape (s - 1, options).
        shared = below[: s - 1, yes] + below[s - 2 :: -1, no]
        hits = np.flatnonzero(shared <= target)
        if not len(hits):
            return None
        s1, o = divmod(int(hits[0]), len(yes))
        literal = self.literals[options.literal[mine][o]]
        return literal, self._place(r + 1, int(yes[o]), s1 + 1), self._place(r + 1, int(no[o]), s - s1 - 1)

    def _pair_subtree(self, level: Level, clause: int, s: int) -> Node:
        """Return the depth-2 subtree that the kernel found."""
        assert level.pairs is not None
        place = int(np.flatnonzero(level.pairs.clause == clause)[0])
        first, *seconds = (int(j) for j in level.pairs.literals[place, s - 2])
        rows = row_sets(level.members[clause : clause + 1], self.family.n_rows, np.bool_)[0]
        answer = self.family.literals[:, first]
        sides: list[Node] = []
        for second, side in zip(seconds, (rows & answer, rows & ~answer), strict=True):
            sides.append(self._small(second, side))
        return Split(self.literals[first], sides[0], sides[1])

    def _small(self, literal: int, rows: NDArray[np.bool_]) -> Node:
        """Return a leaf, or one split of some rows."""
        if literal == _LEAF:
            return self.loss.leaf(self.loss.statistics[rows].sum(axis=0))
        answer = self.family.literals[:, literal]
        return Split(self.literals[literal], self._small(_LEAF, rows & answer), self._small(_LEAF, rows & ~answer))
