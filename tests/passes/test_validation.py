"""Held-out rows choose the recipe; where rows are few, rows that are made up and labelled make better trees."""

import numpy as np

from limbeck import distill
from limbeck.core import Outputs, as_table
from limbeck.passes.learning import Recipe
from limbeck.passes.validation import Validation


def validation(gaps, weights=None):
    gaps = np.asarray(gaps, np.float32)
    n = gaps.shape[-1]
    outputs = Outputs(np.zeros(n, np.intp), np.ones((n, 1)))
    weights = np.ones(n) if weights is None else np.asarray(weights, float)
    return Validation(np.arange(n), as_table(np.zeros((n, 1))), outputs, weights, tuple(Recipe)[: len(gaps)], gaps)


def test_fidelity_is_the_weighted_share_of_held_out_rows_that_agree():
    said = validation([[[0, 1, 1, 0], [0, 0, 0, 1]]], weights=[1, 2, 3, 4])
    np.testing.assert_allclose(said.fidelity, [[0.5, 0.6]])


def test_the_recipe_that_is_better_over_all_sizes_wins_and_the_first_among_equals():
    lucky_once = [[1, 1, 1, 1], [0, 0, 0, 0]]
    better = [[0, 0, 0, 1], [1, 0, 0, 0]]
    assert validation([lucky_once, better]).best == 1
    assert validation([better, better]).best == 0


def majority(x):
    return (x[:, :7].sum(axis=1) > 3).astype(int)


def test_made_up_rows_help_where_rows_are_few():
    rng = np.random.default_rng(0)
    fresh = rng.integers(2, size=(4000, 10))
    gained = []
    for _ in range(6):
        rows = rng.integers(2, size=(60, 10))

        def fidelity(rows=rows, **given):
            result = distill(majority, rows, max_leaves=12, certificate=0.0, guides=["impurity"], **given)
            return (result.best(12).tree.predict(fresh) == majority(fresh)).mean()

        gained.append(fidelity() - fidelity(synthetic=False))
    assert np.mean(gained) > 0.02


def test_effort_fast_makes_no_rows_up_and_holds_fewer_out():
    rows = np.random.default_rng(0).integers(2, size=(1000, 7))
    given = {"max_leaves": 4, "certificate": 0.0, "guides": ["impurity"], "validation": 0.2}
    fast, normal = (distill(majority, rows, effort=effort, **given) for effort in ("fast", "normal"))
    assert (fast.ledger.queries, fast.ledger.validation_rows) == (0, 400)
    assert (normal.ledger.queries > 0, normal.ledger.validation_rows) == (True, 1000)
