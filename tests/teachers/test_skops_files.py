"""Skops files: ordinary models open, and crafted ones run nothing, import nothing and take no more than they may."""

import io
import json
import sys
import zipfile

import numpy as np
import pytest
import skops.io
from scipy import sparse
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import BisectingKMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    StackingClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, SplineTransformer, StandardScaler
from sklearn.random_projection import SparseRandomProjection
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from limbeck.errors import TeacherError
from limbeck.teachers import open_model
from limbeck.teachers.skops_files import from_skops
from limbeck.teachers.skops_nodes import SkopsReading

X = np.abs(np.random.default_rng(0).normal(size=(30, 2))).round(2)
Y = (X[:, 0] > 0.6).astype(int)
COLUMNS = ColumnTransformer([("a", OneHotEncoder(handle_unknown="ignore"), [0]), ("b", StandardScaler(), slice(1, 2))])
ORDINARY = [
    make_pipeline(StandardScaler(), LogisticRegression()),
    make_pipeline(FunctionTransformer(np.log1p), SplineTransformer(3), LogisticRegression()),
    make_pipeline(COLUMNS, MLPClassifier((3,), tol=1.0, n_iter_no_change=1, random_state=np.random.RandomState(0))),
    make_pipeline(SparseRandomProjection(2, random_state=0), KNeighborsClassifier(3)),
    RandomForestClassifier(3),
    GradientBoostingClassifier(n_estimators=3),
    HistGradientBoostingClassifier(max_iter=3, categorical_features=[1]),
    CalibratedClassifierCV(SVC(), cv=2),
    StackingClassifier(
        [("tree", DecisionTreeClassifier(max_depth=2))], KNeighborsClassifier(3, algorithm="brute"), cv=2
    ),
    GridSearchCV(LogisticRegression(), {"C": [1.0, 2.0]}, scoring="accuracy", cv=2),
    GaussianProcessClassifier(),
    IsolationForest(n_estimators=3),
]


@pytest.mark.parametrize("model", ORDINARY, ids=lambda model: str(model).partition("(")[0])
def test_ordinary_models_answer_as_in_memory(model, tmp_path):
    model.fit(np.c_[X[:, 0], X[:, 1].round()], Y)
    skops.io.dump(model, tmp_path / "m.skops")
    opened = from_skops(tmp_path / "m.skops", False, "")
    ask = "predict_proba" if hasattr(model, "predict_proba") else "predict"
    assert np.array_equal(getattr(opened, ask)(X), getattr(model, ask)(X))


def node(loader, name, **rest):
    module, _, kind = name.rpartition(".")
    return {"__class__": kind, "__module__": module, "__loader__": loader} | rest


def value(content):
    return node("JsonNode", "builtins.str", content=json.dumps(content), is_json=True)


def values(*items):
    return node("TupleNode", "builtins.tuple", content=list(items))


def mapping(**items):
    types = node("ListNode", "builtins.list", content=[node("TypeNode", "builtins.str")] * len(items))
    return node("DictNode", "builtins.dict", content=items, key_types=types)


