"""Synthetic rows: values that the columns hold, mixed of two rows at a time, near ones when that is asked for."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.core import as_table
from limbeck.observe import mixed_rows


def frame(rng, n):
    return pd.DataFrame(
        {
            "number": np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n)),
            "whole": rng.integers(5, size=n),
            "colour": rng.choice(["red", "green", "blue"], n),
            "infinite": rng.choice([-np.inf, 0.0, 1e300], n),
        }
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(0, 4), st.sampled_from([1, 5, None]))
def test_every_cell_is_one_that_its_column_holds(seed, n, copies, neighbours):
    rng = np.random.default_rng(seed)
    table = as_table(frame(rng, n))
    drawn = mixed_rows(table, copies, rng, neighbours=neighbours).table
    assert drawn.n_rows == n * copies
    for column in table.columns:
        assert np.isin(drawn[column.name].values.astype(str), column.values.astype(str)).all()
        assert drawn[column.name].kind is column.kind


@pytest.mark.parametrize("neighbours", [3, None])
def test_a_row_is_mixed_of_its_own_and_one_other(neighbours):
    """Columns that all hold the row's number show whom a row is mixed of."""
    table = as_table(np.tile(np.arange(50.0)[:, None], (1, 12)))
    drawn = mixed_rows(table, 20, np.random.default_rng(0), neighbours=neighbours).table
    cells = np.stack([column.values for column in drawn.columns], axis=1)
    own = np.tile(np.arange(50.0), 20)
    others = [set(row) - {mine} for row, mine in zip(cells, own, strict=True)]
    assert max(map(len, others)) == 1
    distance = np.array([abs(next(iter(other)) - mine) for other, mine in zip(others, own, strict=True) if other])
    assert distance.max() == (3 if neighbours else pytest.approx(49, abs=4))
    assert abs((cells == own[:, None]).mean() - 0.5) < 0.03  # half of the columns are its own


def test_near_rows_keep_what_ties_columns_together_and_any_rows_do_not():
    x = np.random.default_rng(0).normal(size=400)
    table = as_table(np.column_stack([x, x]))

    def apart(neighbours):
        drawn = mixed_rows(table, 5, np.random.default_rng(1), neighbours=neighbours).table
        return float(np.abs(drawn["x0"].values - drawn["x1"].values).mean())

    assert apart(5) < 0.05 < 0.4 < apart(None)


def test_nothing_is_mixed_at_a_share_of_zero():
    table = as_table(frame(np.random.default_rng(0), 20))
    drawn = mixed_rows(table, 2, np.random.default_rng(1), share=0.0).table
    for column in table.columns:
        np.testing.assert_array_equal(drawn[column.name].values, np.tile(column.values, 2))
