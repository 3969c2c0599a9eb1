"""Trees that share subtrees, answered together, as each is answered by itself."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exported import rows_for, trees

from limbeck.core import Leaf, Literal, Split, Tree, as_table, leaf_numbers, leaf_scores, together


def alone(root, table, columns, classes):
    tree = Tree.from_node(root, classes=classes, columns=columns)
    return np.searchsorted(tree.leaves, tree.apply(table)), tree.scores[tree.leaves]


@settings(max_examples=40)
@given(trees(), st.integers(1, 40), st.data())
def test_every_subtree_and_every_tree_above_it_as_by_itself(tree, n, data):
    table = as_table(rows_for(tree, n))
    roots = [tree.to_node(node) for node in range(tree.n_nodes)]
    # Above them, the very same values: on either side, and on both.
    asked = list(tree.literals) or [Literal.missing(tree.columns[0][0])]
    roots += [Split(asked[0], roots[0], roots[-1]), Split(asked[-1], roots[-1], roots[0])]
    roots += [Split(asked[0], roots[-2], roots[-2])]
    rows = data.draw(st.none() | st.lists(st.integers(0, n - 1), min_size=1).map(np.array))
    some = table if rows is None else table.take(rows)
    for root, number in zip(roots, leaf_numbers(roots, table, rows), strict=True):
        leaf, scores = alone(root, some, tree.columns, tree.classes)
        assert np.array_equal(number, leaf)
        assert np.array_equal(leaf_scores(root), scores, equal_nan=True)


def test_rows_are_gone_through_block_by_block(monkeypatch):
    rng = np.random.default_rng(0)
    table = as_table(rng.normal(size=(1000, 3)))
    low = Split(Literal.at_most("x0", 0.1), Leaf((0.0,), 1.0), Leaf((1.0,), 1.0))
    roots = [low, Split(Literal.at_most("x1", 0.0), low, low), Leaf((2.0,), 1.0)]
    whole = leaf_numbers(roots, table)
    monkeypatch.setattr(together, "_SMALLEST_BLOCK", 7)
    monkeypatch.setattr(together, "_BLOCK_BYTES", 1)
    assert np.array_equal(leaf_numbers(roots, table), whole)


def test_a_chain_is_not_too_deep():
    root, table = Leaf((0.0,), 1.0), as_table(np.arange(5.0)[:, None])
    for i in range(3000):
        root = Split(Literal.at_most("x0", float(i)), Leaf((1.0,), 1.0), root)
    assert leaf_numbers([root], table).tolist() == [[0] * 5]
