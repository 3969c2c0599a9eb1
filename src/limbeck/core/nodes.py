"""A tree as nested values: the shape in which solvers build it and tests write it down."""

from __future__ import annotations

from dataclasses import dataclass, field

from limbeck.core.literal import Literal

__all__ = ["Leaf", "Node", "Split", "literals_of"]


@dataclass(frozen=True)
class Leaf:
    """An answer.

    Parameters
    ----------
    value : tuple of float, length c
        Share of each class, or one number.
    n_rows : float
        Weight of the rows that end here, as the solver counts them; `Tree.counted` counts rows.
    defers : bool
        Whether the leaf asks the model in place of answering; `value` is then what it would have answered.
    """

    value: tuple[float, ...]
    n_rows: float
    defers: bool = False

    @property
    def n_leaves(self) -> int:
        """Number of leaves: itself."""
        return 1


@dataclass(frozen=True)
class Split:
    """A question with the subtree for each answer.

    Its weight and its number of leaves follow from those of the two subtrees when it is made, its value, the weighted
    mean of the values below, when it is asked for: so that no depth of a tree is too deep to ask for them.

    Parameters
    ----------
    literal : Literal
        The question.
    yes, no : Node
        The subtree for each answer.
    """

    literal: Literal
    yes: Node
    no: Node
    n_rows: float = field(init=False, repr=False, compare=False)
    n_leaves: int = field(init=False, repr=False, compare=False)
    _mean: tuple[float, ...] | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "n_rows", self.yes.n_rows + self.no.n_rows)
        object.__setattr__(self, "n_leaves", self.yes.n_leaves + self.no.n_leaves)

    @property
    def value(self) -> tuple[float, ...]:
        """Weighted mean of the values below, c numbers."""
        waiting: list[Split] = [] if self._mean is not None else [self]
        while waiting:
            node = waiting[-1]
            below = [side for side in (node.yes, node.no) if isinstance(side, Split) and side._mean is None]
            if not below:
                object.__setattr__(node, "_mean", _mean(node.yes, node.no))
                waiting.pop()
            waiting += below
        assert self._mean is not None
        return self._mean


def _mean(yes: Node, no: Node) -> tuple[float, ...]:
    """Return the weighted mean of two values."""
    a, b = yes.n_rows, no.n_rows
    if a + b == 0:
        return yes.value
    return tuple((a * u + b * v) / (a + b) for u, v in zip(yes.value, no.value, strict=True))


Node = Leaf | Split


def literals_of(root: Node) -> set[Literal]:
    """Return what a tree asks."""
    found: set[Literal] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Split):
            found.add(node.literal)
            waiting += [node.yes, node.no]
    return found
