"""A tree as nested values: the shape in which solvers build it and tests write it down."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from limbeck.core.literal import Literal

__all__ = ["Leaf", "Node", "Split"]


@dataclass(frozen=True)
class Leaf:
    """An answer.

    Parameters
    ----------
    value : tuple of float, length c
        Share of each class, or one number.
    n_rows : float
        Weight of the fitting rows that end here.
    """

    value: tuple[float, ...]
    n_rows: float

    @property
    def n_leaves(self) -> int:
        """Number of leaves: itself."""
        return 1


@dataclass(frozen=True)
class Split:
    """A question with the subtree for each answer; its value and weight are those of its leaves together."""

    literal: Literal
    yes: Node
    no: Node

    @cached_property
    def n_leaves(self) -> int:
        """Number of leaves below, s."""
        return self.yes.n_leaves + self.no.n_leaves

    @property
    def n_rows(self) -> float:
        """Weight of the fitting rows below."""
        return self.yes.n_rows + self.no.n_rows

    @cached_property
    def value(self) -> tuple[float, ...]:
        """Weighted mean of the values below."""
        a, b = self.yes.n_rows, self.no.n_rows
        if a + b == 0:
            return self.yes.value
        return tuple((a * u + b * v) / (a + b) for u, v in zip(self.yes.value, self.no.value, strict=True))


Node = Leaf | Split
