"""Optimal trees over continuous columns by ConTree (Briţa and others, 2025)."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.tables.given import Clock, Given, Student

PENALTIES = (0.02, 0.01, 0.005, 0.002)


def students(given: Given, leaves: int, clock: Clock) -> Iterator[Student]:
    """The full depth that the leaves allow, and one more with a penalty on size."""
    from pycontree import ConTree

    depth = leaves.bit_length() - 1
    for deeper, penalty in ((depth - 1, 0.0), (depth, 0.0), *((depth + 1, penalty) for penalty in PENALTIES)):
        if clock.left() < 1:
            return
        model = ConTree(max_depth=deeper, complexity_cost=penalty, time_limit=clock.left())
        model.fit(given.fit, given.codes)
        setting = f"depth {deeper}, penalty {penalty}"
        yield given.student(lambda rows, model=model: given.decoded(model.predict(rows)), _leaves(model.tree_), setting)


def _leaves(tree: object) -> int:
    return 1 if tree.is_leaf_node() else _leaves(tree.get_left()) + _leaves(tree.get_right())
