"""Tables are read, split and given as they should be."""

import numpy as np
import pandas as pd
import pytest
from benchmarks.tables.columns import Columns
from benchmarks.tables.given import Given, score
from benchmarks.tables.measure import given_of
from benchmarks.tables.problems import make_problem, split
from benchmarks.tables.tables import load_table

pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LIMBECK_CACHE", str(tmp_path))
    monkeypatch.delenv("LIMBECK_DATA", raising=False)


def test_the_monk_problems_are_the_published_ones():
    counts = {name: int(load_table(name).y.sum()) for name in ("monk-1", "monk-2", "monk-3")}
    assert counts == {"monk-1": 216, "monk-2": 142, "monk-3": 228}
    assert len(load_table("monk-1").frame.drop_duplicates()) == 432


def test_a_csv_table_keeps_nominal_columns_and_drops_the_target(tmp_path):
    pd.DataFrame({"a": [1, 2, 3], "b": ["x", "?", "x"], "target": ["no", "yes", "no"]}).to_csv(
        tmp_path / "car.csv", index=False
    )
    table = load_table("car", tmp_path)
    assert list(table.frame) == ["a", "b"]
    assert table.frame["b"].tolist() == ["x", "?", "x"]
    assert table.y.tolist() == [0, 1, 0]
    with pytest.raises(FileNotFoundError, match="LIMBECK_DATA"):
        load_table("car")
    with pytest.raises(KeyError, match="no table"):
        load_table("cars")


def test_a_split_uses_every_row_once_and_its_seed_alone():
    train, fit, validation, test = split(1000, 0)
    assert sorted([*fit, *validation, *test]) == list(range(1000))
    assert sorted([*fit, *validation]) == sorted(train)
    assert (len(fit), len(validation), len(test)) == (560, 140, 300)
    assert all(map(np.array_equal, split(1000, 0), (train, fit, validation, test)))
    assert not np.array_equal(split(1000, 1)[3], test)


def test_large_tables_are_capped_for_the_methods_and_not_for_the_teacher():
    train, fit, validation, test = split(40_000, 0)
    assert (len(train), len(fit), len(validation), len(test)) == (35_000, 8000, 2000, 5000)
    assert not set(test) & set(train)


def test_columns_are_one_hot_over_known_values_and_standardised_when_asked():
    rows = pd.DataFrame({"n": [0.0, 2.0], "c": ["b", "a"], "same": [5, 5]})
    np.testing.assert_array_equal(Columns(rows, standardise=False)(rows), [[0, 5, 0, 1], [2, 5, 1, 0]])
    np.testing.assert_array_equal(Columns(rows, standardise=True)(rows), [[-1, 0, 0, 1], [1, 0, 1, 0]])
    assert Columns(rows, standardise=True).names == ["n", "same", "c = a", "c = b"]
    unknown = pd.DataFrame({"n": [1.0], "c": ["z"], "same": [5]})
    np.testing.assert_array_equal(Columns(rows, standardise=False)(unknown), [[1, 5, 0, 0]])


@pytest.mark.parametrize("kind", ["mlp", "boosting"])
def test_a_teacher_is_the_same_again_and_asked_by_limbeck_answers_alike(kind, tmp_path):
    from limbeck.core import as_table

    first = make_problem("monk-1", kind, 0)
    kept = list(tmp_path.rglob("*.*"))
    assert len([path for path in kept if path.is_file()]) == 1
    second = make_problem("monk-1", kind, 0)
    np.testing.assert_array_equal(first.teacher.outputs(first.test), second.teacher.outputs(first.test))
    assert (first.test_labels == first.test_truth).mean() > 0.9
    raw = first.teacher.for_limbeck().predict(as_table(first.test))
    scores = np.asarray(raw)
    answers = scores.argmax(axis=1) if scores.ndim == 2 else (scores > 0.5).astype(int)
    np.testing.assert_array_equal(answers, first.test_labels)


def test_a_regression_teacher_answers_in_the_target_s_unit():
    problem = make_problem("diabetes", "mlp", 0)
    assert problem.test_labels.shape == problem.test_truth.shape
    assert abs(problem.test_labels.mean() - problem.test_truth.mean()) < 30
    assert score(problem.test_labels, problem.test_truth, "regression") > 0


def test_what_a_method_is_given_holds_no_test_labels_and_survives_its_file(tmp_path):
    given = given_of(make_problem("monk-2", "mlp", 1))
    given.write(tmp_path / "given.npz")
    again = Given.read(tmp_path / "given.npz")
    assert (again.table, again.kind, again.seed, again.task) == ("monk-2", "mlp", 1, "classification")
    np.testing.assert_array_equal(again.test, given.test)
    assert not any("test" in name and "label" in name for name in vars(again))


def test_codes_have_no_gaps_and_are_turned_back():
    x = np.zeros((4, 1), np.float32)
    given = Given("t", "mlp", 0, "classification", x, x, x, np.array([0, 5, 5, 2]), np.zeros(4))
    assert given.codes.tolist() == [0, 2, 2, 1]
    assert given.decoded(given.codes).tolist() == [0, 5, 5, 2]
