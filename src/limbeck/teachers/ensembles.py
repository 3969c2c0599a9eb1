"""Tree ensembles as teachers: the leaves that a row falls into are its activations."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from limbeck.errors import InputError
from limbeck.teachers.boosters import leaves_under, of_package
from limbeck.teachers.catboost import CatBoostModel, catboost_leaf_ids, catboost_leaves
from limbeck.teachers.lightgbm import LightGBMModel, lightgbm_leaves
from limbeck.teachers.running import Preprocess
from limbeck.teachers.sklearn import SklearnTeacher, last_step
from limbeck.teachers.xgboost import XGBoostModel, xgboost_leaves

__all__ = ["EnsembleTeacher", "is_ensemble"]

_FORESTS = (ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor)
_BOOSTED = (GradientBoostingClassifier, GradientBoostingRegressor)
_HISTOGRAMS = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
_TREES = (DecisionTreeClassifier, DecisionTreeRegressor)
_NATIVE = (CatBoostModel, LightGBMModel, XGBoostModel)


class EnsembleTeacher(SklearnTeacher):
    """Ask a tree ensemble of scikit-learn, XGBoost, LightGBM or CatBoost, alone or as the last step of a Pipeline.

    The one layer is `leaves`: for each tree, indicators of its leaves (1 where the row falls into the leaf).
    The columns are fixed by the trees, not by the rows. At most `max_activations` columns are made: where there
    are more leaves, leaves that stand side by side in a tree share a column, and of very many trees some that
    are evenly spaced are read. HistGradientBoosting does not tell its leaves: its one layer, `leaf values`,
    is what each round of boosting adds to each score.

    Parameters
    ----------
    model : fitted estimator, xgboost.Booster, lightgbm.Booster or catboost.CatBoost
        A booster trained as a classifier answers with a probability for each class.
    max_activations : int, at least 4
        Most columns of activations.
    preprocess : callable, optional
        Turns raw rows into what the model takes.
    batch_size : int
        Most rows in one call.

    Examples
    --------
    >>> from limbeck.core import as_table
    >>> forest = RandomForestClassifier(2, max_depth=1, bootstrap=False).fit([[0.0], [1.0]], [0, 1])
    >>> EnsembleTeacher(forest).activations(as_table([[0.0]]))["leaves"]
    array([[1., 0., 1., 0.]], dtype=float32)
    """

    def __init__(
        self, model: Any, *, max_activations: int = 4096, preprocess: Preprocess | None = None, batch_size: int = 8192
    ) -> None:
        super().__init__(_adapted(model), preprocess=preprocess, batch_size=batch_size)
        if max_activations < 4:
            raise InputError("`max_activations` of at least 4", f"`max_activations={max_activations}`", "give more")
        self.name = f"ensemble `{type(model).__name__}`"
        self._final = last_step(self._estimator)
        if isinstance(self._estimator, (XGBoostModel, LightGBMModel)):  # scores, and no decision beside them
            self._once, self._several = self._scores is not None, False
        if isinstance(self._final, _HISTOGRAMS):
            final = cast("Any", self._final)
            self._read = _spaced(final.n_iter_, max_activations // final.n_trees_per_iteration_)
            self.layers = ("leaf values",)
            return
        leaves = _leaves_in_order(self._final)
        width = _columns_per_tree([len(tree) for tree in leaves], max_activations)
        fits = sum(min(len(tree), width) for tree in leaves) <= max_activations
        self._read = _spaced(len(leaves), len(leaves) if fits else max_activations // width)
        self._columns = [_shared_columns(leaves[t], width) for t in self._read]
        self.layers = ("leaves",) if leaves else ()

    def redrawn(self, rng: np.random.Generator) -> None:
        """Return None: trees have no weights to draw afresh."""
        return None

    def _hidden(self, x: Any, layers: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return indicators of the leaves, shape (n, m)."""
        if isinstance(self._final, _HISTOGRAMS):
            return {"leaf values": _leaf_values(self._final, x, self._read)}
        ids = np.asarray(_leaf_ids(self._final, x), np.int64)
        ids = ids.reshape(len(ids), -1)[:, self._read]
        widths = [int(columns.max()) + 1 for _, columns in self._columns]
        indicators = np.zeros((len(ids), sum(widths)), np.float32)
        start, every = 0, np.arange(len(ids))
        for tree, ((known, columns), width) in enumerate(zip(self._columns, widths, strict=True)):
            indicators[every, start + columns[np.searchsorted(known, ids[:, tree])]] = 1.0
            start += width
        return {"leaves": indicators}


