"""Learning the best tree of every size from observed rows, by themselves or among synthetic rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Literal, OutputReading, Outputs
from limbeck.observe import Observation, mixed_rows
from limbeck.passes.objective import label_guides, leaf_loss, teacher_guides
from limbeck.passes.run import Run
from limbeck.search import Guide
from limbeck.solve import (
    BinnedColumn,
    ClauseFamily,
    Frontier,
    FrontierPoint,
    Loss,
    RowCounter,
    TreeImprover,
    binned_columns,
    compiled_fit,
    monotone_tree,
    solve_program,
)

__all__ = ["Learner", "Recipe"]

# Synthetic rows of one fit: tables of more rows need none, and copies of each row beyond so many tell little.
_MOST_SYNTHETIC = 8_000
_MOST_COPIES = 10


class Recipe(Enum):
    """Which rows a tree is fitted to, and to which of the teacher's answers."""

    REAL = "the rows of the table"
    NEAR = "the rows of the table, and rows mixed of near ones that count as much together"
    ANY = "the rows of the table, and rows mixed of any two that count as much together"
    SOFT = "the rows of ANY, and class scores instead of classes"

    @property
    def rows(self) -> Recipe:
        """The recipe whose rows it takes: its own, or those of ANY."""
        return Recipe.ANY if self is Recipe.SOFT else self

    @property
    def neighbours(self) -> int | None:
        """Rows near enough to be mixed in; None for all."""
        return 5 if self is Recipe.NEAR else None


@dataclass(frozen=True, eq=False)
class _Lesson:
    """Rows to fit: their answers to the literals (and by column), the teacher's to them, and what they count."""

    answers: NDArray[np.bool_]
    outputs: Outputs
    weights: NDArray[np.float64]
    columns: tuple[BinnedColumn, ...]
    least: float


# Recipes with synthetic rows of their own: SOFT shares those of ANY.
_MIXING = (Recipe.NEAR, Recipe.ANY)


