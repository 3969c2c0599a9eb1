"""Keras models: Keras's own answers and layers, in memory and from files, and nothing that a file names is run."""

import base64
import io
import json
import marshal
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
import h5py
import keras
from keras import layers

from limbeck.core import as_table
from limbeck.errors import TeacherError
from limbeck.teachers import as_teacher, open_model
from limbeck.teachers.keras_file import checked_keras

# Keras 3.15 does not know the newest `__array__` of NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

X = np.random.default_rng(0).normal(size=(500, 4)).astype(np.float32)
ROWS = as_table(X)


def functional():
    keras.utils.set_random_seed(0)
    given = keras.Input((4,), name="given")
    h = layers.Dense(5, activation="relu", kernel_regularizer="l2", name="first")(given)
    h = layers.BatchNormalization(name="norm")(h)
    h = layers.Dropout(0.3, name="drop")(h)
    h = h + layers.Dense(5, name="second")(h)
    inner = keras.Sequential([layers.Dense(4, name="a"), layers.ReLU(name="b")], name="block")
    return keras.Model(given, layers.Dense(3, activation="softmax", name="last")(inner(h)))


def sequential():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [keras.Input((4,)), layers.Dense(6, activation="tanh", name="first"), layers.Dense(1, activation="sigmoid")]
    )


MODELS = {"functional": functional, "sequential": sequential}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keras")
    models = {name: make() for name, make in MODELS.items()}
    models["functional"].compile("adam", "mse")
    for name, model in models.items():
        model.save(folder / f"{name}.keras")
    return folder, {name: model.predict(X, verbose=0) for name, model in models.items()}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("trust", [False, True])
def test_files_answer_as_keras_does(name, trust, saved):
    folder, answers = saved
    teacher = open_model(folder / f"{name}.keras", trust_pickle=trust)
    found = teacher.predict(ROWS)
    assert np.allclose(found, answers[name], atol=1e-6)
    assert np.array_equal(found.argmax(axis=1), answers[name].argmax(axis=1))
    assert np.array_equal(found > 0.5, answers[name] > 0.5)


def test_layers_are_keras_own():
    model = functional()
    teacher = as_teacher(model)
    assert teacher.layers == ("first", "norm", "drop", "second", "block/a", "block/b", "last")
    outputs, found = teacher.observe(ROWS, None)
    names = ["first", "norm", "second", "block", "last"]
    parts = keras.Model(model.input, [model.get_layer(name).output for name in names]).predict(X, verbose=0)
    for name, part in zip(["first", "norm", "second", "block/b", "last"], parts, strict=True):
        assert np.allclose(found[name], part, atol=1e-5), name
    assert np.array_equal(found["drop"], found["norm"])
    assert np.allclose(found["last"], outputs)


def test_gradients_and_weights_drawn_afresh():
    model = sequential()
    teacher = as_teacher(model)
    step = 1e-2 * np.eye(4, dtype=np.float32)[1]
    moved = (teacher.predict(as_table(X + step)) - teacher.predict(as_table(X - step)))[:, 0] / 2e-2
    assert np.allclose(teacher.gradient(ROWS)[:, 1], np.abs(moved), atol=1e-3)
    before = teacher.predict(ROWS)
    one, two = (teacher.redrawn(np.random.default_rng(1)).predict(ROWS) for _ in range(2))
    assert np.array_equal(one, two)
    assert not np.allclose(one, before, atol=1e-2)
    assert np.array_equal(teacher.predict(ROWS), before)


def test_several_inputs_and_classes_of_ones_own():
    one, two = keras.Input((2,), name="one"), keras.Input((2,), name="two")
    model = keras.Model([one, two], layers.Dense(1)(layers.Concatenate()([one, two])))
    expected = model.predict([X[:, :2], X[:, 2:]], verbose=0)
    named = keras.Model({"one": one, "two": two}, model([one, two]))
    for given, prepare in (
        (model, lambda x: [x[:, :2], x[:, 2:]]),
        (named, lambda x: {"two": x[:, 2:], "one": x[:, :2]}),
    ):
        assert np.allclose(as_teacher(given, preprocess=prepare).predict(ROWS), expected, atol=1e-6)
    with pytest.raises(TeacherError, match=r"2 named input"):
        as_teacher(model).predict(ROWS)

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = layers.Dense(3, name="in"), layers.Dense(1, name="out")

        def call(self, x):
            return self.second(keras.ops.relu(self.first(x)))

    teacher = as_teacher(Own())
    assert teacher.observe(ROWS, None)[1]["in"].shape == (500, 3)
    assert teacher.redrawn(np.random.default_rng(0)) is None


# --- attacks -------------------------------------------------------------------------------------------------------


