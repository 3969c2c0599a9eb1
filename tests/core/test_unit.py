"""A unit takes away what numbers measure: their size and their zero."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from limbeck.core import Unit

WHOLE = arrays(np.float64, st.integers(1, 30), elements=st.integers(-1000, 1000).map(float))


@given(WHOLE, st.integers(-1074, 1013))
def test_a_power_of_two_changes_no_bit_of_the_standard_numbers(values, k):
    scaled = np.ldexp(values, k)
    one, other = Unit.of(values), Unit.of(scaled)
    assert (one.standard(values) == other.standard(scaled)).all()
    standard = one.standard(values) * 0.7
    assert (np.ldexp(one.restored(standard), k) == other.restored(standard)).all()
    with np.errstate(over="ignore"):  # beyond float64 a length is the largest that it holds
        length = min(float(np.ldexp(one.length(3.0), k)), np.finfo(float).max)
    assert length == other.length(3.0) or not values.any()


@given(WHOLE, st.sampled_from([1.0, 1e6, -1e12]))
def test_a_shift_changes_no_bit_where_float64_holds_the_sums(values, shift):
    one, other = Unit.of(values), Unit.of(values + shift)
    assert (np.ldexp(one.standard(values), one.top + one.spread) == values - np.ldexp(one.zero, one.top)).all()
    same = np.ldexp(other.standard(values + shift), other.top + other.spread)
    assert (same == np.ldexp(one.standard(values), one.top + one.spread)).all()


@given(arrays(np.float64, st.integers(1, 30), elements=st.floats(allow_nan=False, allow_infinity=False)))
def test_any_finite_numbers_become_numbers_whose_squares_can_be_added_up(values):
    unit = Unit.of(values)
    with np.errstate(all="raise", under="ignore"):
        standard = unit.standard(values)
        assert np.isfinite((standard**2).sum())
        back = unit.restored(standard)
    # Numbers far below the largest lose what it has no digits for.
    assert np.abs(back / 2 - values / 2).max() <= np.abs(values).max() * 2.0**-51


@pytest.mark.parametrize("value", [0.0, 0.1, -3e-320, 1e-170, 1.7e308])
def test_equal_numbers_stay_equal_and_come_back_exactly(value):
    values = np.full(5, value)
    unit = Unit.of(values)
    assert (unit.standard(values) == 0).all()
    assert (unit.restored(unit.standard(values)) == values).all()


def test_what_lies_beyond_float64_is_the_largest_number():
    unit = Unit.of(np.array([1.7e308, -1.7e308]))
    assert np.isfinite(unit.restored(np.array([1e6, -1e6]))).all()
    assert np.isfinite(unit.length(1e6))
    assert np.isfinite(unit.standard(np.array([1e-300]))).all()
    assert np.isfinite(Unit.of(np.array([1e-300, 2e-300])).standard(np.array([1e300]))).all()
