"""The arrays of a tree in the layout of scikit-learn's own."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from limbeck.core import Tree

__all__ = ["sklearn_tree"]

_NO_CHILD, _UNDEFINED = -1, -2


def sklearn_tree(tree: Tree, *, over_columns: bool) -> Any:
    """Return a `sklearn.tree._tree.Tree`, over the columns or over the answers to the questions.

    Parameters
    ----------
    tree : Tree
        The tree.
    over_columns : bool
        Whether a node compares a column with its threshold; every question must then be `<=`. Otherwise it compares
        the answer to a question, 0 or 1, with 0.5.
    """
    n_features = len(tree.columns) if over_columns else max(1, len(tree.literals))
    # A tree of two rows shows how this version of scikit-learn lays its arrays out.
    empty = np.zeros((2, n_features))
    kind = DecisionTreeRegressor if tree.classes is None else DecisionTreeClassifier
    own = kind().fit(empty, [0, 1]).tree_
    state = own.__getstate__()
    nodes: Any = np.zeros(tree.n_nodes, state["nodes"].dtype)
    inner = tree.question >= 0
    places = {name: j for j, (name, _) in enumerate(tree.columns)}
    asked = np.array([places[literal.column] for literal in tree.literals] or [0]) if over_columns else None
    numbers = np.array([literal.number for literal in tree.literals] or [0.0])
    question = np.where(inner, tree.question, 0)
    yes, no = tree.yes, tree.no
    if asked is None:  # the left branch is `answer <= 0.5`, which is no
        yes, no = no, yes
    nodes["left_child"] = np.where(inner, yes, _NO_CHILD)
    nodes["right_child"] = np.where(inner, no, _NO_CHILD)
    nodes["feature"] = np.where(inner, question if asked is None else asked[question], _UNDEFINED)
    nodes["threshold"] = np.where(inner, 0.5 if asked is None else numbers[question], _UNDEFINED)
    nodes["n_node_samples"] = np.maximum(1, np.round(tree.n_rows)).astype(np.int64)
    nodes["weighted_n_node_samples"] = tree.n_rows
    nodes["impurity"] = 0.0 if tree.classes is None else 1.0 - (tree.value**2).sum(axis=1)
    classes = np.array([1 if tree.classes is None else len(tree.classes)], np.intp)
    made = type(own)(n_features, classes, 1)
    made.__setstate__(
        state | {
            "max_depth": tree.depth,
            "node_count": tree.n_nodes,
            "nodes": nodes,
            "values": np.ascontiguousarray(tree.value[:, None, :]),
        }
    )  # fmt: skip
    return made
