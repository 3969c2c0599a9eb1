"""Cross-validation: how well each recipe's trees agree with the teacher on rows that they were not fitted to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from limbeck.certificates import agreement, gaps_of
from limbeck.core import Outputs, Table, leaf_numbers, leaf_scores
from limbeck.observe import Fold, Observation
from limbeck.passes.learning import Learner, Search
from limbeck.passes.lessons import Recipe
from limbeck.search import Frontier

__all__ = ["Validation", "cross_validated", "held_out_gaps", "in_the_race", "judged", "misses_nothing"]

# Share of the rows whose distance from the mean bounds what a row can say about a tree of numbers.
_KEPT = 0.999
# Held-out rows that tell a tree which misses none of them from one that misses 3 in 100, with probability .95.
_ENOUGH_TO_MISS = 100


@dataclass(frozen=True, eq=False)
class Validation:
    """What the rows that were held out say about every recipe and size.

    Parameters
    ----------
    rows : ndarray of intp, shape (n_val,)
        Which rows were held out, fold after fold.
    table, outputs : Table, Outputs
        These rows, and the teacher's answers.
    weights : ndarray of float64, shape (n_val,)
        What each of them counts.
    recipes : tuple of Recipe
        What was tried on all of them.
    gaps : ndarray of float32, shape (recipes, s, n_val)
        How far teacher and the tree of at most 1, 2, ..., s leaves are apart: 0 or 1 for classes, the gap for numbers.
        The trees were fitted without the row.
    searches : tuple of Search
        Of the recipe that did best: what was searched on the fit rows of each fold.
    """

    rows: NDArray[np.intp]
    table: Table
    outputs: Outputs
    weights: NDArray[np.float64]
    recipes: tuple[Recipe, ...]
    gaps: NDArray[np.float32]
    searches: tuple[Search, ...] = ()

    @cached_property
    def fidelity(self) -> NDArray[np.float64]:
        """Agreement of each recipe at each size (R² for numbers), shape (recipes, s)."""
        return agreement(self.gaps, self.outputs, self.weights)

    @cached_property
    def steady(self) -> NDArray[np.float64]:
        """The same with the gaps of numbers capped, so that a few far-off rows do not choose, shape (recipes, s).

        The cap is the distance from the mean that 999 of 1000 of the teacher's numbers keep. Uncapped, R² on held-out
        rows of heavy-tailed numbers is the gap on a row or two; a lower cap hides how far large trees miss.

        References
        ----------
        Huber (1964), *Robust estimation of a location parameter*, Ann. Math. Statist. 35: bounded influence.
        """
        return self.fidelity if self.outputs.codes is not None else agreement(self._capped, self.outputs, self.weights)

    @cached_property
    def _capped(self) -> NDArray[np.float32]:
        values = self.outputs.values[:, 0]
        return np.minimum(self.gaps, np.quantile(np.abs(values - values.mean()), _KEPT))

    def slack(self, recipe: int, sizes: Sequence[int]) -> NDArray[np.float64]:
        """Return the standard error of how far each size is behind the best, in units of `steady`; for numbers.

        References
        ----------
        Breiman, Friedman, Olshen, Stone (1984), *Classification and Regression Trees*: the one-standard-error rule.
        """
        losses = self.weights * self._capped[recipe, np.asarray(sizes) - 1].astype(np.float64) ** 2
        behind = losses - losses[losses.mean(axis=1).argmin()]
        spread = float(self.outputs.values[:, 0].var()) * float(self.weights.mean())
        return behind.std(axis=1) / np.sqrt(losses.shape[1]) / max(spread, np.finfo(float).tiny)

    @cached_property
    def best(self) -> int:
        """Place of the recipe that does best on average over the sizes; the first among equals.

        One recipe for all of them, and all together, so that chance decides little.
        """
        return int(self.steady.mean(axis=1).argmax())


def cross_validated(learner: Learner, folds: Sequence[Fold]) -> Validation | None:
    """Fit the recipes on the fit rows of every fold, and put their trees beside the teacher on the others.

    A recipe that has fallen behind is not tried on the folds that are left; where a tree of the table's rows alone
    misses nothing on the first fold, no other recipe is tried, and no synthetic row is asked about. None without folds.
    When time runs short, the folds that are not begun are left out; under a limit the greedy tree is in the race.
    """
    seen, weights, clock = learner.seen, learner.weights, learner.run.clock
    # Without time, none is spent on asking about synthetic rows.
    tried = learner.lessons.recipes if clock.has_time("validating") else (Recipe.REAL,)
    tried = tried if clock.limit is None else (*tried, Recipe.GREEDY)
    gaps: dict[Recipe, list[NDArray[np.float32]]] = {recipe: [] for recipe in tried}
    searches: dict[Recipe, list[Search]] = {recipe: [] for recipe in tried}
    took = 0.0
    for place, fold in enumerate(folds):
        start = clock.now()
        if place and not clock.has_time("validating", took):
            break
        learner.run.progress("cross-validating", place, len(folds))
        for found in learner.trials(fold.fit, tuple(gaps)):
            gaps[found.recipe].append(held_out_gaps(learner, learner.frontier(found), seen, fold))
            searches[found.recipe].append(found)
            if not place and found.recipe is Recipe.REAL and misses_nothing(gaps[Recipe.REAL][0]):
                break
        held = np.concatenate([weights[fold.validation] for fold in folds[: place + 1]])
        tried_here = {recipe: parts for recipe, parts in gaps.items() if len(parts) == place + 1}
        gaps = {recipe: gaps[recipe] for recipe in in_the_race(tried_here, held)}
        searches = {recipe: searches[recipe] for recipe in gaps}  # the others are large
        took = clock.now() - start
    found = judged(gaps, seen, weights, folds)
    return None if found is None else replace(found, searches=tuple(searches[found.recipes[found.best]]))


def misses_nothing(gaps: NDArray[np.float32]) -> bool:
    """Tell whether trees of some size agree on all held-out rows, given their gaps, shape (s, n_val); of few, never."""
    return gaps.shape[1] >= _ENOUGH_TO_MISS and bool((gaps == 0).all(axis=1).any())


def in_the_race(
    gaps: Mapping[Recipe, Sequence[NDArray[np.float32]]], weights: NDArray[np.float64]
) -> tuple[Recipe, ...]:
    """Return the recipes that are behind the best one by no more than a standard error of their difference.

    The difference is that of their squared gaps on each row, on average over all sizes.

    References
    ----------
    Maron and Moore (1994), *Hoeffding races: accelerating model selection search for classification and function
    approximation*, NIPS 6. Here with paired differences and the one-standard-error rule of CART.
    """
    errors = {recipe: weights * (np.concatenate(parts, axis=1) ** 2).mean(axis=0) for recipe, parts in gaps.items()}
    best = min(errors, key=lambda recipe: float(errors[recipe].sum()))
    behind = {recipe: error - errors[best] for recipe, error in errors.items()}
    return tuple(recipe for recipe, d in behind.items() if d.mean() <= d.std() / np.sqrt(len(d)))


def judged(
    gaps: Mapping[Recipe, Sequence[NDArray[np.float32]]],
    seen: Observation,
    weights: NDArray[np.float64],
    folds: Sequence[Fold],
) -> Validation | None:
    """Put together what the folds that were tried say: for every recipe the gaps on each fold's validation rows."""
    n_tried = len(next(iter(gaps.values())))
    if not n_tried:
        return None
    rows = np.concatenate([fold.validation for fold in folds[:n_tried]])
    by_recipe = np.stack([np.concatenate(parts, axis=1) for parts in gaps.values()])
    return Validation(rows, seen.table.take(rows), seen.outputs.take(rows), weights[rows], tuple(gaps), by_recipe)


def held_out_gaps(learner: Learner, frontier: Frontier, seen: Observation, fold: Fold) -> NDArray[np.float32]:
    """Return how far teacher and the tree of at most so many leaves are apart, shape (s, validation rows).

    NaN where the tree asks the model.
    """
    outputs = seen.outputs.take(fold.validation)
    measured = np.full((learner.max_leaves, len(outputs)), np.nan, np.float32)
    leaves = leaf_numbers([point.root for point in frontier.points], seen.table, fold.validation)
    for point, leaf in zip(frontier.points, leaves, strict=True):
        measured[point.n_leaves - 1 :] = gaps_of(leaf_scores(point.root), outputs, leaf)
    return measured
