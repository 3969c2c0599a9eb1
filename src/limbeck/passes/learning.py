"""Learning the best tree of every size from observed rows, by themselves or among synthetic rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import OutputReading
from limbeck.observe import Observation
from limbeck.passes.lessons import Lesson, Lessons, Recipe
from limbeck.passes.objective import label_guides, leaf_loss, teacher_guides
from limbeck.passes.run import Run
from limbeck.search import BeamSettings, Guide
from limbeck.solve import (
    ClauseFamily,
    Frontier,
    FrontierPoint,
    Loss,
    RowCounter,
    ThresholdMover,
    TreeImprover,
    compiled_fit,
    monotone_tree,
    solve_program,
)

__all__ = ["Learner"]


@dataclass(frozen=True, eq=False)
class Learner:
    """Turns observed rows into a frontier.

    Parameters
    ----------
    run : Run
        Settings, teacher, clock.
    reading : OutputReading
        How the teacher's outputs are read.
    seen : Observation
        The n rows.
    weights : ndarray of float64, shape (n,)
        What each of them counts.
    lessons : Lessons
        These rows, and synthetic ones, by recipe.
    max_leaves : int
        Largest size, s.
    """

    run: Run
    reading: OutputReading
    seen: Observation
    weights: NDArray[np.float64]
    lessons: Lessons
    max_leaves: int

    @classmethod
    def on(
        cls,
        run: Run,
        reading: OutputReading,
        seen: Observation,
        weights: NDArray[np.float64],
        max_leaves: int,
        *,
        synthetic: bool,
    ) -> Learner:
        """Make a learner for some rows."""
        return cls(run, reading, seen, weights, Lessons(run, reading, seen, weights, synthetic=synthetic), max_leaves)

    def frontier(self, recipe: Recipe) -> Frontier:
        """Return the frontier of a recipe on all rows, searched at full width."""
        guides = list(teacher_guides(self.run.settings, self.seen))
        return self._frontier(self.seen, self.weights, recipe, None, guides, self.run.settings.beam, 1.0)

    def trials(self, rows: NDArray[np.intp], recipes: tuple[Recipe, ...], share: float) -> list[Frontier]:
        """Return the frontier of every recipe on some rows, searched narrowly, within a share of the time limit."""
        seen, weights, beam = self.seen.take(rows), self.weights[rows], self.run.settings.trial_beam
        guides = list(teacher_guides(self.run.settings, seen))
        return [self._frontier(seen, weights, recipe, rows, guides, beam, share) for recipe in recipes]

    def _frontier(
        self,
        seen: Observation,
        weights: NDArray[np.float64],
        recipe: Recipe,
        rows: NDArray[np.intp] | None,
        guides: list[Guide],
        beam: BeamSettings,
        share: float,
    ) -> Frontier:
        """Search, solve, improve, and count the rows of the table in every node."""
        settings, lesson = self.run.settings, self.lessons.of(recipe, rows)
        kept = settings.loss == "soft"  # scores at the leaves, not shares of classes
        loss = leaf_loss(self.reading, lesson.outputs, lesson.weights, soft=kept)
        core = compiled_fit(loss, lesson.columns)
        family = self._family(lesson, loss, guides, beam, core, share)
        literals = seen.vocabulary.literals
        frontier = solve_program(family, literals, loss, max_leaves=self.max_leaves, min_leaf=lesson.least)
        if settings.effort != "fast":
            frontier = self._improved(frontier, lesson, loss, core, share)
        if recipe is not Recipe.REAL:
            codes = None if kept else seen.outputs.codes
            counter = RowCounter(literals, seen.answers, codes, weights, settings.min_leaf)
            frontier = frontier.rewritten(counter.recounted)
        if settings.effort != "fast" and not kept:
            on_table = leaf_loss(self.reading, seen.outputs, weights, soft=False)
            frontier = frontier.rewritten(ThresholdMover(seen.table, on_table, settings.min_leaf).moved)
        return frontier.rewritten(partial(monotone_tree, signs=settings.monotone)) if settings.monotone else frontier

    def _family(
        self, lesson: Lesson, loss: Loss, guides: list[Guide], beam: BeamSettings, core: Any, share: float
    ) -> ClauseFamily:
        """Grow the clauses; the guides that know the teacher come first."""
        on = [*guides, *label_guides(self.run.settings, loss, alone=not guides)]
        beam = replace(beam, min_leaf=lesson.least)
        family = self.run.grow(lesson.answers, loss, on, beam, lesson.columns, core, share)
        self.run.clauses = family.n_clauses  # of the last fit, which is the final one
        return family

    def _improved(self, frontier: Frontier, lesson: Lesson, loss: Loss, core: Any, share: float) -> Frontier:
        """Improve every tree locally; those that are then no better than a smaller one are left out."""
        improver = TreeImprover(
            self.seen.vocabulary.literals, lesson.answers, loss, columns=lesson.columns, min_leaf=lesson.least,
            keep_going=lambda: self.run.keep_going(share), compiled=core,
        )  # fmt: skip
        points: list[FrontierPoint] = []
        for point in frontier.points:
            root, cost = improver.improved(point.root)
            if not points or cost < points[-1].cost - loss.least_gain:
                points.append(FrontierPoint(root.n_leaves, cost, root))
        return Frontier(tuple(points))
