"""Questions that the teacher's answers call for: thresholds of boosted trees, and sets of like categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Kind, Outputs, Table, threshold_budget
from limbeck.observe.encoding import Encoding
from limbeck.observe.fitting import fitted_to_answers, importing_seconds

__all__ = ["boosting_seconds", "telling_sets", "telling_thresholds"]

_MOST_ROWS = 5_000
_TREES, _LEAST_ROUNDS, _DEPTH = 90, 9, 3
# Columns that each question of a tree is chosen from: half of them, but no more than this.
_MOST_FEATURES = 250
# What a tree takes for each row and column on a machine with other work to do.
_SECONDS_A_CELL = 1e-7
# Sets of more categories cannot be read.
_LARGEST_SET = 8


def telling_thresholds(
    table: Table,
    outputs: Outputs,
    rng: np.random.Generator,
    *,
    most: int = 24,
    keep_going: Callable[[], bool] = lambda: True,
) -> dict[str, list[float]]:
    """Find thresholds by which trees that are boosted on the teacher's answers split.

    Quantiles put few thresholds where a column has few rows, even where the teacher's answer turns there.

    Parameters
    ----------
    table, outputs : Table, Outputs
        The n rows and the teacher's answers.
    rng : numpy.random.Generator
        Source of the rows and columns that each tree sees.
    most : int, at least 0
        Most thresholds per column, those with the greatest gain of impurity over all trees.
        Where no column has more, there is nothing to choose.
    keep_going : callable
        Asked after each round of trees; once it says no, those so far tell.

    Returns
    -------
    dict of str to list of float
        Thresholds of the numeric columns that are split.

    References
    ----------
    McTavish et al. (2022), *Fast sparse decision tree optimization via reference ensembles*, AAAI: thresholds that
    boosted trees use suffice. Friedman (2001), *Greedy function approximation*, Annals of Statistics 29.
    """
    rows = np.sort(rng.permutation(table.n_rows)[:_MOST_ROWS])
    some, answers = table.take(rows), outputs.take(rows)
    if not _too_many_cuts(some, most):
        return {}
    encoding = Encoding.of(some)
    numbers = encoding.encoded(some)
    filled = np.where(np.isnan(numbers), 0.0, numbers)
    model = _boosted(filled, answers, rng, keep_going)
    gains: Counter[tuple[int, float]] = Counter()
    for estimator in [] if model is None else model.estimators_.ravel():
        _add_gains(gains, estimator.tree_)
    found: dict[str, list[float]] = {}
    place = _first_places(some, encoding)
    for (feature, threshold), _ in gains.most_common():
        name = place.get(feature)
        if name is not None and len(found.setdefault(name, [])) < most:
            found[name].append(threshold)
    return found


def telling_sets(table: Table, outputs: Outputs, *, most: int = 12) -> dict[str, list[list[str]]]:
    """Find sets of categories that the teacher treats alike.

    The categories of a column are put in the order of their mean answer (for several classes along the first principal
    component of the classes' shares), and each set is those up to a cut, or those after it, whichever are fewer. For
    two classes and for numbers the best split of a column is among these.

    Parameters
    ----------
    table, outputs : Table, Outputs
        The n rows and the teacher's answers.
    most : int, at least 0
        Most sets per column, at cuts that share the rows out evenly.

    References
    ----------
    Breiman et al. (1984), *Classification and regression trees*, theorem 4.5; Coppersmith, Hong, Hosking (1999),
    *Partitioning nominal attributes in decision trees*, Data Mining and Knowledge Discovery 3: several classes.
    """
    found: dict[str, list[list[str]]] = {}
    for column in table.columns:
        present = ~column.missing
        if column.kind is Kind.CATEGORICAL and present.any():
            counts = np.bincount(column.values[present], minlength=len(column.categories))
            means = np.stack([_sums(column.values[present], v[present], len(counts)) for v in outputs.values.T])
            seen = np.flatnonzero(counts)
            order = seen[np.argsort(_along_one_line(means[:, seen].T, counts[seen]), kind="stable")]
            found[column.name] = [[column.categories[c] for c in s] for s in _cut_sets(order, counts[order], most)]
    return found


def _sums(codes: NDArray[np.integer], values: NDArray[np.float64], n_codes: int) -> NDArray[np.float64]:
    """Add up the values of each code."""
    return np.bincount(codes, values, n_codes).astype(np.float64)


def boosting_seconds(table: Table, outputs: Outputs) -> float:
    """Return about how long the first two rounds of trees take, and importing what grows them."""
    per_round = outputs.values.shape[1] if outputs.codes is not None and outputs.values.shape[1] > 2 else 1
    cells = min(table.n_rows, _MOST_ROWS) * min(len(table.columns), 2 * _MOST_FEATURES)
    return 2 * per_round * cells * _SECONDS_A_CELL + importing_seconds("sklearn.ensemble")


def _boosted(
    numbers: NDArray[np.float32], answers: Outputs, rng: np.random.Generator, keep_going: Callable[[], bool]
) -> Any:
    """Boost small trees on the teacher's answers; None where these do not differ."""
    from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor  # slow to import

    target = answers.values[:, 0] if answers.codes is None else answers.codes
    n_classes = len(np.unique(target))
    if n_classes < 2:
        return None
    per_round = n_classes if answers.codes is not None and n_classes > 2 else 1
    kind = GradientBoostingRegressor if answers.codes is None else GradientBoostingClassifier
    model = kind(
        n_estimators=max(_LEAST_ROUNDS, _TREES // per_round), max_depth=_DEPTH, subsample=0.5,
        max_features=min(0.5, _MOST_FEATURES / numbers.shape[1]),
        learning_rate=0.2, random_state=int(rng.integers(2**31)),
    )  # fmt: skip

    def over(*state: Any) -> bool:
        return not keep_going()

    return fitted_to_answers(model, numbers, target, monitor=over)


def _too_many_cuts(table: Table, most: int) -> bool:
    """Tell whether some numeric column has more places to cut than the vocabulary will ask about."""
    numeric = [column for column in table.columns if column.kind is Kind.NUMERIC]
    budget = threshold_budget(len(numeric), most)
    return any(len(np.unique(column.values[~column.missing])) > budget + 1 for column in numeric)


def _add_gains(gains: Counter[tuple[int, float]], tree: Any) -> None:
    """Add what each question of one tree takes away from the weighted impurity."""
    impurity = tree.impurity * tree.weighted_n_node_samples
    for node in np.flatnonzero(tree.children_left >= 0):
        low, high = tree.children_left[node], tree.children_right[node]
        gains[int(tree.feature[node]), float(tree.threshold[node])] += impurity[node] - impurity[low] - impurity[high]


def _first_places(table: Table, encoding: Encoding) -> dict[int, str]:
    """Return which encoded column each numeric column of the table is."""
    place: dict[int, str] = {}
    at = 0
    for column in table.columns:
        if column.kind is Kind.NUMERIC:
            place[at] = column.name
        at += len(encoding.categories.get(column.name, " "))
    return place


def _along_one_line(sums: NDArray[np.float64], counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """Place categories (k, c) with these sums of answers along the line on which they differ most."""
    means = sums / counts[:, None]
    centred = means - np.average(means, axis=0, weights=counts)
    if centred.shape[1] == 1:
        return centred[:, 0]
    _, _, axes = np.linalg.svd(centred * np.sqrt(counts)[:, None], full_matrices=False)
    line = axes[0] * np.sign(axes[0][np.abs(axes[0]).argmax()])  # the same way round on every machine
    return centred @ line


def _cut_sets(order: NDArray[np.intp], counts: NDArray[np.integer], most: int) -> list[NDArray[np.intp]]:
    """Return the smaller side of cuts through an order of categories; single categories are asked about anyway."""
    cuts = range(2, len(order) - 1)
    if len(cuts) > most:
        below = np.cumsum(counts)[1:-2]
        wanted = np.arange(1, most + 1) * counts.sum() / (most + 1)
        cuts = np.unique(2 + np.abs(below[:, None] - wanted).argmin(axis=0)).tolist()
    sides = (order[:cut] if cut <= len(order) - cut else order[cut:] for cut in cuts)
    return [side for side in sides if len(side) <= _LARGEST_SET]
