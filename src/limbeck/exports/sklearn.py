"""A tree as an estimator of scikit-learn."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from limbeck.core import Op, Tree, refuse_asking, refuse_dates
from limbeck.errors import InputError

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    from limbeck.exports.estimator import DistilledTreeClassifier, DistilledTreeRegressor

__all__ = ["over_columns", "sklearn_estimator"]


def sklearn_estimator(
    tree: Tree, *, plain: bool = False
) -> DistilledTreeClassifier | DistilledTreeRegressor | DecisionTreeClassifier | DecisionTreeRegressor:
    """Return a fitted estimator of scikit-learn that answers as the tree does.

    Parameters
    ----------
    tree : Tree
        The tree.
    plain : bool
        Whether to return scikit-learn's own class, for tools that know their models by the name of the class
        (supertree, skl2onnx). It needs no limbeck to be loaded, and rounds rows to float32 before it compares, as all
        trees of scikit-learn do: exact for numbers that float32 holds, such as whole numbers up to 2^24.

    Returns
    -------
    DistilledTreeClassifier or DistilledTreeRegressor
        A decision tree of scikit-learn with `predict`, `predict_proba` and `apply` on raw rows, text included, and
        with `tree_`, which `sklearn.tree.plot_tree`, `export_text`, shap and dtreeviz read; with `plain`, a
        `DecisionTreeClassifier` or `DecisionTreeRegressor`.

    Raises
    ------
    InputError
        A tree that asks about dates, or a leaf that asks the model; with `plain`, a question that is no `<=`.

    Notes
    -----
    Where every question is `<=`, `tree_` is over the columns; else it is over the answers to the questions, which
    `answers(X)` gives and `questions_` names, and whatever reads `tree_` by itself must be given these. Where skl2onnx
    has been imported before, it is told how to convert the estimator.

    Examples
    --------
    >>> import numpy as np
    >>> from limbeck import distill
    >>> rows = np.arange(400.0).reshape(-1, 1)
    >>> tree = distill(lambda x: x[:, 0] > 200, rows, effort="fast").tree
    >>> tree.to_sklearn(plain=True)
    DecisionTreeClassifier()
    """
    refuse_dates(tree, "a scikit-learn estimator")
    refuse_asking(tree, "a scikit-learn estimator, which always answers")
    if plain and not over_columns(tree):
        other = next(literal for literal in tree.literals if not _compares(literal.op, literal.number))
        raise InputError(
            "a tree as a plain tree of scikit-learn, which only asks `<=` about numbers",
            f"the question `{other.text(True, tree.shown)}`",
            "leave out `plain`: that estimator answers all questions, and its `tree_` is over their answers",
        )
    from limbeck.exports.estimator import DistilledTreeClassifier, DistilledTreeRegressor, plain_estimator

    if plain:
        return plain_estimator(tree)
    if "skl2onnx" in sys.modules:
        from limbeck.exports.skl2onnx import register

        register()
    return DistilledTreeRegressor(tree).restore() if tree.classes is None else DistilledTreeClassifier(tree).restore()


def over_columns(tree: Tree) -> bool:
    """Tell whether scikit-learn can ask all questions of a tree by itself."""
    return all(_compares(literal.op, literal.number) for literal in tree.literals)


def _compares(op: Op, number: float) -> bool:
    return op is Op.AT_MOST and bool(np.isfinite(number))
