"""What a tree answers whose leaves may ask the model."""

import json

import numpy as np
import pytest

from limbeck.core import Kind, Leaf, Literal, Split, Tree
from limbeck.errors import InputError

COLUMNS = (("x0", Kind.NUMERIC),)
ROWS = np.array([[0.0], [2.0], [1.0], [3.0]])


def tree_of(first, second, classes):
    return Tree.from_node(Split(Literal.at_most("x0", 1.0), first, second), classes=classes, columns=COLUMNS)


NAMED = tree_of(Leaf((1.0, 0.0), 2.0), Leaf((0.4, 0.6), 5.0, defers=True), ("no", "yes"))
CODED = tree_of(Leaf((1.0, 0.0), 2.0), Leaf((0.4, 0.6), 5.0, defers=True), (0, 1))
NUMBERS = tree_of(Leaf((1.5,), 2.0), Leaf((7.0,), 5.0, defers=True), None)


@pytest.mark.parametrize("tree", [NAMED, CODED, NUMBERS])
def test_rows_that_ask_are_masked_and_hold_no_answer(tree):
    told = tree.predict(ROWS)
    assert told.mask.tolist() == [False, True, False, True]
    # Whoever drops the mask finds no answer of the tree below it.
    assert all(value is None or value != value for value in np.asarray(told)[told.mask])
    assert np.isnan(tree.predict_scores(ROWS)).all(axis=1).tolist() == told.mask.tolist()
    assert tree.asking.tolist() == [2]


def test_rows_that_ask_get_the_value_that_is_given():
    assert NAMED.predict(ROWS, deferred="?").tolist() == ["no", "?", "no", "?"]
    assert CODED.predict(ROWS, deferred=-1).dtype.kind == "i"
    assert CODED.predict(ROWS, deferred="?").tolist() == [0, "?", 0, "?"]
    assert NUMBERS.predict(ROWS, deferred=-9.0).tolist() == [1.5, -9.0, 1.5, -9.0]


def test_the_model_is_asked_about_these_rows_in_one_call():
    asked = []

    def model(x):
        asked.append(x[:, 0].tolist())
        return np.where(x[:, 0] > 2.5, "yes", "no")

    assert NAMED.predict(ROWS, model=model).tolist() == ["no", "no", "no", "yes"]
    assert asked == [[2.0, 3.0]]
    assert NAMED.predict(ROWS[:1], model=model).tolist() == ["no"]  # nobody asks
    assert asked == [[2.0, 3.0]]
    assert NUMBERS.predict(ROWS, model=lambda x: x[:, 0] * 10).tolist() == [1.5, 20.0, 1.5, 30.0]
    assert NAMED.predict(ROWS, model=model).dtype.kind == "U"


def test_a_model_and_a_value_are_one_too_many_and_a_strange_model_is_refused():
    with pytest.raises(InputError, match="both"):
        NAMED.predict(ROWS, model=lambda x: x, deferred="?")
    with pytest.raises(InputError):
        NAMED.predict(ROWS, model=lambda x: np.array(["maybe"] * len(x)))


def test_a_tree_that_always_answers_gives_plain_arrays():
    tree = tree_of(Leaf((1.0, 0.0), 2.0), Leaf((0.4, 0.6), 5.0), ("no", "yes"))
    assert tree.defers is None
    assert not isinstance(tree.predict(ROWS), np.ma.MaskedArray)
    assert "defers" not in tree.to_dict()


@pytest.mark.parametrize("tree", [NAMED, NUMBERS])
def test_json_and_nested_values_keep_which_leaves_ask(tree):
    again = Tree.from_dict(json.loads(tree.to_json()))
    assert again == tree
    assert again.asking.tolist() == [2]
    assert Tree.from_node(tree.to_node(), classes=tree.classes, columns=COLUMNS) == tree
    assert "ask the model  (5 rows)" in tree.to_text()
    for wrong in ([True, False, True], [False, True], [0, 0, 1]):
        with pytest.raises(InputError):
            Tree.from_dict(tree.to_dict() | {"defers": wrong})
