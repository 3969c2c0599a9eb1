"""Hierarchical shrinkage of imodels over scikit-learn's greedy tree (Agarwal and others, 2022)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from benchmarks.tables.given import Clock, Given, Student, greedy_tree

SHRINKAGE = (0, 0.1, 1, 10, 50, 100, 500)
"""The list that `HSTreeClassifierCV` goes through."""


def students(given: Given, leaves: int, clock: Clock) -> Iterator[Student]:
    """Choose the shrinkage on the common validation rows: `HSTreeClassifierCV` folds, and fails on rare classes."""
    from imodels import HSTreeClassifier, HSTreeRegressor

    shrunk = HSTreeClassifier if given.classifies else HSTreeRegressor
    for criterion, shrinkage in product(given.criteria, SHRINKAGE):
        tree = shrunk(greedy_tree(given, leaves, criterion, 1), reg_param=shrinkage).fit(given.fit, given.fit_labels)
        yield given.student(tree.predict, tree.estimator_.get_n_leaves(), f"{criterion}, shrinkage {shrinkage}")
