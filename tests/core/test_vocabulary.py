"""The vocabulary asks what tells rows apart: nothing twice, nothing that all rows answer alike."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from limbeck.core import Literal, Op, Vocabulary, as_table
from limbeck.core.vocabulary import missing_columns, readable_between
from limbeck.errors import InputError

FINITE = st.floats(allow_nan=False, allow_infinity=False)
CELLS = {
    "number": st.one_of(st.none(), st.integers(-3, 3).map(float), st.floats(-2, 2)),
    "bit": st.sampled_from([0.0, 1.0]),
    "sign": st.sampled_from([-1.0, 1.0, None]),
    "colour": st.sampled_from(["red", "blue", "green", None]),
}
ROWS = st.lists(st.tuples(*CELLS.values()), min_size=1, max_size=25)


def frame(rows):
    columns = dict(zip(CELLS, zip(*rows, strict=True), strict=True))
    return pd.DataFrame({k: pd.Series(v, dtype=object if k == "colour" else float) for k, v in columns.items()})


@given(FINITE, FINITE)
@example(1.7974e308, 1.7976931348623157e308)
@example(-1.7976931348623157e308, 1.7976931348623157e308)
@example(0.0, 5e-324)
@example(0.0, 1e-323)
@example(-0.0, 0.0)
@example(1.0, math.nextafter(1.0, 2.0))
@example(2.0**53, 2.0**53 + 2)
def test_a_readable_threshold_splits_two_neighbours(one, other):
    low, high = min(one, other), max(one, other)
    threshold = readable_between(low, high)
    if low == high:
        assert threshold == low
        return
    assert low <= threshold < high, "the lower value answers yes, the higher no"
    if math.nextafter(low, math.inf) < high:
        assert low < threshold < high


@given(st.lists(FINITE, min_size=2, max_size=12, unique=True))
def test_readable_thresholds_split_the_rows_as_the_midpoints_do(numbers):
    for low, high in itertools.pairwise(sorted(set(numbers))):
        middle = (Fraction(low) + Fraction(high)) / 2
        threshold = readable_between(low, high)
        assert [x <= threshold for x in numbers] == [x <= middle for x in numbers]


@given(st.integers(-1000, 1000), st.integers(1, 1000))
def test_a_readable_threshold_has_few_digits(low, gap):
    threshold = readable_between(float(low), float(low + gap))
    assert len(f"{threshold:.12g}".strip("-")) <= len(str(abs(low) + gap)) + 2
    assert abs(threshold - (low + gap / 2)) <= gap / 4


@given(ROWS)
def test_no_two_questions_say_the_same_and_none_is_constant(rows):
    table = frame(rows)
    words = Vocabulary.fit(table)
    answers = words.evaluate(table)
    assert answers.shape == (len(rows), len(words))
    columns = [tuple(column) for column in answers.T.tolist()]
    assert len(set(columns)) == len(columns)
    assert not {tuple(not a for a in column) for column in columns} & set(columns)
    assert all(any(column) and not all(column) for column in columns)
    assert len(set(words.literals)) == len(words)


@given(ROWS)
def test_the_questions_tell_apart_all_rows_that_any_question_could(rows):
    table = frame(rows)
    answers = Vocabulary.fit(table, max_thresholds=100).evaluate(table)
    classes = {}
    for row, answer in zip(rows, answers.tolist(), strict=True):
        classes.setdefault(tuple(answer), set()).add(row)
    # Two missing values are one value, and so are 0.0 and -0.0, as equality of tuples has it.
    assert all(len(same) == 1 for same in classes.values())


@given(ROWS)
def test_packed_answers_are_the_answers(rows):
    table = frame(rows)
    words = Vocabulary.fit(table)
    packed = words.evaluate_packed(table)
    assert packed.shape == (len(words), (len(rows) + 7) // 8)
    assert np.array_equal(np.unpackbits(packed, axis=1, count=len(rows)).astype(bool), words.evaluate(table).T)


def test_every_kind_of_column_gets_its_questions():
    words = Vocabulary.fit(
        pd.DataFrame(
            {
                "age": [20.0, 20.0, 30.0, 30.0, 40.0, 40.0],
                "sign": [-1, 1, 1, -1, 1, -1],
                "colour": ["red", "blue", "green", None, "red", "blue"],
                "gap": [0.0, np.nan, 1.0, 1.0, np.nan, 0.0],
                "constant": [7] * 6,
                "empty": [np.nan] * 6,
                "twin": [60.0, 60.0, 90.0, 90.0, 120.0, 120.0],
            }
        )
    )
    assert words.names == (
        "age <= 25", "age <= 35", "sign = 1", "colour = blue", "colour = green", "colour = red", "colour is missing",
        "gap = 1", "gap is missing",
    )  # fmt: skip
    assert words.notes == ()


def test_frames_and_arrays_give_the_same_questions():
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.normal(size=50), rng.integers(2, size=50)])
    names = ["x0", "x1"]
    as_array = Vocabulary.fit(x)
    assert as_array.literals == Vocabulary.fit(pd.DataFrame(x, columns=names)).literals
    assert as_array.literals == Vocabulary.fit(pl.DataFrame(x, schema=names)).literals


@pytest.mark.parametrize("most", [1, 2, 7, 31])
def test_thresholds_are_capped_and_spread_evenly_over_the_rows(most):
    values = np.arange(1000.0)
    words = Vocabulary.fit(values[:, None], max_thresholds=most)
    assert len(words) == most
    below = words.evaluate(values[:, None]).mean(axis=0)
    assert np.abs(below - np.arange(1, most + 1) / (most + 1)).max() < 0.002


def test_few_distinct_values_are_all_split_even_when_one_is_most_frequent():
    values = np.repeat([1.0, 2.0, 3.0, 4.0], [97, 1, 1, 1])
    assert len(Vocabulary.fit(values[:, None], max_thresholds=3)) == 3
    assert 1 <= len(Vocabulary.fit(values[:, None], max_thresholds=2)) <= 2


def test_the_most_frequent_categories_are_kept_and_the_cut_is_noted():
    colours = ["a"] * 5 + ["b"] * 3 + ["c"] * 4 + ["d"]
    words = Vocabulary.fit(pd.DataFrame({"colour": colours}), max_categories=2)
    assert words.names == ("colour = a", "colour = c")
    assert words.notes == ("column `colour` has 4 categories: the 2 most frequent are asked about",)


def test_many_numeric_columns_share_the_vocabulary_and_the_cut_is_noted():
    x = np.random.default_rng(0).normal(size=(40, 30))
    words = Vocabulary.fit(x, max_literals=60)
    assert len(words) == 60
    assert words.notes == ("30 numeric columns: at most 2 thresholds each",)
    assert len(Vocabulary.fit(x, max_literals=1)) == 30, "every column keeps one"


def test_given_thresholds_come_first_and_quantiles_fill_up():
    rows = pd.DataFrame({"age": np.arange(1.0, 101.0), "bit": [0, 1] * 50})
    given = {"age": [98.2, 3.9, 98.4, 990.0, -7.0], "bit": [0.5]}
    words = Vocabulary.fit(rows, thresholds=given, max_thresholds=2)
    assert words.names == ("age <= 3.5", "age <= 98.5", "bit = 1")
    assert Vocabulary.fit(rows, thresholds=given, max_thresholds=1).names == ("age <= 98.5", "bit = 1")
    more = Vocabulary.fit(rows, thresholds=given, max_thresholds=3)
    assert more.names == ("age <= 3.5", "age <= 50.5", "age <= 98.5", "bit = 1")


def test_given_sets_of_categories_are_asked_about_beside_single_ones():
    rows = pd.DataFrame({"colour": ["red", "blue", "green", "white"] * 3})
    words = Vocabulary.fit(rows, sets={"colour": [["red", "blue"], ["green", "white"]]})
    assert len(words) == 5, "the second set is the negation of the first"
    assert words.names[-1] == "colour in {blue, red}"


@pytest.mark.parametrize(
    "values",
    [
        [-np.inf, 0.0, 1.0, 4.0, np.inf],
        [-np.inf, np.inf],
        [5.0, np.inf],
        [-np.inf, -5.0],
        [-np.inf, 0.0, 1.0],
        [1.7e308, np.inf],
        [-np.inf, -1.7e308],
    ],
)
def test_infinite_values_are_told_from_finite_ones_by_finite_thresholds(values):
    words = Vocabulary.fit(np.array(values)[:, None])
    assert [literal.op for literal in words.literals] == [Op.AT_MOST] * (len(values) - 1)
    assert all(np.isfinite(literal.number) for literal in words.literals)


def test_notes_say_how_columns_were_read_and_what_cannot_be_told_apart():
    wait = pd.to_timedelta([1, 2, 3, 4], "D")
    rows = pd.DataFrame({"id": np.arange(4) + 2**60, "wait": wait, "tags": [[1], [], [], []]})
    words = Vocabulary.fit(rows)
    blurred, spans, tags = words.notes
    assert "float64 cannot tell all values of `id` apart" in blurred
    assert "`wait` holds durations" in spans
    assert "`tags` holds values of type `list`" in tags
    assert {literal.column for literal in words.literals} == {"wait"}


def test_concepts_come_first_and_are_checked():
    rows = pd.DataFrame(
        {"age": [1.0, 2.0, 3.0], "rich": [True, False, True], "word": ["a", "b", "a"], "odd": [1, 2, 1]}
    )
    words = Vocabulary.fit(rows, concepts=["rich"])
    assert words.literals[0] == Literal.concept("rich")
    assert [literal.op for literal in words.literals if literal.column == "rich"] == [Op.CONCEPT]
    for name in ("word", "odd"):
        with pytest.raises(InputError, match=f"`{name}`"):
            Vocabulary.fit(rows, concepts=[name])
    with pytest.raises(InputError, match="`nope`"):
        Vocabulary.fit(rows, concepts=["nope"])


def test_columns_that_are_needed_and_missing_are_named_together():
    with pytest.raises(InputError, match="no column `b`, `c` among `x0`"):
        missing_columns(["x0", "b", "c"], as_table([[1.0]]))
