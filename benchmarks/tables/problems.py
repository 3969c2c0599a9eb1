"""One problem: a table, a teacher and a seed, split into the rows that fit, that choose and that test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.tables.tables import load_table
from benchmarks.tables.teachers import TableTeacher, train_teacher

__all__ = ["Problem", "make_problem", "split"]

TEST_SHARE, VALIDATION_SHARE = 0.3, 0.2
MOST_TEST, MOST_ROWS = 5000, 10_000


@dataclass(frozen=True, eq=False)
class Problem:
    """What every method is given; all but the test rows' labels.

    Parameters
    ----------
    table, kind : str
        Names of the table and of the kind of teacher.
    seed : int
        Of the split and of the teacher.
    task : {"classification", "regression"}
        What the teacher answers.
    teacher : TableTeacher
        A function of raw rows; ask it as often as you like.
    fit, validation, test : DataFrame
        Rows that fit, that choose among finished trees, and that nothing but the report sees.
    fit_labels, validation_labels, test_labels : ndarray
        The teacher's answers: numbers of classes, or values.
    test_truth : ndarray
        The table's own target on the test rows.
    """

    table: str
    kind: str
    seed: int
    task: str
    teacher: TableTeacher
    fit: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame
    fit_labels: NDArray[Any]
    validation_labels: NDArray[Any]
    test_labels: NDArray[Any]
    test_truth: NDArray[Any]

    @property
    def given(self) -> pd.DataFrame:
        """The fit and validation rows together: limbeck holds its own rows out."""
        return pd.concat([self.fit, self.validation], ignore_index=True)


def split(n: int, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows that train the teacher, and of these the ones that fit and validate; and the test rows."""
    order = np.random.default_rng([seed, 7]).permutation(n)
    n_test = min(round(TEST_SHARE * n), MOST_TEST)
    test, train = order[:n_test], order[n_test:]
    rows = train[:MOST_ROWS]
    n_validation = round(VALIDATION_SHARE * len(rows))
    return train, rows[n_validation:], rows[:n_validation], test


def make_problem(table: str, kind: str = "mlp", seed: int = 0, data: str | Path | None = None) -> Problem:
    """Load the table, train the teacher or find it cached, and ask it."""
    loaded = load_table(table, data)
    train, fit, validation, test = split(len(loaded.y), seed)
    frames = [loaded.frame.iloc[rows].reset_index(drop=True) for rows in (train, fit, validation, test)]
    teacher = train_teacher(kind, frames[0], loaded.y[train], loaded.task, loaded.n_classes, seed)
    answers = [teacher(frame) for frame in frames[1:]]
    return Problem(table, kind, seed, loaded.task, teacher, *frames[1:], *answers, loaded.y[test])
