"""A greedy tree from labelled rows: what distillation is compared with."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from limbeck.core import Leaf, Node, Split, Tree, Vocabulary, as_table
from limbeck.errors import InputError
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
    """Grow a tree from labelled rows, the split with most gain first (CART, by scikit-learn).

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
    from sklearn.tree import DecisionTreeClassifier

    table, told = as_table(rows), np.asarray(answers)
    literals = (Vocabulary.fit(table) if vocabulary is None else vocabulary).literals
    if told.shape != (table.n_rows,) or told.dtype.kind == "f" or not literals:
        found = f"`answers` of shape {told.shape}, type `{told.dtype}`, and {len(literals)} literals"
        raise InputError(f"{table.n_rows} classes and some literals", found, "give one class a row")
    known = tuple(np.unique(told).tolist()) if classes is None else classes
    grown: Any = DecisionTreeClassifier(max_leaf_nodes=max(max_leaves, 2), random_state=0)
    grown.fit(answers_to(literals, table), told)
    arrays, place = grown.tree_, [known.index(label) for label in grown.classes_.tolist()]

    nodes: dict[int, Node] = {}
    for i in reversed(range(arrays.node_count)):  # children come after their parents
        if arrays.children_left[i] < 0:
            share = np.zeros(len(known))
            share[place] = arrays.value[i, 0] / arrays.value[i, 0].sum()
            nodes[i] = Leaf(tuple(share.tolist()), float(arrays.weighted_n_node_samples[i]))
        else:  # scikit-learn goes left where the answer is at most one half, that is, no
            yes, no = nodes[arrays.children_right[i]], nodes[arrays.children_left[i]]
            nodes[i] = Split(literals[arrays.feature[i]], yes, no)
    return Tree.from_node(nodes[0], classes=known, columns=table.schema)
