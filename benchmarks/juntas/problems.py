"""Networks that compute a junta or a tree because they were compiled from it, and rows of uniform bits."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from limbeck.core import Leaf, Literal, Node, Split, Tree, as_table
from limbeck.students import Junta, compile_tree, tree_from_junta

__all__ = ["Cell", "Problem", "make_problem", "uniform_rows"]


@dataclass(frozen=True)
class Cell:
    """One run: a method on one problem.

    Parameters
    ----------
    kind : {"parity", "random junta", "tree"}
        What the network computes.
    d, k : int
        Inputs; variables of the junta, or depth of the tree.
    seed : int
        Seed of the problem and the rows.
    method : str
        Who is to find it.
    """

    kind: str
    d: int
    k: int
    seed: int
    method: str


@dataclass(frozen=True)
class Problem:
    """A function of d bits as a tree."""

    tree: Tree
    d: int

    @property
    def variables(self) -> set[str]:
        """The columns that the tree asks about."""
        return {literal.column for literal in self.tree.literals}

    def network(self, seed: int) -> Any:
        """The function as a ReLU network in torch, its clauses rotated."""
        ends = np.array([[0.0] * self.d, [1.0] * self.d], np.float32)
        return compile_tree(self.tree, ends, rng=np.random.default_rng([seed, 1])).to_torch().float()


def make_problem(cell: Cell) -> Problem:
    """Draw the function of a cell."""
    rng = np.random.default_rng([cell.seed, cell.d, cell.k, len(cell.kind)])
    columns = as_table(np.zeros((2, cell.d))).schema
    questions = [Literal.is_value(name, 1) for name, _ in columns]
    if cell.kind == "tree":
        root = _grown(questions, (), cell.k, rng)
        return Problem(Tree.from_node(root, classes=(0, 1), columns=columns), cell.d)
    chosen = sorted(rng.choice(cell.d, cell.k, replace=False).tolist())
    patterns = tuple(product((False, True), repeat=cell.k))
    codes = tuple(sum(p) % 2 for p in patterns)
    while cell.kind == "random junta":
        codes = tuple(rng.integers(2, size=2**cell.k).tolist())
        grid = np.array(codes).reshape((2,) * cell.k)
        if all((grid.take(0, j) != grid.take(1, j)).any() for j in range(cell.k)):  # every variable matters
            break
    table = Junta(tuple(questions[j] for j in chosen), patterns, codes, (1.0,) * len(codes), (0, 1), columns)
    return Problem(tree_from_junta(table), cell.d)


def uniform_rows(n: int, d: int, seed: int) -> np.ndarray:
    """Uniform bits, shape (n, d), as float32."""
    rng = np.random.default_rng(seed)
    return (
        np.unpackbits(np.frombuffer(rng.bytes(-(-n * d // 8)), np.uint8), count=n * d).reshape(n, d).astype(np.float32)
    )


def _grown(questions: list[Literal], path: tuple[int, ...], left: int, rng: np.random.Generator) -> Node:
    """Grow a full tree whose paths ask distinct bits, two leaves of one question never alike."""
    if left == 0:
        raise AssertionError("the last question draws its leaves")
    asked = int(rng.choice([j for j in range(len(questions)) if j not in path] if len(path) else len(questions)))
    if left == 1:
        first, second = (Leaf((1.0, 0.0), 1.0), Leaf((0.0, 1.0), 1.0))[:: int(rng.choice([-1, 1]))]
        return Split(questions[asked], first, second)
    sides = [_grown(questions, (*path, asked), left - 1, rng) for _ in range(2)]
    return Split(questions[asked], sides[0], sides[1])
