"""How much of what a tree's questions save is saved by those about each column."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from limbeck.core.tree import Tree
from limbeck.core.unit import Unit

__all__ = ["column_shares"]


def column_shares(tree: Tree) -> NDArray[np.float64]:
    """Return each column's share of what the tree's questions save, shape (p,), in the order of `tree.columns`.

    A question at a node saves `sum_v n_v |value_v - value|²` over its two sides v, with n_v the weight of the fitting
    rows: what it takes from their squared error, or from their Gini impurity. The shares add up to 1, or are all 0 when
    nothing is saved.

    Examples
    --------
    >>> from limbeck.core.literal import Literal
    >>> from limbeck.core.nodes import Leaf, Split
    >>> from limbeck.tables import Kind
    >>> inside = Split(Literal.is_value("b", 1), Leaf((4.0,), 1.0), Leaf((2.0,), 1.0))
    >>> root = Split(Literal.is_value("a", 1), inside, Leaf((0.0,), 2.0))
    >>> columns = (("a", Kind.NUMERIC), ("b", Kind.NUMERIC))
    >>> column_shares(Tree.from_node(root, classes=None, columns=columns)).round(3).tolist()
    [0.818, 0.182]

    References
    ----------
    Breiman, Friedman, Olshen, Stone (1984), *Classification and Regression Trees*: variable importance.
    """
    value = Unit.of(tree.value).standard(tree.value)
    weight = tree.n_rows / max(float(tree.n_rows[0]), np.finfo(np.float64).tiny)
    place = {name: j for j, (name, _) in enumerate(tree.columns)}
    shares = np.zeros(len(place))
    for node in np.flatnonzero(tree.question >= 0).tolist():
        for side in (tree.yes[node], tree.no[node]):
            column = tree.literals[tree.question[node]].column
            shares[place[column]] += weight[side] * ((value[side] - value[node]) ** 2).sum()
    total = float(shares.sum())
    return shares / total if total > 0 else shares
