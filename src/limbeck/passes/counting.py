"""Large tables: the search sees a sample, and what it found is counted on every row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from limbeck.core import OutputReading, Outputs, Table
from limbeck.passes.choice import sized_trees, undominated
from limbeck.passes.fitting import Fitted
from limbeck.passes.objective import leaf_loss
from limbeck.passes.run import Run
from limbeck.solve import FamilyCounter, Frontier, FrontierPoint, Loss, ThresholdMover, monotone_tree, solve_program

__all__ = ["Part", "counted_on_all"]

# Rows that a search sees: of more, a sample, which tells which clauses are worth counting.
_MOST_SEARCHED = 50_000
_BATCH = 16_384


@dataclass(frozen=True, eq=False)
class Part:
    """The rows that a search sees, with what belongs to them.

    Parameters
    ----------
    rows, outputs : Table, Outputs
        The n rows, and the teacher's answers.
    weights : ndarray of float64, shape (n,)
        What each of them counts.
    together : ndarray of intp, shape (n,), or None
        The group of each, where they come in groups.
    """

    rows: Table
    outputs: Outputs
    weights: NDArray[np.float64]
    together: NDArray[np.intp] | None

    @classmethod
    def of(
        cls, run: Run, rows: Table, outputs: Outputs, weights: NDArray[np.float64], together: NDArray[np.intp] | None
    ) -> Part:
        """Return all rows, or a sample of so many that more would find hardly better clauses."""
        if rows.n_rows <= _MOST_SEARCHED:
            return cls(rows, outputs, weights, together)
        some = np.sort(run.rng("searched").permutation(rows.n_rows)[:_MOST_SEARCHED])
        return cls(rows.take(some), outputs.take(some), weights[some], None if together is None else together[some])


def counted_on_all(
    run: Run, reading: OutputReading, fitted: Fitted, rows: Table, outputs: Outputs, weights: NDArray[np.float64]
) -> Fitted:
    """Solve again on the counts of all rows, and let them fit the trees that a sample has found.

    Of both trees of a size the better one stays. Clauses and questions are those of the sample.
    """
    if fitted.frontier is None or not run.keep_going("counting"):
        return fitted
    settings = run.settings
    loss = leaf_loss(reading, outputs, weights, soft=settings.loss == "soft")
    mover = ThresholdMover(rows, loss, settings.min_leaf)
    refitted = [mover.fitted(point.root) for point in fitted.frontier.points]
    found = Frontier(tuple(FrontierPoint(root.n_leaves, cost, root) for root, cost in refitted if np.isfinite(cost)))
    frontier = Frontier(()).joined(found, loss.least_gain).joined(_solved(run, fitted, rows, loss), loss.least_gain)
    if settings.monotone:
        frontier = frontier.rewritten(partial(monotone_tree, signs=settings.monotone))
    held_out = None if fitted.validation is None else fitted.validation.fidelity[fitted.validation.best]
    points = sized_trees(frontier, reading, rows, outputs, weights, held_out)
    return replace(fitted, points=points if settings.loss == "soft" else undominated(points), frontier=frontier)


def _solved(run: Run, fitted: Fitted, rows: Table, loss: Loss) -> Frontier:
    """Count the family of the search on all rows, and return its best tree of every size."""
    assert fitted.search is not None
    vocabulary = fitted.seen.vocabulary
    counter = FamilyCounter(fitted.search.family, loss.statistics.shape[1])
    for start in range(0, rows.n_rows, _BATCH):
        if not run.keep_going("counting"):
            return Frontier(())
        batch = slice(start, start + _BATCH)
        counter.add(vocabulary.evaluate(rows.slice(batch.start, batch.stop)), loss.statistics[batch])
        run.progress("counting all rows", min(batch.stop, rows.n_rows), rows.n_rows)
    settings = run.settings
    return solve_program(
        counter.counted(), vocabulary.literals, loss, max_leaves=settings.max_leaves, min_leaf=settings.min_leaf
    )
