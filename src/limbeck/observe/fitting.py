"""Models of scikit-learn fitted to a teacher's answers."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["fitted_to_answers", "importing_seconds"]

# For a module of scikit-learn, on a machine without other work.
_IMPORTING = 1.2


def fitted_to_answers(
    model: Any, rows: NDArray[np.float32], answers: NDArray[Any], weights: NDArray[np.float64] | None = None, **how: Any
) -> Any:
    """Fit a model, without a warning where there are nearly as many classes as rows: they are the teacher's."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The number of unique classes")
        return model.fit(rows, answers, sample_weight=weights, **how)


def importing_seconds(module: str) -> float:
    """Return about how long it may take to import a module of scikit-learn: nothing where it is imported already."""
    return 0.0 if module in sys.modules else _IMPORTING * max(1.0, _crowding())


def _crowding() -> float:
    """Return how many processes share each processor, where the system tells."""
    return os.getloadavg()[0] / (os.cpu_count() or 1) if hasattr(os, "getloadavg") else 1.0
