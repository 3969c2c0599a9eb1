"""scikit-learn's decision trees, holding a tree of limbeck."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from limbeck.core import Tree, Vocabulary, as_table
from limbeck.exports.sklearn import over_columns
from limbeck.exports.sklearn_arrays import sklearn_tree

__all__ = ["DistilledTreeClassifier", "DistilledTreeRegressor", "plain_estimator"]


def plain_estimator(tree: Tree) -> DecisionTreeClassifier | DecisionTreeRegressor:
    """Return scikit-learn's own class with the arrays of a tree whose questions are all `<=`."""
    made: Any = DecisionTreeRegressor() if tree.classes is None else DecisionTreeClassifier()
    _set_fitted(made, tree)
    made.tree_ = sklearn_tree(tree, over_columns=True)
    return made


def _set_fitted(made: Any, tree: Tree) -> None:
    """Set what scikit-learn sets in `fit` beside the arrays."""
    names = [name for name, _ in tree.columns]
    made.n_features_in_, made.n_outputs_, made.max_features_ = len(names), 1, len(names)
    if names != [f"x{j}" for j in range(len(names))]:  # the names that arrays get, which have none of their own
        made.feature_names_in_ = np.array(names, dtype=object)
    if tree.classes is not None:
        made.classes_ = np.asarray(tree.classes)
        made.n_classes_ = len(made.classes_)


class _Distilled:
    """What both kinds share: rows go to the tree of limbeck, and `tree_` is for those who look."""

    tree: Tree

    def restore(self) -> Self:
        """Set what scikit-learn sets in `fit`."""
        tree = self.tree
        self.questions_ = [literal.text(True, tree.shown) for literal in tree.literals]
        self.over_columns_ = over_columns(tree)
        _set_fitted(self, tree)
        self.tree_ = sklearn_tree(tree, over_columns=self.over_columns_)
        return self

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None, check_input: bool = True) -> Self:
        """Leave the tree as it is: it was fitted to its teacher.

        Parameters
        ----------
        X, y, sample_weight, check_input : any
            Not used; here so that the estimator can stand in a pipeline that is fitted.
        """
        return self.restore()

    # A clone that has to be fitted first would be of no use: there is nothing to fit.
    def __sklearn_clone__(self) -> Self:
        kind: Any = type(self)
        return kind(self.tree).restore()

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        return f"{type(self).__name__}(tree of {self.tree.n_leaves} leaves)"

    def apply(self, X: Any, check_input: bool = True) -> NDArray[np.int64]:
        """Return the leaf of every row, shape (n,)."""
        return self.tree.apply(X).astype(np.int64)

    def decision_path(self, X: Any, check_input: bool = True) -> csr_matrix:
        """Tell which nodes every row passes, shape (n, nodes)."""
        return csr_matrix(self.tree.decision_path(X).astype(np.int64))

    def predict(self, X: Any, check_input: bool = True) -> NDArray[Any]:
        """Return the class, or the number, of every row, shape (n,)."""
        return self.tree.predict(X)

    def answers(self, X: Any) -> NDArray[np.float32]:
        """Answer every question for every row, shape (n, questions): what `tree_` takes where it is over questions."""
        table = as_table(X)
        if table.by_place and len(table.columns) == len(self.tree.columns):
            table = table.renamed([name for name, _ in self.tree.columns])
        return Vocabulary(self.tree.literals).evaluate(table).astype(np.float32)


class DistilledTreeClassifier(_Distilled, DecisionTreeClassifier):
    """A classifier of scikit-learn that answers as a tree of limbeck does.

    Parameters
    ----------
    tree : Tree
        The tree; `Tree.to_sklearn` gives the estimator ready to use.
    """

    def __init__(self, tree: Tree) -> None:
        super().__init__()
        self.tree = tree

    def predict_proba(self, X: Any, check_input: bool = True) -> NDArray[np.float64]:
        """Return the share of each class at the leaf of every row, shape (n, c)."""
        return self.tree.predict_scores(X)


class DistilledTreeRegressor(_Distilled, DecisionTreeRegressor):
    """A regressor of scikit-learn that answers as a tree of limbeck does.

    Parameters
    ----------
    tree : Tree
        The tree; `Tree.to_sklearn` gives the estimator ready to use.
    """

    def __init__(self, tree: Tree) -> None:
        super().__init__()
        self.tree = tree
