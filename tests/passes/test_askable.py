"""Columns that may not be asked about stay with the teacher, and stand in no question of limbeck's trees or CART's."""

import numpy as np
import pandas as pd
import pytest

from limbeck import TreeDistiller, distill
from limbeck.core import as_table
from limbeck.errors import InputError
from limbeck.passes import askable
from limbeck.settings import Settings

ROWS = pd.DataFrame(np.random.default_rng(0).normal(size=(500, 4)), columns=["a", "b", "c", "d"])
ROWS["text"] = np.where(ROWS.d > 0, "high", "low")


def teacher(rows):
    assert list(rows.columns) == ["a", "b", "c", "d", "text"]
    return ((rows.a > 0) ^ (rows.b > 0)).to_numpy()


def asked_by(result):
    return {literal.column for point in result.frontier for literal in point.tree.literals}


@pytest.mark.parametrize("effort", ["fast", "normal"])
@pytest.mark.parametrize(
    ("settings", "allowed"),
    [({"no_ask": ["a"]}, {"b", "c", "d", "text"}), ({"ask": ["b", "text"]}, {"b", "text"}), ({}, set(ROWS))],
)
def test_no_tree_asks_about_a_column_that_may_not_be_asked_about(settings, allowed, effort):
    result = distill(teacher, ROWS, max_leaves=4, effort=effort, **settings)
    assert asked_by(result) <= allowed
    fidelity = 1 - result.certificate.disagreements / result.certificate.n_rows
    assert (fidelity > 0.95) == ({"a", "b"} <= allowed)


def test_cart_asks_about_the_same_columns():
    sharp = distill(lambda rows: (rows.a > 0).to_numpy(), ROWS, max_leaves=4, effort="fast", no_ask=["a"])
    assert max(point.certificate_fidelity for point in sharp.baseline) < 0.7


def test_a_tree_over_concepts_only():
    rows = ROWS.assign(both=(ROWS.a > 0) ^ (ROWS.b > 0))
    result = distill(teacher, rows, concepts=["both"], ask=[], max_leaves=4, effort="fast")
    assert asked_by(result) == {"both"}
    assert result.certificate.disagreements == 0


def test_estimators_take_them():
    student = TreeDistiller(teacher, max_leaves=4, effort="fast", no_ask=("a",)).fit(ROWS)
    assert "a" not in asked_by(student.distillation_)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"no_ask": ["z"]}, "`z`"),
        ({"ask": ["z"]}, "`z`"),
        ({"ask": ["a"], "no_ask": ["a"]}, "as both"),
        ({"ask": []}, "leave none"),
        ({"no_ask": list(ROWS)}, "leave none"),
        ({"concepts": ["c"], "no_ask": ["c"]}, "as both"),
    ],
)
def test_names_that_cannot_be_used_are_refused(settings, told):
    with pytest.raises(InputError, match=told):
        askable(as_table(ROWS), Settings(**settings))
