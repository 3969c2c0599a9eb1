"""Class weights are row weights by the teacher's classes; they keep the sum of the weights."""

import json

import numpy as np
import pandas as pd
import pytest

from limbeck import distill
from limbeck.core import OutputReading
from limbeck.errors import InputError
from limbeck.passes import checked_weights, class_weighted
from limbeck.passes.parts import Parts

ROWS = np.random.default_rng(0).normal(size=(600, 3))


def teacher(x):
    """Two rare classes, each behind a column of its own, and a common one."""
    return np.where(x[:, 0] > 1.6, "rare", np.where(x[:, 1] > 0.4, "often", "mostly"))


def read(answers):
    reading = OutputReading.fixed_on(answers)
    return reading, reading.read(answers)


def test_balanced_classes_count_alike_and_the_sum_stays():
    weights = np.random.default_rng(1).uniform(0.5, 2.0, 600)
    answers = teacher(ROWS)
    balanced = class_weighted(weights, *read(answers), "balanced")
    totals = [balanced[answers == label].sum() for label in ("mostly", "often", "rare")]
    assert totals == pytest.approx([weights.sum() / 3] * 3)


def test_class_weights_are_the_row_weights_of_the_classes():
    weight = {"rare": 7.3, "often": 0.6}
    by_row = np.array([weight.get(label, 1.0) for label in teacher(ROWS)])
    given = {"max_leaves": 4, "certificate": 0.0}
    by_class = distill(teacher, ROWS, class_weight=weight, **given)
    assert by_class.tree == distill(teacher, ROWS, sample_weight=by_row, **given).tree
    assert by_class.settings["class_weight"] == weight


def test_two_leaves_go_to_the_rare_class_only_when_it_counts():
    def asks(**given):
        result = distill(teacher, ROWS, max_leaves=2, certificate=0.0, **given)
        return result.tree.literals[0].column

    assert asks() == "x1"
    assert asks(class_weight={"rare": 50.0}) == "x0"


@pytest.mark.parametrize(
    ("weight", "found"),
    [({"absent": 2.0}, "absent"), ("heavy", "heavy"), ({"rare": 0.0}, "class_weight=0"), ({"rare": "x"}, "'x'")],
)
def test_weights_that_cannot_be_used_are_refused(weight, found):
    with pytest.raises(InputError, match=found):
        distill(teacher, ROWS, class_weight=weight)


def test_numbers_have_no_classes():
    with pytest.raises(InputError, match="teacher of numbers"):
        distill(lambda x: x[:, 0], ROWS, class_weight="balanced")


def wavy(x):
    return 1 / (1 + np.exp(-(x[:, 0] + 2 * np.sin(3 * x[:, 0]) + x[:, 1])))


@pytest.mark.no_cover
@pytest.mark.parametrize("numbers", [True, False])
@pytest.mark.parametrize("given", [{}, {"synthetic": False}, {"effort": "fast"}, {"loss": "soft"}])
def test_no_tree_of_the_frontier_moves_the_wrong_way_along_a_monotone_column(numbers, given):
    rows = np.random.default_rng(0).normal(size=(250, 2))
    teacher = wavy if numbers else lambda x: np.column_stack([1 - wavy(x), wavy(x)])
    asked = {"max_leaves": 10, "certificate": 0.2, "guides": ["impurity"], **given}
    free, held = (distill(teacher, rows, monotone=signs, **asked) for signs in (None, {"x0": 1, "x1": -1}))

    def falls(tree):
        grid = np.stack(np.meshgrid(np.linspace(-3, 3, 80), [-1.0, 0.0, 1.0]), axis=-1)  # rises along axis 1
        scores = tree.predict_scores(grid.reshape(-1, 2))[:, -1].reshape(grid.shape[:2])
        return bool((np.diff(scores, axis=1) < 0).any())

    assert any(falls(point.tree) for point in free.frontier)
    assert len(held.frontier) > 1
    for point in held.frontier:
        assert not falls(point.tree)
        up = [point.tree.predict_scores([[0.3, y]])[0, -1] for y in (-2.0, -0.5, 0.5, 2.0)]
        assert up == sorted(up, reverse=True)  # though the teacher rises along x1
    assert held.certificate is not None
    assert any("falls" in note and "x0" in note for note in held.notes)
    assert held.settings["monotone"] == {"x0": 1.0, "x1": -1.0}


