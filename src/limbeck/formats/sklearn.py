"""A tree as an estimator of scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limbeck.core import Tree, refuse_asking, refuse_dates

if TYPE_CHECKING:
    from limbeck.formats.estimator import DistilledTreeClassifier, DistilledTreeRegressor

__all__ = ["sklearn_estimator"]


def sklearn_estimator(tree: Tree) -> DistilledTreeClassifier | DistilledTreeRegressor:
    """Return a fitted estimator of scikit-learn that answers as the tree does.

    Parameters
    ----------
    tree : Tree
        The tree.

    Returns
    -------
    DistilledTreeClassifier or DistilledTreeRegressor
        A decision tree of scikit-learn with `predict`, `predict_proba` and `apply` on raw rows, text included, and
        with `tree_`, which `sklearn.tree.plot_tree` and `export_text` read.

    Notes
    -----
    scikit-learn's own trees round rows to float32 before they compare; this estimator does not. Where every question is
    `<=`, `tree_` is over the columns; else it is over the answers to the questions, which `answers(X)` gives and
    `questions_` names, and whatever reads `tree_` by itself must be given these.
    """
    refuse_dates(tree, "a scikit-learn estimator")
    refuse_asking(tree, "a scikit-learn estimator, which always answers")
    from limbeck.formats.estimator import DistilledTreeClassifier, DistilledTreeRegressor

    return DistilledTreeRegressor(tree).restore() if tree.classes is None else DistilledTreeClassifier(tree).restore()
