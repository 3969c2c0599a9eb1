"""Any scikit-learn estimator or Pipeline as a teacher; multilayer perceptrons show their hidden layers."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from limbeck.core import Answers
from limbeck.errors import TeacherError
from limbeck.tables import listed, native_copy
from limbeck.teachers.base import Teacher
from limbeck.teachers.returned import plain_array
from limbeck.teachers.rows import in_order, numeric_matrix
from limbeck.teachers.running import Answer, Preprocess
from limbeck.teachers.width import with_units

__all__ = ["SklearnTeacher", "last_step"]

_ACTIVATIONS: Mapping[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "identity": lambda z: z,
    "logistic": lambda z: 0.5 * (1.0 + np.tanh(0.5 * z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
}
_OUTPUTS: Mapping[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    **_ACTIVATIONS, "softmax": lambda z: softmax(z, axis=1), "exp": np.exp,
}  # fmt: skip


# The class that defines both `predict` and `predict_proba`, where by its code `predict` is the class with the largest
# probability, the first of several: XGBoost and perceptrons ask p > 1/2, where 1 - p is exact.
_DECIDED_BY_SCORES = frozenset(
    {
        "sklearn.BaggingClassifier",
        "sklearn.CalibratedClassifierCV",
        "sklearn.DecisionTreeClassifier",
        "sklearn.ForestClassifier",
        "sklearn.MLPClassifier",
        "lightgbm.LGBMClassifier",
        "xgboost.XGBClassifier",
    }
)


class SklearnTeacher(Teacher):
    """Ask a fitted estimator: the class is its own `predict`, and `predict_proba`, where it has one, gives scores.

    The two differ where a model decides by a threshold or by votes. Where by the code of its kind they cannot differ
    (forests, perceptrons, XGBoost, LightGBM and more), it is asked once, for its probabilities.

    A multilayer perceptron, alone or as the last step of a Pipeline, has two layers per hidden layer:
    `hidden1.linear` before the activation function and `hidden1` after it, and so on.

    Parameters
    ----------
    estimator : fitted estimator
        A classifier, a regressor, or anything else with `predict`; also a Pipeline or a search over parameters.
    preprocess : callable, optional
        Turns raw rows into what the estimator takes; a Pipeline needs none.
    batch_size : int
        Most rows in one call.

    Notes
    -----
    Rows in a data frame are handed on as a frame when the estimator was fitted with column names, its columns in the
    order of the fit, and as an array otherwise. A classifier that has only `decision_function` answers with its labels.

    Examples
    --------
    >>> from limbeck.core import as_table
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> tree = DecisionTreeClassifier().fit([[0.0], [1.0]], ["no", "yes"])
    >>> SklearnTeacher(tree).predict(as_table([[2.0]]))
    array([[0., 1.]])
    """

    def __init__(self, estimator: Any, *, preprocess: Preprocess | None = None, batch_size: int = 8192) -> None:
        super().__init__(f"estimator `{type(estimator).__name__}`", batch_size, preprocess)
        _refuse_unusable(estimator)
        self._estimator = estimator
        self._scores: Any = getattr(estimator, "predict_proba", None)
        self.numbers = isinstance(estimator, BaseEstimator) and is_regressor(estimator)
        classes = getattr(estimator, "classes_", None)
        # Several outputs have a list of class arrays.
        self.classes = tuple(classes.tolist()) if isinstance(classes, np.ndarray) and classes.ndim == 1 else None
        self._once = bool(self._scores) and _decides_by_scores(estimator)
        self._several: bool | None = None
        final = last_step(estimator)
        self._mlp = final if isinstance(final, (MLPClassifier, MLPRegressor)) else None
        if self._mlp is not None:
            hidden = range(1, len(self._mlp.coefs_))
            self.layers = tuple(f"hidden{i}{part}" for i in hidden for part in (".linear", ""))
            self.can_interrupt = bool(self.layers)

    def redrawn(self, rng: np.random.Generator) -> SklearnTeacher | None:
        """Return a perceptron with weights drawn afresh as before fitting (uniform, by Glorot and Bengio)."""
        if self._mlp is None:
            return None
        estimator = copy.deepcopy(self._estimator)
        mlp = last_step(estimator)
        for weights, bias in zip(mlp.coefs_, mlp.intercepts_, strict=True):
            bound = np.sqrt((2.0 if mlp.activation == "logistic" else 6.0) / sum(weights.shape))
            weights[...] = rng.uniform(-bound, bound, weights.shape)
            bias[...] = rng.uniform(-bound, bound, bias.shape)
        twin = SklearnTeacher(estimator, preprocess=self._preprocess, batch_size=self.batch_size)
        twin.output = self.output
        return twin

    def _run(self, native: Any, layers: Sequence[str]) -> Answer:
        rows = self._input(native)
        # Each call gets rows of its own, since a step of a Pipeline may work in place.
        hidden = self._hidden(_transformed(self._estimator, native_copy(rows)), layers) if layers else {}
        if self._once and not self._answers_several(rows):
            return self._scores(rows), hidden
        decided = self._decided(native_copy(rows) if self._scores else rows)
        several = not isinstance(decided, Answers) or _several_columns(decided.labels)
        return decided if several or not self._scores else replace(decided, scores=self._scores(rows)), hidden

    def _run_from(self, native: Any, layer: str, values: NDArray[np.float32], layers: Sequence[str]) -> Answer:
        """Go on from a hidden layer by a plain forward pass, to the scores or numbers that the perceptron gives."""
        assert self._mlp is not None
        number, _, part = layer.removeprefix("hidden").partition(".")
        place, mlp = int(number), self._mlp
        x = _transformed(self._estimator, native_copy(self._input(native)))
        found = self._hidden(x, tuple(dict.fromkeys([layer, *layers])))
        found[layer] = with_units(found[layer], values)
        h = found[layer].astype(mlp.coefs_[0].dtype)
        for i in range(place, len(mlp.coefs_)):
            h = _ACTIVATIONS[mlp.activation](h) if i > place or part else h
            found[f"hidden{i}"] = h.astype(np.float32)
            h = h @ mlp.coefs_[i] + mlp.intercepts_[i]
            found[f"hidden{i + 1}.linear"] = h.astype(np.float32)
        given = _OUTPUTS[mlp.out_activation_](h)
        if isinstance(mlp, MLPClassifier) and given.shape[1] == 1:
            given = np.hstack([1.0 - given, given])
        return given[:, 0] if given.shape[1] == 1 else given, {name: found[name] for name in layers}

    def _decide(self, native: Any) -> Any:
        return self._run(native, ())[0] if self._once else self._decided(self._input(native))

    def _decided(self, rows: Any) -> Any:
        """Return what `predict` says: numbers, or the model's own decision."""
        told = self._estimator.predict(rows)
        return told if self.numbers or (self.classes is None and not self._scores) else Answers(None, told)

    def _answers_several(self, rows: Any) -> bool:
        """Tell whether each row gets several labels, which then may look like the scores of one; asked of two rows."""
        if self._several is None:
            self._several = _several_columns(self._estimator.predict(native_copy(rows[:2])))
        return self._several

    def _input(self, native: Any) -> Any:
        """Return rows as the estimator was fitted with: a frame, or an array."""
        rows = self._prepared(native)
        if isinstance(rows, np.ma.MaskedArray):
            rows = numeric_matrix(rows, self.name)  # scikit-learn would take the values behind the mask
        _refuse_strange_columns(self._estimator, rows, self.name)
        rows = in_order(rows, getattr(self._estimator, "feature_names_in_", ()))
        if (
            isinstance(rows, np.ndarray)
            or not nw.dependencies.is_into_dataframe(rows)
            or _takes_frames(self._estimator)
        ):
            return rows
        return nw.from_native(rows, eager_only=True).to_numpy()

    def _hidden(self, x: Any, layers: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return the hidden layers of the perceptron by a plain forward pass."""
        assert self._mlp is not None
        found: dict[str, NDArray[np.float32]] = {}
        activation = _ACTIVATIONS[self._mlp.activation]
        h = x if hasattr(x, "toarray") else np.asarray(x, self._mlp.coefs_[0].dtype)
        for i, (weights, bias) in enumerate(zip(self._mlp.coefs_[:-1], self._mlp.intercepts_[:-1], strict=True), 1):
            z = h @ weights + bias
            h = activation(z)
            found |= {f"hidden{i}.linear": z.astype(np.float32), f"hidden{i}": h.astype(np.float32)}
        return {layer: found[layer] for layer in layers}


def last_step(estimator: Any) -> Any:
    """Return the model at the end of a Pipeline or of a search."""
    if isinstance(estimator, Pipeline):
        return last_step(estimator.steps[-1][1])
    return last_step(estimator.best_estimator_) if hasattr(estimator, "best_estimator_") else estimator


def _transformed(estimator: Any, rows: Any) -> Any:
    """Return rows as they reach the model at the end of a Pipeline or of a search."""
    if isinstance(estimator, Pipeline):
        before = estimator[:-1].transform(rows) if len(estimator.steps) > 1 else rows
        return _transformed(estimator.steps[-1][1], before)
    return _transformed(estimator.best_estimator_, rows) if hasattr(estimator, "best_estimator_") else rows


def _decides_by_scores(estimator: Any) -> bool:
    """Tell whether an estimator's decision is the class with the largest probability, by the code of its kind."""
    homes = {_home(estimator, "predict"), _home(estimator, "predict_proba")}
    if homes == {"sklearn.Pipeline"}:
        return _decides_by_scores(estimator.steps[-1][1])
    if homes == {"sklearn.BaseSearchCV"}:
        return _decides_by_scores(estimator.best_estimator_)
    return homes <= _DECIDED_BY_SCORES or homes == {"sklearn.BaseDecisionTree", "sklearn.DecisionTreeClassifier"}


def _several_columns(told: Any) -> bool:
    """Tell whether there are several labels for each row."""
    shape = plain_array(told).shape
    return len(shape) == 2 and shape[1] > 1


def _home(estimator: Any, method: str) -> str:
    """Return package and name of the class that defines a method of an object; nothing when the object itself does."""
    if method in vars(estimator):
        return ""
    home = next((kind for kind in type(estimator).__mro__ if method in vars(kind)), object)
    return f"{home.__module__.partition('.')[0]}.{home.__name__}"


def _takes_frames(estimator: Any) -> bool:
    """Tell whether frames may be handed on: fitted with names, or begun by somebody's own transformer."""
    if hasattr(estimator, "feature_names_in_"):
        return True
    if isinstance(estimator, Pipeline):
        return _takes_frames(estimator.steps[0][1])
    if hasattr(estimator, "best_estimator_"):
        return _takes_frames(estimator.best_estimator_)
    return not _is_known(estimator)


def _refuse_strange_columns(estimator: Any, rows: Any, name: str) -> None:
    """See that a frame has no columns that the estimator was not fitted on: a ColumnTransformer would skip them."""
    known = getattr(estimator, "feature_names_in_", None)
    if known is None or not nw.dependencies.is_into_dataframe(rows):
        return
    strange = [str(column) for column in rows.columns if column not in set(known)]
    if strange:
        raise TeacherError(
            f"the columns that {name} was fitted on",
            f"also {listed(strange)}",
            "drop the columns that the model does not take, such as the label (`--drop` on the command line)",
        )


def _is_known(estimator: Any) -> bool:
    """Tell whether an estimator is of a package whose conventions are known."""
    return type(estimator).__module__.partition(".")[0] in ("sklearn", "xgboost", "lightgbm")


def _refuse_unusable(estimator: Any) -> None:
    """See that an estimator predicts and, if its conventions are known, is fitted; others say so when asked."""
    # A search or a Pipeline shows its methods only once it is fitted.
    try:
        if _is_known(estimator):
            check_is_fitted(estimator)
    except NotFittedError as error:
        raise TeacherError(
            "a fitted estimator",
            f"`{type(estimator).__name__}` before `fit`",
            "fit it first; limbeck explains a trained model",
        ) from error
    if not hasattr(estimator, "predict"):
        raise TeacherError(
            "an estimator that predicts", f"`{type(estimator).__name__}` without `predict`", "give the final model"
        )