@pytest.mark.parametrize(
    ("signs", "found"),
    [({"absent": 1}, "absent"), ({"x0": 2}, "monotone=2"), (["x0"], "mapping of columns"), ({3: 1}, "mapping")],
)
def test_monotone_columns_that_cannot_be_used_are_refused(signs, found):
    with pytest.raises(InputError, match=found):
        distill(lambda x: x[:, 0], ROWS, monotone=signs)


def test_three_classes_and_text_have_no_order():
    with pytest.raises(InputError, match="3 classes"):
        distill(teacher, ROWS, monotone={"x0": 1})
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0] * 20, "c": ["a", "b", "c"] * 20})
    with pytest.raises(InputError, match="text in `c`"):
        distill(lambda frame: frame["x"].to_numpy(), table, monotone={"c": 1})


@pytest.mark.parametrize("base", [[1, 2, 0, 3], [0.3, 0.7, 0.0, 1 / 3], [5000, 70001, 0, 123457]])
@pytest.mark.parametrize("k", [-900, -40, 1, 30, 900])
def test_a_power_of_two_common_to_all_weights_changes_nothing(base, k):
    weights = np.array(base, np.float64)
    assert (checked_weights(np.ldexp(weights, k), 4) == checked_weights(weights, 4)).all()


def test_whole_weights_are_counts_and_others_have_mean_1():
    assert checked_weights([1, 2, 0, 3], 4).tolist() == [1, 2, 0, 3]
    assert checked_weights([0.5, 1.5], 2).tolist() == [1, 3]
    assert checked_weights([0.3, 0.7, 1.1], 3).mean() == pytest.approx(1)
    assert checked_weights([5000, 70001], 2).mean() == pytest.approx(1)


EXTREME = {
    "largest": np.full(80, 1e308),
    "smallest": np.full(80, 5e-324),
    "both": np.where(np.arange(80) % 2, 1e308, 5e-324),
    "one large": np.r_[1e308, np.ones(79)],
    "mostly none": np.where(np.arange(80) % 8, 0.0, 1e-300),
}


@pytest.mark.parametrize("weights", EXTREME.values(), ids=EXTREME)
@pytest.mark.parametrize("numbers", [False, True])
def test_extreme_weights_give_a_result_that_can_be_saved(weights, numbers):
    rows = np.random.default_rng(0).normal(size=(80, 2))
    found = distill(
        lambda q: q[:, 0] + q[:, 1] if numbers else q[:, 0] > 0, rows, sample_weight=weights, effort="fast",
        max_leaves=3,
    )  # fmt: skip
    json.dumps(found.to_dict(), allow_nan=False)
    assert (found.tree.n_rows > 0).all()


@pytest.mark.parametrize("asked", [{True: 1e308, False: 5e-324}, {True: 1e308, False: 1e308}])
def test_extreme_weights_of_classes_give_a_result_that_can_be_saved(asked):
    rows = np.random.default_rng(0).normal(size=(80, 2))
    found = distill(lambda q: q[:, 0] > 0, rows, class_weight=asked, effort="fast", max_leaves=3)
    json.dumps(found.to_dict(), allow_nan=False)


def test_rows_without_weight_have_no_part_in_the_fit():
    rows = np.random.default_rng(0).normal(size=(80, 2))
    weights = (rows[:, 1] > 0).astype(float)
    found = distill(lambda q: (q[:, 0] > 0) ^ (q[:, 1] < 0), rows, sample_weight=weights, effort="fast", max_leaves=4)
    assert found.ledger.fit_rows < 60
    assert found.tree.n_leaves == 2
    assert found.certificate.n_rows == 20  # which counts every row alike


def test_weights_that_leave_no_row_to_fit_are_refused():
    rows = np.arange(20.0)[:, None]
    with pytest.raises(InputError, match="all of them set aside"):
        Parts(np.array([0, 1]), np.array([2]), None, "rows").that_count(np.array([0.0, 0.0, 1.0]))
    with pytest.raises(InputError, match="not all 0"):
        distill(lambda q: q[:, 0] > 3, rows, sample_weight=np.zeros(20))
