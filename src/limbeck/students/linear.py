"""A linear threshold over literals, learned from a teacher's answers on rows."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from limbeck.core import Vocabulary, as_table
from limbeck.errors import InputError
from limbeck.students.base import answers_to
from limbeck.students.threshold import LinearThreshold

__all__ = ["fit_threshold"]


def fit_threshold(
    rows: Any,
    answers: ArrayLike,
    *,
    vocabulary: Vocabulary | None = None,
    classes: tuple[Any, ...] | None = None,
    inverse_penalty: float = 1.0,
) -> LinearThreshold:
    """Fit a weight for every literal: logistic regression for classes, ridge regression for real numbers.

    A heuristic for the disagreement, whose minimum is hard to find; how good it is the certificate says.

    Parameters
    ----------
    rows : Table, DataFrame or array-like, n rows
        The rows.
    answers : array-like, shape (n,)
        The teacher's classes, or its real numbers.
    vocabulary : Vocabulary, optional
        The literals; by default those that the rows give.
    classes : tuple, optional
        The classes in order; those of the answers by default.
    inverse_penalty : float, above 0
        Larger fits the rows more closely: scikit-learn's C.

    Raises
    ------
    InputError
        Not one answer a row, or no literal.

    Examples
    --------
    >>> rows = [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]] * 8
    >>> fit_threshold(rows, [r[0] for r in rows]).predict([[1, 0, 0], [0, 1, 1]]).tolist()
    [1, 0]

    References
    ----------
    Cox (1958), *The regression analysis of binary sequences*, JRSS B 20.
    """
    table, told = as_table(rows), np.asarray(answers)
    questions = (Vocabulary.fit(table) if vocabulary is None else vocabulary).literals
    if told.shape != (table.n_rows,) or not questions:
        found = f"`answers` of shape {told.shape} and {len(questions)} literals"
        raise InputError(f"{table.n_rows} answers and some literals", found, "give one answer a row")
    x = answers_to(questions, table).astype(np.float64)
    if told.dtype.kind == "f":
        from sklearn.linear_model import Ridge

        line = Ridge(alpha=1.0 / inverse_penalty).fit(x, told)
        weights = tuple((float(w),) for w in line.coef_)
        return LinearThreshold(questions, weights, (float(line.intercept_),), None, table.schema)
    known = tuple(np.unique(told).tolist()) if classes is None else classes
    weights, bias = np.zeros((len(questions), len(known))), np.zeros(len(known))
    seen = np.unique(told)
    if len(seen) == 1:
        bias[known.index(seen[0].item())] = 1.0
    else:
        place = [known.index(label.item()) for label in seen]
        weights[:, place], bias[place] = _logistic(x, told, inverse_penalty)
    return LinearThreshold(
        questions, tuple(tuple(w) for w in weights.tolist()), tuple(bias.tolist()), known, table.schema
    )


def _logistic(x: Any, told: Any, inverse_penalty: float) -> tuple[Any, Any]:
    """Return weights (l, classes seen) and biases of a logistic regression."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # what it found is certified whatever it is
        line = LogisticRegression(C=inverse_penalty, max_iter=500).fit(x, told)
    if len(line.classes_) == 2:  # one sum, for the second class against the first
        return np.column_stack([np.zeros(x.shape[1]), line.coef_[0]]), np.array([0.0, line.intercept_[0]])
    return line.coef_.T, line.intercept_
