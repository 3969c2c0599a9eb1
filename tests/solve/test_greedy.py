"""Greedy growth asks what scikit-learn's best-first CART asks, and keeps its limits."""

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from limbeck.core import Leaf, Literal, Tree
from limbeck.solve import HardLabels, SquaredError, binned_columns, greedy_frontier
from limbeck.tables import Kind

N, L = 300, 6
LITERALS = tuple(Literal.is_value(f"b{j}", 1.0) for j in range(L))
COLUMNS = tuple((f"b{j}", Kind.NUMERIC) for j in range(L))


def rows(seed):
    rng = np.random.default_rng(seed)
    return rng, rng.random((N, L)) < 0.5


def grown(answers, loss, **limits):
    given = {"max_leaves": 12, "max_depth": 30} | limits
    return greedy_frontier(LITERALS, answers, binned_columns(answers, np.arange(L) // 2), loss, **given).points


@pytest.mark.parametrize("seed", range(5))
def test_classes_as_scikit_learn(seed):
    rng, answers = rows(seed)
    codes = (answers @ rng.normal(size=L) + rng.normal(0, 0.5, N) > 0).astype(int) + answers[:, 0]
    weights = rng.integers(1, 4, N)
    points = grown(answers, HardLabels(codes, 3, weights))
    assert [point.n_leaves for point in points] == list(range(1, 13))
    for point in points[1:]:
        tree = Tree.from_node(point.root, classes=(0, 1, 2), columns=COLUMNS)
        theirs = DecisionTreeClassifier(max_leaf_nodes=point.n_leaves, random_state=0)
        theirs.fit(answers, codes, sample_weight=weights)
        np.testing.assert_allclose(tree.predict_scores(answers * 1.0), theirs.predict_proba(answers))
        wrong = weights[tree.predict(answers * 1.0) != codes].sum()
        assert point.cost == pytest.approx(wrong, abs=0.26)  # and what decides between equals


def test_numbers_as_scikit_learn():
    rng, answers = rows(7)
    y = answers @ rng.normal(size=L) + rng.normal(0, 0.1, N)
    for point in grown(answers, SquaredError(y))[1:]:
        tree = Tree.from_node(point.root, classes=None, columns=COLUMNS)
        theirs = DecisionTreeRegressor(max_leaf_nodes=point.n_leaves, random_state=0).fit(answers, y)
        np.testing.assert_allclose(tree.predict(answers * 1.0), theirs.predict(answers))
        assert point.cost == pytest.approx(((theirs.predict(answers) - y) ** 2).sum())


def test_limits_are_kept_and_a_pure_leaf_is_not_split():
    rng, answers = rows(1)
    loss = HardLabels(rng.integers(2, size=N), 2)

    def leaves(node, depth=0):
        return [(node, depth)] if isinstance(node, Leaf) else leaves(node.yes, depth + 1) + leaves(node.no, depth + 1)

    found = leaves(grown(answers, loss, max_depth=3, min_leaf=15.0)[-1].root)
    assert max(depth for _, depth in found) == 3
    assert min(leaf.n_rows for leaf, _ in found) >= 15
    assert [point.n_leaves for point in grown(answers, HardLabels(answers[:, 2] * 1, 2))] == [1, 2]
    assert len(greedy_frontier((), np.empty((N, 0), bool), (), loss, max_leaves=5, max_depth=3).points) == 1
