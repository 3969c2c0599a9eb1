"""Rows × teacher: the split of the rows, the teacher's activations, and its sensitivity to single columns."""

from limbeck.observe.observation import Budget, Observation, observe
from limbeck.observe.sampler import Drawn, RejectionSampler, Sampler, UniformBits, as_sampler
from limbeck.observe.sensitivity import Sensitivity, measure_sensitivity
from limbeck.observe.split import RowSplit, split_rows

__all__ = [
    "Budget",
    "Drawn",
    "Observation",
    "RejectionSampler",
    "RowSplit",
    "Sampler",
    "Sensitivity",
    "UniformBits",
    "as_sampler",
    "measure_sensitivity",
    "observe",
    "split_rows",
]
