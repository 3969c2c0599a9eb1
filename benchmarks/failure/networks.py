"""Small networks that compute a tree: with its clauses linear inside, or hidden in one number or in a hash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.paper.random_trees import RandomTree
from limbeck.teachers import Teacher
from limbeck.teachers.rows import numeric_matrix
from limbeck.teachers.running import Answer
from limbeck.teachers.torch import TorchTeacher

__all__ = ["HashedTeacher", "OneNumber", "trained_network"]

WIDTH = 64
_STEPS = 150


def trained_network(tree: RandomTree, x: NDArray[Any], seed: int) -> nn.Sequential:
    """Fit two hidden layers to the tree's labels on bits x (n, p) of -1 and +1, by full-batch Adam."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = nn.Sequential(
            nn.Linear(tree.n_variables, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 2)
        )
        inputs, labels = torch.from_numpy(x).float(), torch.from_numpy(tree.labels(x) > 0).long()
        optimizer = torch.optim.Adam(network.parameters(), lr=0.01, weight_decay=1e-4)
        for _ in range(_STEPS):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(inputs), labels).backward()
            optimizer.step()
    return network.eval()


class Pack(nn.Module):
    """Write the bits of a row into one number: all that the rest of the network gets."""

    def __init__(self, n_bits: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_bits))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Give the bits the powers of two, in random order."""
        with torch.no_grad():
            self.weight.copy_(2.0 ** torch.randperm(len(self.weight)))

    def forward(self, x: Tensor) -> Tensor:
        """Map bits of -1 and +1 to a whole number (n, 1)."""
        return ((x > 0).float() @ self.weight)[:, None]


class Lookup(nn.Module):
    """Read one logit from a table, at the place that a number gives."""

    def __init__(self, n_bits: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.empty(2**n_bits))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw every entry."""
        nn.init.normal_(self.table)

    def forward(self, number: Tensor) -> Tensor:
        """Map whole numbers (n, 1) to scores (n, 2)."""
        logit = self.table[number[:, 0].long()]
        return torch.stack([-logit, logit], dim=1)


class OneNumber(nn.Module):
    """Compute a tree from one number that holds all bits: every clause is there, and none is linear."""

    def __init__(self, tree: RandomTree) -> None:
        super().__init__()
        self.pack, self.lookup = Pack(tree.n_variables), Lookup(tree.n_variables)
        places = np.arange(2**tree.n_variables)
        power = self.pack.weight.detach().numpy().astype(np.int64)
        bits = 2 * ((places[:, None] & power) > 0).astype(np.int8) - 1
        with torch.no_grad():
            self.lookup.table.copy_(torch.from_numpy(tree.labels(bits)).float())

    def forward(self, x: Tensor) -> Tensor:
        """Map bits to scores (n, 2)."""
        return self.lookup(self.pack(x))


class HashedTeacher(Teacher):
    """A trained network whose hidden representation is shown only after a random non-linear hash.

    The hash is `cos(40 · R h)` with a Gaussian matrix R: it tells representations apart and keeps nothing linear.
    """

    layers = ("hash",)
    classes = (0, 1)

    def __init__(self, network: nn.Sequential, mixing: NDArray[np.float64]) -> None:
        super().__init__("network behind a hash")
        self._network, self._mixing = network, mixing

    def _run(self, native: Any, layers: Sequence[str]) -> Answer:
        with torch.no_grad():
            hidden = self._network[:4](torch.as_tensor(numeric_matrix(native, self.name), dtype=torch.float32))
            scores = self._network[4:](hidden)
        return scores.numpy(), {layer: np.cos(40 * hidden.numpy() @ self._mixing) for layer in layers}

    def redrawn(self, rng: np.random.Generator) -> HashedTeacher:
        """Draw network and hash afresh."""
        fresh = TorchTeacher(self._network).redrawn(rng)
        return HashedTeacher(fresh._module, rng.normal(size=self._mixing.shape))
