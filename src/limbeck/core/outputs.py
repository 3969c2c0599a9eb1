"""A teacher's answers as read: classes or numbers, and the rules by which raw outputs become these."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["NOT_A_KNOWN_CLASS", "Outputs", "Rule", "Task"]

NOT_A_KNOWN_CLASS = -1
"""Code of a class that did not occur when the reading was fixed; it agrees with no tree."""


class Task(StrEnum):
    """What the teacher's outputs mean."""

    AUTO = "auto"
    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"


class Rule(StrEnum):
    """The rule by which one raw output becomes a class or a number."""

    LABEL = "the output is the class"
    DECISION = "the class is the model's own decision"
    LARGEST = "the class is the column with the largest score"
    SIGN = "class 1 when the logit is above 0"
    HALF = "class 1 when the probability is above 0.5"
    NUMBER = "the output is a number"


@dataclass(frozen=True, eq=False)
class Outputs:
    """A teacher's answers on n rows, as read.

    Parameters
    ----------
    codes : ndarray of intp, shape (n,), or None
        Index of each row's class, or `NOT_A_KNOWN_CLASS`; None for regression.
    values : ndarray of float64, shape (n, c)
        Soft class scores in [0, 1] that sum to 1 (one-hot where the teacher gives labels only), or the
        number (c = 1). The class need not be the one with the largest score: a model may decide otherwise.
    """

    codes: NDArray[np.intp] | None
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: NDArray[Any]) -> Outputs:
        """Return the answers on some rows."""
        return Outputs(None if self.codes is None else self.codes[rows], self.values[rows])

    def joined(self, other: Outputs) -> Outputs:
        """Return the answers on these rows and then on those of another set, read alike."""
        values = np.concatenate([self.values, other.values])
        if self.codes is None or other.codes is None:
            return Outputs(None, values)
        return Outputs(np.concatenate([self.codes, other.codes]), values)

    @property
    def alike(self) -> bool:
        """Whether all rows have one answer."""
        answers = self.values if self.codes is None else self.codes
        return bool((answers == answers[0]).all())

    @property
    def n_overruled(self) -> int:
        """Rows whose class has not the largest score, because the teacher decides otherwise."""
        if self.codes is None:
            return 0
        known = np.flatnonzero(self.codes != NOT_A_KNOWN_CLASS)
        decided = self.values[known, self.codes[known]]
        return int((decided < self.values[known].max(axis=1)).sum())

    def changed(self, other: Outputs) -> NDArray[np.float64]:
        """Tell how much the answers differ from others on the same rows, shape (n,).

        1 where the class differs, else 0; for regression the squared difference.
        """
        if self.codes is not None:
            return (self.codes != other.codes).astype(np.float64)
        return ((self.values - other.values) ** 2).sum(axis=1)
