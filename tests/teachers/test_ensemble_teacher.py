"""Tree ensembles as teachers: leaf indicators against each library's own leaf ids."""

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from limbeck.core import as_table
from limbeck.errors import InputError, TeacherError
from limbeck.teachers.ensembles import EnsembleTeacher, is_ensemble

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4))
ROWS = as_table(X)
BINARY = (X[:, 0] * X[:, 1] > 0).astype(int)
THREE = BINARY + (X[:, 2] > 0)
REAL = X[:, 0] * X[:, 1]
FRAME = pd.DataFrame(X, columns=list("abcd"))


def xgb_booster(objective, y, **more):
    return xgb.train({"objective": objective, "max_depth": 3, **more}, xgb.DMatrix(X, label=y), 4)


def lgb_booster(objective, y, **more):
    return lgb.train({"objective": objective, "verbose": -1, **more}, lgb.Dataset(X, y), 4)


CASES = {
    "tree": (DecisionTreeClassifier(max_depth=4).fit(X, THREE), lambda m: m.apply(X)),
    "forest": (RandomForestClassifier(5, random_state=0).fit(X, THREE), lambda m: m.apply(X)),
    "best first": (ExtraTreesRegressor(3, max_leaf_nodes=9, random_state=0).fit(X, REAL), lambda m: m.apply(X)),
    "boosting": (GradientBoostingClassifier(n_estimators=4).fit(X, THREE), lambda m: m.apply(X)),
    "boosted regression": (GradientBoostingRegressor(n_estimators=4).fit(X, REAL), lambda m: m.apply(X)),
    "xgboost": (xgb.XGBClassifier(n_estimators=4, max_depth=3).fit(X, THREE), lambda m: m.apply(X)),
    "xgboost booster": (
        xgb_booster("binary:logistic", BINARY),
        lambda m: m.predict(xgb.DMatrix(X), pred_leaf=True),
    ),
    "lightgbm": (
        lgb.LGBMRegressor(n_estimators=4, verbose=-1).fit(X, REAL),
        lambda m: m.predict(X, pred_leaf=True),
    ),
    "lightgbm booster": (lgb_booster("multiclass", THREE, num_class=3), lambda m: m.predict(X, pred_leaf=True)),
}


@pytest.mark.parametrize("case", CASES)
def test_leaf_indicators_are_the_librarys_leaves(case):
    model, apply = CASES[case]
    ids = np.asarray(apply(model)).reshape(len(X), -1)
    found = EnsembleTeacher(model).activations(ROWS)["leaves"]
    assert set(np.unique(found)) == {0.0, 1.0}
    assert np.array_equal(found.sum(axis=1), np.full(len(X), ids.shape[1]))
    start = 0
    for tree in ids.T:
        # One column for each leaf of the tree: rows share a column exactly when they share a leaf.
        width = next(w for w in range(1, found.shape[1] + 1) if found[:, start : start + w].sum() == len(X))
        columns = found[:, start : start + width].argmax(axis=1)
        pairs = set(zip(tree.tolist(), columns.tolist(), strict=True))
        assert len(pairs) == len(set(tree.tolist())) == len(set(columns.tolist()))
        start += width
        while start < found.shape[1] and not found[:, start].any():
            start += 1
    assert start == found.shape[1]


@pytest.mark.parametrize("case", CASES)
def test_leaf_indicators_do_not_depend_on_the_batch(case):
    model, _ = CASES[case]
    outputs, whole = EnsembleTeacher(model).observe(ROWS, None)
    in_parts, parts = EnsembleTeacher(model, batch_size=17).observe(ROWS, None)
    assert np.array_equal(whole["leaves"], parts["leaves"])
    assert np.allclose(outputs, in_parts, atol=1e-12)
    few = as_table(X[[7, 3]])
    assert np.array_equal(EnsembleTeacher(model).activations(few)["leaves"], whole["leaves"][[7, 3]])


