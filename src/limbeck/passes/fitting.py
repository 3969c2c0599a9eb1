"""The frontier of a distillation, with what held-out rows say about it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Node, OutputReading, Outputs, Table, Tree
from limbeck.deferral import Deferral
from limbeck.distillation import SizedTree
from limbeck.observe import Fold, Observation, Sampler, fold_rows
from limbeck.passes.choice import chosen, sized_trees, undominated
from limbeck.passes.fresh import LARGEST_BY_PROGRAM, grown_on_fresh_rows
from limbeck.passes.learning import Learner, Search
from limbeck.passes.lessons import Recipe
from limbeck.passes.objective import HEAVY, carried_by_few
from limbeck.passes.run import Run
from limbeck.passes.validation import Validation, cross_validated, held_out_gaps, judged
from limbeck.search import Frontier

__all__ = ["Fitted", "Priced", "fitted_by_validation", "fitted_on_fresh_rows"]

# With fewer, a size is chosen by chance.
_ENOUGH_WHEN_FAST = 250
# Disagreements that trees at the target would show on as many held-out rows, if they answered all of them.
_SEEN_AT_TARGET = 60


@dataclass(frozen=True, eq=False)
class Priced:
    """Trees whose leaves may ask the model at a price.

    Parameters
    ----------
    price : float
        What it costs to ask, in disagreements a row.
    sizes : tuple of int
        Most leaves of each tree.
    roots : tuple of Node
        The trees.
    points : tuple of SizedTree
        The same, laid out.
    """

    price: float
    sizes: tuple[int, ...]
    roots: tuple[Node, ...]
    points: tuple[SizedTree, ...]


@dataclass(frozen=True, eq=False)
class Fitted:
    """A frontier, and the rows behind it.

    Parameters
    ----------
    points : tuple of SizedTree
        The best tree of every size.
    seen : Observation
        The rows that the trees were fitted to.
    weights : ndarray of float64, shape (n,)
        What each of them counts.
    validation : Validation or None
        What rows that were held out say; None when there were none.
    folds : tuple of Fold
        The folds behind it; empty when the rows that were held out fitted no tree of the frontier.
    learner, search : Learner, Search, or None
        What solved the frontier; None where fresh rows had a part in it.
    frontier : Frontier or None
        The trees behind the points, where a search found them.
    deferral : Deferral or None
        What trees give that may ask the model.
    priced : tuple of Priced
        Such trees, at the prices and sizes that are to be certified in turn.
    """

    points: tuple[SizedTree, ...]
    seen: Observation
    weights: NDArray[np.float64]
    validation: Validation | None
    folds: tuple[Fold, ...] = ()
    learner: Learner | None = None
    search: Search | None = None
    frontier: Frontier | None = None
    deferral: Deferral | None = None
    priced: tuple[Priced, ...] = ()

    @property
    def uses(self) -> dict[str, tuple[Table, Outputs | None]]:
        """The rows that fit and those that were held out once, with the teacher's answers."""
        if self.validation is None:
            held: tuple[Table, Outputs | None] = (self.seen.table.slice(0, 0), None)
        else:
            held = (self.validation.table, self.validation.outputs)
        return {"fit": (self.seen.table, self.seen.outputs), "validation": held}

    @property
    def tree(self) -> Tree:
        """The tree that the rows that were held out choose."""
        asked = self.deferral is not None and self.deferral.target is not None
        return self.points[-1].tree if asked else chosen(self.points, self.scores, self.slack).tree

    @property
    def scores(self) -> NDArray[np.float64] | None:
        """What the choice of a size goes by, for every point; None when no row was held out."""
        if self.validation is None:
            return None
        sizes = [point.n_leaves - 1 for point in self.points]
        return self.validation.steady[self.validation.best, sizes]

    @property
    def slack(self) -> NDArray[np.float64] | None:
        """By how much a smaller size may be behind: nothing, but where a few rows carry the loss a standard error."""
        if self.validation is None or carried_by_few(self.seen.outputs) <= HEAVY:
            return None
        return self.validation.slack(self.validation.best, [point.n_leaves for point in self.points])

    def validation_gaps(self, n_leaves: int) -> NDArray[np.float64]:
        """Return how far teacher and the tree of a size are apart on every row that was held out."""
        if self.validation is None:
            return np.zeros(0)
        return self.validation.gaps[self.validation.best, n_leaves - 1].astype(np.float64)


def fitted_by_validation(
    run: Run,
    reading: OutputReading,
    seen: Observation,
    weights: NDArray[np.float64],
    together: NDArray[np.intp] | None = None,
) -> Fitted:
    """Let held-out rows choose the recipe, then fit by it to all rows; no group of rows is split by a fold.

    What they said about the recipe's tree of a size, fitted without them, is taken for the final tree of that size,
    which has seen more rows and is, on average, no worse.
    """
    settings = run.settings
    few = {"enough": _ENOUGH_WHEN_FAST} if settings.effort == "fast" else {}
    if settings.defer is not None:
        few = {"enough": math.ceil(_SEEN_AT_TARGET / settings.defer)}
    if carried_by_few(seen.outputs) > HEAVY:
        few = {"enough": len(weights)}  # among some hundreds of them, a row or two would choose the size
    folds = fold_rows(len(weights), rng=run.rng("folds"), validation=settings.validation, groups=together, **few)
    learner = Learner.on(
        run,
        reading,
        seen,
        weights,
        settings.max_leaves,
        synthetic=settings.effort != "fast" and len(seen.vocabulary) > 0,
    )
    with run.timed("validation"):
        validation = cross_validated(learner, folds)
    with run.timed("search"):
        recipe = Recipe.REAL if validation is None else validation.recipes[validation.best]
        final = learner.searched(recipe, () if validation is None else validation.searches)
        frontier = learner.frontier(final)
    held_out = None if validation is None else validation.fidelity[validation.best]
    points = sized_trees(frontier, reading, seen.table, seen.outputs, weights, held_out)
    if settings.loss != "soft":  # better scores need not be better classes
        points = undominated(points)
    return Fitted(points, seen, weights, validation, tuple(folds), learner, final, frontier)


def fitted_on_fresh_rows(
    run: Run,
    reading: OutputReading,
    seen: Observation,
    weights: NDArray[np.float64],
    sampler: Sampler,
    together: NDArray[np.intp] | None = None,
) -> Fitted:
    """Fit to some rows, then grow on fresh ones of the sampler; the rows that were left out say how well."""
    share = run.settings.validation
    folds = fold_rows(len(weights), rng=run.rng("folds"), validation=share, enough=1, groups=together)
    rows = folds[0].fit if folds else np.arange(len(weights))
    part = seen.take(rows)
    with run.timed("search"):
        most = min(run.settings.max_leaves, LARGEST_BY_PROGRAM)
        learner = Learner.on(run, reading, part, weights[rows], most, synthetic=False)
        frontier = learner.frontier(learner.searched(Recipe.REAL))
    with run.timed("deepen"):
        total = float(weights[rows].sum())
        frontier = grown_on_fresh_rows(run, frontier, sampler, reading, seen.vocabulary, total)
    whole = replace(learner, max_leaves=run.settings.max_leaves)
    gaps = [held_out_gaps(whole, frontier, seen, fold) for fold in folds]
    validation = judged({Recipe.REAL: gaps}, seen, weights, folds)
    held_out = None if validation is None else validation.fidelity[0]
    # Fresh rows have compared the sizes already: more of them than a table has for its deep nodes.
    points = sized_trees(frontier, reading, part.table, part.outputs, weights[rows], held_out)
    return Fitted(points, part, weights[rows], validation)
