"""Cross-validation: how well each recipe's trees agree with the teacher on rows that they were not fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from limbeck.certify import agreement, disagreements
from limbeck.core import Outputs, Table, Tree
from limbeck.observe import Fold, Observation
from limbeck.passes.learning import Learner, Recipe
from limbeck.solve import Frontier

__all__ = ["Validation", "cross_validated", "validated"]

# Share of the time limit after which no further fold is begun, so that the final fit finds its time.
_VALIDATING_SHARE = 0.6


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
        What was tried.
    gaps : ndarray of float32, shape (recipes, s, n_val)
        How far teacher and the tree of at most 1, 2, ..., s leaves are apart: 0 or 1 for classes, the gap for numbers.
        The trees were fitted without the row.
    """

    rows: NDArray[np.intp]
    table: Table
    outputs: Outputs
    weights: NDArray[np.float64]
    recipes: tuple[Recipe, ...]
    gaps: NDArray[np.float32]

    @cached_property
    def fidelity(self) -> NDArray[np.float64]:
        """Agreement of each recipe at each size (R² for numbers), shape (recipes, s)."""
        return agreement(self.gaps, self.outputs, self.weights)

    @cached_property
    def best(self) -> int:
        """Place of the recipe that does best on average over the sizes; the first among equals.

        One recipe for all of them, and all together, so that chance decides little.
        """
        return int(self.fidelity.mean(axis=1).argmax())


def cross_validated(
    learner: Learner, seen: Observation, weights: NDArray[np.float64], folds: Sequence[Fold]
) -> Validation | None:
    """Fit every recipe on the fit rows of every fold, and put its trees beside the teacher on the others.

    None without folds. When time runs short, the folds that are not begun are left out.
    """
    if not learner.run.keep_going(_VALIDATING_SHARE):  # no time to ask about synthetic rows either
        learner = replace(learner, copies=0)
    frontiers: list[list[Frontier]] = []
    for place, fold in enumerate(folds):
        if frontiers and not learner.run.keep_going(_VALIDATING_SHARE):
            break
        learner.run.progress("cross-validating", place, len(folds))
        part = seen.take(fold.fit)
        frontiers.append(learner.frontiers(part, weights[fold.fit], learner.recipes, _VALIDATING_SHARE))
    return validated(learner, frontiers, learner.recipes, seen, weights, folds)


def validated(
    learner: Learner,
    frontiers: Sequence[Sequence[Frontier]],
    recipes: tuple[Recipe, ...],
    seen: Observation,
    weights: NDArray[np.float64],
    folds: Sequence[Fold],
) -> Validation | None:
    """Put trees beside the teacher on the validation rows of their folds: one frontier a recipe for every fold."""
    pairs = list(zip(folds, frontiers, strict=False))
    if not pairs:
        return None
    gaps: list[NDArray[np.float32]] = []
    for fold, by_recipe in pairs:
        held = seen.table.take(fold.validation), seen.outputs.take(fold.validation)
        gaps.append(np.stack([_gaps(learner, frontier, *held) for frontier in by_recipe]))
    rows = np.concatenate([fold.validation for fold, _ in pairs])
    table, outputs = seen.table.take(rows), seen.outputs.take(rows)
    return Validation(rows, table, outputs, weights[rows], recipes, np.concatenate(gaps, axis=2))


def _gaps(learner: Learner, frontier: Frontier, table: Table, outputs: Outputs) -> NDArray[np.float32]:
    """Return how far teacher and the tree of at most so many leaves are apart, shape (s, rows)."""
    measured = np.empty((learner.max_leaves, table.n_rows), np.float32)
    for point in frontier.points:
        tree = Tree.from_node(point.root, classes=learner.reading.classes, columns=table.schema)
        measured[point.n_leaves - 1 :] = disagreements(tree, table, outputs)
    return measured
