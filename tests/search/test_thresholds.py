"""Moved thresholds against every cut, and what never happens: a higher loss, a side that is too light."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.core import Leaf, Literal, Split, Tree, as_table
from limbeck.search import HardLabels, SquaredError, ThresholdMover

LEAF = Leaf((1.0, 0.0), 1.0)


def cost_of(root, table, loss):
    """Return what a tree costs with the best value at each leaf."""
    kinds = tuple((column.name, column.kind) for column in table.columns)
    leaf = Tree.from_node(root, classes=("a", "b"), columns=kinds).apply(table)
    return sum(float(loss.cost(loss.statistics[leaf == place].sum(axis=0))) for place in np.unique(leaf))


def random_tree(rng, p, depth):
    if depth == 0 or rng.random() < 0.2:
        return LEAF
    literal = Literal.at_most(f"x{rng.integers(p)}", float(rng.normal()))
    return Split(literal, random_tree(rng, p, depth - 1), random_tree(rng, p, depth - 1))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_the_loss_never_rises_and_the_questions_keep_their_columns(seed, numbers):
    rng = np.random.default_rng(seed)
    x = np.where(rng.random((80, 3)) < 0.1, np.nan, rng.normal(size=(80, 3)).round(1))
    table, weights = as_table(x), rng.integers(1, 4, 80) + 0.0
    loss = SquaredError(rng.normal(size=80), weights) if numbers else HardLabels(rng.integers(2, size=80), 2, weights)
    root = random_tree(rng, 3, 3)
    moved = ThresholdMover(table, loss, 0.0).moved(root)
    assert cost_of(moved, table, loss) <= cost_of(root, table, loss) + 1e-9

    def columns(node):
        return [] if isinstance(node, Leaf) else [node.literal.column, *columns(node.yes), *columns(node.no)]

    assert columns(moved) == columns(root)


@pytest.mark.parametrize("least", [1.0, 12.0])
def test_one_question_gets_the_best_of_all_cuts_that_leave_enough_on_both_sides(least):
    rng = np.random.default_rng(3)
    x = rng.permutation(np.arange(40.0))
    y = (x > 35).astype(int) ^ (rng.random(40) < 0.05)
    table, loss = as_table(x[:, None]), HardLabels(y, 2)
    allowed = [t for t in np.arange(39) + 0.5 if min((x <= t).sum(), (x > t).sum()) >= least]
    best = min(cost_of(Split(Literal.at_most("x0", t), LEAF, LEAF), table, loss) for t in allowed)
    start = Split(Literal.at_most("x0", 20.0), LEAF, LEAF)
    moved = ThresholdMover(table, loss, least).moved(ThresholdMover(table, loss, least).moved(start))
    assert min(moved.yes.n_rows, moved.no.n_rows) >= least
    assert cost_of(moved, table, loss) == pytest.approx(best)


def test_a_tree_that_is_best_already_stays_the_very_same():
    x = np.arange(20.0)
    root = Split(Literal.at_most("x0", 9.5), Leaf((1.0, 0.0), 10.0), Leaf((0.0, 1.0), 10.0))
    assert ThresholdMover(as_table(x[:, None]), HardLabels((x > 9).astype(int), 2)).moved(root) is root
