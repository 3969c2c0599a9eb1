"""Bad input: one error of ours, which says what was asked for, what was found, and what to do."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from limbeck import as_teacher, certify, distill
from limbeck.errors import InputError, LimbeckError, SearchError, TeacherError
from limbeck.search import BeamSettings, HardLabels, grow_family

X = np.random.default_rng(0).integers(2, size=(60, 3)) * 1.0
FRAME = pd.DataFrame(X, columns=["age", "wage", "city"])


def labels(rows):
    return (np.asarray(rows)[:, 0] > 0).astype(int)


RESULT = distill(labels, FRAME, max_leaves=2)
NETWORK = MLPClassifier(hidden_layer_sizes=(4,), max_iter=400, random_state=0, tol=1e-2).fit(X, labels(X))
LINEAR = LogisticRegression().fit(X, labels(X))


def gaps():
    rows = X.copy()
    rows[3, 1] = np.nan
    return rows


def raises_in_the_middle():
    calls = []

    def teacher(rows):
        calls.append(1)
        if len(calls) > 1:
            raise RuntimeError("out of memory")
        return labels(rows)

    return distill(teacher, X)


# What is done, the type of the error, and what its text has to name.
CASES = {
    "no rows": (lambda: distill(labels, X[:0]), InputError, ["0 rows"]),
    "no columns": (lambda: distill(labels, X[:, :0]), InputError, ["0 columns"]),
    "no table": (lambda: distill(labels, [1, 2, 3]), InputError, ["shape (3,)"]),
    "nothing": (lambda: distill(labels, None), InputError, ["shape ()"]),
    "ragged rows": (lambda: distill(labels, [[1, 2], [3]]), InputError, ["different lengths"]),
    "objects": (lambda: distill(labels, pd.DataFrame({"what": [object()] * 60})), InputError, ["`what`", "`object`"]),
    "duplicate columns": (
        lambda: distill(labels, FRAME.set_axis([*"aab"], axis=1)), InputError, ["`a` more than once"],
    ),
    "a missing column at predict": (lambda: RESULT.predict(FRAME.drop(columns="age")), InputError, ["`age`", "`wage`"]),
    "an extra column at predict": (lambda: RESULT.predict(np.ones((2, 4))), InputError, ["3 columns", "4 columns"]),
    "a wrong type at predict": (
        lambda: RESULT.predict(FRAME.assign(age="old")), InputError, ["`age = 1`", "categorical"],
    ),
    "no rows at predict": (lambda: RESULT.predict(FRAME.iloc[:0]), InputError, ["0 rows"]),
    "a missing column at certify": (
        lambda: certify(RESULT, labels, FRAME.drop(columns="age")), InputError, ["`age`"],
    ),
    "an extra column for the teacher": (
        lambda: distill(LINEAR, np.column_stack([X, X])), TeacherError, ["LogisticRegression", "features"],
    ),
    "text for a teacher of numbers": (
        lambda: distill(LINEAR, FRAME.assign(age="old")), TeacherError, ["LogisticRegression"],
    ),
    "NaN for a teacher that refuses it": (lambda: distill(LINEAR, gaps()), TeacherError, ["NaN", "`x1`", "1 of the"]),
    "infinity for a teacher that refuses it": (
        lambda: distill(NETWORK, np.where(np.isnan(gaps()), np.inf, X)), TeacherError, ["infinity", "`x1`"],
    ),
    "a teacher that returns NaN": (
        lambda: distill(lambda r: np.where(r[:, 0] > 0, np.nan, 1.0), X), TeacherError, ["NaN or infinity for"],
    ),
    "a teacher that returns NaN where a value is missing": (
        lambda: distill(lambda r: r[:, 1] * 2.0, gaps()), TeacherError, ["NaN or infinity for 1 of", "`x1`"],
    ),
    "a teacher that returns too few rows": (
        lambda: distill(lambda r: labels(r)[1:], X), TeacherError, ["8 outputs", "7 outputs"],
    ),
    "model and rows in the wrong order": (lambda: distill(X, labels), TeacherError, ["model first, then the rows"]),
    "texts without concepts": (lambda: distill(labels, ["a", "b"]), InputError, ["limbeck.concepts.Words()"]),
    "a column of text": (lambda: distill(LINEAR, FRAME.assign(city="2024-01-01")), TeacherError,
                         ["text in the columns `city`", "looks like a date"]),
    "a column of dates": (lambda: distill(LINEAR, FRAME.assign(city=pd.Timestamp("2024-01-01"))), TeacherError,
                          ["dates in the columns `city`"]),
    "a folder that is not there": (lambda: RESULT.save("/no/such/folder/result.json"), InputError,
                                   ["No such file or directory", "make its folder first"]),
    "a teacher that returns one value": (lambda: distill(lambda r: 1.0, X), TeacherError, ["one value"]),
    "a teacher that returns nothing": (lambda: distill(lambda r: None, X), TeacherError, ["found None"]),
    "a teacher that returns a picture": (
        lambda: distill(lambda r: np.zeros((len(r), 2, 2)), X), TeacherError, ["(8, 2, 2)"],
    ),
    "a teacher that returns a mixture": (
        lambda: distill(lambda r: np.array(([1, "a"] * len(r))[: len(r)], dtype=object), X), TeacherError, ["int, str"],
    ),
    "a teacher that raises": (
        lambda: distill(lambda r: 1 / 0, X), TeacherError, ["`<lambda>`", "ZeroDivisionError: division by zero"],
    ),
    "a teacher that raises in the middle": (raises_in_the_middle, TeacherError, ["RuntimeError: out of memory"]),
    "a teacher that changes its mind about its shape": (
        lambda: distill(lambda r: np.zeros((len(r), 2)) if len(r) == 8 else labels(r), X), InputError, ["shape"],
    ),
    "no model": (lambda: distill(3, X), TeacherError, ["`int`"]),
    "a class for a model": (lambda: distill(MLPClassifier, X), TeacherError, ["`MLPClassifier`", "instance"]),
    "a model that is not fitted": (lambda: distill(LogisticRegression(), X), TeacherError, ["LogisticRegression"]),
    "a path for a model": (lambda: distill("model.pkl", X), TeacherError, ["`model.pkl`"]),
    "a layer that the model does not have": (
        lambda: distill(NETWORK, X, layers=["attention"]), InputError, ["`attention`"],
    ),
    "a layer of a model without layers": (lambda: distill(labels, X, layers=["fc1"]), InputError, ["`fc1`", "none"]),
    "a layer of a teacher": (lambda: as_teacher(NETWORK, layers=["attention"]), InputError, ["`attention`"]),
    "no leaves": (lambda: distill(labels, X, max_leaves=0), InputError, ["`max_leaves=0`"]),
    "fewer than no leaves": (lambda: distill(labels, X, max_leaves=-1), InputError, ["`max_leaves=-1`"]),
    "half a leaf": (lambda: distill(labels, X, max_leaves=1.5), InputError, ["`max_leaves=1.5`"]),
    "no leaves of a result": (lambda: RESULT.best(0), InputError, ["`max_leaves=0`"]),
    "an unknown setting": (lambda: distill(labels, X, max_leafs=3), InputError, ["`max_leafs`", "`max_leaves`"]),
    "an unknown task": (lambda: distill(labels, X, task="ranking"), InputError, ["`task='ranking'`"]),
    "a task that the outputs contradict": (
        lambda: distill(lambda r: r[:, 0] + 0.5, X, task="multiclass"), InputError, ["`task='multiclass'`"],
    ),
    "a guide that cannot be": (
        lambda: distill(labels, X, guides=["influence"], queries=False), InputError, ["influence", "without queries"],
    ),
    "a concept that is absent": (lambda: distill(labels, FRAME, concepts=["rich"]), InputError, ["`rich`"]),
    "a concept that is no yes or no": (
        lambda: distill(labels, FRAME.assign(rich=7.0), concepts=["rich"]), InputError, ["`rich`"],
    ),
    "only concepts": (
        lambda: distill(labels, FRAME, concepts=["age", "wage", "city"]), InputError, ["columns for the teacher"],
    ),
    "too few weights": (lambda: distill(labels, X, sample_weight=[1.0]), InputError, ["`sample_weight`", "(1,)"]),
    "negative weights": (
        lambda: distill(labels, X, sample_weight=-np.ones(60)), InputError, ["`sample_weight`", "-1"],
    ),
    "weights that are words": (
        lambda: distill(labels, X, sample_weight=["much"] * 60), InputError, ["`sample_weight`", "much"],
    ),
    "weights that are all 0": (lambda: distill(labels, X, sample_weight=np.zeros(60)), InputError, ["`sample_weight`"]),
    "a seed that is none": (lambda: distill(labels, X, random_state=-1), InputError, ["`random_state=-1`"]),
    "a search without guides": (
        lambda: grow_family(X > 0, HardLabels(labels(X), 2), [], BeamSettings()), SearchError, ["guide"],
    ),
    "certificate rows that are none": (lambda: certify(RESULT, labels, X[:0]), InputError, ["0 rows"]),
    "a place that cannot be written": (lambda: RESULT.save("/dev/null/result.json"), InputError, ["/dev/null"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_one_error_says_what_was_asked_for_what_was_found_and_what_to_do(name):
    call, kind, named = CASES[name]
    with pytest.raises(LimbeckError) as caught:
        call()
    error = caught.value
    assert type(error) is kind
    for part in (error.asked, error.found, error.remedy):
        assert isinstance(part, str)
        assert part.strip()
        assert "\n" not in part
    text = str(error)
    assert text == f"asked for {error.asked}; found {error.found}; to fix it, {error.remedy}"
    assert len(text) < 1200
    for words in named:
        assert words in text, text
    assert not re.search(r"0x[0-9a-f]{6}", text), "no addresses of objects"


def test_every_error_is_also_the_builtin_that_fits():
    assert issubclass(InputError, ValueError)
    assert issubclass(TeacherError, RuntimeError)
    assert issubclass(SearchError, RuntimeError)


def test_settings_are_refused_before_the_teacher_is_asked():
    asked = []

    def teacher(rows):
        asked.append(len(rows))
        return labels(rows)

    for options in ({"max_leaves": 0}, {"concepts": ["x9"]}, {"sample_weight": [1.0]}, {"layers": ["a"]}):
        with pytest.raises(InputError):
            distill(teacher, X, **options)
    assert asked == []


def test_the_error_of_a_model_is_kept_as_the_cause():
    with pytest.raises(TeacherError) as caught:
        distill(lambda r: 1 / 0, X)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_a_cell_of_a_million_characters_floods_nothing(make):
    long = "lorem\nipsum " * 90_000
    rows = make({"text": [long, "b", "c", long] * 30, "n": list(range(120))})

    def teacher(r):
        return np.array([text == long for text in r["text"]]).astype(int)

    result = distill(teacher, rows, max_leaves=2)
    assert result.certificate.disagreements == 0
    assert (result.predict(rows) == teacher(rows)).all()
    assert len(str(result)) < 20_000
    assert max(len(line) for line in result.tree.to_text().split("\n")) < 100
    with pytest.raises(InputError) as caught:
        result.predict(make({"text": [[1.0]], "n": [2]}))
    assert len(str(caught.value)) < 1200


def test_a_column_name_of_a_million_characters_floods_no_message():
    name = "n" * 1_000_000
    result = distill(labels, pd.DataFrame({name: X[:, 0], "b": X[:, 1]}), max_leaves=2)
    assert len(result.tree.to_text()) < 300
    with pytest.raises(InputError) as caught:
        result.predict(pd.DataFrame({"b": [1.0]}))
    assert len(str(caught.value)) < 1200


@pytest.mark.no_cover
def test_ten_thousand_columns_are_distilled():
    x = np.random.default_rng(1).normal(size=(60, 10_000))
    calls = []

    def teacher(rows):
        calls.append(len(rows))
        return (rows[:, 17] > 0).astype(int)

    result = distill(teacher, x, max_leaves=2, max_depth=2, effort="fast", max_queries=10_000)
    assert result.predict(x[:5]).shape == (5,)
    assert result.ledger.queries == 10_000
    assert len(calls) < 100, "many columns are asked about in one call"
    assert result.notes == ("10000 numeric columns: at most 1 thresholds each",)
    wide = pd.DataFrame(x[:20], columns=[f"c{j}" for j in range(10_000)])
    framed = distill(lambda r: (r["c17"] > 0).to_numpy(), wide, max_leaves=2, effort="fast", queries=False)
    assert framed.predict(wide).shape == (20,)


def test_infinite_numbers_are_distilled_where_the_teacher_takes_them():
    x = np.random.default_rng(2).normal(size=(200, 2))
    x[::5, 0], x[1::5, 0] = np.inf, -np.inf
    result = distill(labels, x, max_leaves=2)
    assert (result.predict(x) == labels(x)).mean() > 0.9


def test_missing_numbers_are_distilled_where_the_teacher_takes_them():
    x = np.random.default_rng(3).normal(size=(200, 2))
    x[::3, 0] = np.nan
    result = distill(lambda r: np.isnan(r[:, 0]).astype(int), x, max_leaves=2)
    assert result.tree.to_text().startswith("x0 is missing")
    assert result.certificate.disagreements == 0