@dataclass(frozen=True, eq=False)
class Learner:
    """Turns observed rows into a frontier.

    Parameters
    ----------
    run : Run
        Settings, teacher, clock.
    reading : OutputReading
        How the teacher's outputs are read.
    copies : int
        Synthetic rows for each row, for the recipes that have any.
    max_leaves : int
        Largest size, s.
    improving : bool
        Whether the program's trees are improved locally.
    """

    run: Run
    reading: OutputReading
    copies: int
    max_leaves: int
    improving: bool = True

    @classmethod
    def for_rows(cls, run: Run, reading: OutputReading, n_rows: int, n_fits: int, max_leaves: int) -> Learner:
        """Make a learner for so many fits to so many rows each, with what is left of the queries shared out."""
        settings = run.settings
        # A concept is known on the rows of the table only.
        wanted = settings.queries and settings.synthetic and not settings.concepts
        left = (settings.max_queries - run.queries) // len(_MIXING) if wanted else 0
        copies = min(_MOST_COPIES, round(_MOST_SYNTHETIC / n_rows), left // (n_rows * max(1, n_fits)))
        quick = settings.effort == "fast"
        return cls(run, reading, 0 if quick else copies, max_leaves, improving=not quick)

    def recipes(self, outputs: Outputs) -> tuple[Recipe, ...]:
        """Return the recipes worth trying for a teacher with such answers."""
        if not self.copies:
            return (Recipe.REAL,)
        scores = outputs.codes is not None and bool(((outputs.values > 0) & (outputs.values < 1)).any())
        soft = (Recipe.SOFT,) if scores and self.run.settings.loss == "auto" else ()
        return (Recipe.REAL, *_MIXING, *soft)

    def frontiers(
        self, seen: Observation, weights: NDArray[np.float64], recipes: tuple[Recipe, ...], share: float
    ) -> list[Frontier]:
        """Return the frontier of every recipe on the same rows, stopping at a share of the time limit."""
        found, signs = self._searched(seen, weights, recipes, share), self.run.settings.monotone
        return [frontier.rewritten(partial(monotone_tree, signs=signs)) for frontier in found] if signs else found

    def _searched(
        self, seen: Observation, weights: NDArray[np.float64], recipes: tuple[Recipe, ...], share: float
    ) -> list[Frontier]:
        """Return the frontiers as the search leaves them."""
        guides = list(teacher_guides(self.run.settings, seen))
        found: list[Frontier] = []
        lessons: dict[Recipe, _Lesson] = {}  # the last one, for a recipe that takes the same rows
        for recipe in recipes:
            if recipe.rows not in lessons:
                lessons = {recipe.rows: self._lesson(seen, weights, recipe)}
            found.append(self._frontier(seen, weights, recipe, lessons[recipe.rows], guides, share))
        return found

    def _frontier(
        self,
        seen: Observation,
        weights: NDArray[np.float64],
        recipe: Recipe,
        lesson: _Lesson,
        guides: list[Guide],
        share: float,
    ) -> Frontier:
        """Search, solve, and count the rows of the table in every node."""
        kept = self.run.settings.loss == "soft"  # scores at the leaves, not shares of classes
        loss = leaf_loss(self.reading, lesson.outputs, lesson.weights, soft=kept or recipe is Recipe.SOFT)
        core = compiled_fit(loss, lesson.columns)
        family = self._family(lesson, loss, guides, core, share)
        literals = seen.vocabulary.literals
        frontier = solve_program(family, literals, loss, max_leaves=self.max_leaves, min_leaf=lesson.least)
        if self.improving:
            frontier = self._improved(frontier, literals, lesson, loss, core, share)
        if recipe is Recipe.REAL:
            return frontier
        codes = None if kept else seen.outputs.codes
        counter = RowCounter(literals, seen.answers, codes, weights, self.run.settings.min_leaf)
        return frontier.rewritten(counter.recounted)

    def _improved(
        self, frontier: Frontier, literals: tuple[Literal, ...], lesson: _Lesson, loss: Loss, core: Any, share: float
    ) -> Frontier:
        """Improve every tree locally; those that are then no better than a smaller one are left out."""
        improver = TreeImprover(
            literals, lesson.answers, loss, columns=lesson.columns, min_leaf=lesson.least,
            keep_going=lambda: self.run.keep_going(share), compiled=core,
        )  # fmt: skip
        points: list[FrontierPoint] = []
        for point in frontier.points:
            root, cost = improver.improved(point.root)
            if not points or cost < points[-1].cost - loss.least_gain:
                points.append(FrontierPoint(root.n_leaves, cost, root))
        return Frontier(tuple(points))

    def _lesson(self, seen: Observation, weights: NDArray[np.float64], recipe: Recipe) -> _Lesson:
        """Put the rows together that a recipe asks for."""
        least, columns = self.run.settings.min_leaf, seen.vocabulary.columns
        if recipe is Recipe.REAL:
            return _Lesson(seen.answers, seen.outputs, weights, binned_columns(seen.answers, columns), least)
        rng = self.run.rng(f"synthetic {self.run.queries}")
        mixed = mixed_rows(seen.table, self.copies, rng, neighbours=recipe.neighbours)
        labels = self.run.label(self.reading, mixed)
        answers = np.concatenate([seen.answers, seen.vocabulary.evaluate(mixed)])
        return _Lesson(
            answers,
            seen.outputs.joined(labels),
            np.concatenate([weights * self.copies, np.tile(weights, self.copies)]),
            binned_columns(answers, columns),
            least * self.copies,
        )

    def _family(self, lesson: _Lesson, loss: Loss, guides: list[Guide], core: Any, share: float) -> ClauseFamily:
        """Grow the clauses; the guides that know the teacher come first."""
        on = [*guides, *label_guides(self.run.settings, loss, alone=not guides)]
        beam = replace(self.run.settings.beam, min_leaf=lesson.least)
        family = self.run.grow(lesson.answers, loss, on, beam, lesson.columns, core, share)
        self.run.clauses = family.n_clauses  # of the last fit, which is the final one
        return family
