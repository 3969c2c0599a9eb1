"""Networks that compute a deep tree because they were compiled from one, with no neuron that is a clause.

For bits in {-1, +1} the clause of k literals with signs t is exactly

    c(x) = relu(sum_j t_j x_j - (k - 1)),

1 where all k literals hold and 0 elsewhere, because the sum falls in steps of 2. The hidden layer is `Q c(x)`, with
c(x) the clauses of all nodes and Q a random rotation: every clause is a linear function of it, of norm 1, and none of
its units is a clause. The label is a linear readout. The clauses of the inner nodes are sums of those of the leaves
below them, so the layer has 2 s - 1 units and rank s, for s leaves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.paper.random_trees import RandomTree, sparse_tree

__all__ = ["CompiledNetwork", "CompiledTeacher", "compile_tree", "compiled_teacher", "random_rotation"]


class MixedClauses(nn.Module):
    """Bits (n, p) to rotated clauses (n, 2 s - 1).

    One leaf module computes clauses and rotation. With two of them a forward hook would see the clauses as neurons,
    and there would be nothing left for a probe to find.
    """

    def __init__(self, weight: Tensor, bias: Tensor, rotation: Tensor) -> None:
        super().__init__()
        self.weight, self.bias, self.rotation = (nn.Parameter(value) for value in (weight, bias, rotation))

    def forward(self, x: Tensor) -> Tensor:
        """`Q relu(W x + b)`."""
        return functional.linear(functional.relu(functional.linear(x, self.weight, self.bias)), self.rotation)


class CompiledNetwork(nn.Module):
    """Bits (n, p) to the label (n, 1), -1 or +1 up to rounding; the layers are `mixed` and `readout`."""

    def __init__(self, mixed: MixedClauses, readout: Tensor) -> None:
        super().__init__()
        self.mixed, self.readout = mixed, nn.Linear(readout.shape[1], 1, bias=False)
        self.readout.weight = nn.Parameter(readout)

    def forward(self, x: Tensor) -> Tensor:
        """Label of every row."""
        return self.readout(self.mixed(x))


@dataclass(frozen=True)
class CompiledTeacher:
    """A compiled network beside its tree."""

    network: CompiledNetwork
    tree: RandomTree


def compiled_teacher(depth: int, seed: int, *, n_variables: int = 1000, n_leaves: int | None = None) -> CompiledTeacher:
    """Draw a tree of this depth, full or with `n_leaves` leaves, and compile it."""
    rng = np.random.default_rng([seed, depth])
    tree = sparse_tree(depth, n_variables, n_leaves or 2**depth, rng)
    return CompiledTeacher(compile_tree(tree, rng), tree)


def compile_tree(tree: RandomTree, rng: np.random.Generator) -> CompiledNetwork:
    """Network whose output is `tree.labels`, with a rotation drawn from `rng`."""
    weight = np.zeros((tree.n_nodes, tree.n_variables), np.float32)
    bias = np.zeros(tree.n_nodes, np.float32)
    for node, (variables, signs) in enumerate(tree.clauses()):
        weight[node, variables], bias[node] = signs, 1 - len(signs)
    rotation = random_rotation(tree.n_nodes, rng)
    # The label is the sum of the leaves' labels times their clauses, and a rotation's transpose undoes it.
    readout = (rotation @ tree.label.astype(np.float64))[None, :]
    tensors = (torch.from_numpy(np.asarray(value, np.float32)) for value in (weight, bias, rotation))
    return CompiledNetwork(MixedClauses(*tensors), torch.from_numpy(readout.astype(np.float32))).eval()


def random_rotation(size: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Uniformly distributed orthogonal matrix of determinant +1."""
    q, r = np.linalg.qr(rng.standard_normal((size, size)))
    q *= np.sign(np.diag(r))
    if np.linalg.slogdet(q)[0] < 0:
        q[:, 0] *= -1
    return q
