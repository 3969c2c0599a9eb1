"""What trees would give if they might ask the model, said without being asked for, in little time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.certificates import gaps_of
from limbeck.core import leaf_numbers, leaf_scores
from limbeck.deferral import Deferral, OperatingPoint
from limbeck.observe import Fold
from limbeck.passes.fitting import Fitted
from limbeck.passes.learning import Learner
from limbeck.passes.operating import undominated
from limbeck.passes.pricing import priced_frontier, tolerance_of
from limbeck.passes.run import Run
from limbeck.search import Frontier

__all__ = ["trade_off"]

# The price in the middle of those that matter, for classes and for numbers; and rows that are enough for a glance.
_GLANCE, _GLANCE_NUMBERS, _GLANCE_ROWS = 0.0625, 0.25, 300


def trade_off(run: Run, fitted: Fitted) -> Deferral | None:
    """Say, from the searches that chose the size, what the largest trees would give if they might ask the model.

    Of two trees, one that was fitted to answer everything and one at a price, leaves ask whose share of disagreements
    on the rows that fit is above a limit, for every limit: that is what a tree gives at the least.
    """
    found, learner = fitted.validation, fitted.learner
    if found is None or learner is None or not found.searches or not run.keep_going("deferring"):
        return None
    folds = _enough(fitted.folds, len(found.searches))
    price = _GLANCE_NUMBERS if learner.reading.classes is None else _GLANCE
    searches = found.searches[: len(folds)]
    largest = [learner.finished(Frontier(one.best.points[-1:]), one, moved=False) for one in searches]
    points = list(_left_out(learner, largest, folds))
    if run.keep_going("deferring"):
        passing = [priced_frontier(learner, one, price, largest=True) for one in searches]
        points += _left_out(learner, passing, folds)
    return Deferral(None, tolerance_of(learner), undominated(points))


def _enough(folds: Sequence[Fold], n_searched: int) -> Sequence[Fold]:
    """Return the first folds whose held-out rows are enough for a glance."""
    taken, rows = 0, 0
    while taken < n_searched and rows < _GLANCE_ROWS:
        rows += len(folds[taken].validation)
        taken += 1
    return folds[:taken]


def _left_out(learner: Learner, trees: Sequence[Frontier], folds: Sequence[Fold]) -> Iterator[OperatingPoint]:
    """Count, for every limit, the held-out rows of leaves that keep it on the rows that fit, and answer."""
    at = np.concatenate([_at_leaves(learner, one, fold) for one, fold in zip(trees, folds, strict=True)])
    n_rows = sum(len(fold.validation) for fold in folds)
    at = at[np.argsort(at[:, 0], kind="stable")]
    last = np.append(at[1:, 0] > at[:-1, 0], True) if len(at) else np.empty(0, bool)
    for limit, answered, differ in np.column_stack([at[:, 0], at[:, 1:].cumsum(axis=0)])[last].tolist():
        yield OperatingPoint(learner.max_leaves, limit, n_rows, int(answered), int(differ))


def _at_leaves(learner: Learner, frontier: Frontier, fold: Fold) -> NDArray[np.float64]:
    """Return for every leaf that answers its error in the fit, its held-out rows, and those of them that differ."""
    seen, root = learner.seen, frontier.points[-1].root
    scores, at = leaf_scores(root), leaf_numbers([root], seen.table)[0]
    differ = gaps_of(scores, seen.outputs, at) > learner.run.tolerance
    sums: list[NDArray[Any]] = []
    for rows in (fold.fit, fold.validation):
        sums += [np.bincount(at[rows], minlength=len(scores)), np.bincount(at[rows], differ[rows], len(scores))]
    n_fit, wrong, n_held, differing = (each[~np.isnan(scores[:, 0])] for each in sums)
    return np.column_stack([wrong / np.maximum(n_fit, 1), n_held, differing])
