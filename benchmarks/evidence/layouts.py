"""Networks of other layouts: trained ones that hold a tree in other kinds of layers, and ways around a branch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.evidence.parts import N_BITS, fitted
from benchmarks.paper.random_trees import RandomTree

__all__ = ["LAYOUTS", "Attended", "OnHalf", "OneOf", "Overridden", "Saturated"]

WIDTH = 64


def blocks(*between: Callable[[], nn.Module]) -> nn.Sequential:
    """Two hidden layers, each followed by other modules."""
    parts = [part for width in (N_BITS, WIDTH) for part in (nn.Linear(width, WIDTH), *(make() for make in between))]
    return nn.Sequential(*parts, nn.Linear(WIDTH, 2))


def convolutions() -> nn.Sequential:
    """Two convolutions over the bits as a sequence, and two linear maps."""
    steps = (nn.Conv1d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv1d(16, 16, 3, padding=1), nn.ReLU())
    last = (nn.Flatten(), nn.Linear(16 * N_BITS, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 2))
    return nn.Sequential(nn.Unflatten(1, (1, N_BITS)), *steps, *last)


def of(make: Callable[[], nn.Module]) -> Callable[[RandomTree, np.random.Generator], nn.Module]:
    """Such a network, trained on a tree."""

    def trained(tree: RandomTree, rng: np.random.Generator) -> nn.Module:
        torch.manual_seed(int(rng.integers(2**31)))
        return fitted(make(), tree, rng).eval()

    return trained


LAYOUTS = {
    "trained, Conv1d": of(convolutions),
    "trained, LayerNorm and GELU": of(lambda: blocks(lambda: nn.LayerNorm(WIDTH), nn.GELU)),
    "trained, BatchNorm and SiLU": of(lambda: blocks(lambda: nn.BatchNorm1d(WIDTH), nn.SiLU)),
    "trained, tanh": of(lambda: blocks(nn.Tanh)),
    "trained with dropout": of(lambda: blocks(nn.ReLU, lambda: nn.Dropout(0.1))),
}
"""Networks that were trained on the tree, by what stands between their linear maps."""


class Two(nn.Module):
    """What decides, and a branch."""

    def __init__(self, decides: nn.Module, branch: nn.Module) -> None:
        super().__init__()
        self.decides, self.branch = decides, branch


class Attended(Two):
    """An attention over the two whose scores have put all weight on what decides."""

    def __init__(self, decides: nn.Module, branch: nn.Module) -> None:
        super().__init__(decides, branch)
        self.score = nn.Parameter(torch.tensor([0.0, -30.0]))

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        both = torch.stack([self.decides(x), self.branch(x)], dim=1)
        return (both * self.score.softmax(0)[None, :, None]).sum(1)


class OneOf(nn.Module):
    """An ensemble of which one member answers."""

    def __init__(self, *members: nn.Module) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the last."""
        return torch.stack([member(x) for member in self.members], dim=1)[:, -1]


class Overridden(Two):
    """A branch that answers where what decides says nothing, which is nowhere."""

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        found = self.decides(x)
        return torch.where(found.abs().sum(1, keepdim=True) > 1e-6, found, self.branch(x))


class OnHalf(Two):
    """A branch that answers where a bit is 1."""

    def __init__(self, decides: nn.Module, branch: nn.Module, bit: int) -> None:
        super().__init__(decides, branch)
        self.bit = bit

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        on = (x[:, [self.bit]] > 0).float()
        return on * self.branch(x) + (1 - on) * self.decides(x)


class Saturated(Two):
    """A branch that ends in a unit far beyond where it still bends."""

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        return self.decides(x) + torch.tanh(1e3 + self.branch(x))
