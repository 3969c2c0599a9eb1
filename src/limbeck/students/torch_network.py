"""A compiled tree as a torch module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from limbeck.students.network import CompiledTree

__all__ = ["CompiledModule", "as_module"]


class Ramps(nn.Module):
    """Steps (n, u) to ramps (n, v): the literals of columns with more than two values."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)

    def forward(self, steps: Tensor) -> Tensor:
        """`relu(1 - W steps)`."""
        return functional.relu(1.0 - functional.linear(steps, self.weight))


class MixedClauses(nn.Module):
    """Inputs (n, p) and ramps (n, v) to rotated clauses (n, nodes): one leaf module, so that hooks see no clause."""

    def __init__(self, weight: Tensor, bias: Tensor, rotation: Tensor) -> None:
        super().__init__()
        self.weight, self.bias, self.rotation = (nn.Parameter(value) for value in (weight, bias, rotation))

    def forward(self, x: Tensor) -> Tensor:
        """`Q relu(W x + b)`."""
        return functional.linear(functional.relu(functional.linear(x, self.weight, self.bias)), self.rotation)


class CompiledModule(nn.Module):
    """Inputs (n, p) to scores (n, c), in the precision of the parameters."""

    def __init__(self, compiled: CompiledTree) -> None:
        super().__init__()
        self.bent = len(compiled.step_bias) > 0
        if self.bent:
            self.steps = _linear(compiled.step_weight, compiled.step_bias)
            self.ramps = Ramps(_tensor(compiled.ramp_weight))
        weight = np.hstack([compiled.input_weight, compiled.ramp_part])
        self.mixed = MixedClauses(_tensor(weight), _tensor(compiled.bias), _tensor(compiled.rotation))
        self.readout = _linear(compiled.readout, None)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of every row."""
        if self.bent:
            x = torch.cat([x, self.ramps(functional.relu(self.steps(x)))], dim=1)
        return self.readout(self.mixed(x))


def as_module(compiled: CompiledTree) -> CompiledModule:
    """Return a compiled tree as a torch module in evaluation mode, float64."""
    return CompiledModule(compiled).eval()


def _tensor(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float64))


def _linear(
    weight: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    bias: np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None,
) -> nn.Linear:
    """Return a linear layer with given weights; building it does not touch the random state."""
    layer = nn.utils.skip_init(nn.Linear, weight.shape[1], weight.shape[0], bias=bias is not None, dtype=torch.float64)
    assert isinstance(layer, nn.Linear)
    layer.weight = nn.Parameter(_tensor(weight))
    if bias is not None:
        layer.bias = nn.Parameter(_tensor(bias))
    return layer
