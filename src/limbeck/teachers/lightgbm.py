"""LightGBM's boosters with the methods of an estimator, in memory and from its own files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from limbeck.teachers.boosters import as_categories, columns_of, leaves_under
from limbeck.teachers.file_content import read_whole
from limbeck.teachers.find import require
from limbeck.teachers.lightgbm_file import checked_lightgbm

__all__ = ["LightGBMModel", "lightgbm_leaves", "open_lightgbm"]


class LightGBMModel:
    """Ask a `lightgbm.Booster`: probabilities where it was trained on classes, numbers otherwise.

    Parameters
    ----------
    booster : lightgbm.Booster
        The model. Columns are found by the names that it knows, in which LightGBM wrote `_` for a space.
    """

    def __init__(self, booster: Any) -> None:
        self.booster = booster
        dump = booster.dump_model(0, 1)
        objective = str(dump.get("objective", "")).split(" ")[0]
        self._names: list[str] = booster.feature_name()
        self._infos: Mapping[str, Any] = dump.get("feature_infos", {})
        if objective == "binary":
            self.predict_proba = self._two_classes
        elif booster.num_model_per_iteration() > 1:
            self.predict_proba = self.predict

    def predict(self, rows: Any) -> NDArray[Any]:
        """Return numbers, or a score for each class."""
        return np.asarray(self.booster.predict(self._columns(rows)))

    def leaf_ids(self, rows: Any) -> NDArray[Any]:
        """Return the leaf of each row in each tree, shape (n, trees)."""
        return self.booster.predict(self._columns(rows), pred_leaf=True)

    def _two_classes(self, rows: Any) -> NDArray[Any]:
        p = self.predict(rows).astype(np.float64)
        return np.column_stack([1 - p, p])

    def _columns(self, rows: Any) -> Any:
        """Return rows as LightGBM takes them: it goes by the order of the columns, whatever their names."""
        if isinstance(rows, np.ndarray) or not nw.dependencies.is_into_dataframe(rows):
            return rows
        frame = nw.from_native(nw.from_native(rows, eager_only=True).to_pandas(), eager_only=True)
        frame = frame.rename({name: name.replace(" ", "_") for name in frame.columns})
        numbered = self._names == [f"Column_{i}" for i in range(len(self._names))]
        ordered = columns_of(frame.to_native(), self._names, "the booster", numbered=numbered)
        if not self.booster.pandas_categorical:
            return ordered
        categorical = [name for name, info in self._infos.items() if info.get("values")]
        return as_categories(ordered, categorical)


def lightgbm_leaves(model: Any) -> list[NDArray[np.int64]]:
    """Return the ids of the leaves of every tree that answers, from left to right."""
    booster = model.booster if isinstance(model, LightGBMModel) else model.booster_
    dump = booster.dump_model()
    return [leaves_under(tree["tree_structure"], _children, "leaf_index") for tree in dump["tree_info"]]


def open_lightgbm(path: Path, trusted: bool) -> Any:
    """Open a text file of `Booster.save_model`."""
    require("lightgbm", "boost", f"opening `{path}`")
    import lightgbm

    return lightgbm.Booster(model_str=path.read_text() if trusted else checked_lightgbm(read_whole(path)))


def _children(node: Mapping[str, Any]) -> list[Any]:
    return [node["left_child"], node["right_child"]] if "left_child" in node else []
