"""The network of the paper in the maximal-update parametrisation, and the two ways to train it.

The abc-parametrisation of Yang and Hu (2021), Tensor Programs IV, arXiv 2011.14522, multiplies each weight by a
power of the width n. Under SGD a multiplier a is the same as an initial standard deviation a times larger and a
learning rate a**2 times larger, so plain linear maps are kept here and the multipliers are folded in:

| map    | weight std    | weight rate | bias std | bias rate |
|--------|---------------|-------------|----------|-----------|
| input  | sigma/sqrt(p) | n           | sigma    | n         |
| hidden | sigma/sqrt(n) | 1           | sigma    | n         |
| output | sigma/n       | 1/n         | sigma    | 1         |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.paper.random_trees import RandomTree, random_bits

__all__ = ["ResidualNetwork", "Schedule", "logits", "new_network", "paper_schedule", "quick_schedule", "train"]

INIT_STD = 0.001
Report = Callable[[int, float], None]
"""Called with (steps done, mean loss since the last call)."""


class InputMap(nn.Linear):
    """The first linear map, p bits to n units."""

    def rates(self) -> tuple[float, float]:
        """Learning rates of weight and bias, in units of the schedule's."""
        return self.out_features, self.out_features

    def reset_parameters(self) -> None:
        """Draw weight and bias at the scale of the table above."""
        _redraw(self, INIT_STD / self.in_features**0.5)


class HiddenMap(nn.Linear):
    """A square map inside a residual block."""

    def rates(self) -> tuple[float, float]:
        """Learning rates of weight and bias, in units of the schedule's."""
        return 1, self.out_features

    def reset_parameters(self) -> None:
        """Draw weight and bias at the scale of the table above."""
        _redraw(self, INIT_STD / self.in_features**0.5)


class OutputMap(nn.Linear):
    """The last map, n units to one logit."""

    def rates(self) -> tuple[float, float]:
        """Learning rates of weight and bias, in units of the schedule's."""
        return 1 / self.in_features, 1

    def reset_parameters(self) -> None:
        """Draw weight and bias at the scale of the table above."""
        _redraw(self, INIT_STD / self.in_features)


class Sum(nn.Module):
    """Addition as a module, so that a forward hook sees the residual stream."""

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        """Add."""
        return left + right


class ResidualBlock(nn.Module):
    """`x + relu(map(x))`: pre-activation `map`, post-activation `sum`."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.map, self.relu, self.sum = HiddenMap(width, width), nn.ReLU(), Sum()

    def forward(self, x: Tensor) -> Tensor:
        """Map, rectify and add to the stream."""
        return self.sum(x, self.relu(self.map(x)))


class ResidualNetwork(nn.Module):
    """Bits (n, p) to logits (n, 1) through `n_maps` linear maps, the inner ones with a residual."""

    def __init__(self, n_variables: int, width: int = 1000, n_maps: int = 5) -> None:
        super().__init__()
        self.first, self.first_relu = InputMap(n_variables, width), nn.ReLU()
        self.blocks = nn.Sequential(*(ResidualBlock(width) for _ in range(n_maps - 2)))
        self.last = OutputMap(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Logit of the label +1."""
        return self.last(self.blocks(self.first_relu(self.first(x))))

    def paper_layers(self) -> tuple[str, ...]:
        """Names of the modules whose outputs are the paper's pre- and post-activations."""
        inner = (f"blocks.{i}.{part}" for i in range(len(self.blocks)) for part in ("map", "sum"))
        return ("first", "first_relu", *inner, "last")


@dataclass(frozen=True)
class Schedule:
    """How long SGD with logistic loss runs, and on which rows.

    Parameters
    ----------
    n_rows : int or None
        Size of the training set that is passed over again and again; None draws fresh rows at every step.
    max_steps : int
        Steps at most.
    stop_margin : float or None
        Stop once label times logit is at least this on `stop_rows` rows drawn for the check; None never stops.
    bfloat16 : bool
        Matrix products in bfloat16 (weights, sums and updates stay float32).
    """

    n_rows: int | None
    max_steps: int
    stop_margin: float | None
    bfloat16: bool
    learning_rate: float = 0.05
    batch_rows: int = 100
    check_every: int = 250
    stop_rows: int = 20_000


