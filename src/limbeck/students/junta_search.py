"""Learning a junta from labelled rows, by trying every set of columns: what queries make superfluous."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limbeck.core import Vocabulary, as_table
from limbeck.errors import InputError, SearchError
from limbeck.students.base import answers_to
from limbeck.students.junta import Junta

__all__ = ["search_junta"]

_MOST_SETS = 5_000_000


def search_junta(
    rows: Any,
    answers: ArrayLike,
    *,
    n_variables: int,
    classes: tuple[Any, ...] | None = None,
    keep_going: Callable[[], bool] = lambda: True,
) -> Junta:
    """Find the k questions whose truth table errs least on labelled rows, over all sets of k of l questions.

    Exact, at the price of (l choose k) tables; ends at the first set without an error. Every algorithm that is known
    needs time l^(c k) for some constant c on uniform random rows: c < 0.71 by Mossel, O'Donnell and Servedio, and
    c < 0.61 by Valiant. Rows ln(|G| / delta) / epsilon suffice, as for every consistent learner.

    Parameters
    ----------
    rows : Table, DataFrame or array-like, n rows
        The rows.
    answers : array-like, shape (n,)
        Their classes.
    n_variables : int, at least 0
        Questions k of a table.
    classes : tuple, optional
        The classes in order; those of the answers by default.
    keep_going : callable
        Asked before each set; once it says no, the search raises.

    Raises
    ------
    SearchError
        More than 5 000 000 sets, or stopped by `keep_going`.

    Examples
    --------
    >>> rows = np.random.default_rng(0).integers(2, size=(60, 6))
    >>> search_junta(rows, rows[:, 1] ^ rows[:, 4], n_variables=2).variables
    ('x1', 'x4')

    References
    ----------
    Mossel, O'Donnell and Servedio (2004), *Learning functions of k relevant variables*, J. Comput. Syst. Sci. 69.
    Valiant (2015), *Finding correlations in subquadratic time, with applications to learning parities and the
    closest pair problem*, J. ACM 62.
    """
    table, told = as_table(rows), np.asarray(answers)
    questions = Vocabulary.fit(table).literals
    k = min(n_variables, len(questions))
    if told.shape != (table.n_rows,) or k < 0:
        found = f"`answers` of shape {told.shape}, `n_variables={n_variables}`"
        raise InputError(f"{table.n_rows} classes, and a number of variables", found, "give one class a row")
    if math.comb(len(questions), k) > _MOST_SETS:
        found = f"{math.comb(len(questions), k)} for {k} of {len(questions)}"
        raise SearchError(f"at most {_MOST_SETS} sets of questions", found, "ask the teacher instead: `find_junta`")
    known = tuple(np.unique(told).tolist()) if classes is None else classes
    codes = np.array([known.index(label) for label in told.tolist()], np.intp)
    bits = answers_to(questions, table).astype(np.intp)
    best, fewest = tuple(range(k)), len(codes) + 1
    for some in combinations(range(len(questions)), k):
        if not keep_going():
            raise SearchError("a search of all sets", "a caller that stopped it", "give it more time")
        wrong = len(codes) - _table_of(bits[:, some], codes, len(known)).max(axis=1).sum()
        if wrong < fewest:
            best, fewest = some, int(wrong)
        if fewest == 0:
            break
    counts = _table_of(bits[:, best], codes, len(known))
    patterns = tuple(tuple(bool(cell >> j & 1) for j in range(k)) for cell in range(2**k))
    common = int(counts.sum(axis=0).argmax())
    answer = tuple(int(row.argmax()) if row.any() else common for row in counts)
    share = tuple(float(row.max() / row.sum()) if row.any() else 0.0 for row in counts)
    return Junta(tuple(questions[j] for j in best), patterns, answer, share, known, table.schema)


def _table_of(bits: NDArray[np.intp], codes: NDArray[np.intp], n_classes: int) -> NDArray[np.intp]:
    """Count the classes of every combination of some bits, shape (2^k, classes)."""
    k = bits.shape[1]
    cell = bits @ (1 << np.arange(k))
    return np.bincount(cell * n_classes + codes, minlength=2**k * n_classes).reshape(2**k, n_classes)
