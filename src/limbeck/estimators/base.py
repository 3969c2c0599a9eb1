"""What the estimators share: everything but the meaning of the teacher's outputs."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Self

import narwhals as nw
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator
from sklearn.utils import Tags, assert_all_finite, check_consistent_length, column_or_1d
from sklearn.utils.validation import check_is_fitted, validate_data

from limbeck.concepts import kinds_of, raw_table
from limbeck.core import Outputs, Table, as_table, column_shares, of_one_type
from limbeck.distill import distill
from limbeck.errors import InputError
from limbeck.estimators.labels import LabelledTable, LabelTeacher
from limbeck.settings import GUIDES
from limbeck.teachers import Teacher, as_teacher

__all__ = ["BaseDistiller"]


class BaseDistiller(BaseEstimator):
    """Parameters, fit and queries of a distiller of any task."""

    def __init__(
        self,
        teacher: Any = None,
        *,
        monotone: Mapping[str, int] | None = None,
        max_leaves: int = 16,
        max_depth: int = 30,
        min_leaf: float = 1.0,
        delta: float = 0.05,
        defer: float | None = None,
        guides: Sequence[str] = GUIDES,
        queries: bool = True,
        max_queries: int = 200_000,
        synthetic: bool = True,
        layers: Sequence[str] | None = None,
        concepts: Any = (),
        ask: Sequence[str] | None = None,
        no_ask: Sequence[str] = (),
        thresholds: int = 32,
        output: str | int | None = None,
        effort: str = "normal",
        time_limit: float | None = None,
        retries: int = 0,
        certificate: float = 0.25,
        validation: float = 0.15,
        random_state: Any = 0,
    ) -> None:
        self.teacher, self.monotone = teacher, monotone
        self.max_leaves, self.max_depth, self.min_leaf = max_leaves, max_depth, min_leaf
        self.delta, self.certificate, self.validation = delta, certificate, validation
        self.guides, self.queries, self.max_queries, self.synthetic = guides, queries, max_queries, synthetic
        self.layers, self.concepts, self.thresholds, self.output = layers, concepts, thresholds, output
        self.ask, self.no_ask = ask, no_ask
        self.defer = defer
        self.effort, self.time_limit, self.retries, self.random_state = effort, time_limit, retries, random_state

    def fit(
        self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None, groups: ArrayLike | None = None
    ) -> Self:
        """Distill the teacher on rows, or, without a teacher, learn from labels.

        Parameters
        ----------
        X : DataFrame or array-like, shape (n, p)
            Raw rows, as the teacher takes them: numbers, text and missing values. With kinds of concepts as
            `concepts`, n raw inputs: texts, bytes, paths, images, objects.
        y : array-like, shape (n,), optional
            Labels; needed without a teacher, and ignored with one.
        sample_weight : array-like, shape (n,), optional
            How much each row counts in the fit: whole numbers are counts, others have mean 1. A row of
            weight 0 is left out, also of the certificate, which counts all other rows alike.
        groups : array-like, shape (n,), optional
            What each row belongs to, where rows of one group are not independent of each other; as in `distill`.

        Raises
        ------
        InputError
            Neither teacher nor labels; settings or rows that cannot be used.
        TeacherError
            The teacher failed, or its answers are not a model's.
        """
        table = self._table(X, reset=True)
        if self.teacher is None:
            labels = self._labels(y, table.n_rows)
            teacher, table = LabelTeacher(self._classes_among(labels)), LabelledTable.of(table, labels)
        else:
            teacher = as_teacher(self.teacher).reading_output(self.output)
        if sample_weight is not None:
            table, sample_weight, groups = _without_absent(table, np.asarray(sample_weight, np.float64), groups)
        self._learn(teacher, table, sample_weight, groups)
        return self

    @property
    def feature_importances_(self) -> NDArray[np.float64]:
        """Share of what the tree's questions save that those about each column save, shape (p,).

        A question saves `sum_v n_v |value_v - value|²` over its two sides v: what it takes from the squared error of
        numbers, or from the Gini impurity of classes, on the rows that fit. The shares add up to 1; for a tree that
        asks nothing all are 0.
        """
        check_is_fitted(self, "distillation_")
        return column_shares(self.tree_)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the tree's class or number for every row, shape (n,).

        Rows that come to leaves that ask the model (`defer`) are answered by the teacher, in one call; without a
        teacher they are masked.
        """
        table = self._table(X)
        return self.distillation_.predict(table, model=self.teacher)

    def apply(self, X: Any) -> NDArray[np.int32]:
        """Return the node of `tree_` that is every row's leaf, shape (n,)."""
        table = self._table(X)
        return self.tree_.apply(table)

    def decision_path(self, X: Any) -> csr_array:
        """Return which nodes of `tree_` every row passes, as a sparse 0/1 array of shape (n, nodes)."""
        table = self._table(X)
        return csr_array(self.tree_.decision_path(table), dtype=np.int64)

    def get_depth(self) -> int:
        """Return the most questions on a path."""
        check_is_fitted(self, "distillation_")
        return self.tree_.depth

    def get_n_leaves(self) -> int:
        """Return the number of leaves."""
        check_is_fitted(self, "distillation_")
        return self.tree_.n_leaves

    def __sklearn_clone__(self) -> Self:
        # The teacher is a trained model, not a recipe for one: a clone of it would have to be trained again.
        bare = copy.copy(self)
        bare.teacher = None
        twin: Any = BaseEstimator.__sklearn_clone__(bare)
        twin.teacher = self.teacher
        return twin

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = self.teacher is None
        tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.categorical = True
        return tags

    @abstractmethod
    def _classes_among(self, labels: NDArray[Any]) -> tuple[Any, ...] | None:
        """Return the classes that labels stand for; None for numbers."""

    def _labels(self, y: Any, n_rows: int) -> NDArray[Any]:
        """See that there is a label for every row."""
        if y is None:
            raise InputError(
                "labels, or a teacher that gives them",
                f"a `{type(self).__name__}` without teacher, which requires y to be passed, but the target y is None",
                "give `y`, or construct the estimator with a trained `teacher`",
            )
        if nw.dependencies.is_into_series(y):
            y = _plain_labels(nw.from_native(y, series_only=True))
        elif hasattr(y, "dtype"):
            y = np.asarray(y)  # scikit-learn would make numbers of the nullable booleans of pandas
        labels = column_or_1d(y, warn=True)
        assert_all_finite(labels, input_name="y")
        check_consistent_length(range(n_rows), labels)
        return of_one_type(labels) if labels.dtype.kind in "OMm" else labels

    def _settings(self) -> dict[str, Any]:
        """Return the settings of `distill`."""
        settings = self.get_params(deep=False)
        del settings["teacher"]
        settings["queries"] = self.queries and self.teacher is not None
        # A search over `np.arange` gives numbers that JSON cannot write.
        return {name: value.item() if isinstance(value, np.generic) else value for name, value in settings.items()}

    def _learn(self, teacher: Teacher, table: Table, sample_weight: ArrayLike | None, groups: ArrayLike | None) -> None:
        """Distill, and lay the parts of the result out as learned state."""
        asked = {"sample_weight": sample_weight, "groups": groups}
        self.distillation_ = distill(teacher, table, **asked, **self._settings())
        self.tree_ = self.distillation_.tree
        self.frontier_ = self.distillation_.frontier
        self.certificate_ = self.distillation_.certificate

    def _answers(self, X: Any) -> tuple[Outputs, Table]:
        """Ask the teacher about rows, and read the answers as in the fit."""
        table = self._table(X)
        if self.teacher is None:
            raise InputError(
                "the agreement with a teacher",
                "`teacher=None`: the tree was learned from labels",
                "use `score(X, y)` for the agreement with labels",
            )
        teacher = as_teacher(self.teacher).reading_output(self.output)
        raw = teacher.answers(self._for_teacher(table), scores=False)
        return self.distillation_.reading.read(raw), table

    def _for_teacher(self, table: Table) -> Table:
        """Hide the columns with concepts from the teacher; of raw inputs there are none."""
        return table if table.raw else table.hiding(tuple(self.concepts))

    def _table(self, X: Any, *, reset: bool = False) -> Table:
        """Read rows; check their columns by scikit-learn's rules, and their values not at all in a frame.

        Raw inputs have no columns that could be checked, and no number of features.
        """
        if not reset:
            check_is_fitted(self, "distillation_")
        if kinds_of(self.concepts):
            return raw_table(X)
        if nw.dependencies.is_into_dataframe(X):
            validate_data(self, X, reset=reset, skip_check_array=True)
            table = as_table(X)
        else:
            table = as_table(validate_data(self, X, reset=reset, dtype=None, ensure_all_finite=False))
        # Number and order of the columns are checked by now, so that they may take the names that they had in the fit.
        return table if reset else table.renamed([name for name, _ in self.tree_.columns])


def _plain_labels(labels: nw.Series[Any]) -> NDArray[Any]:
    """Return labels of a type that may have gaps (nullable, categories) as what they are without gaps."""
    values = labels.to_numpy()
    if values.dtype.kind not in "OT" and not isinstance(labels.dtype, nw.Boolean):
        return values
    if labels.is_null().any():
        missing = int(labels.is_null().sum())
        raise InputError("a label for every row", f"Input y contains NaN: {missing} rows without a label", "drop them")
    return np.array(labels.to_list())


def _without_absent(
    table: Table, weights: NDArray[np.float64], groups: ArrayLike | None
) -> tuple[Table, NDArray[np.float64], ArrayLike | None]:
    """Leave out the rows of weight 0; `distill` says what is wrong with columns of another shape."""
    if weights.shape != (table.n_rows,):
        return table, weights, groups
    if not weights.any():
        raise InputError("`sample_weight` with rows that count", "a weight of zero for every row", "weigh some rows")
    kept = np.flatnonzero(weights)
    if groups is not None and len(np.asarray(groups)) == table.n_rows:
        groups = np.asarray(groups)[kept]
    return table.take(kept), weights[kept], groups