def is_ensemble(model: Any) -> bool:
    """Tell whether a model, or the last step of a Pipeline, is a tree ensemble that `EnsembleTeacher` reads."""
    final = last_step(model)
    known = isinstance(final, (*_FORESTS, *_BOOSTED, *_HISTOGRAMS, *_TREES)) or hasattr(final, "get_booster")
    return known or any(of_package(final, package) for package in ("xgboost", "lightgbm", "catboost"))


def _adapted(model: Any) -> Any:
    """Return a model of a package of boosted trees with the methods of an estimator; others as they are."""
    native = type(model).__name__ == "Booster"
    if native and of_package(model, "xgboost"):
        return XGBoostModel(model)
    if native and of_package(model, "lightgbm"):
        return LightGBMModel(model)
    return CatBoostModel(model) if of_package(model, "catboost") else model


def _leaves_in_order(final: Any) -> list[NDArray[np.int64]]:
    """Return the ids of the leaves of every tree, from left to right."""
    if isinstance(final, (*_FORESTS, *_BOOSTED)):
        return [_sklearn_leaves(tree.tree_) for tree in np.ravel(cast("Any", final).estimators_)]
    if isinstance(final, _TREES):
        return [_sklearn_leaves(final.tree_)]
    if isinstance(final, LightGBMModel) or of_package(final, "lightgbm"):
        return lightgbm_leaves(final)
    if isinstance(final, CatBoostModel) or of_package(final, "catboost"):
        return catboost_leaves(final)
    return xgboost_leaves(final)


def _leaf_ids(final: Any, x: Any) -> Any:
    """Return the leaf that each row falls into in each tree."""
    if isinstance(final, _NATIVE):
        return final.leaf_ids(x)
    if of_package(final, "catboost"):
        return catboost_leaf_ids(final, x)
    return final.predict(x, pred_leaf=True) if of_package(final, "lightgbm") else final.apply(x)


def _leaf_values(final: Any, x: Any, rounds: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return what boosting added to each score since the round read before, shape (n, m)."""
    staged = final.staged_decision_function(x) if hasattr(final, "decision_function") else final.staged_predict(x)
    log = getattr(final, "loss", "") in ("poisson", "gamma")
    kept = set(rounds.tolist())
    totals = [(np.log(s) if log else s).reshape(len(s), -1) for i, s in enumerate(staged) if i in kept]
    return np.hstack([totals[0], *(b - a for a, b in pairwise(totals))]).astype(np.float32)


def _sklearn_leaves(tree: Any) -> NDArray[np.int64]:
    """Return the ids of the leaves of one scikit-learn tree, from left to right."""

    def children(node: int) -> list[int]:
        left = int(tree.children_left[node])
        return [] if left < 0 else [left, int(tree.children_right[node])]

    return leaves_under(0, children, None)


def _columns_per_tree(sizes: Sequence[int], most: int) -> int:
    """Return the columns that the largest trees may have, at least 4."""
    widest = max(sizes, default=4)
    return max(4, next((w for w in range(widest, 4, -1) if np.minimum(sizes, w).sum() <= most), 4))


def _spaced(count: int, most: int) -> NDArray[np.intp]:
    """Return up to `most` of the numbers 0 to count - 1, evenly spaced."""
    return (
        np.unique(np.linspace(0, count - 1, max(1, min(count, most))).round().astype(np.intp))
        if count
        else np.array([], np.intp)
    )


def _shared_columns(leaves: NDArray[np.int64], width: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the ids in ascending order and the column of each; neighbours share columns when there are too many."""
    column = np.arange(len(leaves)) * min(width, len(leaves)) // len(leaves)
    order = np.argsort(leaves)
    return leaves[order], column[order]
