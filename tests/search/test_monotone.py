"""Monotone trees: no row's answer moves the wrong way, and no other values of the leaves are closer to those given."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, minimize

from limbeck.core import Clause, Leaf, Literal, Split, Tree
from limbeck.search import isotonic, leaf_order, monotone_tree
from limbeck.tables import Kind

COLUMNS = tuple((name, Kind.NUMERIC) for name in ("a", "b", "c"))


def closed(below):
    """The order that some comparisons imply."""
    for _ in range(len(below)):
        below = below | (below @ below)
    return below


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 7))
def test_isotonic_values_are_in_order_and_no_others_are_closer(seed, m):
    rng = np.random.default_rng(seed)
    y, w = rng.integers(0, 5, m).astype(float), rng.integers(1, 4, m).astype(float)
    below = closed(np.triu(rng.random((m, m)) < 0.4, 1))
    x = isotonic(y, w, below)
    pairs = np.argwhere(below)
    assert all(x[i] <= x[j] for i, j in pairs)
    if not len(pairs):
        assert x.tolist() == y.tolist()
        return
    differences = np.eye(m)[pairs[:, 1]] - np.eye(m)[pairs[:, 0]]
    best = minimize(
        lambda z: (w * (z - y) ** 2).sum(), np.full(m, y.mean()), jac=lambda z: 2 * w * (z - y), method="SLSQP",
        constraints=LinearConstraint(differences, 0, np.inf), options={"ftol": 1e-12, "maxiter": 500},
    )  # fmt: skip
    np.testing.assert_allclose(x, best.x, atol=1e-3)
    for threshold in (0.5, 1.5, 2.5, 3.5):  # the best labelling in order, by trying all
        labelled = [z for z in product((0, 1), repeat=m) if all(z[i] <= z[j] for i, j in pairs)]
        gain = w * (y - threshold)
        assert (gain * (x > threshold)).sum() == pytest.approx(max((gain * z).sum() for z in labelled))


def test_light_values_beside_heavy_ones_are_still_best():
    y, w = np.array([1.0, 0.0, 5.0, 4.0]), np.array([1.0, 1.0, 3e6, 1e6])
    chains = np.zeros((4, 4), bool)
    chains[0, 1] = chains[2, 3] = True
    np.testing.assert_allclose(isotonic(y, w, chains), [0.5, 0.5, 4.75, 4.75])


def test_a_cycle_is_set_equal():
    assert isotonic(np.array([0.0, 4.0]), np.array([1.0, 3.0]), ~np.eye(2, dtype=bool)).tolist() == [3.0, 3.0]


def grown(rng, depth, score):
    if depth == 0 or rng.random() < 0.1:
        return Leaf(score(rng), float(rng.integers(1, 20)))
    name, kind = rng.choice(["a", "b", "c"]), rng.integers(5)
    literal = Literal.missing(name) if kind == 0 else Literal.at_most(name, float(rng.integers(0, 4)))
    return Split(literal, grown(rng, depth - 1, score), grown(rng, depth - 1, score))


def every_row(n_columns=3):
    return np.array(list(product([-1.0, 0.5, 1.5, 2.5, 3.5, np.nan], repeat=n_columns)))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([{"a": 1}, {"a": -1}, {"a": 1, "b": -1}]), st.booleans())
def test_no_answer_moves_the_wrong_way(seed, signs, two_classes):
    rng = np.random.default_rng(seed)

    def score(rng):
        p = float(rng.random())
        return (1 - p, p) if two_classes else (p,)

    root = grown(rng, 5, score)
    tree = Tree.from_node(monotone_tree(root, signs), classes=(0, 1) if two_classes else None, columns=COLUMNS)
    rows = every_row()
    before = tree.predict_scores(rows)[:, -1]
    for name, sign in signs.items():
        j = "abc".index(name)
        for value in (-1.0, 0.5, 1.5, 2.5, 3.5):
            moved = rows.copy()
            moved[:, j] = value
            after = tree.predict_scores(moved)[:, -1]
            higher = value > rows[:, j]  # a missing value is not moved
            assert (sign * after[higher] >= sign * before[higher]).all()
            assert (tree.predict(moved)[higher] * sign >= tree.predict(rows)[higher] * sign).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_leaves_is_that_of_their_rows(seed):
    rng = np.random.default_rng(seed)
    root = grown(rng, 4, lambda rng: (float(rng.random()),))
    tree = Tree.from_node(root, classes=None, columns=COLUMNS)
    signs, rows = {"a": 1, "b": -1}, every_row()
    leaf_of = tree.apply(rows)
    reachable = np.ones((len(rows), len(rows)), bool)
    for j, sign in ((0, 1), (1, -1), (2, 0)):
        x = rows[:, j]
        both = np.isnan(x)[:, None] & np.isnan(x)
        reachable &= both | ((sign * x[:, None] <= sign * x) if sign else (x[:, None] == x))
    leaves = tree.leaves.tolist()
    order = leaf_order([tree.clause(leaf) for leaf in leaves], signs)
    for i, a in enumerate(leaves):
        for j, b in enumerate(leaves):
            assert order[i, j] == reachable[np.ix_(leaf_of == a, leaf_of == b)].any()


def test_a_yes_no_question_and_categories():
    x, colour = Literal.is_value("x", 1), Literal.one_of("colour", ["red"])
    clauses = [Clause(((colour, c), (x, held))) for c in (True, False) for held in (True, False)]
    order = leaf_order(clauses, {"x": 1})
    assert order.tolist() == [
        [True, False, False, False],  # red, 1
        [True, True, False, False],  # red, 0: may rise to 1
        [False, False, True, False],
        [False, False, True, True],
    ]


def test_a_tree_that_is_monotone_stays_as_it_is():
    root = Split(Literal.at_most("a", 0.0), Leaf((0.1,), 3.0), Leaf((0.1,), 4.0))
    assert monotone_tree(root, {"a": 1}) is root
    assert monotone_tree(root, {"absent": 1}) is root
