"""Networks that compute a deep tree because they were compiled from one, with no neuron that is a clause.

The construction is `limbeck.students.compile_tree`: one hidden layer `Q c(x)`, with c(x) the clauses of all nodes and
Q a random rotation. Every clause is a linear function of it, of norm 1, and none of its units is a clause. The label is
a linear readout. The clauses of the inner nodes are sums of those of the leaves below them, so the layer has 2 s - 1
units and rank s, for s leaves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import nn

import limbeck.students
from benchmarks.paper.random_trees import LEAF, RandomTree, sparse_tree
from limbeck.core import Kind, Literal, Tree
from limbeck.students.network import random_rotation

__all__ = ["CompiledTeacher", "as_tree", "compile_tree", "compiled_teacher", "random_rotation"]


@dataclass(frozen=True)
class CompiledTeacher:
    """A compiled network beside its tree."""

    network: nn.Module
    tree: RandomTree


def compiled_teacher(depth: int, seed: int, *, n_variables: int = 1000, n_leaves: int | None = None) -> CompiledTeacher:
    """Draw a tree of this depth, full or with `n_leaves` leaves, and compile it."""
    rng = np.random.default_rng([seed, depth])
    tree = sparse_tree(depth, n_variables, n_leaves or 2**depth, rng)
    return CompiledTeacher(compile_tree(tree, rng), tree)


def compile_tree(tree: RandomTree, rng: np.random.Generator) -> nn.Module:
    """Network whose output is `tree.labels` (n, 1) up to rounding, with a rotation drawn from `rng`."""
    ends = np.array([[-1.0] * tree.n_variables, [1.0] * tree.n_variables])
    return limbeck.students.compile_tree(as_tree(tree), ends, rng=rng).to_torch().float()


def as_tree(tree: RandomTree) -> Tree:
    """Write a random tree as one of limbeck's, node for node; its number is the label."""
    inner = tree.variable != LEAF
    asked, place = np.unique(tree.variable[inner], return_inverse=True)
    question = np.full(tree.n_nodes, LEAF, np.int32)
    question[inner] = place
    yes, no = (np.where(inner, child, LEAF).astype(np.int32) for child in (tree.high, tree.low))
    return Tree(
        tuple(Literal.is_value(f"x{j}", 1) for j in asked), question, yes, no, tree.label.astype(np.float64)[:, None],
        np.ones(tree.n_nodes), None, tuple((f"x{j}", Kind.NUMERIC) for j in range(tree.n_variables)),
    )  # fmt: skip
