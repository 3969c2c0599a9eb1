"""The greedy tree on real rows and on rows that were made up and that the teacher was asked about."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from benchmarks.tables.columns import Columns, is_numeric
from benchmarks.tables.given import Clock, Given, Student, greedy_tree

FEWEST, MOST, NEIGHBOURS = 10_000, 30_000, 10
WEIGHTS = (0.3, 1.0)


def students(given: Given, leaves: int, clock: Clock) -> Iterator[Student]:
    """Two generators; all made-up rows together weigh 0.3 or 1 times as much as the real ones."""
    made = clock.once("synthetic", lambda: _labelled(given))
    for generator, criterion, share in product(made, given.criteria, WEIGHTS):
        x, labels = made[generator]
        rows, answers = np.vstack([given.fit, x]), np.concatenate([given.fit_labels, labels])
        weights = np.concatenate([np.ones(len(given.fit)), np.full(len(x), share * len(given.fit) / len(x))])
        tree = greedy_tree(given, leaves, criterion, 1).fit(rows, answers, sample_weight=weights)
        yield given.student(tree.predict, tree.get_n_leaves(), f"{generator}, {criterion}, weight {share}")


def resampled(rows: pd.DataFrame, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Take rows at random and give each cell, with probability one half, the value of another row."""
    base = rng.integers(len(rows), size=n)
    columns = {
        name: rows[name].to_numpy()[np.where(rng.random(n) < 0.5, base, rng.integers(len(rows), size=n))]
        for name in rows
    }
    return pd.DataFrame(columns)


def interpolated(rows: pd.DataFrame, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Take points between a row and one of its nearest neighbours; a nominal value is that of either."""
    x = Columns(rows, standardise=True)(rows)
    near = NearestNeighbors(n_neighbors=min(NEIGHBOURS + 1, len(rows))).fit(x).kneighbors(x, return_distance=False)
    base = rng.integers(len(rows), size=n)
    other = near[base, rng.integers(1, near.shape[1], size=n)]
    share = rng.random(n)
    columns = {}
    for name in rows:
        values = rows[name].to_numpy()
        if is_numeric(rows[name]):
            columns[name] = values[base] + share * (values[other] - values[base])
        else:
            columns[name] = np.where(share < 0.5, values[base], values[other])
    return pd.DataFrame(columns)


def _labelled(given: Given) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Make up rows from the fit rows in two ways, and ask the teacher about each."""
    problem = given.problem
    n = int(np.clip(4 * len(problem.fit), FEWEST, MOST))
    rng = np.random.default_rng([given.seed, 11])
    encode = Columns(problem.fit, standardise=False)
    made = {}
    for generator in (interpolated, resampled):
        rows = generator(problem.fit, n, rng)
        made[generator.__name__] = encode(rows), problem.teacher(rows)
    return made
