"""Estimators as teachers: the estimator's own answers, and perceptrons against a plain forward pass."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import DBSCAN
from sklearn.compose import make_column_transformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from limbeck.core import OutputReading, as_table
from limbeck.errors import InputError, TeacherError
from limbeck.teachers.sklearn import SklearnTeacher

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
LABELS = np.array(["no", "yes", "maybe"])[(X[:, 0] > 0).astype(int) + (X[:, 1] > 1)]
ROWS = as_table(X)
FRAME = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "kind": np.where(X[:, 2] > 0, "u", "v")})


def fitted(estimator, x=X, y=LABELS):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(x, y)


def mixed_pipeline(last):
    columns = make_column_transformer((StandardScaler(), ["a", "b"]), (OneHotEncoder(), ["kind"]), sparse_threshold=1.0)
    return fitted(make_pipeline(columns, last), FRAME)


def test_probabilities_are_preferred_and_read_with_the_classes():
    model = fitted(LogisticRegression())
    teacher = SklearnTeacher(model, batch_size=7)
    outputs = teacher.predict(ROWS)
    assert np.allclose(outputs, model.predict_proba(X), atol=1e-12)
    assert teacher.classes == ("maybe", "no", "yes")
    reading = OutputReading.fixed_on(outputs, classes=teacher.classes)
    assert np.array_equal(np.array(reading.classes)[reading.read(outputs).codes], model.predict(X))


def test_a_classifier_without_probabilities_answers_with_labels():
    model = fitted(SVC())
    assert np.array_equal(SklearnTeacher(model).predict(ROWS), model.predict(X))


def test_a_regressor_answers_with_floats():
    class Whole(LinearRegression):
        def predict(self, x):
            return super().predict(x).round().astype(int)

    outputs = SklearnTeacher(fitted(Whole(), X, X[:, 0] * 5)).predict(ROWS)
    assert outputs.dtype == np.float64
    assert SklearnTeacher(fitted(Whole(), X, X[:, 0])).classes is None


def activation(name, z):
    return {"relu": np.maximum(z, 0), "tanh": np.tanh(z), "logistic": 1 / (1 + np.exp(-z)), "identity": z}[name]


@pytest.mark.parametrize("name", ["relu", "tanh", "logistic", "identity"])
def test_hidden_layers_lead_to_the_probabilities(name):
    model = fitted(MLPClassifier((6, 4), activation=name, max_iter=5, random_state=0))
    teacher = SklearnTeacher(model, batch_size=11)
    assert teacher.layers == ("hidden1.linear", "hidden1", "hidden2.linear", "hidden2")
    outputs, found = teacher.observe(ROWS, None)
    assert np.allclose(found["hidden1.linear"], X @ model.coefs_[0] + model.intercepts_[0], atol=1e-5)
    for i in (1, 2):
        assert np.allclose(found[f"hidden{i}"], activation(name, found[f"hidden{i}.linear"].astype(float)), atol=1e-5)
    logits = found["hidden2"] @ model.coefs_[2] + model.intercepts_[2]
    softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert np.allclose(softmax, model.predict_proba(X), atol=1e-5)
    assert np.allclose(outputs, model.predict_proba(X), atol=1e-12)


def test_hidden_layers_at_the_end_of_pipelines_and_searches():
    pipeline = mixed_pipeline(MLPClassifier((5,), max_iter=5, random_state=0))
    found = SklearnTeacher(pipeline, batch_size=13).activations(as_table(FRAME))
    inside = pipeline[:-1].transform(FRAME)
    assert np.allclose(
        found["hidden1.linear"], inside @ pipeline[-1].coefs_[0] + pipeline[-1].intercepts_[0], atol=1e-5
    )
    search = GridSearchCV(make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(4,), max_iter=5)), {}, cv=2)
    search = fitted(search, X, X[:, 0])
    final = search.best_estimator_[-1]
    hidden = SklearnTeacher(search).activations(ROWS, ["hidden1"])["hidden1"]
    assert np.allclose(hidden @ final.coefs_[1] + final.intercepts_[1], search.predict(X)[:, None], atol=1e-5)


def test_perceptrons_with_other_weights():
    pipeline = fitted(make_pipeline(StandardScaler(), MLPClassifier((5,), max_iter=5, random_state=0)))
    teacher, before = SklearnTeacher(pipeline), pipeline.predict_proba(X)
    one, again, other = (teacher.redrawn(np.random.default_rng(seed)).predict(ROWS) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.allclose(one, other)
    assert not np.allclose(one, before)
    assert np.array_equal(pipeline.predict_proba(X), before)
    assert SklearnTeacher(fitted(LogisticRegression())).redrawn(np.random.default_rng(0)) is None


def test_frames_reach_what_was_fitted_with_names():
    pipeline = mixed_pipeline(LogisticRegression())
    assert np.allclose(SklearnTeacher(pipeline).predict(as_table(FRAME)), pipeline.predict_proba(FRAME))
    named = fitted(LogisticRegression(), FRAME[["a", "b"]])
    expected = named.predict_proba(FRAME[["a", "b"]])
    assert np.allclose(SklearnTeacher(named).predict(as_table(FRAME[["a", "b"]])), expected)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        SklearnTeacher(named).predict(as_table(X[:, :2]))


@pytest.mark.parametrize("frame", [pd.DataFrame(X, columns=list("abc")), pl.DataFrame(X, schema=list("abc"))])
def test_frames_become_arrays_for_what_was_fitted_without_names(frame):
    model = fitted(make_pipeline(StandardScaler(), LogisticRegression()))
    assert np.allclose(SklearnTeacher(model).predict(as_table(frame)), model.predict_proba(X))


def test_somebodys_own_first_step_gets_the_frame():
    class Take(TransformerMixin, BaseEstimator):
        def fit(self, x, y=None):
            return self

        def transform(self, x):
            return x[["a", "b"]].to_numpy()

        def __sklearn_is_fitted__(self):
            return True

    pipeline = fitted(make_pipeline(Take(), LogisticRegression()), FRAME)
    assert np.allclose(SklearnTeacher(pipeline).predict(as_table(FRAME)), pipeline.predict_proba(FRAME))


@pytest.mark.parametrize("model", [MLPClassifier(), make_pipeline(StandardScaler(), LogisticRegression())])
def test_unfitted_estimators(model):
    with pytest.raises(TeacherError, match="before `fit`"):
        SklearnTeacher(model)


def test_estimators_that_cannot_predict():
    with pytest.raises(TeacherError, match="`DBSCAN` without `predict`"):
        SklearnTeacher(fitted(DBSCAN()))


def test_missing_values_and_wrong_columns_are_the_models_own_words_and_ours():
    x = X.copy()
    x[3, 1] = np.nan
    with pytest.raises(TeacherError, match=r"contains NaN.*1 of the 60 rows.*`x1`"):
        SklearnTeacher(fitted(LogisticRegression())).predict(as_table(x))
    with pytest.raises(TeacherError, match="expecting 3 features"):
        SklearnTeacher(fitted(LogisticRegression())).predict(as_table(X[:, :2]))
    several = DecisionTreeClassifier().fit(X, np.column_stack([LABELS, LABELS]))
    with pytest.raises(InputError, match=r"2 labels a row.*`output=`"):
        SklearnTeacher(several).predict(ROWS)
    with pytest.raises(InputError, match="none"):
        SklearnTeacher(fitted(LogisticRegression())).activations(ROWS, ["hidden1"])


def test_named_columns_are_handed_on_in_the_order_of_the_fit():
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 3)), columns=["a", "b", "c"])
    estimator = LogisticRegression().fit(rows, rows["a"] > 0)
    teacher = SklearnTeacher(estimator)
    mixed = rows[["c", "a", "b"]]
    assert np.array_equal(teacher.predict(as_table(mixed)), teacher.predict(as_table(rows)))
    assert list(mixed.columns) == ["c", "a", "b"]
