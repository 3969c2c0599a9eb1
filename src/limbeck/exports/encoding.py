"""Rows as one matrix of float64, for tools that know numbers only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Kind, Tree, as_table

__all__ = ["categories_of", "encoded_rows"]


def encoded_rows(tree: Tree, rows: Any) -> NDArray[np.float64]:
    """Return rows as a matrix whose columns are those of the tree, in order.

    Numbers stay as they are. A category becomes its place among the categories that the tree asks about in its
    column, in the order of their text, and every other category the place after the last. A missing value is NaN, and
    so is a column that the tree does not ask about, when the rows do not have it or when it holds text.

    Parameters
    ----------
    tree : Tree
        The tree.
    rows : Table, DataFrame or array-like, n rows
        The rows, as `Tree.predict` takes them.

    Returns
    -------
    ndarray of float64, shape (n, p)

    Raises
    ------
    InputError
        A column that the tree asks about is missing or has another type.

    Examples
    --------
    >>> from limbeck.core import Leaf, Literal, Split
    >>> root = Split(Literal.one_of("x0", ["red"]), Leaf((1.0,), 2.0), Leaf((0.0,), 1.0))
    >>> tree = Tree.from_node(root, classes=None, columns=(("x0", Kind.CATEGORICAL),))
    >>> encoded_rows(tree, np.array([["red"], ["blue"], [None]], dtype=object)).tolist()
    [[0.0], [1.0], [nan]]
    """
    tree.apply(rows)  # refuses rows that the tree cannot answer
    table = as_table(rows)
    names = [name for name, _ in tree.columns]
    if table.by_place:
        table = table.renamed(names)
    matrix = np.full((table.n_rows, len(names)), np.nan)
    places = categories_of(tree)
    for j, name in enumerate(names):
        if name not in table:
            continue
        known, column = places.get(name), table[name]
        if known:
            column = column.in_words()
        if column.kind is Kind.NUMERIC:
            matrix[:, j] = column.values
        elif known is not None:
            code = np.array([known.get(category, len(known)) for category in column.categories] + [np.nan])
            matrix[:, j] = code[column.values]
    return matrix


def categories_of(tree: Tree) -> dict[str, dict[str, int]]:
    """Return for every column that is asked about the place of each of its categories that is."""
    found: dict[str, set[str]] = {}
    for literal in tree.literals:
        found.setdefault(literal.column, set()).update(literal.values)
    return {name: {value: i for i, value in enumerate(sorted(values))} for name, values in found.items()}
