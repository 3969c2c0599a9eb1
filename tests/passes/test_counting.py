"""Large tables: the search sees a sample, and every row is counted in the tree."""

import numpy as np
import pytest

from limbeck import distill
from limbeck.passes import counting


def rule(x):
    return np.where(x[:, 0] > 0, x[:, 1] > 0.5, x[:, 2] > -0.5).astype(int)


@pytest.mark.parametrize("numbers", [False, True])
def test_all_rows_are_counted_in_the_leaves(monkeypatch, numbers):
    monkeypatch.setattr(counting, "MOST_SEARCHED", 300)
    monkeypatch.setattr(counting, "_BATCH", 256)
    x = np.random.default_rng(0).normal(size=(2000, 4))
    model = (lambda x: rule(x) + 0.25) if numbers else rule
    result = distill(model, x, max_leaves=6, effort="fast")
    assert result.ledger.fit_rows == 1500
    assert result.tree.n_rows[result.tree.yes < 0].sum() == 1500
    fresh = np.random.default_rng(1).normal(size=(2000, 4))
    assert np.mean(np.round(result.predict(fresh)) == np.round(model(fresh))) > 0.97
    fit = [point.fit_fidelity for point in result.frontier]
    assert fit == sorted(fit)


@pytest.mark.parametrize("n_batches", [0, 3])
def test_without_time_to_count_the_ledger_tells_the_rows_of_the_sample(monkeypatch, n_batches):
    monkeypatch.setattr(counting, "MOST_SEARCHED", 300)
    monkeypatch.setattr(counting, "_BATCH", 256)
    left = iter(range(100))
    monkeypatch.setattr(counting.Run, "keep_going", lambda self, during: during != "counting" or next(left) < n_batches)
    result = distill(rule, np.random.default_rng(0).normal(size=(2000, 4)), max_leaves=4, effort="fast")
    assert result.ledger.fit_rows == result.tree.n_rows[0] == 300


def test_a_table_that_is_small_enough_is_seen_whole():
    x = np.random.default_rng(0).normal(size=(400, 3))
    assert "counting" in distill(rule, x, max_leaves=4, effort="fast").ledger.seconds
