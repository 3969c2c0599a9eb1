"""Networks of several architectures, each with the rows it is asked about; and two whose inside is no tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from torch import Tensor, nn

from benchmarks.paper.random_trees import random_bits
from benchmarks.paper.teachers import trained_teacher
from benchmarks.theorem.runs import deciding_tree
from limbeck import as_teacher

__all__ = ["ARCHITECTURES", "Case", "cases"]

N_ROWS, N_BITS, DEPTH = 3000, 12, 3
WIDTH = 64
TRANSFORMER_LAYERS = ("embed", "block.norm1", "block.norm2", "readout.0", "readout.1", "readout.2")

Labels = Callable[[NDArray[Any]], NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Case:
    """A trained model and rows of its table."""

    architecture: str
    task: str
    seed: int
    model: Any
    rows: NDArray[Any]
    max_leaves: int
    effort: str = "fast"
    reading: str = "auto"


class Residual(nn.Module):
    """Bits to two scores through blocks `x + relu(map x)`."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.relu = nn.Linear(N_BITS, WIDTH), nn.ReLU()
        self.maps = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(2))
        self.sums = nn.ModuleList(nn.Identity() for _ in range(2))
        self.last = nn.Linear(WIDTH, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of every row."""
        x = self.relu(self.first(x))
        for part, stream in zip(self.maps, self.sums, strict=True):
            x = stream(x + torch.relu(part(x)))
        return self.last(x)


class Convolutional(nn.Module):
    """Images of 8 × 8 pixels to ten scores."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(),
            nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Scores of every image, given as 64 numbers."""
        return self.body(x.reshape(-1, 1, 8, 8) / 16)


class Transformer(nn.Module):
    """Six tokens of four kinds behind a class token, to two scores."""

    def __init__(self) -> None:
        super().__init__()
        self.token, self.place = nn.Parameter(torch.zeros(1, 1, 32)), nn.Parameter(torch.randn(1, 7, 32) / 5)
        self.embed = nn.Embedding(4, 32)
        self.block = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, batch_first=True)
        self.readout = nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, x: Tensor) -> Tensor:
        """Scores of every sequence."""
        words = torch.cat([self.token.expand(len(x), 1, 32), self.embed(x)], dim=1)
        return self.readout(self.block(words + self.place)[:, 0])


class Gated(nn.Module):
    """A trained network times a gate of zero, beside random features that decide."""

    def __init__(self, trunk: nn.Module, labels: Labels, rows: NDArray[Any]) -> None:
        super().__init__()
        self.trunk, self.features = trunk, RandomFeatures(labels, rows)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of every row."""
        return self.features(x) + 0.0 * self.trunk(x)


class RandomFeatures(nn.Module):
    """Features drawn at random, and the best linear map of them to the labels."""

    def __init__(self, labels: Labels, rows: NDArray[Any]) -> None:
        super().__init__()
        self.hidden, self.relu = nn.Linear(N_BITS, 1200), nn.ReLU()
        with torch.no_grad():
            held = self.relu(self.hidden(torch.from_numpy(rows).float())).numpy()
        target = 2.0 * labels(rows) - 1.0
        both = np.column_stack([held, np.ones(len(held))])
        weight = np.linalg.solve(both.T @ both + 1e-3 * np.eye(both.shape[1]), both.T @ target)
        self.last = nn.Linear(1200, 2)
        with torch.no_grad():
            self.last.weight.copy_(torch.from_numpy(np.stack([-weight[:-1], weight[:-1]])))
            self.last.bias.copy_(torch.from_numpy(np.array([-weight[-1], weight[-1]])))

    def forward(self, x: Tensor) -> Tensor:
        """Scores of every row."""
        return self.last(self.relu(self.hidden(x)))


def fitted(network: nn.Module, rows: NDArray[Any], labels: NDArray[Any], steps: int, rate: float, seed: int) -> Any:
    """Train by Adam on batches of 256."""
    x = torch.from_numpy(rows) if rows.dtype == np.int64 else torch.from_numpy(rows).float()
    y, rng = torch.from_numpy(labels.astype(np.int64)), np.random.default_rng([seed, 4])
    optimiser = torch.optim.Adam(network.parameters(), rate)
    for _ in range(steps):
        batch = torch.from_numpy(rng.integers(len(rows), size=256))
        loss = nn.functional.cross_entropy(network(x[batch]), y[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return network.eval()


def plain() -> nn.Module:
    """Bits to two scores through two hidden layers."""
    return nn.Sequential(nn.Linear(N_BITS, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 2))


def on_bits(architecture: str, seed: int) -> Case:
    """A network that was trained, or made, to compute a random tree of depth 3 over 12 bits."""
    tree = deciding_tree(DEPTH, N_BITS, seed)

    def labels(rows: NDArray[Any]) -> NDArray[Any]:
        return (tree.labels(rows).ravel() > 0).astype(np.int64)

    rows = random_bits(8192, N_BITS, np.random.default_rng([seed, 5]))
    torch.manual_seed(seed)
    if architecture == "random features":
        model: Any = RandomFeatures(labels, rows)
    else:
        network = Residual() if architecture == "residual MLP" else plain()
        model = fitted(network, rows, labels(rows), 2500, 3e-3, seed)
        model = Gated(model, labels, rows).eval() if architecture == "gate of zero" else model
    return Case(architecture, f"tree of depth {DEPTH}, {N_BITS} bits", seed, model, rows[:N_ROWS], 2**DEPTH)


def on_digits(seed: int) -> Case:
    """A convolutional network of scikit-learn's digits, trained on the first half of them."""
    pixels, digits = load_digits(return_X_y=True)
    torch.manual_seed(seed)
    model = fitted(Convolutional(), pixels[:900], digits[:900], 900, 3e-3, seed)
    return Case("CNN", "digits, 64 pixels", seed, model, pixels, 32)


def on_tokens(seed: int) -> Case:
    """A transformer of one block on six tokens, trained on a rule that asks three or four of them."""
    rng = np.random.default_rng([seed, 6])
    rows = rng.integers(4, size=(8192, 6))
    a, b, c, d = rows[:, rng.permutation(6)[:4]].T
    u, v, w, z = rng.integers(4, size=4)
    labels = np.where(a == u, (b == v) | (b == (v + 1) % 4), (c == w) & (d != z))
    torch.manual_seed(seed)
    model = as_teacher(fitted(Transformer(), rows, labels, 1000, 3e-3, seed), layers=TRANSFORMER_LAYERS)
    return Case("transformer", "rule over 6 tokens", seed, model, rows[:N_ROWS], 8)


def of_the_paper(depth: int, seed: int) -> Case:
    """A residual network of the paper: five maps of width 1000, a full random tree over 100 bits."""
    teacher = trained_teacher(depth, seed)
    rows = random_bits(N_ROWS, teacher.tree.n_variables, np.random.default_rng([seed, depth, 9]))
    model = as_teacher(teacher.network, layers=teacher.network.paper_layers())
    return Case("the paper's", f"tree of depth {depth}, 100 bits", seed, model, rows, 2**depth, "normal", "binary")


ARCHITECTURES = ("MLP", "residual MLP", "CNN", "transformer", "the paper's", "random features", "gate of zero")


def cases(architecture: str, seeds: range, depths: range) -> list[Case]:
    """Train the networks of one architecture; those of the paper for one seed."""
    if architecture == "CNN":
        return [on_digits(seed) for seed in seeds]
    if architecture == "transformer":
        return [on_tokens(seed) for seed in seeds]
    if architecture == "the paper's":
        return [of_the_paper(depth, 0) for depth in depths]
    return [on_bits(architecture, seed) for seed in seeds]
