"""Thresholds that part the answers: brute force finds the same, and rare classes are told by them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck import distill
from limbeck.core import Outputs, as_table
from limbeck.observe import parting_thresholds


def outputs(codes):
    codes = np.asarray(codes, np.intp)
    return Outputs(codes, np.eye(codes.max() + 1)[codes])


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(2, 4), st.integers(20, 60))
def test_they_are_the_cuts_of_greatest_correlation(seed, n_classes, n):
    rng = np.random.default_rng(seed)
    x = rng.integers(30, size=n) / 4
    codes = np.where(rng.random(n) < 0.2, rng.integers(n_classes, size=n), (x * n_classes / 8).astype(int))
    codes = np.unique(codes, return_inverse=True)[1]
    found = parting_thresholds(as_table(x[:, None]), outputs(codes), rng, budget=2).get("x0", [])
    cuts = np.unique(x)[:-1]

    def strengths(code):
        """Of every cut, in standard errors."""
        y = codes == code
        return [np.corrcoef(x <= cut, y)[0, 1] * np.sqrt(n) if 0 < y.sum() < n else 0.0 for cut in cuts]

    by_cut = np.array([strengths(code) for code in np.unique(codes)])
    told = by_cut[:, np.searchsorted(cuts, found)]
    for sign in (1, -1):
        best = (sign * by_cut).max(axis=1)
        for code in np.flatnonzero(best > 4 + 1e-9):
            assert (sign * told[code]).max() == pytest.approx(best[code])
    assert (np.abs(told).max(axis=0) > 4 - 1e-9).all()
    assert len(found) <= 2 * len(by_cut)


def test_both_ends_of_a_band_are_found_and_nothing_in_noise():
    rng = np.random.default_rng(0)
    x = rng.random((1000, 3))
    band = (x[:, 0] > 0.411) & (x[:, 0] <= 0.442)
    found = parting_thresholds(as_table(x), outputs(band), rng)
    assert set(found["x0"]) == {x[x[:, 0] <= 0.411, 0].max(), x[x[:, 0] <= 0.442, 0].max()}
    assert [len(found[name]) for name in ("x1", "x2")] == [0, 0]


def test_numbers_and_gaps_and_columns_of_few_values():
    rng = np.random.default_rng(0)
    x = rng.random((400, 2))
    step = np.where(x[:, 0] > 0.97, 1000.0, rng.random(400))
    x[rng.random(400) < 0.2, 0] = np.nan
    table = as_table(np.column_stack([x, x[:, 0] > 0.97]))
    found = parting_thresholds(table, Outputs(None, step[:, None]), rng)
    assert found["x0"] == [np.nanmax(x[x[:, 0] <= 0.97, 0])]
    assert set(found) == {"x0", "x1"}


@pytest.mark.parametrize("share", [0.02, 0.05])
def test_a_rare_class_that_one_threshold_tells_is_told_when_in_a_hurry(share):
    """Even quantiles, 32 of them, are 3 % of the rows apart."""
    missed = []
    for seed in range(3):
        rows = np.random.default_rng(seed).normal(size=(1000, 6))
        edge = np.quantile(rows[:, 0], 1 - share)
        codes = np.where(rows[:, 0] > edge, 2, rows[:, 1] > 0)
        result = distill(
            lambda x, edge=edge: np.where(x[:, 0] > edge, 2, x[:, 1] > 0), rows,
            max_leaves=6, effort="fast", certificate=0.0, random_state=seed,
        )  # fmt: skip
        missed.append((result.tree.predict(rows) != codes).sum())
    assert max(missed) == 0
