"""Sums in fixed point against sums of fractions."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.search.exact import MOST_AT_ONCE, ExactSums, limbs_of

NUMBERS = st.lists(st.floats(-(2.0**47), 2.0**47) | st.integers(-5, 5).map(float) | st.floats(-1, 1), min_size=1)


def added(numbers, cuts):
    sums = ExactSums(())
    for part in np.split(np.array(numbers), cuts):
        sums.add(limbs_of(part).sum(axis=1))
    return sums


@settings(max_examples=200, deadline=None)
@given(NUMBERS, st.lists(st.integers(0, 20), max_size=4), st.randoms())
def test_order_and_cutting_do_not_matter_and_the_error_is_bounded(numbers, cuts, random):
    one = added(numbers, [])
    shuffled = list(numbers)
    random.shuffle(shuffled)
    assert float(added(shuffled, sorted(cuts)).values) == float(one.values)
    exact = sum(map(Fraction, numbers))
    assert abs(Fraction(float(one.values)) - exact) <= len(numbers) * Fraction(1, 2**70) + abs(exact) / 2**51


@settings(max_examples=100, deadline=None)
@given(NUMBERS, NUMBERS)
def test_what_is_joined_and_taken_away_leaves_nothing(mine, theirs):
    one, other = added(mine, []), added(theirs, [])
    before = float(one.values)
    one.join(other)
    one.take_away(other)
    assert float(one.values) == before
    one.take_away(added(mine, []))
    assert float(one.values) == 0.0


def test_float64_adds_the_limbs_of_a_block_exactly():
    largest = limbs_of(np.array([-(2.0**48), 2.0**48 - 1, np.nextafter(512.0, 0)]))
    assert np.abs(largest).max() * MOST_AT_ONCE <= 2.0**53


def test_plain_sums_do_depend_on_the_order():
    """The converse: what the fixed point is for."""
    numbers = np.array([1.0, 1e16, -1e16])
    assert (numbers[0] + numbers[1]) + numbers[2] != (numbers[1] + numbers[2]) + numbers[0]
