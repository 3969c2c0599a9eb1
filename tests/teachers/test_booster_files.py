"""XGBoost's, LightGBM's and CatBoost's own files: the package's own answers and leaves, and nothing that crashes it."""

import json
import os
import re
import subprocess
import sys

import catboost as cb
import lightgbm as lgb
import numpy as np
import pandas as pd
import polars as pl
import pytest
import xgboost as xgb

from limbeck.core import as_table
from limbeck.errors import TeacherError
from limbeck.teachers import as_teacher, open_model
from limbeck.teachers.ensembles import EnsembleTeacher
from limbeck.teachers.lightgbm_file import checked_lightgbm
from limbeck.teachers.ubjson import read_ubjson
from limbeck.teachers.xgboost_file import checked_xgboost

RNG = np.random.default_rng(0)
N = 500
ROWS = pd.DataFrame(RNG.normal(size=(N, 3)), columns=["a b", "b", "c"])
ROWS["c"] = np.where(ROWS.c > 0, "u", np.where(ROWS.c > -0.5, "v", "w"))
ROWS.loc[::7, "b"] = np.nan
ROWS["k"] = RNG.integers(0, 5, N)
Y = ((ROWS["a b"] > 0) ^ (ROWS.c == "u")).astype(int) + (ROWS.k > 2)
NAMES = np.array(["low", "middle", "top"])[Y]
CATEGORIES = ROWS.astype({"c": "category", "k": "category"})
SHAPES = {
    "pandas": ROWS,
    "other order": ROWS[["k", "c", "b", "a b"]],
    "categories": CATEGORIES,
    "polars": pl.from_pandas(ROWS),
}


def xgboost_classifier():
    model = xgb.XGBClassifier(n_estimators=12, max_depth=3, enable_categorical=True, early_stopping_rounds=2)
    model.fit(CATEGORIES, Y, eval_set=[(CATEGORIES[:100], np.roll(Y[:100], 1))], verbose=False)
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()
    return model


def lightgbm_classifier():
    return lgb.LGBMClassifier(n_estimators=5, num_leaves=8, verbose=-1).fit(CATEGORIES, Y).booster_


def catboost_model(kind=cb.CatBoostClassifier, y=NAMES, **more):
    settings = {"iterations": 5, "depth": 3, "cat_features": ["c", "k"], "thread_count": 1}
    return kind(**settings | more, verbose=0, allow_writing_files=False).fit(ROWS, y)


WRITTEN = {
    "m.json": (xgboost_classifier, lambda m: m.predict_proba(CATEGORIES), lambda m: m.apply(CATEGORIES)),
    "m.ubj": (xgboost_classifier, lambda m: m.predict_proba(CATEGORIES), lambda m: m.apply(CATEGORIES)),
    "m.txt": (lightgbm_classifier, lambda m: m.predict(CATEGORIES), lambda m: m.predict(CATEGORIES, pred_leaf=True)),
    "m.cbm": (catboost_model, lambda m: m.predict_proba(ROWS), lambda m: m.calc_leaf_indexes(ROWS)),
}


@pytest.fixture(scope="module", params=WRITTEN)
def written(request, tmp_path_factory):
    made, answer, leaves = WRITTEN[request.param]
    model, path = made(), tmp_path_factory.mktemp("files") / request.param
    model.save_model(path)
    return path, answer(model), np.asarray(leaves(model)).reshape(N, -1)


@pytest.mark.parametrize("shape", SHAPES)
def test_files_answer_as_the_package_does(written, shape):
    path, answers, leaves = written
    if path.suffix == ".cbm" and shape == "categories":
        pytest.skip("CatBoost takes categories as text and whole numbers")
    teacher = open_model(path, trust_pickle=path.suffix == ".cbm")
    found, layers = teacher.observe(as_table(SHAPES[shape]), None)
    assert (found.argmax(axis=1) != answers.argmax(axis=1)).sum() == 0
    assert np.array_equal(found, answers)
    same_leaves(layers["leaves"], leaves)


