"""Raw rows as numbers: numeric columns as they are, nominal ones one-hot over the values of the training rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Columns", "is_numeric"]


def is_numeric(column: pd.Series) -> bool:
    """Tell whether a column holds numbers."""
    return pd.api.types.is_numeric_dtype(column)


class Columns:
    """An encoder for a network (standardised) or for trees (as it is).

    Parameters
    ----------
    rows : DataFrame
        The rows that means, spreads and known values are taken from.
    standardise : bool
        Whether numeric columns are brought to mean 0 and standard deviation 1.
    """

    def __init__(self, rows: pd.DataFrame, *, standardise: bool) -> None:
        self.numbers = [name for name in rows if is_numeric(rows[name])]
        self.known = {name: sorted(rows[name].unique()) for name in rows if name not in self.numbers}
        numbers = rows[self.numbers].to_numpy(np.float64)
        spread = numbers.std(axis=0) if standardise else np.ones(numbers.shape[1])
        self.mean = numbers.mean(axis=0) if standardise else np.zeros(numbers.shape[1])
        self.spread = np.where(spread > 0, spread, 1.0)

    def __call__(self, rows: pd.DataFrame) -> NDArray[np.float32]:
        """Return the matrix (n, m); a value that was not known is all zeros."""
        parts = [(rows[self.numbers].to_numpy(np.float64) - self.mean) / self.spread]
        parts += [self._one_hot(rows[name], known) for name, known in self.known.items()]
        return np.hstack(parts).astype(np.float32)

    @property
    def names(self) -> list[str]:
        """Name of every column of the matrix."""
        return [*self.numbers, *(f"{name} = {value}" for name, known in self.known.items() for value in known)]

    def _one_hot(self, column: pd.Series, known: list[str]) -> NDArray[np.float64]:
        return (column.to_numpy(object)[:, None] == np.array(known, object)).astype(np.float64)
