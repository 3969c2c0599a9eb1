"""Trustee's resampled greedy trees (Jacobs and others, 2022), both the whole tree and the one it prunes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.tables.given import Clock, Given, Student

SETTINGS = ((10, 3, False), (10, 3, True), (50, 5, False), (50, 5, True))
"""Inner and outer rounds, and whether a round sees nine tenths of the rows in place of trustee's default of 2000."""


class Expert:
    """The teacher's answers: trustee asks about no other rows than it was given."""

    def __init__(self, labels: NDArray[Any]) -> None:
        self._labels = labels

    def predict(self, rows: pd.DataFrame) -> pd.Series:
        """Answer by the rows' names, in an order of its own as trustee expects."""
        return pd.Series(self._labels[rows.index.to_numpy()], index=rows.index)


def students(given: Given, leaves: int, clock: Clock) -> Iterator[Student]:
    """Few rounds, then trustee's default of 50 by 5."""
    from trustee import ClassificationTrustee, RegressionTrustee

    distiller = ClassificationTrustee if given.classifies else RegressionTrustee
    rows, labels = pd.DataFrame(given.fit), pd.Series(given.fit_labels)
    for inner, outer, most_rows in SETTINGS:
        np.random.seed(given.seed)  # noqa: NPY002 - trustee has no seed of its own
        # The default of 2000 rows a round, of the 70 % that trustee keeps to train on, fails where there are fewer.
        share = 0.9 if most_rows else None if 0.7 * len(rows) > 2000 else 0.5
        found = distiller(expert=Expert(given.fit_labels))
        found.fit(rows, labels, top_k=leaves, max_leaf_nodes=leaves, num_iter=inner, num_stability_iter=outer,
                  samples_size=share)  # fmt: skip
        whole, pruned, _, _ = found.explain(top_k=leaves)
        setting = f"{inner} x {outer} rounds, {'nine tenths of the rows' if most_rows else 'default rows'}"
        yield given.student(whole.predict, whole.get_n_leaves(), setting)
        yield given.student(pruned.predict, int((pruned.tree_.children_left < 0).sum()), f"{setting}, pruned")
