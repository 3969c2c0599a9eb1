"""A student and its teacher side by side: how far apart they are, row by row and on the whole."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Outputs, Table, Tree, Unit

__all__ = ["Scoring", "agreement", "disagreements", "fidelity", "gaps_of"]


class Scoring(Protocol):
    """A student, as far as it is compared with its teacher: a tree, or any `Student`."""

    kind: ClassVar[str]
    """What it is called: "tree", "rule set"."""

    @property
    def classes(self) -> tuple[Any, ...] | None:
        """The labels behind the columns of the scores; None for numbers."""
        ...

    @property
    def concepts(self) -> tuple[str, ...]:
        """The columns that are a user's own concepts: the teacher does not get them."""
        ...

    def predict_scores(self, rows: Any) -> NDArray[np.float64]:
        """Return the score of each class, or the number, for every row, shape (n, c)."""
        ...


def disagreements(student: Scoring, table: Table, outputs: Outputs) -> NDArray[np.float64]:
    """Return for every row how far student and teacher are apart: 0 or 1 for classes, the gap for numbers.

    Rows that a tree does not answer are put to the teacher, which does not differ from itself: 0.
    """
    return np.nan_to_num(gaps_of(student.predict_scores(table), outputs), posinf=np.inf)


def gaps_of(
    scores: NDArray[np.float64], outputs: Outputs, leaf: NDArray[np.integer[Any]] | None = None
) -> NDArray[np.float64]:
    """Return for every row how far scores (n, c) and the teacher are apart, as `disagreements` does.

    NaN for rows without a score, about which the teacher is asked. Where a leaf is given for each row, the scores are
    those of the leaves.
    """
    told = scores[:, 0] if outputs.codes is None else scores.argmax(axis=1)
    asks = np.isnan(scores[:, 0])
    if leaf is not None:
        told, asks = told[leaf], asks[leaf]
    if outputs.codes is None:
        with np.errstate(over="ignore"):  # two numbers may be further apart than the largest number
            gaps = np.abs(told - outputs.values[:, 0])
    else:
        gaps = (told != outputs.codes).astype(np.float64)
    return np.where(asks, np.nan, gaps)


def fidelity(tree: Tree, table: Table, outputs: Outputs) -> float:
    """Return the agreement with the teacher: share of rows with the same class, or R² for numbers."""
    return float(agreement(disagreements(tree, table, outputs), outputs))


def agreement(
    gaps: NDArray[np.floating[Any]], outputs: Outputs, weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Turn the gaps of `disagreements`, shape (..., n), into agreement: share of rows, or R² for numbers, shape (...).

    Rows count by their weights, where these are given. Of numbers that are all equal, a tree without gaps has R² 1,
    any other 0.
    """
    apart = np.asarray(gaps, np.float64)
    if outputs.codes is not None:
        return np.asarray(1.0 - np.average(apart, axis=-1, weights=weights))
    unit = Unit.of(outputs.values)  # so that no square overflows or vanishes
    values = unit.standard(outputs.values[:, 0])
    spread = np.average((values - np.average(values, weights=weights)) ** 2, weights=weights)
    if values.min() == values.max() or not spread > 0:
        return np.asarray((apart == 0).all(axis=-1), np.float64)
    error = np.average(unit.standard_length(apart) ** 2, axis=-1, weights=weights)
    return np.asarray(1.0 - error / spread)
