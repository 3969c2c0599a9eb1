"""Which values may be classes: those that can be saved, compared and told apart."""

import datetime
import decimal
import enum

import numpy as np
import pytest

from limbeck import distill
from limbeck.core.labels import checked_classes, codes_of, distinct_labels, of_one_type
from limbeck.errors import InputError
from limbeck.estimators import TreeDistiller


class Colour(enum.Enum):
    RED = 1


@pytest.mark.parametrize(
    "classes",
    [
        (datetime.date(2024, 1, 1), datetime.date(2025, 1, 1)),
        (np.datetime64("2024-01-01", "ns"),),
        (np.timedelta64(1, "ns"),),
        (b"a", b"b"),
        ((1, 2), (3, 4)),
        (None, "a"),
        (Colour.RED,),
        (decimal.Decimal("1.5"),),
        (float("nan"), 1.0),
        (float("inf"), 1.0),
        (1, "1"),
        (True, "True"),
        (1, True),
        (1, 1.0),
    ],
)
def test_classes_that_cannot_be_saved_or_told_apart_are_refused(classes):
    with pytest.raises(InputError, match="classes"):
        checked_classes(classes)


def test_plain_values_stay_and_those_of_numpy_become_plain():
    assert checked_classes(["a", "b"]) == ("a", "b")
    found = checked_classes([np.int64(1), np.float32(0.5), np.bool_(False), np.str_("x")])
    assert [type(label) for label in found] == [int, float, bool, str]


@pytest.mark.parametrize("unit", ["D", "ns"])
def test_dates_as_classes_are_refused_before_the_search(unit):
    days = np.array(["2024-01-01", "2025-01-01"], f"datetime64[{unit}]")
    rows = np.arange(80.0)[:, None]
    with pytest.raises(InputError, match="text, numbers or booleans"):
        distill(lambda q: days[(q[:, 0] > 40).astype(int)], rows, effort="fast")
    with pytest.raises(InputError, match="text, numbers or booleans"):
        TreeDistiller(effort="fast").fit(rows, days[(rows[:, 0] > 40).astype(int)])


def test_labels_of_several_types_are_refused_and_of_one_keep_it():
    with pytest.raises(InputError, match="`int`, `str`"):
        of_one_type(np.array([1, "1"], object))
    assert of_one_type(np.array([True, False], object)).dtype == bool
    assert of_one_type(np.array([1, 2.5], object)).tolist() == [1.0, 2.5]
    with pytest.raises(InputError, match="`NoneType`, `str`"):
        distinct_labels(np.array(["a", None], object))


def test_a_label_that_is_no_class_gets_the_code_of_none():
    labels = np.array(["b", None, "a", "c", [1]], object)
    assert codes_of(labels, ("a", "b"), -1).tolist() == [1, -1, 0, -1, -1]
    assert codes_of(np.array(["b", "c"]), ("a", "b"), -1).tolist() == [1, -1]
