"""Parts of networks with given weights: clauses, lookups, parities, random features, and how they are put together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise, product

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.paper.random_trees import LEAF, RandomTree, random_bits

__all__ = [
    "N_BITS",
    "Beside",
    "Near",
    "Summed",
    "asked",
    "characters",
    "conjunctions",
    "drawn_features",
    "every_row",
    "fitted",
    "leaf_labels",
    "leaves_of",
    "linear",
    "padded",
    "read_best",
    "scores",
    "spectrum",
    "trained",
    "turned",
]

N_BITS = 12
FEATURES, STEPS, RATE = 500, 2500, 3e-3

Floats = NDArray[np.float64]


def every_row() -> NDArray[np.int8]:
    """All rows of -1 and 1."""
    return np.array(list(product((-1, 1), repeat=N_BITS)), np.int8)


def asked(tree: RandomTree) -> list[int]:
    """The bits that a tree asks."""
    return np.unique(tree.variable[tree.variable != LEAF]).tolist()


def trained(tree: RandomTree, rng: np.random.Generator, hidden: Sequence[int]) -> nn.Module:
    """A perceptron trained on a tree by Adam, on fresh rows."""
    torch.manual_seed(int(rng.integers(2**31)))
    sizes = [N_BITS, *hidden]
    maps = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.ReLU())]
    return fitted(nn.Sequential(*maps, nn.Linear(sizes[-1], 2)), tree, rng)


def fitted(network: nn.Module, tree: RandomTree, rng: np.random.Generator) -> nn.Module:
    """A network after it was trained on a tree by Adam, on fresh rows."""
    optimiser = torch.optim.Adam(network.parameters(), RATE)
    for _ in range(STEPS):
        rows = random_bits(256, N_BITS, rng)
        labels = torch.from_numpy((tree.labels(rows) > 0).astype(np.int64))
        loss = nn.functional.cross_entropy(network(torch.from_numpy(rows).float()), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return network


def linear(weight: Floats, bias: Floats) -> nn.Linear:
    """A linear map with given weights."""
    made = nn.Linear(weight.shape[1], len(weight))
    made.load_state_dict({"weight": torch.from_numpy(weight).float(), "bias": torch.from_numpy(bias).float()})
    return made


def weights(made: nn.Module) -> tuple[Floats, Floats]:
    """Weight and bias of a linear map."""
    state = made.state_dict()
    return state["weight"].double().numpy(), state["bias"].double().numpy()


def conjunctions(columns: Sequence[Sequence[int]], signs: Sequence[Sequence[int]]) -> nn.Sequential:
    """Units that are 1 where bits have given signs, and 0 elsewhere."""
    weight = np.zeros((len(columns), N_BITS))
    for unit, (some, values) in enumerate(zip(columns, signs, strict=True)):
        weight[unit, list(some)] = np.asarray(values) / 2
    return nn.Sequential(linear(weight, 1.0 - np.array([len(some) for some in columns]) / 2), nn.ReLU())


def leaves_of(tree: RandomTree) -> nn.Sequential:
    """The clauses of a tree's leaves."""
    held = [clause for clause, v in zip(tree.clauses(), tree.variable, strict=True) if v == LEAF]
    return conjunctions([v.tolist() for v, _ in held], [s.tolist() for _, s in held])


def leaf_labels(tree: RandomTree) -> Floats:
    """What the leaves answer, in their order."""
    return tree.label[tree.variable == LEAF].astype(np.float64)


def scores(weight: Floats, bias: float = 0.0) -> nn.Linear:
    """A read-out of two scores, from that of the second against the first."""
    return linear(np.stack([-weight, weight]), np.array([-bias, bias]))


def read_best(features: nn.Module, tree: RandomTree) -> nn.Sequential:
    """Features, and the read-out of them that comes nearest to the labels on all rows."""
    with torch.no_grad():
        held = features(torch.from_numpy(every_row()).float()).double().numpy()
    both, target = np.column_stack([held, np.ones(len(held))]), tree.labels(every_row()).astype(np.float64)
    found = np.linalg.solve(both.T @ both + 1e-3 * np.eye(both.shape[1]), both.T @ target)
    return nn.Sequential(*features.children(), scores(found[:-1], float(found[-1])))


