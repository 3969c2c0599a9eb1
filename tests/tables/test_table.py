"""Rows of every kind are read alike, and rows made from them keep the shape and the types of the originals."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.core import Kind, Table, as_table
from limbeck.errors import InputError
from limbeck.tables import counted, listed, plain_matrix, shortened

AGES = [41.5, None, -3.0, 41.5]
COLOURS = ["red", "blue", None, "red"]
FLAGS = [True, False, True, True]


def pandas_frame():
    """A frame of every type that pandas has for numbers and text, under an index that is no range."""
    return pd.DataFrame(
        {
            "float": [0.5, np.nan, 2.0, -1.0],
            "int": [1, 2, 3, 4],
            "bool": FLAGS,
            "Int64": pd.array([1, None, 3, 4], dtype="Int64"),
            "boolean": pd.array([True, None, False, True], dtype="boolean"),
            "string": pd.array(["a", None, "b", "a"], dtype="string"),
            "text": ["u", "v", None, "u"],
            "category": pd.Categorical(["p", "q", "p", None], categories=["q", "p", "unused"]),
            "object": pd.array(["x", 1, None, pd.NA], dtype=object),
        },
        index=[7, 7, 3, -1],
    )


def polars_frame():
    return pl.DataFrame(
        {
            "float": [0.5, None, 2.0, float("nan")],
            "int": [1, None, 3, 4],
            "bool": [True, None, False, True],
            "text": ["u", "v", None, "u"],
            "category": pl.Series(["p", "q", "p", None], dtype=pl.Categorical),
            "enum": pl.Series(["p", "q", "p", None], dtype=pl.Enum(["q", "p", "unused"])),
        }
    )


ARRAYS = {
    "float": np.array([[0.5, 1.0], [np.nan, 2.0], [2.0, 3.0], [1.0, 4.0]]),
    "int": np.arange(8).reshape(4, 2),
    "bool": np.array([[True, False]] * 2 + [[False, False]] * 2),
    "text": np.array([["u", "v"], ["w", "v"], ["u", "x"], ["u", "y"]]),
    "object": np.array([["u", 1], [None, 2.5], ["w", None], ["u", True]], dtype=object),
}
SOURCES = {"pandas": pandas_frame(), "polars": polars_frame()} | {f"{k} array": v for k, v in ARRAYS.items()}


def rows_of(native):
    """Return native rows as lists of plain values, None for every kind of missing value."""
    if isinstance(native, np.ndarray):
        rows = native.tolist()
    elif isinstance(native, pl.DataFrame):
        rows = [list(row) for row in native.iter_rows()]
    else:
        rows = [list(row) for row in native.astype(object).itertuples(index=False)]
    return [[None if v is None or v is pd.NA or v != v else v for v in row] for row in rows]


def types_of(native):
    if isinstance(native, np.ndarray):
        return native.dtype
    return list(native.dtypes)


def values_of(column):
    """Return a column as numbers and text, None where missing."""
    if column.kind is Kind.CATEGORICAL:
        return [None if code < 0 else column.categories[code] for code in column.values]
    return [None if np.isnan(v) else v for v in column.values.tolist()]


@pytest.mark.parametrize(
    "rows",
    [
        pd.DataFrame({"age": AGES, "colour": COLOURS, "flag": FLAGS}),
        pd.DataFrame({"age": pd.array(AGES, dtype="Float64"), "colour": pd.Categorical(COLOURS), "flag": FLAGS}),
        pl.DataFrame({"age": AGES, "colour": COLOURS, "flag": FLAGS}),
        pl.DataFrame({"age": AGES, "colour": pl.Series(COLOURS, dtype=pl.Categorical), "flag": FLAGS}).lazy(),
        np.array([AGES, COLOURS, FLAGS], dtype=object).T,
        [list(row) for row in zip(AGES, COLOURS, FLAGS, strict=True)],
    ],
    ids=["pandas", "pandas-nullable", "polars", "polars-lazy", "array", "lists"],
)
def test_every_kind_of_rows_is_read_alike(rows):
    if isinstance(rows, list):
        rows = np.array(rows, dtype=object)
    table = as_table(rows)
    age, colour, flag = table.columns
    assert (age.kind, colour.kind, flag.kind) == (Kind.NUMERIC, Kind.CATEGORICAL, Kind.NUMERIC)
    assert values_of(age) == AGES
    assert values_of(colour) == COLOURS
    assert values_of(flag) == [1.0, 0.0, 1.0, 1.0]
    assert colour.categories == ("blue", "red")
    assert age.missing.tolist() == [False, True, False, False]
    assert colour.missing.tolist() == [False, False, True, False]
    assert table.n_rows == 4


def test_the_types_of_pandas_are_read_with_their_gaps():
    table = as_table(pandas_frame())
    assert values_of(table["Int64"]) == [1.0, None, 3.0, 4.0]
    assert values_of(table["boolean"]) == [1.0, None, 0.0, 1.0]
    assert values_of(table["string"]) == ["a", None, "b", "a"]
    assert values_of(table["category"]) == ["p", "q", "p", None]
    assert values_of(table["object"]) == ["x", "1", None, None]
    kinds = {column.name: column.kind for column in table.columns}
    assert [name for name, kind in kinds.items() if kind is Kind.CATEGORICAL] == [
        "string", "text", "category", "object",
    ]  # fmt: skip


def test_digits_in_text_stay_text_and_numbers_in_objects_become_numbers():
    assert as_table(np.array([["1"], ["2"]]))["x0"].kind is Kind.CATEGORICAL
    assert as_table(np.array([[1], [None]], dtype=object))["x0"].kind is Kind.NUMERIC
    assert as_table(pd.DataFrame({"a": pd.Categorical([3, 1, None])}))["a"].kind is Kind.NUMERIC


def test_a_column_without_values_is_missing_everywhere():
    for rows in (pd.DataFrame({"a": [None, None]}), pl.DataFrame({"a": pl.Series([None, None], dtype=pl.Float64)})):
        assert as_table(rows)["a"].missing.all()


def test_a_table_is_returned_as_it_is():
    table = as_table(np.eye(2))
    assert as_table(table) is table


def test_labels_of_columns_need_not_be_text():
    table = as_table(pd.DataFrame({0: [1.0, 2.0], 1: [3.0, 4.0]}))
    assert table.names == ("0", "1")
    changed = table.hiding(["0"]).recombine({"1": np.array([1])}, np.array([0]))
    assert changed.native.to_dict("list") == {1: [4.0]}


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([], r"shape \(0,\)"),
        ([1, 2, 3], r"shape \(3,\)"),
        (np.zeros((0, 3)), "0 rows and 3 columns"),
        (np.zeros((3, 0)), "3 rows and 0 columns"),
        (np.zeros((2, 2, 2)), r"shape \(2, 2, 2\)"),
        (pd.DataFrame({"a": []}), "0 rows and 1 columns"),
        (pl.DataFrame({"a": []}), "0 rows and 1 columns"),
        ([[1, 2], [3]], "rows of different lengths"),
        (scipy.sparse.eye(3), "sparse"),
        (np.array([[1j]]), "complex"),
        (np.array([[{"a": 1}]], dtype=object), "`dict`"),
        (np.array([[None], [np.zeros(3)]], dtype=object), "`ndarray`"),
        (pl.DataFrame({"list": [[1, 2], [3]]}), "`list`"),
        (duckdb.sql("select 1 as a"), r"`DuckDBPyRelation`.*`.df\(\)`"),
        (pd.DataFrame([[1, 2, 3]], columns=["a", "b", "a"]), "`a` more than once"),
        (pd.DataFrame([[1, 2]], columns=[1, "1"]), "`1` more than once"),
        (object(), r"shape \(\)"),
    ],
)
def test_rows_that_are_no_table_are_refused(rows, found):
    with pytest.raises(InputError, match=found) as caught:
        as_table(rows)
    assert caught.value.asked
    assert caught.value.remedy


def test_a_column_that_is_absent_is_named():
    with pytest.raises(InputError, match=r"`nope`.*`x0`, `x1`"):
        as_table(np.eye(2))["nope"]


@pytest.mark.parametrize("rows", SOURCES.values(), ids=SOURCES)
def test_taken_rows_keep_order_repeats_and_types(rows):
    table = as_table(rows)
    taken = table.take(np.array([3, 0, 0, 2]))
    assert types_of(taken.native) == types_of(rows)
    assert rows_of(taken.native) == [rows_of(rows)[i] for i in (3, 0, 0, 2)]
    for before, after in zip(table.columns, taken.columns, strict=True):
        assert values_of(after) == [values_of(before)[i] for i in (3, 0, 0, 2)]
    assert rows_of(table.slice(1, 99).native) == rows_of(rows)[1:]
    assert table.slice(0, 99) is table


@pytest.mark.parametrize("rows", SOURCES.values(), ids=SOURCES)
def test_a_stretch_of_rows_is_what_taking_them_gives(rows):
    table = as_table(rows)
    for whole in (table, table.take(np.array([3, 0, 0, 2])), table.slice(1, 4)):
        part, taken = whole.slice(1, 3), whole.take(np.array([1, 2]))
        assert part.n_rows == taken.n_rows == len(part.native)
        assert rows_of(part.native) == rows_of(taken.native)
        assert types_of(part.native) == types_of(taken.native)
        for one, other in zip(part.columns, taken.columns, strict=True):
            assert values_of(one) == values_of(other)


@pytest.mark.parametrize(
    ("kind", "largest"), [("float32", 0.1), ("float64", 1e300), ("int16", -7), ("uint64", 2**64 - 1), ("bool", True)]
)
def test_a_frame_of_plain_numbers_is_one_matrix_of_what_its_columns_hold(kind, largest):
    values = np.array([0, 1, largest], kind)
    frame = pd.DataFrame({"a": values, "b": [0.1, np.nan, -0.0], "c": [True, False, True], "d": [2**53 + 1, 1, 0]})
    for some in (frame, frame[["a"]], frame.iloc[1:], frame[["b", "a"]]):
        expected = np.column_stack([column.values for column in as_table(some).columns])
        assert np.array_equal(plain_matrix(some), expected, equal_nan=True)
    assert plain_matrix(frame.astype({"d": "Int64"})) is None
    assert plain_matrix(frame.assign(e="x")) is None
    assert plain_matrix(frame.to_numpy()) is None


@pytest.mark.parametrize("rows", SOURCES.values(), ids=SOURCES)
@settings(max_examples=25)
@given(data=st.data())
def test_recombined_rows_are_right_on_both_sides_and_keep_their_types(rows, data):
    table = as_table(rows)
    index = st.integers(0, table.n_rows - 1)
    base = np.array(data.draw(st.lists(index, min_size=1, max_size=6)))
    changed = data.draw(st.lists(st.sampled_from(table.names), unique=True))
    row_numbers = st.lists(index, min_size=len(base), max_size=len(base)).map(np.array)
    sources = {name: data.draw(row_numbers) for name in changed}
    result = table.recombine(sources, base)
    assert result.n_rows == len(base)
    assert types_of(result.native) == types_of(rows)
    origin = [sources.get(name, base) for name in table.names]
    old = rows_of(rows)
    assert rows_of(result.native) == [[old[origin[j][i]][j] for j in range(len(origin))] for i in range(len(base))]
    for j, column in enumerate(result.columns):
        assert values_of(column) == [values_of(table.columns[j])[i] for i in origin[j]]


@pytest.mark.parametrize("rows", SOURCES.values(), ids=SOURCES)
def test_hidden_columns_are_kept_from_the_teacher_only(rows):
    table = as_table(rows)
    name = table.names[0]
    hidden = table.hiding([name])
    assert hidden.names == table.names
    assert rows_of(hidden.native) == [row[1:] for row in rows_of(rows)]
    changed = hidden.recombine({name: np.array([1]), table.names[1]: np.array([2])}, np.array([3]))
    assert values_of(changed[name]) == [values_of(table[name])[1]]
    old = rows_of(rows)
    assert rows_of(changed.native) == [[old[2][1], *old[3][2:]]]
    assert hidden.take(np.array([2])).hidden == {name}
    assert rows_of(hidden.hiding([name]).native) == rows_of(hidden.native)


def test_columns_are_hidden_one_after_another():
    table = as_table(np.arange(6.0).reshape(2, 3)).hiding(["x0"]).hiding(["x2"])
    assert table.hidden == {"x0", "x2"}
    assert table.native.tolist() == [[1.0], [4.0]]


def test_hiding_nothing_changes_nothing_and_hiding_wrongly_is_refused():
    rows = pandas_frame()
    assert as_table(rows).hiding([]).native is rows
    with pytest.raises(InputError, match="`nope`"):
        as_table(rows).hiding(["nope"])
    with pytest.raises(InputError, match="only columns that are hidden"):
        as_table(np.eye(2)).hiding(["x0", "x1"])


def test_words_for_messages_are_cut():
    assert shortened("a\nb") == "a\\nb"
    assert len(shortened("x" * 1_000_000)) == 40
    assert listed(["a", "b"]) == "`a`, `b`"
    assert listed([str(j) for j in range(10)]).endswith(" and 2 more")
    assert len(listed(["x" * 1_000_000] * 20)) < 400
    assert counted(1, "row") == "1 row"
    assert counted(1234567, "row") == "1 234 567 rows"


def test_a_very_long_cell_and_very_many_columns_are_read():
    long = "x" * 1_000_000
    assert as_table(pd.DataFrame({"a": [long, "b"]}))["a"].categories == ("b", long)
    wide = as_table(np.zeros((2, 10_000)))
    assert len(wide.columns) == 10_000
    names = [f"c{j}" for j in range(10_000)]
    with pytest.raises(InputError, match="`c7` more than once"):
        as_table(pd.DataFrame(np.zeros((2, 10_001)), columns=[*names, "c7"]))


def test_a_table_is_made_of_columns_that_can_be_asked_for():
    table = as_table(np.eye(3))
    assert isinstance(table, Table)
    assert "x2" in table
    assert "x3" not in table
    assert table.position("x1") == 1
    renamed = table.renamed(["a", "b", "c"])
    assert renamed.names == ("a", "b", "c")
    assert renamed.native is table.native
