"""Ten lines of scikit-learn: the greedy tree of the teacher's answers, its settings chosen on validation rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from benchmarks.tables.given import Clock, Given, Student, greedy_tree

MIN_LEAF = (1, 5)


def students(given: Given, leaves: int, clock: Clock) -> Iterator[Student]:
    """Both criteria (one for regression), with at least 1 or 5 rows at a leaf."""
    for criterion, least in product(given.criteria, MIN_LEAF):
        tree = greedy_tree(given, leaves, criterion, least).fit(given.fit, given.fit_labels)
        yield given.student(tree.predict, tree.get_n_leaves(), f"{criterion}, min leaf {least}")