def same_leaves(indicators, ids):
    """See that rows share a column of a tree exactly when they share a leaf."""
    assert np.array_equal(indicators.sum(axis=1), np.full(len(ids), ids.shape[1]))
    on = np.nonzero(indicators)[1].reshape(len(ids), -1)
    for tree, columns in zip(ids.T, on.T, strict=True):
        pairs = set(zip(tree.tolist(), columns.tolist(), strict=True))
        assert len(pairs) == len(set(tree.tolist())) == len(set(columns.tolist()))


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("n.ubj", lambda x: xgb.XGBRegressor(n_estimators=3, max_depth=3).fit(x, Y)),
        ("n.json", lambda x: xgb.XGBRegressor(n_estimators=3, booster="dart", rate_drop=0.5).fit(x, Y)),
        ("l.json", lambda x: xgb.XGBRegressor(n_estimators=3, booster="gblinear").fit(x, Y)),
        ("n.txt", lambda x: lgb.LGBMRegressor(n_estimators=3, verbose=-1).fit(x, Y)),
        ("n.cbm", lambda x: cb.CatBoostRegressor(iterations=3, verbose=0, allow_writing_files=False).fit(x, Y)),
    ],
)
def test_models_of_rows_without_names_go_by_the_order(name, make, tmp_path):
    x = ROWS[["a b", "k"]]
    model = make(x.to_numpy())
    (model.booster_ if name == "n.txt" else model).save_model(tmp_path / name)
    teacher = open_model(tmp_path / name, trust_pickle=name == "n.cbm")
    for rows in (x, x.to_numpy()):
        assert np.allclose(teacher.predict(as_table(rows)), model.predict(x.to_numpy()), rtol=1e-6)
    with pytest.raises(TeacherError):
        teacher.predict(as_table(ROWS[["a b", "b", "k"]]))


def test_columns_that_the_model_does_not_know(written):
    path, _, _ = written
    teacher = open_model(path, trust_pickle=True)
    with pytest.raises(TeacherError, match="also `label`"):
        teacher.predict(as_table(ROWS.assign(label=1)))
    with pytest.raises(TeacherError, match="no `k`"):
        teacher.predict(as_table(ROWS.drop(columns="k")))


def test_xgboost_of_numbered_categories_refuses_names(tmp_path):
    codes = ROWS[["b"]].assign(c=ROWS.c.astype("category").cat.codes)
    matrix = xgb.DMatrix(codes.to_numpy(), Y, feature_names=["b", "c"], feature_types=["q", "c"])
    booster = xgb.train({"max_depth": 2}, matrix, 3)
    booster.save_model(tmp_path / "m.json")
    teacher = open_model(tmp_path / "m.json")
    assert np.array_equal(teacher.predict(as_table(codes)), booster.predict(matrix))
    with pytest.raises(TeacherError, match="does not know the names of its categories"):
        teacher.predict(as_table(ROWS[["b", "c"]]))


def test_several_targets_are_neither_classes_nor_a_number():
    x = ROWS[["a b", "k"]].to_numpy()
    two = np.column_stack([Y, -Y])
    models = [
        xgb.train({}, xgb.DMatrix(x, two), 2),
        xgb.train({"objective": "binary:logistic"}, xgb.DMatrix(x, two > 0), 2),
        cb.CatBoostRegressor(loss_function="MultiRMSE", iterations=2, verbose=0, allow_writing_files=False).fit(x, two),
    ]
    for model in models:
        with pytest.raises(TeacherError, match="2 numbers a row"):
            as_teacher(model).predict(as_table(x))


@pytest.mark.parametrize("policy", ["SymmetricTree", "Depthwise", "Lossguide"])
def test_catboost_leaves_in_memory(policy):
    model = catboost_model(grow_policy=policy, depth=4)
    teacher = as_teacher(model)
    assert teacher.classes == ("low", "middle", "top")
    found = teacher.activations(as_table(ROWS))["leaves"]
    assert found.shape[1] == model.get_tree_leaf_counts().sum()
    same_leaves(found, model.calc_leaf_indexes(ROWS))
    few = EnsembleTeacher(model, max_activations=20).activations(as_table(ROWS))["leaves"]
    assert few.shape[1] <= 20
    assert np.array_equal(few.sum(axis=1), np.full(N, 5.0))


