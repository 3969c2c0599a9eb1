"""Models of scikit-learn fitted to a teacher's answers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["fitted_to_answers"]


def fitted_to_answers(
    model: Any, rows: NDArray[np.float32], answers: NDArray[Any], weights: NDArray[np.float64] | None = None
) -> Any:
    """Fit a model, without a warning where there are nearly as many classes as rows: they are the teacher's."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The number of unique classes")
        return model.fit(rows, answers, sample_weight=weights)