def test_leaf_sums_reproduce_a_forest():
    forest = RandomForestClassifier(5, max_depth=4, random_state=0).fit(X, BINARY)
    leaves = EnsembleTeacher(forest).activations(ROWS)["leaves"].astype(float)
    values, *_ = np.linalg.lstsq(leaves, forest.predict_proba(X), rcond=None)
    assert np.allclose(leaves @ values, forest.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("most", [4, 10, 40, 100, 4096])
def test_the_width_is_bounded(most):
    forest = RandomForestClassifier(7, random_state=0).fit(X, THREE)
    leaves = EnsembleTeacher(forest, max_activations=most).activations(ROWS)["leaves"]
    assert leaves.shape[1] <= most
    assert len(np.unique(leaves.sum(axis=1))) == 1
    assert leaves[:, leaves.any(axis=0)].shape[1] > most // 3 or most == 4096


def test_leaves_that_share_a_column_are_neighbours():
    tree = DecisionTreeClassifier(max_depth=6).fit(X[:, :1], BINARY)
    grid = np.linspace(-2, 2, 200)[:, None]
    columns = EnsembleTeacher(tree, max_activations=5).activations(as_table(grid))["leaves"].argmax(axis=1)
    # On one column, left to right in the tree is left to right on the axis.
    assert (np.diff(columns) >= 0).all()
    assert set(columns.tolist()) == {0, 1, 2, 3, 4}


@pytest.mark.parametrize(
    ("model", "raw"),
    [
        (HistGradientBoostingClassifier(max_iter=6).fit(X, THREE), lambda m: m.decision_function(X)),
        (HistGradientBoostingClassifier(max_iter=6).fit(X, BINARY), lambda m: m.decision_function(X)[:, None]),
        (HistGradientBoostingRegressor(max_iter=6).fit(X, REAL), lambda m: m.predict(X)[:, None]),
        (
            HistGradientBoostingRegressor(max_iter=6, loss="poisson").fit(X, THREE),
            lambda m: np.log(m.predict(X))[:, None],
        ),
    ],
)
@pytest.mark.parametrize("most", [6, 4096])
def test_histogram_boosting_shows_what_each_round_adds(model, raw, most):
    found = EnsembleTeacher(model, max_activations=most, batch_size=90).activations(ROWS)["leaf values"]
    scores = raw(model)
    assert found.shape[1] == scores.shape[1] * min(6, most // scores.shape[1])
    total = found.reshape(len(X), -1, scores.shape[1]).sum(axis=1)
    assert np.allclose(total, scores, atol=1e-5)
    assert np.unique(found[:, -1]).size > 1


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (xgb_booster("binary:logistic", BINARY), lambda m: two(m.predict(xgb.DMatrix(X)))),
        (
            xgb_booster("binary:logitraw", BINARY),
            lambda m: two(1 / (1 + np.exp(-m.predict(xgb.DMatrix(X)).astype(float)))),
        ),
        (xgb_booster("multi:softprob", THREE, num_class=3), lambda m: m.predict(xgb.DMatrix(X))),
        (xgb_booster("multi:softmax", THREE, num_class=3), lambda m: m.predict(xgb.DMatrix(X)).astype(int)),
        (xgb_booster("reg:squarederror", REAL), lambda m: m.predict(xgb.DMatrix(X))),
        (lgb_booster("binary", BINARY), lambda m: two(m.predict(X))),
        (lgb_booster("multiclass", THREE, num_class=3), lambda m: m.predict(X)),
        (lgb_booster("regression", REAL), lambda m: m.predict(X)),
    ],
)
def test_boosters_answer_with_classes_or_numbers(model, expected):
    outputs = EnsembleTeacher(model).predict(ROWS)
    assert outputs.dtype.kind == expected(model).dtype.kind
    assert np.allclose(outputs, expected(model), atol=1e-6)


def two(p):
    return np.column_stack([1 - p, p])


def test_models_stopped_early_show_the_trees_that_answer():
    model = xgb.XGBClassifier(n_estimators=30, early_stopping_rounds=2, max_depth=2)
    model.fit(X[:200], BINARY[:200], eval_set=[(X[200:], RNG.integers(0, 2, 100))], verbose=False)
    assert len(model.get_booster().get_dump()) > model.best_iteration + 1
    teacher = EnsembleTeacher(model)
    assert np.array_equal(teacher.activations(ROWS)["leaves"].sum(axis=1), np.full(len(X), model.best_iteration + 1.0))
    booster = EnsembleTeacher(model.get_booster()).activations(ROWS)["leaves"]
    assert booster.sum(axis=1)[0] == len(model.get_booster().get_dump())


def test_trees_of_one_leaf_and_boosters_without_trees():
    flat = lgb_booster("binary", BINARY, min_data_in_leaf=400)
    assert np.array_equal(EnsembleTeacher(flat).activations(ROWS)["leaves"].sum(axis=1), np.full(300, flat.num_trees()))
    linear = xgb.train({"booster": "gblinear"}, xgb.DMatrix(X, label=REAL), 2)
    assert EnsembleTeacher(linear).layers == ()
    assert np.allclose(EnsembleTeacher(linear).predict(ROWS), linear.predict(xgb.DMatrix(X)))


def test_pipelines_and_frames():
    pipeline = make_pipeline(StandardScaler(), RandomForestClassifier(3, max_depth=3, random_state=0)).fit(FRAME, THREE)
    outputs, found = EnsembleTeacher(pipeline).observe(as_table(FRAME), None)
    assert np.allclose(outputs, pipeline.predict_proba(FRAME))
    ids = pipeline[-1].apply(pipeline[:-1].transform(FRAME))
    same = ids[:, :1] == ids[0, 0]
    assert np.array_equal(found["leaves"][:, found["leaves"][0].argmax()] == 1, same[:, 0])
    named = xgb.train({"objective": "binary:logistic"}, xgb.DMatrix(FRAME, label=BINARY), 3)
    frame_answer, array_answer = (EnsembleTeacher(named).predict(as_table(rows)) for rows in (FRAME, X))
    assert np.array_equal(frame_answer, array_answer)
    assert np.allclose(
        EnsembleTeacher(CASES["xgboost"][0]).predict(as_table(FRAME)), CASES["xgboost"][0].predict_proba(X)
    )


def test_missing_values_go_where_the_library_sends_them():
    x = X.copy()
    x[::3, 0] = np.nan
    for model in (CASES["xgboost booster"][0], CASES["lightgbm booster"][0]):
        outputs, found = EnsembleTeacher(model).observe(as_table(x), None)
        assert np.isfinite(outputs).all()
        assert len(np.unique(found["leaves"].sum(axis=1))) == 1


def test_which_models_are_ensembles():
    assert all(is_ensemble(model) for model, _ in CASES.values())
    assert is_ensemble(make_pipeline(StandardScaler(), HistGradientBoostingClassifier()))
    assert not is_ensemble(LogisticRegression())


def test_bad_settings():
    with pytest.raises(TeacherError, match="before `fit`"):
        EnsembleTeacher(xgb.XGBClassifier())
    with pytest.raises(TeacherError, match="before `fit`"):
        EnsembleTeacher(RandomForestClassifier())
    with pytest.raises(InputError, match="max_activations=1"):
        EnsembleTeacher(CASES["forest"][0], max_activations=1)
    assert EnsembleTeacher(CASES["forest"][0]).redrawn(RNG) is None
