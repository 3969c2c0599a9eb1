"""Rows × teacher: the split of the rows, the teacher's activations, and its sensitivity to single columns."""

from limbeck.observe.dependence import Dependence, dependence_of
from limbeck.observe.encoding import Encoding
from limbeck.observe.fitting import fitted_to_answers, importing_seconds
from limbeck.observe.groups import group_numbers, group_words, one_row_each
from limbeck.observe.observation import Budget, Observation, observe
from limbeck.observe.parting import parting_thresholds
from limbeck.observe.questions import boosting_seconds, telling_sets, telling_thresholds
from limbeck.observe.sampler import Drawn, RejectionSampler, Sampler, UniformBits, as_sampler
from limbeck.observe.sensitivity import Sensitivity, measure_sensitivity
from limbeck.observe.split import Fold, RowSplit, fold_rows, split_rows, stretches
from limbeck.observe.synthetic import MixedRows, mixed_rows

__all__ = [
    "Budget",
    "Dependence",
    "Drawn",
    "Encoding",
    "Fold",
    "MixedRows",
    "Observation",
    "RejectionSampler",
    "RowSplit",
    "Sampler",
    "Sensitivity",
    "UniformBits",
    "as_sampler",
    "boosting_seconds",
    "dependence_of",
    "fitted_to_answers",
    "fold_rows",
    "group_numbers",
    "group_words",
    "importing_seconds",
    "measure_sensitivity",
    "mixed_rows",
    "observe",
    "one_row_each",
    "parting_thresholds",
    "split_rows",
    "stretches",
    "telling_sets",
    "telling_thresholds",
]
