"""Thresholds at which a column by itself parts the teacher's answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Kind, Outputs, Table, threshold_budget

__all__ = ["parting_thresholds"]

_MOST_ROWS, _FEWEST_ROWS = 5_000, 500
# Numbers that are added up over all columns and classes; of many there are fewer rows.
_MOST_SUMS = 2e7
# Standard errors: what the best of many cuts of a column without any meaning seldom reaches.
_BEYOND_CHANCE = 4.0


def parting_thresholds(
    table: Table, outputs: Outputs, rng: np.random.Generator, *, most: int = 8, budget: int = 32
) -> dict[str, list[float]]:
    r"""Find the thresholds that, alone, tell most of a class or of the numbers: two for each class and column.

    A cut of n rows into k below it and n - k above has with the indicator y of a class the correlation

    .. math:: r = \sum_{i \le k} (y_i - \bar y) / (s_y \sqrt{k (n - k)}),

    whose largest and smallest value over all cuts of a column are where the class ends and begins. Even quantiles put
    few thresholds where a column has few rows: a class of 3 % of the rows at the end of one lies between two of them.

    Parameters
    ----------
    table, outputs : Table, Outputs
        The n rows and the teacher's answers.
    rng : numpy.random.Generator
        Source of the rows that are looked at, where there are many.
    most : int, at least 0
        Most thresholds per column, the largest correlations first, of those above four standard errors.
    budget : int, at least 1
        Thresholds that every column gets: one with no more places to cut needs none of these.

    Returns
    -------
    dict of str to list of float
        Thresholds of numeric columns.
    """
    numeric = [column for column in table.columns if column.kind is Kind.NUMERIC]
    answers = _answers(outputs)
    n_rows = int(np.clip(_MOST_SUMS / (max(len(numeric), 1) * answers.shape[1]), _FEWEST_ROWS, _MOST_ROWS))
    rows = rng.permutation(table.n_rows)[:n_rows]
    budget = threshold_budget(len(numeric), budget)
    found: dict[str, list[float]] = {}
    for column in numeric:
        known = rows[~column.missing[rows]]
        order = known[np.argsort(column.values[known], kind="stable")]
        values = column.values[order]
        ends = np.flatnonzero(values[1:] > values[:-1])
        if len(ends) > budget:
            found[column.name] = values[ends[_parting(answers[order], ends)[:most]]].tolist()
    return found


def _answers(outputs: Outputs) -> NDArray[np.float64]:
    """Return the answers as columns of numbers: one indicator for two classes, else one for each that occurs."""
    if outputs.codes is None:
        return outputs.values
    classes = np.unique(outputs.codes)
    return (outputs.codes[:, None] == (classes[1:] if len(classes) == 2 else classes)).astype(np.float64)


def _parting(answers: NDArray[np.float64], ends: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return which cuts part the sorted answers (n, c), the best first; `ends` are the last rows below each."""
    n, below = len(answers), ends + 1.0
    centred = answers - answers.mean(axis=0)
    spread = np.maximum(centred.std(axis=0), np.finfo(float).tiny)
    correlation = np.cumsum(centred, axis=0)[ends] / (spread * np.sqrt(below * (n - below))[:, None])
    cuts = np.concatenate([correlation.argmin(axis=0), correlation.argmax(axis=0)])
    strength = np.abs(correlation[cuts, np.tile(np.arange(answers.shape[1]), 2)])
    order = np.argsort(-strength, kind="stable")
    kept = cuts[order[strength[order] * np.sqrt(n) > _BEYOND_CHANCE]]
    return np.array(list(dict.fromkeys(kept.tolist())), np.intp)
