"""The tree of the theorem's search: a frozen value that prints its counts and its promise."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from limbeck.core import Tree
from limbeck.tables import counted

__all__ = ["DepthCount", "RepresentedTree"]


@dataclass(frozen=True)
class DepthCount:
    """What the search saw of the clauses of so many literals.

    Parameters
    ----------
    depth : int
        Literals r.
    probed, passed : int
        Clauses that were tested, and that passed.
    bound : float
        4·8ʳ·B²τ²: more cannot pass.
    all : int
        Clauses of r literals that there are.
    """

    depth: int
    probed: int
    passed: int
    bound: float
    all: int


@dataclass(frozen=True, eq=False)
class RepresentedTree:
    """The tree of the theorem's search, with what follows.

    Parameters
    ----------
    tree : Tree
        The tree.
    layer : str
        Whose activations were probed.
    energy, radius : float
        B² of that layer on the rows, and the bound τ on the norm of a probe.
    depths : tuple of DepthCount
        The counts, from one literal on.
    n_rows, disagreements : int
        Rows, and those on which tree and teacher differ.
    whole : bool
        Whether the rows are all rows that there are, each once.
    max_depth, max_leaves : int
        Questions on the longest path, and leaves, that were allowed.
    gap, delta : float
        With probability at least 1 - delta over the rows, shares of rows and of uniform bits agree so well for all
        trees that the promise carries over up to this gap; 0 where the rows are all there are.
    beyond : str
        What a larger norm would have needed, where the search was stopped; empty otherwise.
    """

    tree: Tree
    layer: str
    energy: float
    radius: float
    depths: tuple[DepthCount, ...]
    n_rows: int
    disagreements: int
    whole: bool
    max_depth: int
    max_leaves: int
    gap: float
    delta: float
    beyond: str = ""

    @property
    def length(self) -> float:
        """Bτ, which does not depend on the scale of the activations."""
        return self.radius * math.sqrt(self.energy)

    @property
    def promise(self) -> str:
        """What follows from the search, with what it assumes."""
        rows = f"all {self.n_rows} rows" if self.whole else f"these {self.n_rows} rows"
        text = (
            f"wrong on {self.disagreements} of {rows}; no tree with at most {self.max_leaves} leaves and "
            f"{counted(self.max_depth, 'question')} on a path whose inner nodes pass in layer `{self.layer}` at "
            f"τ = {self.radius:.3g} is wrong on fewer"
        )
        if self.whole:
            return text
        return f"{text}, or on uniform bits by more than {self.gap:.3g} less (probability at least {1 - self.delta:g})"

    def __str__(self) -> str:
        lines = [
            f"layer `{self.layer}`: B² = {self.energy:.3g}, τ = {self.radius:.3g}, Bτ = {self.length:.3g}, "
            f"n = {self.n_rows} rows",
            "literals  probed  passed  can pass  of all",
            *(f"{d.depth:>8}  {d.probed:>6}  {d.passed:>6}  {d.bound:>8.3g}  {d.all:>6}" for d in self.depths),
            self.promise,
        ]
        return "\n".join([*lines, self.beyond] if self.beyond else lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain values, without the tree."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in ("tree", "depths")}
        return {**plain, "length": self.length, "depths": [asdict(d) for d in self.depths], "promise": self.promise}
