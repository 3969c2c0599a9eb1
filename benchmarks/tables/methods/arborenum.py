"""ArborEnum (2026): look-ahead scored by greedy completion, on every threshold of continuous columns."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.tables.given import Clock, Given, Student

DEEPER = {1: (0, 1, 2), 2: (0,)}
"""Questions on a path beyond the logarithm of the leaves, by look-ahead; deeper trees, as far as the time allows."""
PENALTIES = tuple(np.geomspace(0.05, 1e-4, 10))


def students(given: Given, leaves: int, clock: Clock) -> Iterator[Student]:
    """Go through look-ahead, depth and penalty; every fit serves all sizes that it is small enough for."""
    proxy = clock.once("thresholds", lambda: _guessed(given))
    least = leaves.bit_length() - 1
    for ahead, depth in ((ahead, least + more) for ahead, deeper in DEEPER.items() for more in deeper):
        for penalty in PENALTIES:
            setting = (ahead, depth, float(penalty))
            found = clock.kept(setting, lambda setting=setting: _fitted(given, proxy, *setting))
            if found.leaves <= leaves:
                yield found
            elif found.leaves > 2 * leaves:
                break  # smaller penalties give larger trees
            if clock.left() < 0:
                return


def _guessed(given: Given) -> NDArray[np.uint8]:
    """Make the binary columns by which it scores continuations, as its `fit` does by itself, once for all fits."""
    from arborenum import ThresholdGuessBinarizer

    guess = ThresholdGuessBinarizer(n_estimators=150, max_depth=2, random_state=0, column_elimination=False)
    return guess.fit_transform(given.fit, given.codes).astype(np.uint8)


def _fitted(given: Given, proxy: NDArray[np.uint8], ahead: int, depth: int, penalty: float) -> Student:
    """One tree, the best it finds and no others near it, and its answers."""
    from arborenum import ArborEnum

    model = ArborEnum()
    model.fit(
        given.fit, given.codes.astype(np.int32), X_proxy=proxy, lambda_reg=penalty, depth_budget=depth,
        lookahead_k=ahead, rashomon_mode=False, rashomon_mult=0.0,
    )  # fmt: skip
    name = f"look-ahead {ahead}, depth {depth}, penalty {penalty:.2g}"
    return given.student(lambda rows: given.decoded(model.get_predictions(0, rows)), model.get_tree_num_leaves(0), name)
