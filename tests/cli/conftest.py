"""Small tables and models on disk, and the command run in this process."""

import numpy as np
import pandas as pd
import pytest
import skops.io
from click.testing import CliRunner
from onnx import TensorProto, helper, numpy_helper, save
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from limbeck.cli.main import commands

MODELS = '''
import time
import numpy as np

calls = []

def above(rows):
    """A model of frames: class 1 where a > 0."""
    return (np.asarray(rows)[:, 0].astype(float) > 0).astype(int)

def make():
    return above

def number(rows):
    return 2.0 * np.asarray(rows)[:, 0] + 1.0

def make_number():
    return number

def make_nan():
    return lambda rows: np.where(np.arange(len(rows)) == 0, np.nan, 1.0)

def make_short():
    return lambda rows: np.zeros(len(rows) - 1)

def make_constant():
    return lambda rows: np.zeros(len(rows), int)

def raises_later(rows):
    calls.append(1)
    if len(calls) > 2:
        raise RuntimeError("the machine is on fire")
    return above(rows)

def make_raising():
    calls.clear()
    return raises_later

def slow(rows):
    time.sleep(0.05)
    return above(rows)

def make_slow():
    return slow

def broken_factory():
    raise OSError("no weights here")

def first_column(rows):
    return np.asarray(rows)[:, :1].astype(np.float32)

def warning(rows):
    import warnings
    for text in "pqrst":
        warnings.warn("old code, part " + text, FutureWarning)
    return above(rows)

def make_warning():
    return warning
'''


def draw(seed, n=240):
    rng = np.random.default_rng(seed)
    colour = rng.choice(["red", "green", "blue"], n)
    return pd.DataFrame({"a": rng.normal(size=n).round(3), "b": rng.normal(size=n).round(3), "colour": colour})


def onnx_model():
    """The sign of a - b, as two scores."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 2])
    weights = numpy_helper.from_array(np.array([[1, -1], [-1, 1]], np.float32), "w")
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", [x], [y], [weights])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


@pytest.fixture(scope="session")
def shelf(tmp_path_factory):
    """A directory of models and tables that tests read and never change."""
    place = tmp_path_factory.mktemp("shelf")
    rows = draw(0)
    rows.to_csv(place / "rows.csv", index=False)
    draw(1).to_csv(place / "fresh.csv", index=False)
    rows[["a", "b"]].to_csv(place / "numbers.csv", index=False)
    rows[["a", "b"]].to_parquet(place / "numbers.parquet")
    label = ((rows["a"] > 0) & (rows["colour"] == "red")).astype(int)
    rows.assign(label=label, weight=1.0 + label).to_csv(place / "labelled.csv", index=False)
    encode = make_column_transformer((OneHotEncoder(sparse_output=False), ["colour"]), (StandardScaler(), ["a", "b"]))
    skops.io.dump(make_pipeline(encode, LogisticRegression()).fit(rows, label), place / "pipe.skops")
    plain = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows[["a", "b"]], label)
    skops.io.dump(plain, place / "plain.skops")
    save(onnx_model(), place / "net.onnx")
    (place / "toy_models.py").write_text(MODELS)
    return place


@pytest.fixture
def here(tmp_path, shelf, monkeypatch):
    """A working directory of its own, from which the models of the shelf can be imported."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(shelf)
    monkeypatch.delenv("LIMBECK_TRACE", raising=False)
    return tmp_path


@pytest.fixture
def run(here, shelf):
    """Run the command; words that are files of the shelf stand for their paths there."""

    def call(*words, **settings):
        resolved = [
            str(shelf / word) if isinstance(word, str) and (shelf / word).is_file() else str(word) for word in words
        ]
        return CliRunner().invoke(commands, resolved, prog_name="limbeck", **settings)

    return call


@pytest.fixture
def student(run, here):
    """A directory with the student of the pipeline."""
    done = run("distill", "pipe.skops", "rows.csv", "--out", "student", "--effort", "fast", "--max-leaves", "4")
    assert done.exit_code == 0, done.stderr
    return here / "student"
