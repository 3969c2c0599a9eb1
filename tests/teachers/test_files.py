"""Opening files: the right ones give the model's answers, the others one clear error, and none runs code unasked."""

import contextlib
import json
import logging
import pickle
import subprocess
import sys
import warnings
import zipfile

import joblib
import numpy as np
import pytest
import skops.io
import torch
from onnx import TensorProto, helper, save
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from torch import nn

from limbeck.core import as_table
from limbeck.errors import InputError, MissingExtraError, TeacherError
from limbeck.teachers import open_model

X = np.random.default_rng(0).normal(size=(30, 2))
Y = (X[:, 0] > 0).astype(int)
ROWS = as_table(X)


def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2)).eval()


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "net.pt2"
    dynamic = ({0: torch.export.Dim("batch", min=1, max=10_000)},)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*LeafSpec.*", category=FutureWarning)
        torch.export.save(torch.export.export(net(), (torch.zeros(4, 2),), dynamic_shapes=dynamic), path)
    return path


@pytest.fixture
def onnx_file(tmp_path):
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 2]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", [x], [y])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), tmp_path / "m.onnx")
    return tmp_path / "m.onnx"


class Bomb:
    """Opening its pickle is seen by the test."""

    def __reduce__(self):
        return (exec, ("import sys; sys.limbeck_exploded = True",))


def exploded():
    return vars(sys).pop("limbeck_exploded", False)


@pytest.fixture(autouse=True)
def nothing_explodes():
    yield
    assert not exploded()


def test_onnx(onnx_file):
    teacher = open_model(onnx_file, batch_size=7, layers=["y"])
    assert np.allclose(teacher.predict(ROWS), np.maximum(X, 0))
    assert (teacher.batch_size, teacher.layers) == (7, ("y",))


def test_exported_archives(archive):
    teacher = open_model(str(archive), batch_size=11, trust_pickle=True)
    outputs, found = teacher.observe(ROWS, None)
    expected = net()(torch.tensor(X, dtype=torch.float32)).detach().numpy()
    assert np.allclose(outputs, expected, atol=1e-6)
    assert list(found) == ["0", "1", "2"]
    assert np.allclose(found["2"], expected, atol=1e-6)


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(StandardScaler(), LogisticRegression()),
        RandomForestClassifier(2),
        GradientBoostingClassifier(n_estimators=2),
        MLPClassifier((3,), max_iter=400, tol=1.0),
    ],
)
def test_skops(model, tmp_path):
    model.fit(X, Y)
    skops.io.dump(model, tmp_path / "m.skops")
    assert np.allclose(open_model(tmp_path / "m.skops").predict(ROWS), model.predict_proba(X))


def test_skops_with_types_or_functions_of_others(tmp_path):
    path = tmp_path / "m.skops"
    for function, name in ((json.dumps, "json.dumps"), (np.lib.format.read_magic, "read_magic")):
        skops.io.dump(make_pipeline(FunctionTransformer(function), LogisticRegression()), path)
        with pytest.raises(TeacherError, match=name):
            open_model(path)


FACTORIES = """
import numpy as np
from torch import nn
from limbeck.teachers import as_teacher

class Net(nn.Linear):
    def __init__(self, width=2):
        super().__init__(width, 1)

def module():
    return nn.Linear(2, 1)

def teacher():
    return as_teacher(predict)

def predict(rows):
    return rows[:, 0]

def broken():
    return 1 / 0

def nothing():
    pass

finished = nn.Linear(2, 1)
"""


def test_python_objects(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "limbeck_models_for_test.py").write_text(FACTORIES)
    module = "limbeck_models_for_test"
    kinds = {
        "module": "TorchTeacher",
        "Net": "TorchTeacher",
        "finished": "TorchTeacher",
        "teacher": "FunctionTeacher",
        "predict": "FunctionTeacher",
    }
    for name, kind in kinds.items():
        teacher = open_model(f"{module}:{name}")
        assert type(teacher).__name__ == kind
        assert len(teacher.predict(ROWS)) == 30
    for name, found in {
        "broken": "ZeroDivisionError",
        "nothing": "NoneType",
        "absent": "no attribute 'absent'",
    }.items():
        with pytest.raises(TeacherError, match=found):
            open_model(f"{module}:{name}")
    with pytest.raises(TeacherError, match="No module named 'no_such_module'"):
        open_model("no_such_module:factory")
    (tmp_path / "limbeck_broken_for_test.py").write_text("def (")
    with pytest.raises(TeacherError, match="SyntaxError"):
        open_model("limbeck_broken_for_test:x")


