"""A greedy tree from labelled rows: what distillation is compared with."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from limbeck.core import Tree, Vocabulary, as_table
from limbeck.errors import InputError
from limbeck.solve import HardLabels, binned_columns, greedy_frontier
from limbeck.students.base import answers_to

__all__ = ["greedy_tree"]


def greedy_tree(
    rows: Any,
    answers: ArrayLike,
    *,
    max_leaves: int,
    vocabulary: Vocabulary | None = None,
    classes: tuple[Any, ...] | None = None,
) -> Tree:
    """Grow a tree from labelled rows, the split with most gain first, as CART does.

    No guarantee of its own: parities defeat it. What it reaches a certificate says.

    Parameters
    ----------
    rows : Table, DataFrame or array-like, n rows
        The rows.
    answers : array-like, shape (n,)
        Their classes.
    max_leaves : int, at least 2
        Most leaves.
    vocabulary : Vocabulary, optional
        The literals; by default those that the rows give.
    classes : tuple, optional
        The classes in order; those of the answers by default.

    Raises
    ------
    InputError
        Not one class a row, or no literal.

    Examples
    --------
    >>> rows = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> greedy_tree(rows, ["no", "no", "no", "yes"], max_leaves=3).predict(rows).tolist()
    ['no', 'no', 'no', 'yes']

    References
    ----------
    Breiman, Friedman, Olshen and Stone (1984), *Classification and Regression Trees*.
    """
    table, told = as_table(rows), np.asarray(answers)
    literals = (Vocabulary.fit(table) if vocabulary is None else vocabulary).literals
    if told.shape != (table.n_rows,) or told.dtype.kind == "f" or not literals:
        found = f"`answers` of shape {told.shape}, type `{told.dtype}`, and {len(literals)} literals"
        raise InputError(f"{table.n_rows} classes and some literals", found, "give one class a row")
    known = tuple(np.unique(told).tolist()) if classes is None else classes
    asked = answers_to(literals, table)
    loss = HardLabels([known.index(label) for label in told.tolist()], len(known))
    grown = greedy_frontier(
        literals, asked, binned_columns(asked), loss, max_leaves=max(max_leaves, 2), max_depth=table.n_rows
    )
    return Tree.from_node(grown.points[-1].root, classes=known, columns=table.schema)
