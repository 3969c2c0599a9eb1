"""The treelite model of a tree answers encoded rows as the tree does."""

import numpy as np
import pytest
import treelite
from hypothesis import given, settings
from tests.exported import ASKING, TREES, rows_for, trees

from limbeck.core import Kind, Leaf, Tree
from limbeck.errors import InputError
from limbeck.exports import encoded_rows


def check(tree, rows):
    model = treelite.Model.deserialize_bytes(tree.to_treelite().serialize_bytes())
    found = treelite.gtil.predict(model, encoded_rows(tree, rows), nthread=1)[:, 0, :]
    assert found.dtype == np.float64
    assert np.array_equal(found, tree.predict_scores(rows))


@pytest.mark.parametrize("name", TREES)
def test_every_row_is_answered_as_by_the_tree(name):
    check(TREES[name], rows_for(TREES[name]))


@settings(max_examples=40)
@given(trees())
def test_no_name_and_no_value_changes_the_model(tree):
    check(tree, rows_for(tree, 30))


def test_a_classifier_of_one_class_is_refused():
    tree = Tree.from_node(Leaf((1.0,), 1.0), classes=("a",), columns=(("x", Kind.NUMERIC),))
    with pytest.raises(InputError, match="one class"):
        tree.to_treelite()


def test_columns_that_are_not_asked_about_may_be_absent_or_hold_anything():
    tree = TREES["mixed"]
    rows = rows_for(tree, 50)
    asked = {literal.column for literal in tree.literals}
    assert encoded_rows(tree, rows).shape == (50, len(tree.columns))
    assert np.array_equal(encoded_rows(tree, rows[sorted(asked)]), encoded_rows(tree, rows), equal_nan=True)
    with pytest.raises(InputError, match="no column"):
        encoded_rows(tree, rows.drop(columns=next(iter(asked))))


@pytest.mark.parametrize("name", ASKING)
def test_rows_that_ask_the_model_get_nan(name):
    tree = ASKING[name]
    rows = rows_for(tree, 300)
    model = treelite.Model.deserialize_bytes(tree.to_treelite().serialize_bytes())
    found = treelite.gtil.predict(model, encoded_rows(tree, rows), nthread=1)[:, 0, :]
    assert np.isnan(found).any()
    assert np.array_equal(found, tree.predict_scores(rows), equal_nan=True)
