"""The checks that every teacher's answers pass, and the batching that they share."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck import distill
from limbeck.core import as_table
from limbeck.errors import InputError, TeacherError
from limbeck.teachers import FunctionTeacher, Teacher
from limbeck.teachers.padded import run_padded
from limbeck.teachers.rows import numeric_matrix


class Layered(Teacher):
    """A teacher whose answers a test chooses."""

    def __init__(self, activations, batch_size=4):
        super().__init__("layered", batch_size)
        self.layers = ("h",)
        self._activations = activations

    def _run(self, native, layers):
        return native[:, 0], {layer: self._activations(native) for layer in layers}


ROWS = as_table(np.arange(20.0).reshape(10, 2))


def test_batches_are_put_together_in_order():
    seen = []
    teacher = Layered(lambda x: np.stack([x, -x], axis=2))
    outputs, activations = teacher.observe(ROWS, ("h",), lambda *told: seen.append(told))
    assert outputs.tolist() == ROWS.native[:, 0].tolist()
    assert np.array_equal(activations["h"], np.stack([ROWS.native, -ROWS.native], axis=2).reshape(10, 4))
    assert [done for _, done, _ in seen] == [4, 8, 10]


@settings(deadline=None, max_examples=60)
@given(n_rows=st.integers(1, 30), size=st.integers(1, 8))
def test_padded_batches_give_every_row_once(n_rows, size):
    x = np.arange(n_rows) * 2.0

    def run(index):
        assert len(index) == size
        return x[index], {"h": x[index][:, None], "constant": np.zeros((size + 1, 3))}

    outputs, activations = run_padded(run, n_rows, size)
    assert outputs.raw.tolist() == x.tolist()
    assert activations["h"][:, 0].tolist() == x.tolist()
    assert "constant" not in activations


def test_padded_batches_refuse_outputs_that_are_not_one_a_row():
    with pytest.raises(ValueError, match=r"outputs of shape \(3,\) for a batch of 2 rows"):
        run_padded(lambda index: (np.zeros(3), {}), 5, 2)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda x: 1.0, "one value"),
        (lambda x: x[:3, 0], "3 outputs"),
        (lambda x: x[:, :, None], r"shape \(10, 2, 1\)"),
        (lambda x: np.where(x[:, 0] > 4, np.nan, 1.0), "NaN or infinity for 7 of 10 rows;"),
        (lambda x: np.array(["a", 1] * 5, object), "values of the types int, str"),
        (lambda x: x.no_such_method(), "AttributeError"),
    ],
)
def test_answers_that_no_model_may_give(answer, message):
    with pytest.raises(TeacherError, match=message):
        FunctionTeacher(answer).predict(ROWS)


def test_a_failure_in_the_middle_is_reported():
    def broken(x):
        if x[0, 0] > 0:
            raise KeyError("second batch")
        return x[:, 0]

    with pytest.raises(TeacherError, match="KeyError: 'second batch'"):
        FunctionTeacher(broken, batch_size=4).predict(ROWS)


def test_outputs_of_two_shapes():
    teacher = FunctionTeacher(lambda x: x if x[0, 0] > 0 else x[:, 0], batch_size=4)
    with pytest.raises(TeacherError, match="two batches"):
        teacher.predict(ROWS)


def test_missing_values_are_counted_and_their_columns_named():
    frame = pd.DataFrame({"age": [1.0, np.nan, 3.0], "pay": [1.0, np.inf, np.nan], "sex": ["f", "m", "m"]})
    teacher = FunctionTeacher(lambda x: x["age"] + x["pay"])
    with pytest.raises(
        TeacherError, match=r"NaN or infinity for 2 of 3 rows.*2 of the 3 rows have missing.*`age`, `pay`\)"
    ):
        teacher.predict(as_table(frame))


@pytest.mark.parametrize(
    ("activations", "message"),
    [
        (lambda x: x[:1], r"the shape \(1, 2\) for 4 rows"),
        (lambda x: np.full(len(x), np.nan), "NaN"),
        (lambda x: x * 1e200, "too large for float32"),
        (lambda x: x if x[0, 0] == 0 else x[:, :1], "two batches"),
    ],
)
def test_activations_that_cannot_be_used(activations, message):
    with pytest.raises(TeacherError, match=message):
        Layered(activations).activations(ROWS)


def test_layers_that_do_not_exist():
    teacher = Layered(lambda x: x)
    with pytest.raises(InputError, match=r"`g`.*`h`"):
        teacher.activations(ROWS, ["g"])
    with pytest.raises(InputError, match="`g`"):
        teacher.select_layers(["h", "g"])
    with pytest.raises(InputError, match="none"):
        FunctionTeacher(len).activations(ROWS, ["g"])


def test_batch_size_below_one():
    with pytest.raises(InputError, match="batch_size=0"):
        FunctionTeacher(len, batch_size=0)


def test_a_preprocessing_function_that_fails_is_named():
    teacher = FunctionTeacher(len, preprocess=lambda rows: rows["age"])
    with pytest.raises(TeacherError, match="`preprocess`"):
        teacher.predict(ROWS)


def test_numeric_matrix_names_text_columns():
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [True, False]})
    assert numeric_matrix(frame[["a", "c"]], "m").tolist() == [[1.0, 1.0], [2.0, 0.0]]
    with pytest.raises(TeacherError, match=r"`b`.*`preprocess="):
        numeric_matrix(frame, "m")


def test_a_function_loads_no_framework():
    code = (
        "import sys; from limbeck.teachers import as_teacher; from limbeck.core import as_table;"
        "as_teacher(lambda x: x[:, 0]).predict(as_table([[1.0]]));"
        "print([m for m in ('torch','onnx','onnxruntime','sklearn','xgboost','lightgbm','pandas','polars','joblib')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


class Failing:
    """A model that fails so many times, having spoilt the rows that it was given, and then answers."""

    def __init__(self, times, spoils=False):
        self.left, self.calls, self.spoils = times, 0, spoils

    def __call__(self, rows):
        self.calls += 1
        if self.left:
            self.left -= 1
            if self.spoils:
                rows[:] = np.nan
            raise ConnectionError("try again later")
        return rows[:, 0] > 5


@pytest.mark.parametrize("batch_size", [4, 100])
def test_a_call_that_fails_is_made_again_with_the_rows_as_they_were(batch_size):
    model = Failing(2, spoils=True)
    told = FunctionTeacher(model, batch_size).retrying(2).predict(ROWS)
    assert told.tolist() == (ROWS.native[:, 0] > 5).tolist()
    assert model.calls == 2 + -(-10 // batch_size)


def test_a_call_that_fails_once_too_often_is_an_error():
    model = Failing(3)
    with pytest.raises(TeacherError, match="try again later"):
        FunctionTeacher(model).retrying(2).predict(ROWS)
    assert model.calls == 3
    plain = FunctionTeacher(Failing(1))
    assert plain.retrying(0) is plain
    with pytest.raises(TeacherError):
        plain.predict(ROWS)


def test_what_was_answered_after_a_failure_passes_the_same_checks():
    model = Failing(1)
    teacher = FunctionTeacher(lambda rows: np.where(model(rows), np.nan, 1.0)).retrying(5)
    with pytest.raises(TeacherError, match="NaN"):
        teacher.predict(ROWS)
    assert model.calls == 2, "an answer that is no number is no failed call"


def test_a_distillation_tries_again_where_it_was_asked_to():
    rows = np.random.default_rng(0).normal(size=(80, 2))
    with pytest.raises(TeacherError):
        distill(Failing(1), rows, effort="fast")
    result = distill(Failing(1), rows + 5.0, effort="fast", retries=1)
    assert result.settings["retries"] == 1
    assert result.tree.n_leaves == 2
