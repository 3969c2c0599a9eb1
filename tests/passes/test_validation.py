"""Held-out rows choose the recipe; where rows are few, rows that are made up and labelled make better trees."""

import numpy as np

from limbeck import distill
from limbeck.core import Outputs, as_table
from limbeck.passes import Run, ask_teacher, choose_questions, observe_rows
from limbeck.passes.lessons import Lessons, Recipe
from limbeck.passes.validation import Validation, in_the_race, misses_nothing
from limbeck.settings import Settings
from limbeck.teachers import as_teacher


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


def test_a_recipe_is_out_when_it_is_a_standard_error_behind_the_best():
    def of(*wrong):
        return [np.array([[row in wrong for row in range(100)]] * 2, np.float32)]

    best, close, far = of(*range(20)), of(*range(10, 32)), of(*range(10, 40))
    raced = {Recipe.REAL: far, Recipe.NEAR: best, Recipe.ANY: close}
    # 10 rows against 12 and 20 that only one of two has wrong: 2 and 10 more, with standard errors of 4.7 and 5.4.
    assert in_the_race(raced, np.ones(100)) == (Recipe.NEAR, Recipe.ANY)
    # Where the rows that the best one has wrong count three times, it is far behind.
    assert Recipe.NEAR not in in_the_race(raced, np.where(np.arange(100) < 10, 3.0, 1.0))
    assert in_the_race({Recipe.REAL: best, Recipe.ANY: best}, np.ones(100)) == (Recipe.REAL, Recipe.ANY)


def test_a_tree_misses_nothing_only_where_enough_rows_say_so():
    gaps = np.zeros((3, 100), np.float32)
    gaps[:2, 7] = 1
    assert misses_nothing(gaps)
    assert not misses_nothing(gaps[:, 1:])
    assert not misses_nothing(gaps[:2])
    gaps[2, 0] = np.nan  # asks the model
    assert not misses_nothing(gaps)


def test_where_a_tree_of_the_tables_rows_misses_nothing_no_synthetic_row_is_asked_about():
    bits = np.random.default_rng(0).integers(2, size=(800, 20))

    def asked_beyond_the_table(teacher):
        given = {"max_leaves": 8, "certificate": 0.0, "guides": ["impurity"]}
        return distill(teacher, bits, **given).ledger.queries

    assert asked_beyond_the_table(lambda x: (x[:, 0] & x[:, 1]) | x[:, 2]) == 0
    assert asked_beyond_the_table(lambda x: x.sum(axis=1) > 10) > 800


def test_scores_stand_at_the_leaves_where_the_loss_is_soft():
    rows = np.random.default_rng(5).random((120, 4)).round(1)  # few values: all of them are asked about

    def teacher(x):
        p = np.where(x[:, 0] < 0.9, 0.5 + 0.02 * np.sin(60 * x[:, 1]), 0.05)
        return np.column_stack([p, 1 - p])

    asked = {"max_leaves": 6, "certificate": 0.0, "guides": ["impurity"]}
    leaf = distill(teacher, rows, loss="soft", **asked).best(2).tree.predict_scores(rows)
    assert 0.04 < leaf[:, 0].min() < 0.06
    assert 0.4 < leaf[:, 0].max() < 0.6


def test_synthetic_rows_of_a_fold_are_mixed_of_its_own_rows_alone():
    rows = np.random.default_rng(5).random((60, 3))
    run = Run.of(Settings(), as_teacher(lambda x: (x[:, 0] > 0.5).astype(int)))
    table = as_table(rows)
    told = ask_teacher(run, table)
    reading, outputs = told.reading, told.outputs
    seen = observe_rows(run, reading, table, outputs, choose_questions(run, table, outputs), ())
    lessons = Lessons(run, reading, seen, np.ones(60), synthetic=True)
    fold = np.arange(0, 60, 2)
    lesson, whole = lessons.of(Recipe.ANY, fold), lessons.of(Recipe.ANY, None)
    assert lessons.recipes == (Recipe.REAL, Recipe.NEAR, Recipe.ANY)
    assert len(whole.answers) == 60 * (1 + lessons.copies)
    assert 30 < len(lesson.answers) < len(whole.answers) / 2
    # Every value of a synthetic row is that of a row of the fold, and so are its answers about the column.
    for column in lesson.columns:
        own = {tuple(row) for row in seen.answers[np.ix_(fold, column.literal)].tolist()}
        assert {tuple(row) for row in lesson.answers[:, column.literal].tolist()} <= own


def majority(x):
    return (x[:, :7].sum(axis=1) > 3).astype(int)


def test_made_up_rows_help_where_rows_are_few():
    rng = np.random.default_rng(0)
    fresh = rng.integers(2, size=(4000, 10))
    gained = []
    for _ in range(8):
        rows = rng.integers(2, size=(60, 10))

        def fidelity(rows=rows, **given):
            result = distill(majority, rows, max_leaves=12, certificate=0.0, guides=["impurity"], **given)
            return (result.best(12).tree.predict(fresh) == majority(fresh)).mean()

        gained.append(fidelity() - fidelity(synthetic=False))
    assert np.mean(gained) > 0.01


def test_effort_fast_makes_no_rows_up_and_holds_fewer_out():
    rows = np.random.default_rng(0).integers(2, size=(1000, 7))
    given = {"max_leaves": 4, "certificate": 0.0, "guides": ["impurity"], "validation": 0.2}
    fast, normal = (distill(majority, rows, effort=effort, **given) for effort in ("fast", "normal"))
    assert (fast.ledger.queries, fast.ledger.validation_rows) == (0, 400)
    assert (normal.ledger.queries > 0, normal.ledger.validation_rows) == (True, 1000)
