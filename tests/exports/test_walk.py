"""The shared walk says the same tree with as little nesting as it can, and the shared rows reach what they must."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from tests.exported import TEXT, TREES, rows_for, trees

from limbeck.core import Kind, Leaf, Literal, Split, Tree
from limbeck.errors import InputError
from limbeck.exports.quoting import identifiers
from limbeck.exports.walk import asked, statements


def walked(tree, answers):
    """Run the statements as a machine would: a guard that does not hold skips what lies inside it."""
    skip = math.inf
    for step in statements(tree):
        if step.indent > skip:
            continue
        skip = math.inf
        if step.literal is None:
            return step.node
        if answers[step.literal] != step.holds:
            skip = step.indent
    raise AssertionError("no return")


@settings(max_examples=30)
@given(trees())
def test_the_statements_reach_the_leaf_of_every_row(tree):
    rows = rows_for(tree, 30)
    columns = {literal: tree_answers(tree, literal, rows) for literal in tree.literals}
    for i, leaf in enumerate(tree.apply(rows).tolist()):
        assert walked(tree, {literal: held[i] for literal, held in columns.items()}) == leaf


def tree_answers(tree, literal, rows):
    """Answer one question by a tree that asks nothing else."""
    single = Tree.from_node(Split(literal, Leaf((1.0,), 1.0), Leaf((0.0,), 1.0)), classes=None, columns=tree.columns)
    return single.predict(rows) == 1.0


@pytest.mark.parametrize("name", TREES)
def test_guards_nest_no_deeper_than_the_logarithm_of_the_leaves(name):
    tree = TREES[name]
    assert max(step.indent for step in statements(tree)) <= math.log2(tree.n_leaves)


@pytest.mark.parametrize("name", TREES)
def test_the_shared_rows_reach_the_leaves(name):
    tree = TREES[name]
    share = len(np.unique(tree.apply(rows_for(tree)))) / tree.n_leaves
    assert share > (0.3 if name == "wide" else 0.65)


def test_the_shared_rows_tell_neighbours_of_a_threshold_apart():
    tree = TREES["thresholds"]
    rows = rows_for(tree)
    for change in (np.inf, -np.inf):
        plain = tree.to_dict()
        for literal in plain["literals"]:
            literal["number"] = float(np.nextafter(literal["number"], change))
        assert (Tree.from_dict(plain).predict(rows) != tree.predict(rows)).any()


@given(TEXT, TEXT)
def test_identifiers_are_distinct_and_plain(first, second):
    found = identifiers([first, second, first + "_2", "int"], reserved={"int"})
    assert len({name.lower() for name in found}) == 4
    assert all(name.isidentifier() and name.isascii() and name != "int" for name in found)


def test_a_column_is_a_number_or_a_category():
    inner = Split(Literal.one_of("x", ["a"]), Leaf((1.0,), 1.0), Leaf((0.0,), 1.0))
    root = Split(Literal.at_most("x", 1.0), inner, Leaf((0.0,), 1.0))
    with pytest.raises(InputError, match="questions about numbers and about categories"):
        asked(Tree.from_node(root, classes=None, columns=(("x", Kind.NUMERIC),)))
