"""XGBoost's boosters with the methods of an estimator, in memory and from its own files."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from limbeck.errors import TeacherError
from limbeck.teachers.boosters import as_categories, columns_of, leaves_under, one_number
from limbeck.teachers.file_content import read_whole
from limbeck.teachers.find import require
from limbeck.teachers.xgboost_file import checked_xgboost

__all__ = ["XGBoostModel", "open_xgboost", "xgboost_leaves"]

_TWO_CLASSES = ("binary:logistic", "binary:logitraw")
_CLASSES = ("multi:softmax", "binary:hinge")


class XGBoostModel:
    """Ask an `xgboost.Booster`: probabilities where it was trained on classes, numbers otherwise.

    Parameters
    ----------
    booster : xgboost.Booster
        The model. Columns are found by the names that it knows.
    """

    def __init__(self, booster: Any) -> None:
        self.booster = booster
        best = booster.attr("best_iteration") or ""
        # Only in a file that an estimator wrote: that answers with its best rounds, a plain booster with all.
        self.rounds = int(best) + 1 if booster.attr("scikit_learn") and best.isdigit() else 0
        learner = json.loads(booster.save_config())["learner"]
        self._objective = str(learner["objective"]["name"])
        several = int(learner["learner_model_param"]["num_class"]) > 1
        self._names: list[str] | None = booster.feature_names
        kinds: list[str] = booster.feature_types or []
        self._categorical = [n for n, kind in zip(self._names or [], kinds, strict=False) if kind == "c"]
        if self._objective in _TWO_CLASSES:
            self.predict_proba = self._two_classes
        elif several and self._objective not in _CLASSES:
            self.predict_proba = self._ask

    def predict(self, rows: Any) -> NDArray[Any]:
        """Return numbers, or whole numbers where the booster answers with classes."""
        answers = one_number(self._ask(rows), "the booster")
        return answers.astype(np.int64) if self._objective in _CLASSES else answers

    def leaf_ids(self, rows: Any) -> NDArray[Any]:
        """Return the leaf of each row in each tree, shape (n, trees)."""
        return self._ask(rows, pred_leaf=True)

    def _two_classes(self, rows: Any) -> NDArray[Any]:
        answers = one_number(self._ask(rows), "the booster").astype(np.float64)
        p = 0.5 * (1.0 + np.tanh(0.5 * answers)) if self._objective == "binary:logitraw" else answers
        return np.column_stack([1 - p, p])

    def _ask(self, rows: Any, **how: Any) -> NDArray[Any]:
        return self.booster.predict(self._matrix(rows), iteration_range=(0, self.rounds), **how)

    def _matrix(self, rows: Any) -> Any:
        """Return rows as XGBoost's own matrix, by the names and the types of the features."""
        make = sys.modules["xgboost"].DMatrix
        names, kinds = self._names, self.booster.feature_types
        if names is not None:
            rows = columns_of(rows, names, "the booster")
        if isinstance(rows, np.ndarray) or not nw.dependencies.is_into_dataframe(rows):
            return make(rows, feature_names=names, feature_types=kinds, enable_categorical=True)
        frame = nw.from_native(rows, eager_only=True)
        numeric = all(kind.is_numeric() or kind == nw.Boolean for kind in frame.schema.values())
        if self._categorical and self._knows_categories():
            return make(as_categories(rows, self._categorical), enable_categorical=True)
        if numeric or names is None:
            return make(frame.to_numpy(), feature_names=names, feature_types=kinds, enable_categorical=True)
        if self._categorical:
            raise TeacherError(
                "the numbers of the categories that the booster was trained on",
                "text, and a booster that does not know the names of its categories",
                "give the numbers by `preprocess=`, or save the model with XGBoost 3.1 or later",
            )
        return make(rows, enable_categorical=True)

    def _knows_categories(self) -> bool:
        """Tell whether the booster itself turns categories into numbers."""
        known = getattr(self.booster, "get_categories", None)
        return known is not None and not known().empty()


def xgboost_leaves(model: Any) -> list[NDArray[np.int64]]:
    """Return the ids of the leaves of every tree that answers, from left to right."""
    booster = model.booster if isinstance(model, XGBoostModel) else model.get_booster()
    trees = [json.loads(tree) for tree in booster.get_dump(dump_format="json")]
    if trees and "nodeid" not in trees[0]:
        return []
    # An estimator stopped early answers with its best rounds only; a booster with all of them.
    best: int | None = None if isinstance(model, XGBoostModel) else getattr(model, "best_iteration", None)
    rounds = model.rounds if isinstance(model, XGBoostModel) else 0 if best is None else best + 1
    used = rounds * len(trees) // booster.num_boosted_rounds() if rounds else len(trees)
    return [leaves_under(tree, _children, "nodeid") for tree in trees[:used]]


def open_xgboost(path: Path, trusted: bool) -> Any:
    """Open a `.json` or `.ubj` file."""
    require("xgboost", "boost", f"opening `{path}`")
    import xgboost

    booster = xgboost.Booster()
    booster.load_model(bytearray(path.read_bytes() if trusted else checked_xgboost(read_whole(path))))
    return booster


def _children(node: Mapping[str, Any]) -> list[Any]:
    return node.get("children", [])
