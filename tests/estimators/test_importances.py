"""Importances: what the questions about each column save, as shares."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from limbeck.core import column_shares
from limbeck.estimators import TreeDistiller, TreeDistillerRegressor

ROWS = np.random.default_rng(0).normal(size=(300, 4))
NUMBERS = ROWS[:, 1] + 2 * (ROWS[:, 2] > 0)


@pytest.mark.parametrize(
    ("kind", "tree", "labels"),
    [
        (TreeDistillerRegressor, DecisionTreeRegressor, NUMBERS),
        (TreeDistiller, DecisionTreeClassifier, np.digitize(NUMBERS, [0, 1, 2])),
    ],
)
def test_importances_are_those_of_the_same_tree_in_scikit_learn(kind, tree, labels):
    found = kind(effort="fast", max_leaves=6, certificate=0.0, validation=0.0).fit(ROWS, labels)
    # The same questions, each as the only one that splits its rows: scikit-learn's own sums over the fitted tree.
    leaf, saved = found.tree_, np.zeros(4)
    path = leaf.decision_path(ROWS)

    def cost(rows):
        return tree(max_depth=1).fit(ROWS[rows], labels[rows]).tree_.impurity[0] * rows.sum()

    for node in np.flatnonzero(leaf.question >= 0):
        column = int(leaf.literals[leaf.question[node]].column[1:])
        saved[column] += cost(path[:, node]) - cost(path[:, leaf.yes[node]]) - cost(path[:, leaf.no[node]])
    assert found.feature_importances_ == pytest.approx(saved / saved.sum())
    assert found.feature_importances_.sum() == pytest.approx(1)


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_importances_do_not_depend_on_the_unit(scale):
    one, other = (
        TreeDistillerRegressor(effort="fast", max_leaves=4).fit(ROWS, NUMBERS * by).feature_importances_
        for by in (1.0, scale)
    )
    assert one == pytest.approx(other)


def test_a_single_leaf_gives_every_column_the_share_0():
    found = TreeDistiller(effort="fast", max_leaves=1).fit(ROWS, NUMBERS > 0)
    assert found.feature_importances_.tolist() == [0.0] * 4
    assert column_shares(found.tree_).tolist() == [0.0] * 4


@pytest.mark.parametrize("scale", [1e-250, 1e250])
def test_scores_do_not_depend_on_the_unit(scale):
    labels = NUMBERS * scale
    found = TreeDistillerRegressor(effort="fast", max_leaves=4).fit(ROWS, labels)
    assert found.score(ROWS, labels) == pytest.approx(
        TreeDistillerRegressor(effort="fast", max_leaves=4).fit(ROWS, NUMBERS).score(ROWS, NUMBERS)
    )


def test_one_of_several_outputs_is_explained_and_measured():
    model = LinearRegression().fit(ROWS, np.c_[ROWS[:, 0], 3 * ROWS[:, 1]])
    for place in (0, 1):
        found = TreeDistillerRegressor(model, output=place, effort="fast", max_leaves=3).fit(ROWS)
        assert found.feature_importances_.tolist() == [float(j == place) for j in range(4)]
        assert found.fidelity(ROWS) > 0.7
