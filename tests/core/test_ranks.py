"""Ranks, beside SciPy's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from limbeck.core import mean_ranks


@given(st.lists(st.integers(-3, 3) | st.floats(allow_nan=False), min_size=1, max_size=30))
def test_ranks_are_those_of_scipy(values):
    array = np.array(values, float)
    assert (mean_ranks(array) == rankdata(array)).all()
