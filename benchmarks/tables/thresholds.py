"""Binary columns from boosted trees: the thresholds that an ensemble of the teacher's answers uses most."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor

from benchmarks.tables.given import Given

__all__ = ["boosted_thresholds"]

TREES, DEPTH, MOST_ROWS = 60, 3, 8000


def boosted_thresholds(given: Given, most: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return fit, validation and test rows as answers to `column <= threshold`, the most useful question first.

    After McTavish and others (2022): the thresholds of gradient boosting on the labels, ranked by the impurity that
    they take away over all trees.
    """
    classes = len(np.unique(given.fit_labels)) if given.classifies else 1
    gains: Counter[tuple[int, float]] = Counter()
    if classes > 1 or not given.classifies:
        kind = GradientBoostingClassifier if given.classifies else GradientBoostingRegressor
        rounds = TREES if classes <= 2 else max(20, 3 * TREES // classes)
        model = kind(n_estimators=rounds, max_depth=DEPTH, random_state=0)
        rows = np.random.default_rng(0).permutation(len(given.fit))[:MOST_ROWS]
        model.fit(given.fit[rows], given.fit_labels[rows])
        for estimator in model.estimators_.ravel():
            _add_gains(gains, estimator.tree_)
    chosen = [question for question, _ in gains.most_common(most)] or [(0, float(np.median(given.fit[:, 0])))]
    columns, thresholds = (np.array(part) for part in zip(*chosen, strict=True))
    return tuple(rows[:, columns] <= thresholds for rows in (given.fit, given.validation, given.test))


def _add_gains(gains: Counter[tuple[int, float]], tree: object) -> None:
    """Add what each question of one tree takes away from the weighted impurity."""
    impurity = tree.impurity * tree.weighted_n_node_samples
    for node in np.flatnonzero(tree.children_left >= 0):
        low, high = tree.children_left[node], tree.children_right[node]
        gains[int(tree.feature[node]), float(tree.threshold[node])] += impurity[node] - impurity[low] - impurity[high]