def edited(source, target, config=None, weights=None, extra=()):
    """Write a Keras file anew with an edit of its configuration or its weights."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "config.json" and config is not None:
                document = json.loads(data)
                config(document)
                data = json.dumps(document)
            new.writestr(name, weights if name.endswith(".h5") and weights is not None else data)
        for name, data in extra:
            new.writestr(name, data)
    return target


def put(**part):
    """Return an edit that makes something else of the first layer with weights."""

    def edit(document):
        layer = next(x for x in document["config"]["layers"] if x["class_name"] == "Dense")
        layer.update(part)

    return edit


def put_inside(**values):
    def edit(document):
        next(x for x in document["config"]["layers"] if x["class_name"] == "Dense")["config"].update(values)

    return edit


def lambda_layer(marker):
    code = compile(f"open({str(marker)!r}, 'w')", "x", "eval")
    body = {"code": base64.b64encode(marshal.dumps(code)).decode(), "defaults": None, "closure": None}
    function = {"class_name": "__lambda__", "config": body}
    return put(class_name="Lambda", config={"name": "first", "function": function})


ATTACKS = {
    "lambda": lambda_layer,
    "lambda as activation": lambda marker: put_inside(
        activation={"class_name": "__lambda__", "config": {"code": "4wAAAA==", "defaults": None, "closure": None}}
    ),
    "a module's function": lambda marker: put_inside(
        activation={
            "class_name": "function", "module": "os", "config": "system", "registered_name": "system",
        }
    ),
    "a class elsewhere": lambda marker: put(module="limbeck_marker", class_name="Anything"),
    "keras reaches a file": lambda marker: put(
        module="keras.utils", class_name="get_file", config={"origin": f"file://{marker}", "fname": str(marker)}
    ),
    "vocabulary from a file": lambda marker: put(class_name="StringLookup", config={"vocabulary": "/etc/passwd"}),
    "a module of PyTorch": lambda marker: put(
        module="keras.layers", class_name="TorchModuleWrapper", config={"module": {"class_name": "__bytes__"}}
    ),
    "a registered name": lambda marker: put(registered_name="own>Thing"),
    "a list of names": lambda marker: put(class_name=["Dense"]),
    "deep": lambda marker: lambda document: document.update(x=json.loads("[" * 900 + "]" * 900)),
    "training with a function": lambda marker: lambda document: document.update(
        compile_config={"loss": {"class_name": "function", "module": "builtins", "config": "eval"}}
    ),
}  # fmt: skip


# What says how the model was trained, or stands outside of it.
LEFT_OUT = ("deep", "training with a function")


@pytest.mark.parametrize("attack", ATTACKS)
def test_files_that_name_something_else(attack, saved, tmp_path, monkeypatch):
    (tmp_path / "limbeck_marker.py").write_text(f"open({str(tmp_path / 'marker')!r}, 'w')")
    monkeypatch.syspath_prepend(tmp_path)
    edit = ATTACKS[attack](tmp_path / "marker")
    path = edited(saved[0] / "functional.keras", tmp_path / "m.keras", edit)
    if attack in LEFT_OUT:
        assert np.allclose(open_model(path).predict(ROWS), saved[1]["functional"], atol=1e-6)
    else:
        with pytest.raises(TeacherError, match="that cannot be read"):
            open_model(path)
    assert not (tmp_path / "marker").exists()
    assert "limbeck_marker" not in sys.modules


def test_more_weights_than_the_file_holds(saved, tmp_path):
    def widen(document):
        document["config"]["layers"][-1]["config"]["units"] = 10**12

    path = edited(saved[0] / "sequential.keras", tmp_path / "m.keras", widen)
    with pytest.raises(TeacherError, match="weights in the configuration"):
        open_model(path)


def weights_with(fill):
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        fill(file)
    return data.getvalue()


@pytest.mark.parametrize(
    "fill",
    [
        lambda f: f.__setitem__("x", h5py.ExternalLink("/etc/passwd", "/")),
        lambda f: f.__setitem__("x", h5py.SoftLink("/y")),
        lambda f: f.create_dataset("x", (4,), "f4", external=[("/etc/passwd", 0, 16)]),
        lambda f: f.create_dataset("x", (10**9,), "f4", chunks=(1024,)),
        lambda f: f.create_dataset("x", (10**6,), "f4", compression="gzip"),
        lambda f: f.create_dataset("x", data=["text"]),
        lambda f: f.create_group("x").__setitem__("y", f["/"]),
    ],
)
def test_weights_that_are_no_plain_numbers(fill, saved, tmp_path):
    path = edited(saved[0] / "functional.keras", tmp_path / "m.keras", weights=weights_with(fill))
    with pytest.raises(TeacherError, match="that cannot be read: ValueError"):
        open_model(path)


def test_archives_with_more_in_them(saved, tmp_path):
    source = saved[0] / "functional.keras"
    assets = edited(source, tmp_path / "a.keras", extra=[("assets/vocabulary.txt", "x")])
    with pytest.raises(TeacherError, match="assets/vocabulary"):
        open_model(assets)
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = edited(source, tmp_path / "b.keras", extra=[("config.json", "{}")])
    with pytest.raises(TeacherError, match="that cannot be read"):
        open_model(twice)
    with pytest.raises(zipfile.BadZipFile):
        checked_keras(source.read_bytes()[:200])


def test_other_backends(saved, monkeypatch):
    model = sequential()
    expected = model.predict(X, verbose=0)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(TeacherError, match="set the environment variable `KERAS_BACKEND=torch`"):
        open_model(saved[0] / "functional.keras")
    teacher = as_teacher(model)
    assert teacher.layers == ()
    assert "not `jax`" in teacher.name
    assert np.array_equal(teacher.predict(ROWS), expected)


def test_the_command_chooses_the_backend_and_refuses_code(saved, tmp_path):
    path = str(saved[0] / "functional.keras")
    marker = tmp_path / "marker"
    attack = edited(path, tmp_path / "m.keras", lambda_layer(marker))
    (tmp_path / "rows.csv").write_text("a,b,c,d\n" + "1,2,3,4\n" * 50)
    plain = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    command = [sys.executable, "-m", "limbeck", "distill", str(attack), str(tmp_path / "rows.csv")]
    done = subprocess.run(command, capture_output=True, text=True, env=plain)
    assert done.returncode == 4
    assert "keras.layers.Lambda" in " ".join(done.stderr.split())
    assert not marker.exists()
