"""Class weights are row weights by the teacher's classes; they keep the sum of the weights."""

import numpy as np
import pandas as pd
import pytest

from limbeck import distill
from limbeck.core import OutputReading
from limbeck.errors import InputError
from limbeck.passes import class_weighted

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
    weight = {"rare": 7.5, "often": 0.5}
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
