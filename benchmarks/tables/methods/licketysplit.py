"""LicketySPLIT (Babbar and others, 2025): look-ahead scored by greedy completion, on boosted-tree thresholds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.tables.given import Clock, Given, Student
from benchmarks.tables.thresholds import boosted_thresholds

__all__ = ["fitted", "students"]

N_THRESHOLDS = 100
DEPTHS = {1: (2, 3, 4, 5, 6, 8, 12), 2: (3, 4, 5, 6, 8), 3: (3, 4)}
"""By look-ahead: as deep as the time allows."""
PENALTIES = tuple(np.geomspace(0.05, 1e-4, 24))


def students(given: Given, leaves: int, clock: Clock) -> Iterator[Student]:
    """Go through look-ahead, depth and penalty; every fit serves all sizes that it is small enough for."""
    bits = clock.once("thresholds", lambda: boosted_thresholds(given, N_THRESHOLDS))
    for ahead, depth in ((ahead, depth) for ahead, depths in DEPTHS.items() for depth in depths):
        if ahead > 1 and 2 ** (depth - 1) > 4 * leaves:
            continue
        for penalty in PENALTIES[:: 1 if ahead == 1 else 2]:
            setting = (ahead, depth, float(penalty))
            found = clock.kept(setting, lambda setting=setting: fitted(given, bits, *setting))
            if found.leaves <= leaves:
                yield found
            elif found.leaves > 2 * leaves:
                break  # smaller penalties give larger trees
            if clock.left() < 0:
                return


def fitted(given: Given, bits: tuple[np.ndarray, ...], ahead: int, depth: int, penalty: float) -> Student:
    """One fit, and its answers."""
    from licketysplit import LicketySPLITClassifier, LicketySPLITRegressor

    learner = LicketySPLITClassifier if given.classifies else LicketySPLITRegressor
    spread = 1.0 if given.classifies else float(given.fit_labels.var())  # its squared error has the target's unit
    model = learner(lambda_leaf=penalty * spread, depth_budget=depth, lookahead_k=ahead)
    model.fit(bits[0].astype(np.uint8), given.codes)
    name = f"look-ahead {ahead}, depth {depth}, penalty {penalty:.2g}"
    return given.student(
        lambda rows: given.decoded(model.predict(rows.astype(np.uint8))), len(model.leaf_paths()), name, bits
    )