def file_of(path, schema, parts=(), compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("schema.json", json.dumps(schema | {"protocol": 2, "_skops_version": "0.11"}))
        for name, data in dict(parts).items():
            archive.writestr(name, data)
    return path


def marking(marker):
    return f"open({str(marker)!r}, 'w').close()"


def text_that_runs(marker):
    """A distribution of SciPy, which executes a text of its state."""
    attributes = mapping(_parse_arg_template=value(marking(marker)), _ctor_param=value([]))
    return node("ObjectNode", "scipy.stats._continuous_distns.norm_gen", content=attributes)


def evil_module(marker):
    """A type of a module that marks when it is imported."""
    (marker.parent / "limbeck_evil_for_test.py").write_text(marking(marker))
    return node("TypeNode", "limbeck_evil_for_test.Anything")


def call(marker):
    return node("FunctionNode", "builtins.exec")


def part_call(marker):
    parts = {"func": call(marker), "args": values(value(marking(marker))), "kwds": mapping(), "namespace": value(None)}
    return node("PartialNode", "functools.partial", content=parts)


def part_of_a_method(marker):
    parts = {"func": method(marker), "args": values(), "kwds": mapping(), "namespace": value(None)}
    return node("PartialNode", "functools.partial", content=parts)


def constructed(marker):
    return node("ConstructorFromReduceNode", "builtins.exec", content=values(value(marking(marker))))


def method(marker):
    return node("MethodNode", "sklearn.base.X", content={"func": "fit", "obj": value(1)})


def operator(marker):
    return node("OperatorFuncNode", "operator.methodcaller", attrs=values(value("fit")))


def cached(marker):
    return node("CachedNode", "builtins.str")


def factory(marker):
    parts = {"main": mapping(), "default_factory": evil_module(marker)}
    return node("DefaultDictNode", "collections.defaultdict", content=parts)


def named_tuple(marker):
    return node("TupleNode", "limbeck_evil_for_test.Anything", content=[evil_module(marker)])


def key_of_another_type(marker):
    types = node("ListNode", "builtins.list", content=[evil_module(marker)])
    return node("DictNode", "builtins.dict", content={marking(marker): value(1)}, key_types=types)


ATTACKS = [
    text_that_runs, evil_module, call, part_call, part_of_a_method, constructed, method, operator, cached, factory,
    named_tuple, key_of_another_type,
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
@pytest.mark.parametrize("deep", [False, True])
def test_what_could_run_is_refused_and_runs_nothing(attack, deep, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    marker = tmp_path / "marker"
    schema = attack(marker)
    if deep:
        estimator = "sklearn.linear_model._logistic.LogisticRegression"
        schema = node("ObjectNode", estimator, content=mapping(coef_=schema, C=value(1)))
    with pytest.raises(TeacherError) as refusal:
        open_model(file_of(tmp_path / "evil.skops", schema))
    assert not marker.exists()
    assert "limbeck_evil_for_test" not in sys.modules
    assert "which are known to run no code" in str(refusal.value) or "no plain type" in str(refusal.value)


def test_the_danger_is_real(tmp_path):
    """SciPy runs the text when the file is trusted."""
    marker = tmp_path / "marker"
    with pytest.raises(TeacherError):
        open_model(file_of(tmp_path / "evil.skops", text_that_runs(marker)), trust_pickle=True)
    assert marker.exists()


def test_a_node_stands_for_itself_alone():
    """Two nodes of one `__id__` are one to skops; so what it gets has none, and no key that was not read."""
    schema = node(
        "ListNode", "builtins.list", content=[value(1) | {"__id__": 7}, value(2) | {"__id__": 7, "more": [1]}]
    )
    buffer = io.BytesIO()
    file_of(buffer, schema)
    assert skops.io.loads(buffer.getvalue()) == [1, 1]
    reading = SkopsReading(buffer.getvalue())
    rewritten = reading.rewritten()
    with zipfile.ZipFile(io.BytesIO(rewritten)) as archive:
        text = archive.read("schema.json").decode()
    assert "__id__" not in text
    assert "more" not in text
    assert skops.io.loads(rewritten) == [1, 2]


def test_the_types_that_are_not_listed_are_named(tmp_path):
    skops.io.dump(BisectingKMeans(2).fit(X), tmp_path / "m.skops")
    with pytest.raises(TeacherError, match=r"`sklearn\.cluster\.[^`]*\.BisectingKMeans`.*`trust_pickle=True`"):
        open_model(tmp_path / "m.skops")
    assert open_model(tmp_path / "m.skops", trust_pickle=True).predict is not None


def array(name="a.npy"):
    return node("NdArrayNode", "numpy.ndarray", type="numpy", file=name)


def npy(data):
    buffer = io.BytesIO()
    np.save(buffer, data, allow_pickle=True)
    return buffer.getvalue()


def test_arrays_hold_what_they_declare(tmp_path):
    path = tmp_path / "m.skops"
    for data, found in {
        npy(np.zeros(8)).replace(b"(8,), }         ", b"(999999999,), } "): "of shape",
        npy(np.zeros(8)).replace(b"(8,), }         ", b"(-2, -4), }     "): "of shape",
        npy(np.array([{}], object)): "an array of `object`",
        b"PK\x03\x04": "cannot be read",
    }.items():
        with pytest.raises(TeacherError, match=found):
            open_model(file_of(path, array(), {"a.npy": data}))


def test_a_small_file_may_not_fill_the_memory(tmp_path):
    many = npy(np.zeros(1 << 22))
    path = file_of(tmp_path / "m.skops", array(), {"a.npy": many}, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 100_000
    with pytest.raises(TeacherError, match="more than 20 times the size of the file"):
        open_model(path)
    few = npy(np.zeros(1 << 14))
    often = node("ListNode", "builtins.list", content=[array()] * 1000)
    with pytest.raises(TeacherError, match="more than 20 times the size of the file"):
        open_model(file_of(path, often, {"a.npy": few}))
    with pytest.raises(TeacherError, match="neither stored nor deflated"):
        open_model(file_of(path, array(), {"a.npy": few}, zipfile.ZIP_LZMA))
    buffer = io.BytesIO()
    sparse.save_npz(buffer, sparse.csr_matrix(np.zeros((1 << 23, 1))))
    matrix = node("SparseMatrixNode", "scipy.sparse._csr.csr_matrix", type="scipy", file="a.npz")
    with pytest.raises(TeacherError, match="more than 20 times the size of the file"):
        open_model(file_of(path, matrix, {"a.npz": buffer.getvalue()}))


def test_deep_nesting_and_broken_schemas_are_refused(tmp_path):
    path, deep = tmp_path / "m.skops", value(1)
    for _ in range(400):
        deep = values(deep)
    for schema in (deep, values(3), {"__loader__": "ListNode"}, node("ListNode", "builtins.list", content={"a": 1})):
        with pytest.raises(TeacherError, match="cannot be read"):
            open_model(file_of(path, schema))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("schema.json", "[" * 100_000)
    with pytest.raises(TeacherError, match="cannot be read"):
        open_model(path)


def outside(model, change):
    """Return the model with an array changed through its `__setstate__`-able state, as a forger would write it."""
    model.fit(X, Y)
    change(model)
    return model


def tree_outside(model):
    model.tree_.children_left[0] = 10_000


def tree_in_a_circle(model):
    model.tree_.children_left[0] = 0


def tree_of_more_columns(model):
    model.n_features_in_ = 1


def trees_too_many(model):
    model.estimators_ = np.repeat(model.estimators_, 2, axis=1)


def predictor_outside(model):
    model._predictors[0][0].nodes["right"] = 10_000


def predictor_of_more_columns(model):
    model._predictors[0][0].nodes["feature_idx"] = 7


def neighbour_outside(model):
    state = list(model._tree.__getstate__())
    state[1] = state[1] + 10_000
    model._tree.__setstate__(tuple(state))


def labels_outside(model):
    model._y = model._y + 10_000


def vectors_missing(model):
    model.support_vectors_ = model.support_vectors_[:1]


def files_instead_of_text(model):
    model.steps[0][1].input = "filename"


UNSOUND = {
    tree_outside: DecisionTreeClassifier(max_depth=2),
    tree_in_a_circle: DecisionTreeClassifier(max_depth=2),
    tree_of_more_columns: DecisionTreeClassifier(max_depth=2),
    trees_too_many: GradientBoostingClassifier(n_estimators=2),
    predictor_outside: HistGradientBoostingClassifier(max_iter=1, min_samples_leaf=3),
    predictor_of_more_columns: HistGradientBoostingClassifier(max_iter=1, min_samples_leaf=3),
    neighbour_outside: KNeighborsClassifier(3, algorithm="kd_tree"),
    labels_outside: KNeighborsClassifier(3, algorithm="brute"),
    vectors_missing: SVC(),
}


@pytest.mark.parametrize("change", UNSOUND, ids=lambda change: change.__name__)
def test_indices_that_point_outside_are_refused(change, tmp_path):
    path = tmp_path / "m.skops"
    skops.io.dump(outside(UNSOUND[change], lambda model: None), path)
    assert open_model(path) is not None
    skops.io.dump(outside(UNSOUND[change], change), path)
    with pytest.raises(TeacherError, match="whose arrays do not fit together"):
        open_model(path)


def test_text_is_not_read_from_files(tmp_path):
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(["a bc", "de f"] * 15, [0, 1] * 15)
    skops.io.dump(model, tmp_path / "m.skops")
    assert open_model(tmp_path / "m.skops") is not None
    files_instead_of_text(model)
    skops.io.dump(model, tmp_path / "m.skops")
    with pytest.raises(TeacherError, match="`TfidfVectorizer`"):
        open_model(tmp_path / "m.skops")


def test_sparse_matrices_point_inside(tmp_path):
    matrix = sparse.csr_matrix(np.eye(3))
    matrix.indices[1] = 7
    buffer = io.BytesIO()
    sparse.save_npz(buffer, matrix)
    kept = node("SparseMatrixNode", "scipy.sparse._csr.csr_matrix", type="scipy", file="a.npz")
    with pytest.raises(TeacherError, match="indices"):
        open_model(file_of(tmp_path / "m.skops", kept, {"a.npz": buffer.getvalue()}))
