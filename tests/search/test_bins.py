"""Bins hold the rows that answer the literals about one column alike; sums by bins are those of the rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from limbeck.search import AnsweredSums, binned_columns
from limbeck.search.family import distinct_rows


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 12), st.integers(1, 5))
def test_bins_and_sums(seed, n, n_literals, n_columns):
    rng = np.random.default_rng(seed)
    answers, asked = rng.random((n, n_literals)) < 0.4, rng.integers(n_columns, size=n_literals)
    columns = binned_columns(answers, asked)
    assert sorted(np.concatenate([column.literal for column in columns]).tolist()) == list(range(n_literals))
    for column in columns:
        assert len(set(asked[column.literal].tolist())) == 1
        assert (column.answers[column.bin_of] == answers[:, column.literal]).all()
        assert len(np.unique(column.answers, axis=0)) == len(column.answers)  # no two bins answer alike
    numbers = rng.integers(-3, 4, n).astype(float)
    assert AnsweredSums(columns).of(numbers).tolist() == (numbers @ answers).tolist()


def test_by_default_each_literal_is_a_column():
    answers = np.array([[True, False], [True, True]])
    assert [column.literal.tolist() for column in binned_columns(answers)] == [[0], [1]]


@given(arrays(float, 25, elements=st.integers(0, 6)), st.lists(st.integers(-1, 7), min_size=1, max_size=8))
def test_bins_between_thresholds_are_the_rows_that_answer_alike(values, thresholds):
    answers = values[:, None] <= np.array(thresholds)
    (column,) = binned_columns(answers, np.zeros(len(thresholds), int))
    first, bin_of = distinct_rows(np.packbits(answers, axis=1))[1:]
    assert np.array_equal(column.bin_of, bin_of)
    assert np.array_equal(column.answers, answers[first])