def drawn_features(rng: np.random.Generator, width: int = FEATURES) -> nn.Sequential:
    """Random features of all bits."""
    return nn.Sequential(linear(rng.normal(size=(width, N_BITS)) / 3, rng.normal(size=width) / 2), nn.ReLU())


def spectrum(tree: RandomTree) -> tuple[list[tuple[int, ...]], Floats]:
    """The parities of a tree's Fourier expansion, and their coefficients; the first is the constant."""
    rows, bits = every_row(), asked(tree)
    labels = tree.labels(rows).astype(np.float64)
    sets = [some for k in range(tree.depth + 1) for some in combinations(bits, k)]
    found = np.array([(labels * rows[:, list(some)].prod(axis=1)).mean() for some in sets])
    kept = [j for j, value in enumerate(found) if j == 0 or abs(value) > 1e-9]
    return [sets[j] for j in kept], found[kept]


def characters(sets: Sequence[tuple[int, ...]]) -> nn.Sequential:
    """Parities of bits, exactly, as sums of ramps of the bits' sums."""
    sums, starts, parts = [], [], []
    for some in sets:
        values = np.arange(-len(some), len(some) + 1, 2)
        knots = np.concatenate([[values[0] - 2], values[:-1]])
        parity = np.where((len(some) - values) // 2 % 2, -1.0, 1.0)
        parts.append(np.linalg.solve(np.maximum(values[:, None] - knots, 0.0), parity))
        sums += [np.isin(np.arange(N_BITS), some).astype(np.float64)] * len(knots)
        starts.append(-knots.astype(np.float64))
    ends = np.cumsum([len(part) for part in parts])
    weight = np.zeros((len(sets), ends[-1]))
    for row, end, part in zip(weight, ends, parts, strict=True):
        row[end - len(part) : end] = part
    first = linear(np.array(sums), np.concatenate(starts))
    return nn.Sequential(first, nn.ReLU(), linear(weight, np.zeros(len(sets))), nn.Identity())


def padded(out: nn.Module, more: Floats) -> nn.Linear:
    """A read-out that also listens to further units, with given weights (c, k)."""
    weight, bias = weights(out)
    return linear(np.hstack([weight, more]), bias)


def turned(network: nn.Sequential, rng: np.random.Generator) -> nn.Sequential:
    """The same network with its last layer rotated."""
    weight, bias = weights(network[-1])
    rotation = np.linalg.qr(rng.normal(size=(weight.shape[1], weight.shape[1])))[0]
    mixed = linear(rotation, np.zeros(len(rotation)))
    return nn.Sequential(*list(network)[:-1], mixed, linear(weight @ rotation.T, bias))


class Beside(nn.Module):
    """Modules side by side in one layer."""

    def __init__(self, *parts: nn.Module) -> None:
        super().__init__()
        self.parts, self.both = nn.ModuleList(parts), nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """What all of them hold."""
        return self.both(torch.cat([part(x) for part in self.parts], dim=1))


class Summed(nn.Module):
    """What decides, and a branch that is added through a gate: a number, a module, or none at all."""

    def __init__(self, decides: nn.Module, branch: nn.Module, gate: float | nn.Module | None) -> None:
        super().__init__()
        self.decides, self.branch, self.gate = decides, branch, gate

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        found, beside = self.decides(x), self.branch(x)
        if self.gate is None:
            return found
        return found + (self.gate(x) if isinstance(self.gate, nn.Module) else self.gate) * beside


class Near(nn.Module):
    """How near the bits that matter are to stored ones, in (0, 1]."""

    def __init__(self, bits: Sequence[int], stored: NDArray[np.int8]) -> None:
        super().__init__()
        self.bits, self.held = list(bits), nn.Identity()
        self.register_buffer("stored", torch.from_numpy(stored).float())

    def forward(self, x: Tensor) -> Tensor:
        """Nearness to each."""
        return self.held(torch.exp(-0.175 * torch.cdist(x[:, self.bits], self.get_buffer("stored")) ** 2))
