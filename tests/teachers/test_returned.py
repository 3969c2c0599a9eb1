"""What models return, in all its shapes, becomes one answer a row; and the rows they are lent stay the caller's."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier, XGBRegressor

import limbeck
from limbeck.core import OutputReading, as_table
from limbeck.errors import InputError, TeacherError
from limbeck.teachers import FunctionTeacher, as_teacher

X = np.random.default_rng(0).normal(size=(300, 3))
ROWS = as_table(X)
TWO = np.column_stack([X[:, 0] > 0, X[:, 1] > 0.5]).astype(int)
FAST = {"effort": "fast", "max_leaves": 4}


def read(model, rows=ROWS, **settings):
    teacher = as_teacher(model, **settings)
    answers = teacher.answers(rows)
    reading = OutputReading.fixed_on(answers, classes=teacher.classes)
    outputs = reading.read(answers)
    return outputs.values[:, 0] if outputs.codes is None else np.array(reading.classes)[outputs.codes]


@pytest.mark.parametrize("value", [np.str_("a"), np.int64(1), np.bool_(True), np.float32(2.5)])
def test_scalars_of_numpy_among_objects(value):
    column = np.empty(len(X), object)
    column[:] = [value] * len(X)
    assert read(lambda x: column[: len(x)]).tolist() == [value.item()] * len(X)


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16, torch.float16])
def test_tensors_as_they_come(kind):
    weights = torch.nn.Parameter(torch.tensor([1.0, 0.0, 0.0], dtype=kind))
    told = read(lambda x: torch.as_tensor(x).to(kind) @ weights)
    assert np.allclose(told, X[:, 0], atol=0.05)


@pytest.mark.parametrize("answer", [lambda x: x[:, 0], lambda x: x])
def test_models_that_squeeze_a_single_row(answer):
    squeezed = FunctionTeacher(lambda x: answer(x).squeeze(), batch_size=299)
    assert np.array_equal(squeezed.predict(ROWS), answer(X))
    assert np.array_equal(squeezed.predict(ROWS.take(np.array([7]))), answer(X[[7]]))


def test_dicts_and_tuples_say_which_output_was_read():
    def several(x):
        return {"label": x[:, 0] > 0, "score": x[:, 1], "state": np.zeros(3)}

    result = limbeck.distill(several, X, **FAST)
    assert any("`label`, the first of the outputs `label`, `score`, `state`" in note for note in result.notes)
    assert np.array_equal(read(several, output="score"), X[:, 1])
    assert np.array_equal(read(lambda x: tuple(several(x).values()), output=1), X[:, 1])
    with pytest.raises(InputError, match=r"`label`, `score`, `state`"):
        read(several, output="loss")


def test_columns_of_a_frame_are_classes():
    scores = pd.DataFrame({"cat": X[:, 0], "dog": X[:, 1], "eel": X[:, 2]})
    told = read(lambda x: pd.DataFrame(x, columns=["cat", "dog", "eel"]))
    assert np.array_equal(told, scores.idxmax(axis=1).to_numpy())


@pytest.mark.parametrize(
    "model",
    [
        LinearRegression().fit(X, X[:, :2]),
        PLSRegression().fit(X, X[:, :2]),
        XGBRegressor(n_estimators=2).fit(X, X[:, :2]),
        DecisionTreeClassifier(max_depth=3).fit(X, TWO),
        MLPClassifier((4,), max_iter=20, tol=1e9, n_iter_no_change=3, random_state=0).fit(X, TWO),
        MultiOutputClassifier(LogisticRegression()).fit(X, TWO),
        XGBClassifier(n_estimators=2).fit(X, TWO),
    ],
    ids=lambda model: type(model).__name__,
)
def test_several_outputs_are_refused_until_one_is_named(model):
    with pytest.raises(InputError, match=r"`output=`.*`--output`"):
        limbeck.distill(model, X, **FAST)
    own = np.asarray(model.predict(X))
    for output in (1, "1"):
        assert np.array_equal(read(model, output=output), own[:, 1])
    result = limbeck.distill(model, X, output=1, **FAST)
    assert result.settings["output"] == 1
    assert any("`1`, the one asked for, of 2 " in note for note in result.notes)
    # The result knows which output it is about.
    assert limbeck.certify(result, model, X[:50]).n_rows == 50
    with pytest.raises(InputError, match="`output=2`"):
        read(model, output=2)


def test_output_of_a_model_of_one():
    with pytest.raises(InputError, match="a model of one output"):
        read(lambda x: x[:, 0], output=1)
    with pytest.raises(InputError, match="reads `0`"):
        limbeck.distill(as_teacher(lambda x: x, output=0), X, output=1, **FAST)


FRAME = pd.DataFrame(X, columns=list("abc"), index=np.arange(1000, 1300))


@pytest.mark.parametrize("sorts", [lambda d: d.sort_values("a"), lambda d: d.sample(frac=1, random_state=0)])
def test_a_series_in_another_order_is_put_back(sorts):
    assert np.array_equal(read(lambda d: sorts(d)["b"], as_table(FRAME)), FRAME["b"])
    assert np.array_equal(
        read(lambda d: sorts(d)[["b", "c"]].idxmax(axis=1), as_table(FRAME)), FRAME[["b", "c"]].idxmax(axis=1)
    )
    # Made-up rows repeat others' labels.
    doubled = as_table(FRAME).take(np.array([3, 3, 5, 3]))
    assert np.array_equal(read(lambda d: sorts(d)["b"], doubled), FRAME["b"].iloc[[3, 3, 5, 3]])


def test_a_series_numbered_afresh_is_in_order_and_a_strange_one_refused():
    rows = as_table(FRAME).take(np.arange(299, -1, -1))
    assert np.array_equal(read(lambda d: pd.Series(d["b"].to_numpy()), rows), FRAME["b"][::-1])
    with pytest.raises(TeacherError, match=r"another index.*to_numpy"):
        read(lambda d: d.set_index("a")["b"], as_table(FRAME))
    with pytest.raises(TeacherError, match="another index"):
        read(lambda d: d.sort_values("a")["b"], as_table(FRAME.set_index(pd.Index(list("xyz") * 100))))


def scale(rows):
    rows *= 2
    return rows


def meddle(frame):
    frame["a"] = 0.0
    frame.loc[:, "b"] *= 2
    return frame


@pytest.mark.parametrize("batch_size", [64, 8192])
def test_rows_belong_to_the_caller(batch_size):
    mine, frame = X.copy(), FRAME.copy()
    teachers = [
        as_teacher(lambda x: scale(x)[:, 0] > 0.5, batch_size=batch_size),
        as_teacher(lambda x: x[:, 0] > 0.5, preprocess=scale, batch_size=batch_size),
        as_teacher(make_pipeline(StandardScaler(copy=False), LogisticRegression()).fit(X.copy(), TWO[:, 0])),
        as_teacher(torch.nn.Sequential(torch.nn.ReLU(inplace=True), torch.nn.Linear(3, 2)).double()),
    ]
    for teacher in teachers:
        first = teacher.predict(as_table(mine))
        assert np.array_equal(teacher.predict(as_table(mine)), first)
        result = limbeck.distill(teacher, mine, certificate_rows=mine, **FAST)
        claims = [limbeck.certify(result, teacher, mine) for _ in range(2)]
        assert claims[0] == claims[1]
        assert np.array_equal(mine, X)
    as_teacher(lambda d: meddle(d)["b"], batch_size=batch_size).predict(as_table(frame))
    assert frame.equals(FRAME)


def test_a_decision_that_overrules_the_scores_is_counted():
    class Careful:
        classes_ = (0, 1)

        def predict(self, x):
            return (x[:, 0] > -1).astype(int)

        def predict_proba(self, x):
            p = 1 / (1 + np.exp(-x[:, 0]))
            return np.column_stack([1 - p, p])

    result = limbeck.distill(Careful(), X, certificate_rows=X, **FAST)
    n = int(((X[:, 0] > -1) & (X[:, 0] < 0)).sum())
    assert f"not the class with the largest score on {n} of 300 rows" in result.notes[0]
    assert str(result.reading) == "binary: the class is the model's own decision (classes 0, 1)"


@pytest.mark.parametrize(
    ("model", "note"),
    [
        (lambda x: np.round(140 / (1 + np.exp(-1.7 * x[:, 0]))).astype(int), "`task='regression'`"),
        (lambda x: x[:, 0], "`task='binary'`"),
        (LinearRegression().fit(X, X[:, 0]), None),
        (lambda x: np.abs(x[:, 0]), None),
        (lambda x: (x[:, 0] > 0).astype(int), None),
    ],
)
def test_another_reading_is_named_where_it_is_likely(model, note):
    notes = [text for text in limbeck.distill(model, X, certificate_rows=X, **FAST).notes if "task=" in text]
    assert (not notes) if note is None else (note in notes[0])
    if note is not None:
        asked = limbeck.distill(model, X, task=note[6:-1].strip("'"), certificate_rows=X, **FAST)
        assert not [text for text in asked.notes if "task=" in text]
