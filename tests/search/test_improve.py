"""Local improvement: the cost never rises, and afterwards no other question of a node saves anything."""

from itertools import pairwise, product

import numpy as np
import pytest

from limbeck.core import Leaf, Literal, Op, Split
from limbeck.search import HardLabels, SquaredError, TreeImprover, binned_columns

N, L = 120, 7
LITERALS = tuple(Literal(f"b{j}", Op.IS, 1.0) for j in range(L))


def cost_of(node, answers, loss, rows):
    """What the leaves below a node cost when each answers its rows best."""
    if isinstance(node, Leaf):
        return float(loss.cost(loss.statistics[rows].sum(axis=0)))
    held = answers[rows, LITERALS.index(node.literal)]
    return cost_of(node.yes, answers, loss, rows[held]) + cost_of(node.no, answers, loss, rows[~held])


def kept_cost(node, answers, loss, rows):
    """What the rows cost at the leaves as they are, up to a constant."""
    if isinstance(node, Leaf):
        return float(loss.row_costs(rows, node).sum())
    held = answers[rows, LITERALS.index(node.literal)]
    return kept_cost(node.yes, answers, loss, rows[held]) + kept_cost(node.no, answers, loss, rows[~held])


def random_tree(rng, depth):
    if depth == 0 or rng.random() < 0.15:
        return Leaf((0.5, 0.5), 1.0)
    return Split(LITERALS[rng.integers(L)], random_tree(rng, depth - 1), random_tree(rng, depth - 1))


def exchanges(node):
    """Every tree that asks another question at one node, either way round."""
    if isinstance(node, Leaf):
        return
    for literal, (yes, no) in product(LITERALS, ((node.yes, node.no), (node.no, node.yes))):
        yield Split(literal, yes, no)
    for yes in exchanges(node.yes):
        yield Split(node.literal, yes, node.no)
    for no in exchanges(node.no):
        yield Split(node.literal, node.yes, no)


def problem(seed, kind):
    rng = np.random.default_rng(seed)
    answers = rng.random((N, L)) < 0.5
    clean = answers[:, 0] ^ (answers[:, 1] & answers[:, 2])
    if kind == "classes":
        return rng, answers, HardLabels(clean ^ (rng.random(N) < 0.1), 2)
    if kind == "weighted classes":
        return rng, answers, HardLabels(clean ^ (rng.random(N) < 0.1), 2, rng.integers(1, 4, N))
    return rng, answers, SquaredError(clean + rng.normal(0, 0.3, N))


@pytest.mark.parametrize("kind", ["classes", "weighted classes", "numbers"])
@pytest.mark.parametrize("seed", range(8))
def test_no_exchange_of_one_question_saves_anything(seed, kind):
    rng, answers, loss = problem(seed, kind)
    start, every = random_tree(rng, 5), np.arange(N)
    columns = binned_columns(answers, np.arange(L) // 2)
    root, cost = TreeImprover(LITERALS, answers, loss, columns=columns).improved(start)
    assert cost <= cost_of(start, answers, loss, every) + 1e-9
    assert cost == pytest.approx(cost_of(root, answers, loss, every))
    assert root.n_leaves <= start.n_leaves
    kept = kept_cost(root, answers, loss, every)
    assert all(kept_cost(other, answers, loss, every) >= kept - 1e-4 for other in exchanges(root))


@pytest.mark.parametrize("kind", ["classes", "weighted classes", "numbers"])
def test_a_tree_of_other_rows_is_fitted_to_these(kind):
    rng, answers, loss = problem(1, kind)
    improver = TreeImprover(LITERALS, answers, loss)
    others, every = TreeImprover(LITERALS, ~answers, loss, min_leaf=0.0), np.arange(N)
    for start in (random_tree(rng, 6) for _ in range(10)):
        theirs, _ = others.fitted(start)
        root, cost = improver.fitted(theirs)
        assert (root, cost) == improver.fitted(start)
        assert cost == pytest.approx(cost_of(start, answers, loss, every))
        assert kept_cost(root, answers, loss, every) <= kept_cost(theirs, answers, loss, every) + 1e-9


def test_of_trees_of_other_rows_the_best_of_every_size_is_kept():
    rng, answers, loss = problem(2, "classes")
    trees = [random_tree(rng, size) for size in (1, 2, 3, 4, 4, 4, 5, 5)]
    improver = TreeImprover(LITERALS, answers, loss)
    costs = {}
    for root, cost in map(improver.fitted, trees):
        costs[root.n_leaves] = min(cost, costs.get(root.n_leaves, np.inf))
    points = improver.fitted_frontier(trees).points
    assert all(point.cost == costs[point.n_leaves] for point in points)
    assert all(one.cost > two.cost for one, two in pairwise(points))
    assert points[-1].cost == min(costs.values())
    better = improver.frontier(improver.fitted_frontier(trees))
    assert all(better.best(point.n_leaves).cost <= point.cost for point in points)


def test_a_parity_that_greedy_questions_miss_is_found():
    answers = np.array(list(product([False, True], repeat=4)) * 4)
    loss = HardLabels(answers[:, 0] ^ answers[:, 1], 2)
    leaf = Leaf((0.5, 0.5), 1.0)
    wrong = Split(LITERALS[2], Split(LITERALS[3], leaf, leaf), Split(LITERALS[3], leaf, leaf))
    root, cost = TreeImprover(LITERALS[:4], answers, loss).improved(wrong)
    assert cost == pytest.approx(0.0)
    assert {root.literal, root.yes.literal} == {LITERALS[0], LITERALS[1]}


def test_sides_that_too_few_rows_reach_are_dropped():
    rng, answers, loss = problem(0, "classes")
    root, _ = TreeImprover(LITERALS, answers, loss, min_leaf=20.0).improved(random_tree(rng, 6))

    def leaves(node):
        return [node] if isinstance(node, Leaf) else leaves(node.yes) + leaves(node.no)

    assert len(leaves(root)) > 1
    assert min(leaf.n_rows for leaf in leaves(root)) >= 20
