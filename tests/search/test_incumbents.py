"""A search around known trees: their questions are found again, and the best tree is no worse than they are."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.core import Leaf, Literal, Split
from limbeck.search import BeamSettings, HardLabels, Impurity, Incumbents, grow_family, solve_program

LITERALS = [Literal.is_value(f"x{j}", 1.0) for j in range(6)]
LEAF = Leaf((1.0, 0.0), 1.0)


def random_tree(rng, rows, answers, depth):
    """Return a tree of which every side has a row."""
    useful = [j for j in range(len(LITERALS)) if 0 < answers[rows, j].sum() < len(rows)]
    if depth == 0 or not useful or rng.random() < 0.2:
        return LEAF
    j = int(rng.choice(useful))
    sides = rows[answers[rows, j]], rows[~answers[rows, j]]
    return Split(LITERALS[j], *(random_tree(rng, side, answers, depth - 1) for side in sides))


def cost_below(node, rows, answers, loss):
    if isinstance(node, Leaf):
        return float(loss.cost(loss.statistics[rows].sum(axis=0)))
    answer = answers[rows, LITERALS.index(node.literal)]
    sides = (node.yes, rows[answer]), (node.no, rows[~answer])
    return sum(cost_below(side, part, answers, loss) for side, part in sides)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_best_tree_of_the_family_is_no_worse_than_the_incumbents(seed):
    rng = np.random.default_rng(seed)
    answers = rng.random((60, 6)) < 0.5
    loss, everyone = HardLabels(rng.integers(2, size=60), 2), np.arange(60)
    trees = [random_tree(rng, everyone, answers, 4) for _ in range(3)]
    narrow = BeamSettings(widths=(1,), beam=40, max_depth=4, pair_clauses=0)
    known = Incumbents(trees, LITERALS, answers)
    family = grow_family(answers, loss, [Impurity(loss)], narrow, incumbents=known)
    frontier = solve_program(family, tuple(LITERALS), loss, max_leaves=16, keep_ties=True)
    for tree in trees:
        assert frontier.best(tree.n_leaves).cost <= cost_below(tree, everyone, answers, loss) + 1e-9


def test_what_is_asked_is_known_by_the_rows():
    answers = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1], [0, 0, 1]], bool)
    literals = LITERALS[:3]
    known = Incumbents([Split(literals[0], Split(literals[1], LEAF, LEAF), LEAF)], literals, answers)
    rows = np.packbits(np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1]], bool), axis=1)
    assert known.asked(rows).tolist() == [[True, False, False], [False, True, False], [False, False, False]]