def test_files_that_are_not_there_or_hold_nothing(tmp_path):
    (tmp_path / "dir.onnx").mkdir()
    (tmp_path / "odd.h5").write_bytes(b"x")
    (tmp_path / "bare").write_bytes(b"x")
    for name, found in {
        "none.onnx": "no such file",
        "none": "no such file",
        "dir.onnx": "a directory",
        "odd.h5": "extension `.h5`",
        "bare": "extension ``",
    }.items():
        with pytest.raises(TeacherError, match=found):
            open_model(tmp_path / name)
    for suffix in (".onnx", ".pt2", ".skops", ".pkl", ".pt"):
        (tmp_path / f"empty{suffix}").touch()
        with pytest.raises(TeacherError, match="an empty file"):
            open_model(tmp_path / f"empty{suffix}", trust_pickle=True)


@pytest.mark.parametrize("suffix", [".onnx", ".pt2", ".skops", ".pkl", ".joblib", ".pt"])
@pytest.mark.parametrize("data", [b"garbage" * 30, b"PK\x03\x04" + b"\0" * 100], ids=["garbage", "broken zip"])
def test_corrupt_files(suffix, data, tmp_path):
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(data)
    for trust in (False, True):
        with pytest.raises(TeacherError, match=r"asked for .*bad.* found .* to fix it, "):
            open_model(path, trust_pickle=trust)


@pytest.mark.parametrize("kind", ["pt2", "skops"])
def test_half_a_file(kind, archive, tmp_path):
    if kind == "skops":
        skops.io.dump(LogisticRegression().fit(X, Y), tmp_path / "whole")
        whole = (tmp_path / "whole").read_bytes()
    else:
        whole = archive.read_bytes()
    path = tmp_path / f"half.{kind}"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TeacherError, match="half"):
        open_model(path)


@pytest.mark.parametrize("suffix", [".pkl", ".pickle", ".joblib", ".pt", ".pth"])
def test_pickles_are_refused_with_the_reason(suffix, tmp_path):
    path = tmp_path / f"model{suffix}"
    for protocol in (0, 2, 5):
        path.write_bytes(pickle.dumps(Bomb(), protocol))
        with pytest.raises(TeacherError, match=r"a pickle, which can run any code .*`trust_pickle=True`"):
            open_model(path)
    joblib.dump(Bomb(), path, compress=3)
    with pytest.raises(TeacherError, match="compressed file, such as a pickle"):
        open_model(path)
    torch.save(Bomb(), path)
    with pytest.raises(TeacherError, match="a pickle, which can run any code"):
        open_model(path)


@pytest.mark.parametrize("suffix", [".onnx", ".pt2", ".skops"])
def test_pickles_under_another_name(suffix, tmp_path):
    path = tmp_path / f"model{suffix}"
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(TeacherError, match="a pickle, which can run any code"):
        open_model(path)
    torch.save(Bomb(), path)
    with pytest.raises(TeacherError, match="a pickle, which can run any code"):
        open_model(path)


def test_pickles_that_are_trusted(tmp_path):
    model = LogisticRegression().fit(X, Y)
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(model))
    joblib.dump(model, tmp_path / "m.joblib", compress=3)
    torch.save(net(), tmp_path / "m.pt")
    for name in ("m.pkl", "m.joblib"):
        assert np.allclose(open_model(tmp_path / name, trust_pickle=True).predict(ROWS), model.predict_proba(X))
    assert open_model(tmp_path / "m.pt", trust_pickle=True).layers == ("0", "1", "2")
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(3))
    with pytest.raises(TeacherError, match="`int`"):
        open_model(tmp_path / "m.pkl", trust_pickle=True)


