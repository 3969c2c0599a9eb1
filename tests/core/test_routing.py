"""Few rows, many rows, threads, arrays and frames of any type: one way to route, whatever is fastest."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exported import TREES, rows_for, trees

from limbeck.core import Kind, Leaf, Literal, Split, Tree, as_table, routing
from limbeck.errors import InputError


def walked(tree, rows):
    """Route rows through `decision_path`, which takes the way of whole masks."""
    path = tree.decision_path(rows)
    return np.array([next(node for node in np.flatnonzero(row) if tree.question[node] < 0) for row in path])


@pytest.mark.parametrize("name", TREES)
def test_every_number_of_rows_takes_the_same_way(name, monkeypatch):
    tree = TREES[name]
    rows = rows_for(tree, 1_000)
    expected = walked(tree, rows)
    assert np.array_equal(tree.apply(rows), expected)
    few = np.concatenate([tree.apply(rows[i : i + 7]) for i in range(0, 700, 7)])
    assert np.array_equal(few, expected[:700])
    monkeypatch.setattr(routing, "_MANY", 100)
    monkeypatch.setattr(routing, "_BLOCK", 64)
    monkeypatch.setattr(routing, "_SMALLEST_BLOCK", 64)
    monkeypatch.setattr(routing, "cores", lambda: 3)
    assert np.array_equal(tree.apply(rows), expected)


@settings(max_examples=40)
@given(trees(), st.integers(1, 40))
def test_frames_tables_and_arrays_take_the_same_way(tree, n):
    rows = rows_for(tree, n)
    expected = walked(tree, rows)
    wider = rows.assign(**{"an extra column": [[]] * n})
    for same in (rows, as_table(rows), rows.to_numpy(), rows.iloc[:, ::-1], wider):
        assert np.array_equal(tree.apply(same), expected)
    typed = {name: pl.String if kind is Kind.CATEGORICAL else pl.Float64 for name, kind in tree.columns}
    assert np.array_equal(tree.apply(pl.DataFrame(rows.to_dict("list"), schema=typed, strict=False)), expected)


TYPES = [np.float32, np.float16, np.int8, np.int64, np.uint64, np.bool_, ">f8", np.longdouble]


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("n", [3, 500])
def test_numbers_of_any_type_are_compared_as_float64(dtype, n):
    # 0.1 as float32 lies above 0.1, and 2**53 + 1 is 2**53 as float64.
    other = Split(Literal.missing("a"), Leaf((3.0,), 1.0), Leaf((4.0,), 1.0))
    large = Split(Literal.is_value("b", 2.0**53), Leaf((2.0,), 1.0), other)
    root = Split(Literal.at_most("a", 0.1), Leaf((1.0,), 1.0), large)
    tree = Tree.from_node(root, classes=None, columns=(("a", Kind.NUMERIC), ("b", Kind.NUMERIC)))
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.array([[0.1, 1.0], [1.0, 1.0], [0.0, 0.0]], float).astype(dtype)
    if np.dtype(dtype).itemsize == 8 and np.dtype(dtype).kind in "iu":
        values[:, 1] = 2**53 + 1
    rows = np.tile(values, (n // 3 + 1, 1))[:n]
    plain = rows.astype(np.float64)
    expected = np.where(plain[:, 0] <= 0.1, 1.0, np.where(plain[:, 1] == 2.0**53, 2.0, 4.0))
    for given_rows in (rows, np.asfortranarray(rows), rows[::-1][::-1], pd.DataFrame(rows, columns=["a", "b"])):
        if isinstance(given_rows, pd.DataFrame) and np.dtype(dtype) in (np.float16, np.longdouble, np.dtype(">f8")):
            continue
        assert np.array_equal(tree.predict(given_rows), expected)


def single(literal):
    root = Split(literal, Leaf((1.0,), 1.0), Leaf((0.0,), 1.0))
    return Tree.from_node(root, classes=None, columns=(("x", Kind.NUMERIC),))


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "boolean", "float64[pyarrow]", "int64[pyarrow]", "category"])
@pytest.mark.parametrize("repeat", [1, 50])
def test_missing_values_of_frames_answer_no(dtype, repeat):
    values = [True, False, None] if dtype == "boolean" else [1, 0, None]
    rows = pd.DataFrame({"x": pd.Series(values * repeat, dtype=dtype)})
    assert single(Literal.at_most("x", 0.5)).predict(rows).tolist() == [0.0, 1.0, 0.0] * repeat
    assert single(Literal.missing("x")).predict(rows).tolist() == [0.0, 0.0, 1.0] * repeat
    assert single(Literal.missing("x")).predict(pl.from_pandas(rows)).tolist() == [0.0, 0.0, 1.0] * repeat


@pytest.mark.parametrize("n", [1, 400])
def test_columns_that_are_not_asked_about_are_not_read(n):
    rows = pd.DataFrame({"x": np.zeros(n), "when": pd.Timestamp("2020-01-01"), "list": [[1]] * n})
    assert single(Literal.at_most("x", 0.5)).predict(rows).tolist() == [1.0] * n
    with pytest.raises(InputError, match="date column `x`"):
        single(Literal.at_most("x", 0.5)).predict(rows.assign(x=pd.Timestamp("2020-01-01")))


@pytest.mark.parametrize("n", [1, 400])
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (lambda n: np.zeros((n, 2)), "array of 1 columns"),
        (lambda n: np.zeros(n), "shape"),
        (lambda n: np.zeros((0, 1)), "at least one row"),
        (lambda n: np.zeros((n, 1), complex), "real numbers"),
        (lambda n: np.full((n, 1), "text"), "categorical column `x`"),
        (lambda n: pd.DataFrame({"x": ["text"] * n}), "categorical column `x`"),
        (lambda n: pd.DataFrame({"y": np.zeros(n)}), "no column `x`"),
        (lambda n: pd.DataFrame(np.zeros((n, 2)), columns=["x", "x"]), "more than once"),
        (lambda n: pd.DataFrame({"x": np.zeros(0)}), "at least one row"),
        (lambda n: pl.DataFrame({"y": np.zeros(n)}), "no column `x`"),
    ],
)
def test_rows_that_cannot_be_answered_are_refused_however_many(rows, message, n):
    with pytest.raises(InputError, match=message):
        single(Literal.at_most("x", 0.5)).predict(rows(n))


def test_a_tree_that_was_used_is_pickled_and_equal():
    tree = TREES["mixed"]
    rows = rows_for(tree, 40)
    tree.predict(rows)
    again = pickle.loads(pickle.dumps(tree))
    assert again == tree
    assert np.array_equal(again.predict(rows), tree.predict(rows))
