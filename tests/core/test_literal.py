"""A question is answered by its meaning, and survives being written down."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limbeck.core import Literal, Op, as_table
from limbeck.core.literal import number_text
from limbeck.errors import InputError

NUMBERS = st.floats(allow_nan=False)
LITERALS = st.one_of(
    st.builds(Literal.is_value, st.text(), NUMBERS),
    st.builds(Literal.at_most, st.text(), NUMBERS),
    st.builds(Literal.one_of, st.text(), st.lists(st.text(), min_size=1, max_size=4)),
    st.builds(Literal.missing, st.text()),
    st.builds(Literal.concept, st.text()),
)

TABLE = as_table(
    pd.DataFrame({"n": [1.0, 1.5, np.nan, 2.0], "c": ["red", "blue", None, "red"], "k": [1.0, 0.0, np.nan, 1.0]})
)


def holds(literal, table=TABLE):
    return literal.holds(table[literal.column]).tolist()


@given(LITERALS)
def test_a_literal_survives_json_exactly(literal):
    again = Literal.from_dict(json.loads(json.dumps(literal.to_dict())))
    assert again == literal
    assert hash(again) == hash(literal)
    assert again.text() == literal.text()


@given(LITERALS)
def test_a_literal_and_its_negation_read_differently(literal):
    assert literal.text() != literal.text(holds=False)
    assert "\n" not in literal.text()


def test_every_question_is_answered_and_a_missing_value_answers_no():
    assert holds(Literal.at_most("n", 1.5)) == [True, True, False, False]
    assert holds(Literal.is_value("n", 2.0)) == [False, False, False, True]
    assert holds(Literal.one_of("c", ["red"])) == [True, False, False, True]
    assert holds(Literal.one_of("c", ["red", "blue"])) == [True, True, False, True]
    assert holds(Literal.concept("k")) == [True, False, False, True]
    assert holds(Literal.missing("n")) == holds(Literal.missing("c")) == [False, False, True, False]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_threshold_that_is_hit_exactly_answers_yes(threshold):
    beside = [math.nextafter(threshold, -math.inf), threshold, math.nextafter(threshold, math.inf)]
    column = as_table(np.array(beside)[:, None])
    assert holds(Literal.at_most("x0", threshold), column) == [True, True, False]


def test_infinite_numbers_are_compared():
    column = as_table(np.array([[-np.inf], [np.inf]]))
    assert holds(Literal.at_most("x0", 0.0), column) == [True, False]


def test_a_category_that_the_fit_did_not_see_answers_no():
    later = as_table(pd.DataFrame({"c": ["green", "red", "a"]}))
    assert holds(Literal.one_of("c", ["red", "never"]), later) == [False, True, False]


def test_a_column_of_another_type_is_refused_unless_it_is_empty():
    with pytest.raises(InputError, match=r"`c <= 1`.*categorical column `c`"):
        holds(Literal.at_most("c", 1.0))
    with pytest.raises(InputError, match=r"`l = red`.*column `l` of values of type `list`"):
        holds(Literal.one_of("l", ["red"]), as_table(pd.DataFrame({"l": [[1], None], "n": [1, 2]})))
    empty = as_table(pd.DataFrame({"c": [np.nan, np.nan], "n": [None, None]}))
    assert holds(Literal.one_of("c", ["red"]), empty) == [False, False]
    assert holds(Literal.at_most("n", 1.0), empty) == [False, False]


def test_numbers_that_are_asked_about_categories_are_read_in_words():
    table = as_table(pd.DataFrame({"float": [1.0, 2.5, np.nan], "bool": [True, False, True], "int": [1, 2**60 + 1, 3]}))
    assert holds(Literal.one_of("float", ["1", "2.5"]), table) == [True, True, False]
    assert holds(Literal.one_of("bool", ["True", "1"]), table) == [True, False, True]
    assert holds(Literal.one_of("int", [str(2**60 + 1), "True"]), table) == [False, True, False]


def test_the_order_and_repeats_of_categories_do_not_matter():
    assert Literal.one_of("c", ["b", "a", "b"]) == Literal.one_of("c", ["a", "b"])


def test_the_text_says_what_is_asked():
    assert Literal.is_value("a", 1).text() == "a = 1"
    assert Literal.missing("a").text(holds=False) == "a is present"
    assert Literal.concept("rich").text(holds=False) == "not rich"
    assert len(Literal.one_of("c", ["x" * 1_000_000]).text()) < 50
    assert Literal("a", Op.AT_MOST, 2.5) == Literal.at_most("a", 2.5)


@given(st.floats(allow_nan=False))
def test_numbers_are_written_so_that_they_read_back(value):
    assert float(number_text(value)) == value
