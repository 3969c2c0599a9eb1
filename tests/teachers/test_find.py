"""`as_teacher` finds the teacher that fits, and imports nothing that the model is not of."""

import subprocess
import sys

import lightgbm as lgb
import numpy as np
import pytest
import torch
import xgboost as xgb
from onnx import TensorProto, helper, save
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from limbeck.core import as_table
from limbeck.errors import InputError, MissingExtraError, TeacherError
from limbeck.teachers import FunctionTeacher, as_teacher
from limbeck.teachers.ensembles import EnsembleTeacher
from limbeck.teachers.onnx import OnnxTeacher
from limbeck.teachers.sklearn import SklearnTeacher
from limbeck.teachers.torch import TorchTeacher

X = np.random.default_rng(0).normal(size=(40, 2))
Y = (X[:, 0] > 0).astype(int)
ROWS = as_table(X)


def relu_onnx():
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 2]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", [x], [y])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


class Proba:
    classes_ = ("no", "yes")

    def predict(self, x):
        return np.where(x[:, 0] > 0.5, "yes", "no")

    def predict_proba(self, x):
        return np.column_stack([1 - (x[:, 0] > 0), x[:, 0] > 0]).astype(float)


class Predict:
    def predict(self, x):
        return x[:, 0]

    def __call__(self, x):
        raise AssertionError("`predict` is preferred")


MODELS = [
    (nn.Linear(2, 2), TorchTeacher),
    (relu_onnx(), OnnxTeacher),
    (relu_onnx().SerializeToString(), OnnxTeacher),
    (RandomForestClassifier(2).fit(X, Y), EnsembleTeacher),
    (make_pipeline(StandardScaler(), RandomForestClassifier(2)).fit(X, Y), EnsembleTeacher),
    (xgb.XGBClassifier(n_estimators=2).fit(X, Y), EnsembleTeacher),
    (xgb.train({}, xgb.DMatrix(X, label=Y), 2), EnsembleTeacher),
    (lgb.LGBMClassifier(n_estimators=2, verbose=-1).fit(X, Y), EnsembleTeacher),
    (lgb.train({"verbose": -1}, lgb.Dataset(X, Y), 2), EnsembleTeacher),
    (LogisticRegression().fit(X, Y), SklearnTeacher),
    (Proba(), FunctionTeacher),
    (Predict(), FunctionTeacher),
    (lambda x: x[:, 0], FunctionTeacher),
]


@pytest.mark.parametrize(("model", "kind"), MODELS)
def test_each_kind_of_model(model, kind):
    teacher = as_teacher(model, batch_size=9)
    assert type(teacher) is kind
    assert teacher.batch_size == 9
    outputs = teacher.predict(ROWS)
    assert np.array_equal(as_teacher(teacher).predict(ROWS), outputs)
    # Preprocessing is a part of every kind of teacher.
    swapped = as_teacher(model, preprocess=lambda x: x[:, ::-1])
    assert np.allclose(swapped.predict(as_table(X[:, ::-1].copy())), outputs, atol=1e-6)


def test_paths(tmp_path):
    save(relu_onnx(), tmp_path / "m.onnx")
    for path in (tmp_path / "m.onnx", str(tmp_path / "m.onnx")):
        assert np.allclose(as_teacher(path, layers=["y"]).activations(ROWS)["y"], np.maximum(X, 0))
    with pytest.raises(TeacherError, match=r"`limbeck\.teachers\.open_model`"):
        as_teacher("model.pt2")


def test_classes_of_unknown_objects():
    assert as_teacher(Proba()).classes == ("no", "yes")
    assert as_teacher(Proba()).name == "model `Proba` (`predict` and `predict_proba`)"


@pytest.mark.parametrize(("model", "found"), [(3, "`int`"), (None, "`NoneType`"), (nn.Linear, "class `Linear` itself")])
def test_what_is_no_model(model, found):
    with pytest.raises(TeacherError, match=found):
        as_teacher(model)


def test_layers_of_models_that_have_others_or_none():
    forest = MODELS[3][0]
    assert as_teacher(forest, layers=["leaves"]).layers == ("leaves",)
    for model in (forest, nn.Linear(2, 2), relu_onnx(), len, MODELS[9][0]):
        with pytest.raises(InputError, match="`nowhere`"):
            as_teacher(model, layers=["nowhere"])


def test_settings_for_a_finished_teacher():
    with pytest.raises(TeacherError, match="made already"):
        as_teacher(as_teacher(len), batch_size=3)


def test_a_missing_package_is_named_with_its_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"`onnxruntime`.*pip install 'limbeck\[onnx\]'"):
        as_teacher(relu_onnx())


def test_a_torch_module_loads_no_other_framework():
    code = (
        "import sys, torch; from limbeck.teachers import as_teacher; from limbeck.core import as_table;"
        "as_teacher(torch.nn.Linear(1, 1)).predict(as_table([[1.0]]));"
        "print([m for m in ('onnx','onnxruntime','sklearn','xgboost','lightgbm') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_exported_programs_are_run_at_their_own_batch_size():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)).eval()
    expected, hidden = as_teacher(module).observe(ROWS, None)
    dynamic = ({0: torch.export.Dim("batch")},)
    for size, shapes in ((7, None), (1, None), (4, dynamic)):
        program = torch.export.export(module, (torch.zeros(size, 2),), dynamic_shapes=shapes)
        for model in (program.module(), program) if shapes else (program,):
            teacher = as_teacher(model)
            assert np.allclose(teacher.predict(ROWS), expected, atol=1e-6)
            assert np.allclose(teacher.predict(as_table(X[:1])), expected[:1], atol=1e-6)
        found = as_teacher(program, batch_size=13).activations(ROWS)
        assert list(found) == list(hidden)
        assert all(np.allclose(found[name], hidden[name], atol=1e-6) for name in hidden)
    assert as_teacher(program).gradient(ROWS).shape == (40, 2)
    fresh = teacher.redrawn(np.random.default_rng(0))
    assert not np.allclose(fresh.predict(ROWS), expected)
    assert np.allclose(teacher.predict(ROWS), expected, atol=1e-6)
