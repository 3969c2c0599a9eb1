"""CatBoost models, in memory and from `.cbm` files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from limbeck.errors import TeacherError
from limbeck.tables import listed
from limbeck.teachers.boosters import columns_of, one_number
from limbeck.teachers.find import require

__all__ = ["CatBoostModel", "catboost_leaf_ids", "catboost_leaves", "open_catboost"]


class CatBoostModel:
    """Ask any CatBoost model by its columns' names: its class and probabilities where it knows classes, else numbers.

    Parameters
    ----------
    model : catboost.CatBoost
        The model, fitted.

    Raises
    ------
    TeacherError
        A model that is not fitted, or that takes whole texts or embeddings.
    """

    def __init__(self, model: Any) -> None:
        if not model.is_fitted():
            raise TeacherError("a fitted CatBoost model", f"`{type(model).__name__}` before `fit`", "fit it first")
        names = list(model.feature_names_)
        wide = [*model.get_text_feature_indices(), *model.get_embedding_feature_indices()]
        if wide:
            raise TeacherError(
                "a CatBoost model of numbers and categories",
                f"features of texts or embeddings: {listed([names[i] for i in wide])}",
                "wrap the model in a function of rows whose columns are numbers and categories",
            )
        self.model, self._names = model, names
        self._categorical = [names[i] for i in model.get_cat_feature_indices()]
        if len(model.classes_):
            self.classes_ = np.array(list(model.classes_))
            self.predict_proba = self._probabilities

    def predict(self, rows: Any) -> NDArray[Any]:
        """Return the class that the model decides for, or one number, for each row."""
        kind = "Class" if hasattr(self, "classes_") else None
        rows = self._columns(rows)
        answers = self.model.predict(rows, **({"prediction_type": kind} if kind else {}))
        return one_number(answers, "the CatBoost model")

    def leaf_ids(self, rows: Any) -> NDArray[Any]:
        """Return the leaf of each row in each tree, shape (n, trees)."""
        return catboost_leaf_ids(self.model, self._columns(rows))

    def _probabilities(self, rows: Any) -> NDArray[Any]:
        return np.asarray(self.model.predict(self._columns(rows), prediction_type="Probability"))

    def _columns(self, rows: Any) -> Any:
        """Return rows in the model's order; categories that the table holds as whole numbers are no fractions."""
        numbered = self._names == [str(i) for i in range(len(self._names))]
        rows = columns_of(rows, self._names, "the CatBoost model", numbered=numbered)
        if isinstance(rows, np.ndarray) or not nw.dependencies.is_into_dataframe(rows):
            return rows
        frame = nw.from_native(rows, eager_only=True)
        return frame.to_pandas() if not nw.dependencies.is_pandas_dataframe(rows) else rows


def catboost_leaf_ids(model: Any, rows: Any) -> NDArray[Any]:
    """Return the leaf of each row in each tree, shape (n, trees)."""
    return model.calc_leaf_indexes(rows).astype(np.int64)


def catboost_leaves(model: Any) -> list[NDArray[np.int64]]:
    """Return the ids of the leaves of every tree, so that neighbours differ in the last question.

    A symmetric tree numbers its leaves by the bits of its answers, the answer to the first question lowest.
    """
    native = model.model if isinstance(model, CatBoostModel) else model
    symmetric = native.get_all_params().get("grow_policy", "SymmetricTree") == "SymmetricTree"
    return [_in_order(int(count), symmetric) for count in native.get_tree_leaf_counts()]


def open_catboost(path: Path) -> Any:
    """Open a `.cbm` file that the user trusts.

    CatBoost follows the offsets and indices in a file without a look at where they lead.
    """
    require("catboost", "boost", f"opening `{path}`")
    import catboost

    return catboost.CatBoost().load_model(str(path))


def _in_order(count: int, symmetric: bool) -> NDArray[np.int64]:
    """Return the numbers of the leaves of one tree from left to right."""
    depth = count.bit_length() - 1
    leaves = np.arange(count)
    if not symmetric or count != 1 << depth:
        return leaves
    mirrored = np.zeros(count, np.int64)
    for bit in range(depth):
        mirrored |= ((leaves >> bit) & 1) << (depth - 1 - bit)
    return mirrored
