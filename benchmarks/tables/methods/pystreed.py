"""Optimal trees over binary columns by STreeD (van der Linden and others, 2023), on boosted-tree thresholds."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.tables.given import Clock, Given, Student
from benchmarks.tables.thresholds import boosted_thresholds

SETTINGS = {
    4: ((2, 100), (3, 40), (3, 100)),
    8: ((3, 40), (3, 100), (4, 20), (4, 40), (4, 100)),
    16: ((3, 100), (4, 20), (4, 40), (4, 100), (5, 20), (5, 40)),
    32: ((3, 100), (4, 40), (4, 100), (5, 20), (5, 40), (6, 20), (5, 100)),
}
"""Depth and number of binary columns, for each number of leaves."""


def students(given: Given, leaves: int, clock: Clock) -> Iterator[Student]:
    """Shallow and few columns first; each fit may use half of the time that is left, the last all of it."""
    from pystreed import STreeDClassifier, STreeDRegressor

    bits = clock.once("thresholds", lambda: boosted_thresholds(given, 100))
    settings = SETTINGS[max((size for size in SETTINGS if size <= leaves), default=4)]
    for number, (depth, columns) in enumerate(settings):
        left = clock.left()
        if left < 1:
            return
        limit = left if number == len(settings) - 1 else max(left / 2, 1.0)
        learner, task = (STreeDClassifier, "accuracy") if given.classifies else (STreeDRegressor, "regression")
        most = min(leaves, 2**depth) - 1
        model = learner(task, max_depth=depth, max_num_nodes=most, time_limit=limit)
        part = [array[:, :columns].astype(int) for array in bits]
        model.fit(part[0], given.codes)
        if not model.is_fitted():
            continue
        proof = "optimal" if model.fit_result.is_optimal() else "stopped by its time limit"
        setting = f"depth {depth}, {columns} columns, {proof}"
        yield given.student(
            lambda rows, model=model: given.decoded(model.predict(rows)), model.get_n_leaves(), setting, part
        )
