"""The choice of a size, where a few rows carry the loss and elsewhere; and which sizes are shown."""

import numpy as np
import pytest

from limbeck import distill
from limbeck.core import Kind, Leaf, Literal, Split, Tree
from limbeck.distillation import SizedTree
from limbeck.passes.choice import chosen, undominated


def sized(n_leaves, fit=0.0, held=0.0):
    node = Leaf((1.0,), 1.0)
    for j in range(n_leaves - 1):
        node = Split(Literal.at_most("x", float(j)), node, Leaf((2.0,), 1.0))
    return SizedTree(Tree.from_node(node, classes=None, columns=(("x", Kind.NUMERIC),)), fit, held)


POINTS = [sized(n) for n in (1, 2, 3, 4)]


def test_slack_prefers_smaller_trees_but_never_one_leaf():
    scores = np.array([0.0, 0.5, 0.55, 0.6])
    assert chosen(POINTS, scores).n_leaves == 4
    assert chosen(POINTS, scores, np.full(4, 0.25)).n_leaves == 2
    assert chosen(POINTS, scores, np.full(4, 9.0)).n_leaves == 2
    assert chosen(POINTS, np.zeros(4), np.full(4, 9.0)).n_leaves == 1
    assert chosen(POINTS, None).n_leaves == 4


def test_a_size_is_left_out_when_one_smaller_is_as_good_on_both_kinds_of_rows():
    points = [sized(1, 0.5, 0.5), sized(2, 0.7, 0.4), sized(3, 0.7, 0.4), sized(4, 0.6, 0.5), sized(5, 0.4, 0.6)]
    assert [point.n_leaves for point in undominated(points)] == [1, 2, 4, 5]


@pytest.mark.parametrize("seed", range(4))
def test_a_heavy_tail_gets_a_tree_and_a_note(seed):
    x = np.random.default_rng(seed).normal(size=(3000, 3))
    found = distill(lambda q: np.exp(1.5 * (q[:, 0] + 0.5 * q[:, 1])), x, max_leaves=8, effort="fast")
    assert found.tree.n_leaves > 1
    assert any("logarithm" in note for note in found.notes)


@pytest.mark.parametrize("of", [lambda q: q[:, 0], lambda q: np.abs(q[:, 0]) + q[:, 1], lambda q: (q[:, 0] > 0) * 1.0])
def test_no_note_without_a_heavy_tail(of):
    found = distill(of, np.random.default_rng(0).normal(size=(600, 3)), max_leaves=4, effort="fast")
    assert not any("transformed" in note for note in found.notes)
