"""Values of every type are read as numbers, dates or words, or left to the teacher; masked ones are missing."""

import enum
import uuid
from datetime import date, time
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from limbeck.errors import InputError
from limbeck.tables import Kind, as_table
from limbeck.tables.column_reading import column_of

Colour = enum.Enum("Colour", "RED BLUE")
NUMBERS = {
    "Decimal": pd.Series([Decimal("0.5"), None, Decimal(2), Decimal("sNaN")]),
    "Fraction": pd.Series([Fraction(1, 2), None, 2, np.nan]),
    "NumPy scalars": pd.Series([np.float32(0.5), None, np.int64(2), pd.NA], dtype=object),
    "arrow decimal": pd.Series([Decimal("0.5"), None, Decimal(2), None], dtype=pd.ArrowDtype(pa.decimal128(9, 2))),
    "polars decimal": pl.Series([Decimal("0.5"), None, Decimal(2), None]),
    "sparse": pd.Series(pd.arrays.SparseArray([0.5, np.nan, 2.0, np.nan])),
    "masked": np.ma.masked_array([0.5, 9.0, 2.0, 9.0], mask=[0, 1, 0, 1]),
    "masked objects": np.ma.masked_array([0.5, "x", 2, []], mask=[0, 1, 0, 1], dtype=object),
}
WORDS = {
    "UUID": ([uuid.UUID(int=1), None, uuid.UUID(int=2)], (str(uuid.UUID(int=1)), str(uuid.UUID(int=2)))),
    "interval": (pd.cut([1, np.nan, 3], [0, 2, 4]), ("(0, 2]", "(2, 4]")),
    "interval index": (pd.arrays.IntervalArray.from_tuples([(0, 2), np.nan, (2, 4)]), ("(0, 2]", "(2, 4]")),
    "enum": ([Colour.RED, None, Colour.BLUE], ("Colour.BLUE", "Colour.RED")),
    "mixed": (["a", None, True], ("True", "a")),
    "numbers in words": (["a", np.nan, 2.0], ("2", "a")),
    "dates in words": (["a", pd.NaT, date(2021, 5, 31)], ("2021-05-31", "a")),
    "NumPy text": ([np.str_("a"), None, np.str_("b")], ("a", "b")),
}
UNREAD = {"list": [[1], None, []], "dict": [{}, None, {"a": 1}], "complex": [1j, None, 2], "set": [{1}, None, "text"]}


@pytest.mark.parametrize("values", NUMBERS.values(), ids=NUMBERS)
def test_every_kind_of_number_is_a_number(values):
    column = column_of("x", values) if isinstance(values, np.ndarray) else as_table(values.to_frame("x"))["x"]
    np.testing.assert_array_equal(column.values, [0.5, np.nan, 2.0, np.nan])
    assert (column.kind, column.note) == (Kind.NUMERIC, "")


@pytest.mark.parametrize(("values", "words"), WORDS.values(), ids=WORDS)
def test_what_has_a_name_is_a_category(values, words):
    column = as_table(pd.DataFrame({"x": values}))["x"]
    assert column.kind is Kind.CATEGORICAL
    assert column.categories == words
    assert column.missing.tolist() == [False, True, False]


@pytest.mark.parametrize("values", UNREAD.values(), ids=UNREAD)
def test_of_anything_else_only_whether_it_is_missing_is_known(values):
    rows = pd.DataFrame({"x": pd.Series(values, dtype=object), "y": [1, 2, 3]})
    table = as_table(rows)
    assert table["x"].missing.tolist() == [False, True, False]
    assert table["x"].unread in table["x"].note
    assert table.native is rows
    with pytest.raises(InputError, match="column `x`"):
        as_table(rows[["x"]])


def test_durations_beside_words_are_not_read_and_times_are_parts_of_a_day():
    assert column_of("x", np.array([np.timedelta64(1, "D"), "a"], dtype=object)).unread
    assert column_of("x", np.array([time(6), None], dtype=object)).values[0] == 0.25


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, object])
def test_integers_that_float64_merges_get_a_note(dtype):
    near, far = np.array([2**60, 2**60 + 1], dtype), np.array([2**60, 2**61], dtype)
    assert "float64 cannot tell all values of `x` apart" in column_of("x", near).note
    assert not column_of("x", far).note
    assert column_of("x", near).in_words().categories == (str(2**60), str(2**60 + 1))
    assert column_of("x", np.array([10**400, -(10**400)], object)).values.tolist() == [np.inf, -np.inf]


def test_masked_rows_stay_masked_for_the_teacher():
    rows = np.ma.masked_array([[1.0, 2.0], [3.0, 4.0]], mask=[[True, False], [False, False]], hard_mask=True)
    table = as_table(rows)
    assert table["x0"].missing.tolist() == [True, False]
    assert table.take(np.array([1, 0])).native.mask.tolist() == [[False, False], [True, False]]
    mixed = table.recombine({"x0": np.array([1, 0])}, np.array([0, 1]))
    assert mixed.native.mask.tolist() == [[False, False], [True, False]]
    assert mixed.native[0, 0] == 3.0


def test_fields_of_a_structured_array_are_columns():
    rows = np.array([(1, "u", True), (2, "v", False)], dtype=[("a", int), ("b", "U3"), ("c", bool)])
    table = as_table(rows)
    assert table.names == ("a", "b", "c")
    assert not table.by_place
    assert table["b"].categories == ("u", "v")
    assert table.hiding(["c"]).native.dtype.names == ("a", "b")
    mixed = table.recombine({"b": np.array([1])}, np.array([0]))
    assert mixed.native.tolist() == [(1, "v", True)]


def test_equal_columns_of_an_arrow_table_are_no_repeated_names():
    assert as_table(pa.table({"a": [1, 2], "b": [1, 2]})).names == ("a", "b")