@pytest.mark.parametrize("trust", [False, True])
def test_weights_without_their_module(trust, tmp_path):
    torch.save(net().state_dict(), tmp_path / "weights.pth")
    with pytest.raises(TeacherError, match=r"state dict.*`package.module:factory`.*torch\.onnx\.export"):
        open_model(tmp_path / "weights.pth", trust_pickle=trust)


def test_exported_archives_need_the_consent_of_pickles(archive, tmp_path):
    with pytest.raises(TeacherError, match=r"which can run any code when PyTorch opens it.*`trust_pickle=True`"):
        open_model(archive)


def formula(text):
    """Put a formula into the ranges of the sizes, which PyTorch's reader evaluates."""
    code = b'"expr_str": "exec(\'import sys; sys.limbeck_exploded = True\') or '
    return text.replace(b'"expr_str": "', code)


def test_the_danger_of_exported_archives_is_real(archive, tmp_path, monkeypatch):
    """PyTorch's reader runs text of the archive, which is why limbeck opens none unasked."""
    changed = tmp_path / "changed.pt2"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, formula(data) if name.endswith("models/model.json") else data)
    with pytest.raises(TeacherError, match="can run any code"):
        open_model(changed)
    assert not exploded()
    # The reader's own log calls have too few arguments.
    monkeypatch.setattr(logging, "raiseExceptions", False)
    with contextlib.suppress(TeacherError):
        open_model(changed, trust_pickle=True)
    assert exploded()


def test_settings_are_handed_on(archive):
    assert open_model(archive, layers=["1"], trust_pickle=True).layers == ("1",)
    with pytest.raises(InputError, match="`nowhere`"):
        open_model(archive, layers=["nowhere"], trust_pickle=True)


@pytest.mark.parametrize(("suffix", "package"), [("skops", "skops"), ("pt2", "torch"), ("onnx", "onnx")])
def test_missing_packages(suffix, package, archive, onnx_file, tmp_path, monkeypatch):
    skops.io.dump(LogisticRegression().fit(X, Y), tmp_path / "m.skops")
    path = {"skops": tmp_path / "m.skops", "pt2": archive, "onnx": onnx_file}[suffix]
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"`{package}`.*pip install 'limbeck\[{package}\]'"):
        open_model(path, trust_pickle=suffix == "pt2")


OWN_MODULE = """
class Model:
    def predict(self, rows):
        return rows.iloc[:, 0] > 0
"""


def test_a_trusted_pickle_finds_modules_of_the_working_directory(tmp_path):
    (tmp_path / "own_model_of_a_user.py").write_text(OWN_MODULE)
    write = "import pickle, own_model_of_a_user as m; pickle.dump(m.Model(), open('model.pkl', 'wb'))"
    subprocess.run([sys.executable, "-c", write], cwd=tmp_path, check=True)
    rows = "a,b\n" + "".join(f"{i % 7 - 3},{i}\n" for i in range(60))
    (tmp_path / "rows.csv").write_text(rows)
    command = ["distill", "model.pkl", "rows.csv", "--trust-pickle", "--effort", "fast", "--quiet"]
    # The command's own script, not `python -m`, which finds modules here anyhow.
    script = [
        sys.executable,
        "-c",
        "import sys; sys.path = [p for p in sys.path if p]; from limbeck.cli.main import main; main()",
    ]
    done = subprocess.run([*script, *command], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (tmp_path / "own_model_of_a_user.py").unlink()
    done = subprocess.run([*script, *command], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 4
    assert "needs the module `own_model_of_a_user`" in " ".join(done.stderr.split())


def test_a_class_of_the_script_that_pickled_it_is_named_as_the_cause(tmp_path):
    path = tmp_path / "model.pkl"
    path.write_bytes(b"c__main__\nNoSuchModel\n.")
    with pytest.raises(TeacherError, match="a module of its own") as caught:
        open_model(path, trust_pickle=True)
    assert caught.value.found.startswith("a pickle that cannot be read")