def test_neighbouring_leaves_of_symmetric_trees_differ_in_the_last_question():
    x = RNG.normal(size=(N, 3))
    model = cb.CatBoostRegressor(iterations=1, depth=3, verbose=0, allow_writing_files=False).fit(x, x @ [4.0, 2, 1])
    shared = EnsembleTeacher(model, max_activations=4).activations(as_table(x))["leaves"].argmax(axis=1)
    # The two leaves of a column are those that agree on the first two questions, the lowest bits.
    first = model.calc_leaf_indexes(x)[:, 0] % 4
    assert len(set(zip(shared.tolist(), first.tolist(), strict=True))) == len(set(first.tolist())) == 4


def test_a_catboost_threshold_decides():
    model = catboost_model(y=Y > 0)
    model.set_probability_threshold(0.9)
    teacher = as_teacher(model)
    answers = teacher.answers(as_table(ROWS)).labels
    assert np.array_equal(answers, model.predict(ROWS))
    assert not np.array_equal(answers, model.predict_proba(ROWS).argmax(axis=1))


def test_catboost_that_cannot_be_asked():
    with pytest.raises(TeacherError, match="before `fit`"):
        as_teacher(cb.CatBoostClassifier())
    words = pd.DataFrame({"words": ["red wine", "white wine", "red", "white"] * 20, "b": np.arange(80.0)})
    model = cb.CatBoostClassifier(iterations=2, text_features=["words"], verbose=0, allow_writing_files=False)
    with pytest.raises(TeacherError, match="features of texts or embeddings: `words`"):
        as_teacher(model.fit(words, np.arange(80) % 2))


def test_catboost_files_need_consent(tmp_path):
    catboost_model().save_model(tmp_path / "m.cbm")
    with pytest.raises(TeacherError, match="whose reader checks nothing"):
        open_model(tmp_path / "m.cbm")


# Each edit of a sound file made the package's own reader crash, or would read past the end of an array.
XGBOOST_EDITS = {
    "parents": lambda d: trees(d)[0]["parents"].__setitem__(1, 2**32 - 1),
    "children": lambda d: trees(d)[0]["left_children"].__setitem__(0, 10**6),
    "a loop": lambda d: trees(d)[0]["left_children"].__setitem__(0, 0),
    "order": lambda d: trees(d)[1].__setitem__("id", 2**30),
    "outputs of a leaf": lambda d: trees(d)[0]["tree_param"].__setitem__("size_leaf_vector", "-1"),
    "features": lambda d: trees(d)[0]["split_indices"].__setitem__(0, 99),
    "lengths": lambda d: trees(d)[0]["split_conditions"].pop(),
    "classes": lambda d: d["learner"]["gradient_booster"]["model"]["tree_info"].__setitem__(0, 7),
    "objective": lambda d: d["learner"]["objective"]["softmax_multiclass_param"].__setitem__("num_class", "999"),
    "categories": lambda d: d["learner"]["gradient_booster"]["model"]["cats"]["enc"][2]["offsets"].append(10**9),
    "sets": lambda d: [tree.__setitem__("categories_sizes", [10**9] * 9) for tree in trees(d)],
    "another file": lambda d: d.__delitem__("learner"),
}


def trees(document):
    return document["learner"]["gradient_booster"]["model"]["trees"]


@pytest.fixture(scope="module")
def xgboost_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("xgboost") / "m.json"
    xgboost_classifier().save_model(path)
    return path


@pytest.mark.parametrize("edit", XGBOOST_EDITS)
def test_xgboost_files_that_do_not_fit_together(edit, xgboost_file, tmp_path):
    document = json.loads(xgboost_file.read_text())
    XGBOOST_EDITS[edit](document)
    (tmp_path / "m.json").write_text(json.dumps(document))
    with pytest.raises(TeacherError, match="an XGBoost model that cannot be read"):
        open_model(tmp_path / "m.json")


