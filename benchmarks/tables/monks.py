"""The three monk problems, from their definition (Thrun and others, 1991): six nominal columns, a rule each."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["MONKS", "monk"]

_SIZES = {"head": 3, "body": 3, "smiling": 2, "holding": 3, "jacket": 4, "tie": 2}


def _ones(rows: pd.DataFrame) -> NDArray[np.int64]:
    """How many columns hold their first value."""
    return (rows == 1).sum(axis=1).to_numpy()


MONKS: dict[str, Callable[[pd.DataFrame], NDArray[np.bool_]]] = {
    "monk-1": lambda rows: ((rows["head"] == rows["body"]) | (rows["jacket"] == 1)).to_numpy(),
    "monk-2": lambda rows: _ones(rows) == 2,
    "monk-3": lambda rows: (
        ((rows["jacket"] == 3) & (rows["holding"] == 1)) | ((rows["jacket"] != 4) & (rows["body"] != 3))
    ).to_numpy(),
}


def monk(name: str) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Return all 432 rows of the domain, once each and as text, with the rule's labels; monk-3 without its noise."""
    rows = pd.DataFrame(list(product(*(range(1, size + 1) for size in _SIZES.values()))), columns=list(_SIZES))
    return "v" + rows.astype(str), MONKS[name](rows)
