"""Models that take exactly so many rows at a time: the last batch is padded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Answers
from limbeck.teachers.returned import with_row
from limbeck.teachers.running import Answer

__all__ = ["run_padded"]


def run_padded(run: Callable[[NDArray[np.intp]], Answer], n_rows: int, size: int) -> Answer:
    """Run a model that takes exactly `size` rows at a time on row numbers; the last row fills the last batch."""
    parts = [run(np.minimum(np.arange(start, start + size), n_rows - 1)) for start in range(0, n_rows, size)]
    answers = Answers.joined([_of_all_rows(Answers.of(returned), size) for returned, _ in parts])
    whole = [layer for layer, part in parts[0][1].items() if part.ndim and len(part) == size]
    activations = {layer: np.concatenate([found[layer] for _, found in parts])[:n_rows] for layer in whole}
    return answers.first(n_rows), activations


def _of_all_rows(answers: Answers, size: int) -> Answers:
    """See that there is an answer for each row of a batch."""

    def checked(array: NDArray[Any] | None) -> NDArray[Any] | None:
        array = None if array is None else with_row(array, size)
        if array is not None and (array.ndim == 0 or len(array) != size):
            raise ValueError(f"outputs of shape {array.shape} for a batch of {size} rows")
        return array

    return replace(answers, scores=checked(answers.scores), labels=checked(answers.labels))