@pytest.fixture(scope="module")
def lightgbm_text():
    return lightgbm_classifier().model_to_string()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"left_child=\S+", "left_child=99"),
        (r"left_child=\S+", "left_child=0"),
        (r"split_feature=\d+", "split_feature=77"),
        (r"num_leaves=\d+", "num_leaves=9999"),
        (r"feature_infos=\S+", "feature_infos=[3.5]"),
        (r"leaf_count=\d+", "leaf_count=1e300"),
        (r"cat_boundaries=0 \d+", "cat_boundaries=0 100000"),
        (r"num_class:3", "num_class:300"),
        (r"num_class=3", "num_class=2"),
        (r"is_linear=0", "is_linear=1"),
        (r"leaf_value=\S+", "leaf_value=0x1p3"),
        (r"end of trees[\s\S]*", ""),
        (r"^tree", "forest"),
        (r"pandas_categorical:.*", "pandas_categorical:{}"),
    ],
)
def test_lightgbm_files_that_do_not_fit_together(old, new, lightgbm_text, tmp_path):
    text, count = re.subn(old, new, lightgbm_text, count=1)
    assert count == 1
    (tmp_path / "m.txt").write_text(text)
    with pytest.raises(TeacherError, match="a LightGBM model that cannot be read"):
        open_model(tmp_path / "m.txt")


@pytest.mark.parametrize(
    "data",
    [b"{}", b"[1]", b"[" * 100_000, b'{"a":' * 100_000, b"tree", b"{L" + b"\xff" * 8, b"{i\x01a[#L" + b"\x7f" * 8],
)
def test_files_of_something_else(data):
    for check in (checked_xgboost, checked_lightgbm):
        with pytest.raises(ValueError, match=r"."):
            check(data)


def test_edited_files_never_end_the_process(xgboost_file, lightgbm_text):
    """Random edits of sound files are refused, or read by the packages without a crash; in a process of its own."""
    code = r"""
import random, re, sys
import numpy as np, lightgbm, xgboost
from limbeck.teachers.lightgbm_file import checked_lightgbm
from limbeck.teachers.xgboost_file import checked_xgboost
texts = sys.stdin.read().split("\0")
draw, rows = random.Random(0), np.zeros((5, 4))
words = ["0", "-1", "5", "2147483647", "4294967295", "1e300", "nan", "99", ""]
for i in range(30):
    which = i % 2
    parts = re.split(r"([\s=,:\[\]{}\"]+)", texts[which])
    for _ in range(1 + i % 2):
        parts[2 * draw.randrange(len(parts) // 2)] = draw.choice(words)
    try:
        if which:
            booster = lightgbm.Booster(model_str=checked_lightgbm("".join(parts).encode()))
            booster.predict(rows, num_threads=1), booster.dump_model()
        else:
            booster = xgboost.Booster({"nthread": 1})
            booster.load_model(bytearray(checked_xgboost("".join(parts).encode())))
            booster.get_dump(dump_format="json"), booster.predict(xgboost.DMatrix(rows), validate_features=False)
    except (ValueError, lightgbm.basic.LightGBMError, xgboost.core.XGBoostError):
        continue
print("alive")
"""
    given = xgboost_file.read_text() + "\0" + lightgbm_text
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=given,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.stdout.strip() == "alive", done.stderr[-500:]


def test_ubjson_is_read_as_json_is(xgboost_file, tmp_path):
    booster = xgb.Booster(model_file=xgboost_file)
    booster.save_model(tmp_path / "m.ubj")
    found = read_ubjson((tmp_path / "m.ubj").read_bytes())
    wanted = json.loads(xgboost_file.read_text())
    assert found["version"] == wanted["version"]
    for one, other in zip(trees(found), trees(wanted), strict=True):
        assert one["left_children"] == other["left_children"]
        assert np.array_equal(np.float32(one["split_conditions"]), np.float32(other["split_conditions"]))
