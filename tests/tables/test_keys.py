"""Keys of rows: equal exactly where rows are, and none where that cannot be told."""

from datetime import timedelta

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limbeck.core import as_table
from limbeck.tables import Recombined, row_keys


@given(st.lists(st.tuples(*[st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0**60, np.inf])] * 3), min_size=2, max_size=40))
def test_keys_are_equal_exactly_where_rows_are(rows):
    keys = row_keys(as_table(np.array(rows)))
    for i, one in enumerate(rows):
        for j, other in enumerate(rows):
            assert (keys[i] == keys[j]) == (one == other)


def test_small_whole_numbers_in_many_places_do_not_collide():
    bits = np.random.default_rng(0).integers(4, size=(20_000, 30))
    assert len(np.unique(row_keys(as_table(bits)))) == len(np.unique(bits, axis=0))


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_keys_stay_when_rows_are_taken_and_mixed(frame):
    table = as_table(frame({"a": [1, 2, 1, 2], "t": ["x", "y", None, "y"], "b": [True, False, True, True]}))
    keys = row_keys(table)
    assert (row_keys(table.take(np.array([3, 0, 0]))) == keys[[3, 0, 0]]).all()
    mixed = table.recombine({"a": np.array([0, 1]), "b": np.array([3, 1])}, np.array([0, 1]))
    assert (row_keys(mixed) == keys[:2]).all()


def test_what_the_teacher_does_not_get_makes_no_difference():
    table = as_table(pd.DataFrame({"a": [1.0, 1.0], "c": [0, 1]}))
    assert row_keys(table)[0] != row_keys(table)[1]
    keys = row_keys(table.hiding(["c"]))
    assert keys[0] == keys[1]


@pytest.mark.parametrize(
    "rows",
    [
        np.array([[1], ["1"]], dtype=object),
        pd.DataFrame({"x": [2**60, 2**60 + 1]}),
        pd.DataFrame({"x": [timedelta(1), timedelta(2)]}),
        np.zeros((2, 300)),
    ],
    ids=["objects", "blurred", "durations", "wide"],
)
def test_there_are_none_where_rows_cannot_be_told_apart_for_sure(rows):
    assert row_keys(as_table(rows)) is None


def test_raw_inputs_have_no_keys():
    from limbeck.concepts import raw_table

    assert row_keys(raw_table(np.random.default_rng(0).random((5, 4, 4)))) is None


@given(st.data())
def test_keys_of_mixed_rows_are_known_before_the_rows_are_made(data):
    n = data.draw(st.integers(1, 6))
    rows = st.lists(st.integers(0, n - 1), min_size=4, max_size=4).map(np.array)
    frame = pd.DataFrame(
        {"a": range(n), "t": ["x", "y", None, "y", "z", "x"][:n], "b": [0.5, np.nan] * (n // 2) + [1] * (n % 2)}
    )
    hidden = as_table(frame).hiding(data.draw(st.sampled_from([["a"], []])))
    some = Recombined(hidden, data.draw(st.dictionaries(st.sampled_from(["a", "t", "b"]), rows)), data.draw(rows))
    assert np.array_equal(some.keys, row_keys(some.made()))
    assert np.array_equal(some.take(np.array([2, 0])).keys, some.keys[[2, 0]])
    assert np.array_equal(some.take(np.array([2, 0])).made().keys, some.keys[[2, 0]])
