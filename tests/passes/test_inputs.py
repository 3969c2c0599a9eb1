"""Class weights are row weights by the teacher's classes; they keep the sum of the weights."""

import numpy as np
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