def paper_schedule(depth: int) -> Schedule:
    """11 passes over 1e5 rows, or 1e6 for depth 5 and deeper."""
    n_rows = 1_000_000 if depth >= 5 else 100_000
    return Schedule(n_rows=n_rows, max_steps=11 * n_rows // 100, stop_margin=None, bfloat16=False)


def quick_schedule(depth: int) -> Schedule:
    """The same descent on fresh rows until a fresh sample of 20 000 is all right by a margin.

    The margin asks for more than all rows right, because 20 000 of them leave up to 1.5 wrong in 10 000.
    """
    return Schedule(n_rows=None, max_steps=20_000 * max(1, depth - 3), stop_margin=1.0, bfloat16=True)


def new_network(n_variables: int, width: int, n_maps: int, seed: int) -> ResidualNetwork:
    """Draw a network, leaving PyTorch's own random state as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ResidualNetwork(n_variables, width, n_maps)


def train(
    network: ResidualNetwork, tree: RandomTree, schedule: Schedule, rng: np.random.Generator, report: Report
) -> int:
    """Train in place and return the number of steps."""
    optimizer = torch.optim.SGD(_rate_groups(network, schedule.learning_rate), foreach=True)
    loss_of, batches, losses = nn.BCEWithLogitsLoss(), _batches(tree, schedule, rng), torch.zeros(())
    for step in range(1, schedule.max_steps + 1):
        x, y = next(batches)
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16) if schedule.bfloat16 else nullcontext():
            output = network(x)
        loss = loss_of(output.float(), y)
        loss.backward()
        optimizer.step()
        losses += loss.detach()
        if step % schedule.check_every == 0:
            report(step, float(losses) / schedule.check_every)
            losses.zero_()
            if _settled(network, tree, schedule, rng):
                return step
    return schedule.max_steps


def logits(network: nn.Module, x: NDArray[np.generic]) -> NDArray[np.float32]:
    """Logit of every row, in float32 and in pieces."""
    with torch.no_grad():
        pieces = [network(torch.from_numpy(x[i : i + 4096]).float())[:, 0] for i in range(0, len(x), 4096)]
    return torch.cat(pieces).numpy()


def _rate_groups(network: ResidualNetwork, learning_rate: float) -> list[dict[str, object]]:
    """One parameter group for each learning rate."""
    groups: dict[float, list[nn.Parameter]] = {}
    for part in network.modules():
        if isinstance(part, (InputMap, HiddenMap, OutputMap)):
            for parameter, rate in zip((part.weight, part.bias), part.rates(), strict=True):
                groups.setdefault(rate, []).append(parameter)
    return [{"params": parameters, "lr": learning_rate * rate} for rate, parameters in groups.items()]


def _batches(tree: RandomTree, schedule: Schedule, rng: np.random.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches without end, of fresh rows or of a training set in a new order for every pass."""
    size = schedule.batch_rows
    if schedule.n_rows is None:
        while True:
            x = random_bits(size, tree.n_variables, rng)
            yield _tensors(x, tree.labels(x))
    x = random_bits(schedule.n_rows, tree.n_variables, rng)
    y = tree.labels(x)
    while True:
        order = rng.permutation(len(x))
        for start in range(0, len(x), size):
            rows = order[start : start + size]
            yield _tensors(x[rows], y[rows])


def _tensors(x: NDArray[np.int8], y: NDArray[np.int8]) -> tuple[Tensor, Tensor]:
    """Inputs and 0/1 targets as float32."""
    return torch.from_numpy(x).float(), torch.from_numpy(y > 0).float()[:, None]


def _settled(network: nn.Module, tree: RandomTree, schedule: Schedule, rng: np.random.Generator) -> bool:
    """Whether the margin is reached on fresh rows; a small sample first spares the large one."""
    if schedule.stop_margin is None:
        return False
    for n_rows in (min(1000, schedule.stop_rows), schedule.stop_rows):
        x = random_bits(n_rows, tree.n_variables, rng)
        if (tree.labels(x) * logits(network, x)).min() < schedule.stop_margin:
            return False
    return True


def _redraw(part: nn.Linear, weight_std: float) -> None:
    """Draw weight and bias normal around 0."""
    nn.init.normal_(part.weight, std=weight_std)
    nn.init.normal_(part.bias, std=INIT_STD)
