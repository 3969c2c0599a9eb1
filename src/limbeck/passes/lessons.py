"""The rows that trees are fitted to: those of the table, and synthetic ones beside them; made once for all fits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from limbeck.core import OutputReading, Outputs
from limbeck.observe import MixedRows, Observation, importing_seconds, mixed_rows
from limbeck.passes.asking import label
from limbeck.passes.run import Run
from limbeck.search import BinnedColumn, binned_columns

__all__ = ["Lesson", "Lessons", "Recipe"]

# Synthetic rows of one recipe: tables of more rows need none, and copies of each row beyond so many tell little.
_MOST_SYNTHETIC = 8_000
_MOST_COPIES = 10
# Answers of synthetic rows to all questions: where there are many questions there are fewer rows.
_MOST_ANSWERS = 40_000_000
# Of the time that is left for trial fits, asking about the rows of one recipe may take so much.
_FOR_MIXING = 0.15


class Recipe(Enum):
    """How a tree is fitted: which rows to."""

    REAL = "the rows of the table"
    NEAR = "the rows of the table, and rows mixed of near ones that count as much together"
    ANY = "the rows of the table, and rows mixed of any two that count as much together"

    GREEDY = "the rows of the table, question after question, each the one that lowers impurity most"

    @property
    def synthetic(self) -> bool:
        """Whether there are synthetic rows among those of the table."""
        return self in _MIXING

    @property
    def neighbours(self) -> int | None:
        """Rows near enough to be mixed in; None for all."""
        return 5 if self is Recipe.NEAR else None


_MIXING = (Recipe.NEAR, Recipe.ANY)


@dataclass(frozen=True, eq=False)
class Lesson:
    """Rows to fit: their answers to the literals (and by column), the teacher's to them, and what they count."""

    answers: NDArray[np.bool_]
    outputs: Outputs
    weights: NDArray[np.float64]
    columns: tuple[BinnedColumn, ...]
    least: float

    def take(self, rows: NDArray[np.intp]) -> Lesson:
        """Return some of the rows."""
        columns = tuple(column.take(rows) for column in self.columns)
        return Lesson(self.answers[rows], self.outputs.take(rows), self.weights[rows], columns, self.least)


class Lessons:
    """The lessons of a distillation by recipe, for any part of its rows.

    Rows are mixed and labelled once; a fit to some rows of the table takes the synthetic rows that are mixed of
    these alone, so that rows that are held out have no part in it.

    Parameters
    ----------
    run : Run
        Settings and teacher.
    reading : OutputReading
        How the teacher's outputs are read.
    seen : Observation
        The n rows of the table.
    weights : ndarray of float64, shape (n,)
        What each of them counts.
    synthetic : bool
        Whether there may be synthetic rows.
    """

    def __init__(
        self, run: Run, reading: OutputReading, seen: Observation, weights: NDArray[np.float64], *, synthetic: bool
    ) -> None:
        self._run, self._reading, self._seen, self._weights = run, reading, seen, weights
        settings, n = run.settings, len(weights)
        # A concept is known on the rows of the table only.
        wanted = synthetic and settings.queries and settings.synthetic and not settings.concepts
        left = (settings.max_queries - run.journal.queries) // len(_MIXING) if wanted else 0
        if left and run.clock.left("validating") < importing_seconds("sklearn.neighbors"):
            run.clock.cut("validating")
            left = 0
        left = run.asker.affordable(left, "validating", share=_FOR_MIXING)
        most = min(_MOST_SYNTHETIC, _MOST_ANSWERS / max(1, len(seen.vocabulary)))
        self.copies = min(_MOST_COPIES, round(most / n), left // n)
        self._made: dict[Recipe, tuple[Lesson, MixedRows | None]] = {}

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """The recipes worth trying."""
        return (Recipe.REAL, *_MIXING) if self.copies else (Recipe.REAL,)

    def of(self, recipe: Recipe, rows: NDArray[np.intp] | None) -> Lesson:
        """Return what a recipe lets a tree be fitted to, from some rows of the table; from all by default."""
        if recipe not in self._made:
            self._made[recipe] = self._lesson(recipe)
        lesson, mixed = self._made[recipe]
        if rows is None:
            return lesson
        synthetic = np.empty(0, np.intp) if mixed is None else mixed.within(rows) + len(self._weights)
        return lesson.take(np.concatenate([rows, synthetic]))

    def _lesson(self, recipe: Recipe) -> tuple[Lesson, MixedRows | None]:
        """Put the rows together that a recipe asks for."""
        seen, weights, least = self._seen, self._weights, self._run.settings.min_leaf
        columns = seen.vocabulary.columns
        if not recipe.synthetic:
            return Lesson(seen.answers, seen.outputs, weights, binned_columns(seen.answers, columns), least), None
        rng = self._run.rng(f"synthetic {recipe.name}")
        mixed = mixed_rows(seen.table, self.copies, rng, neighbours=recipe.neighbours)
        labels = label(self._run, self._reading, mixed.table)
        answers = np.concatenate([seen.answers, seen.vocabulary.evaluate(mixed.table)])
        lesson = Lesson(
            answers,
            seen.outputs.joined(labels),
            np.concatenate([weights * self.copies, weights[mixed.own]]),
            binned_columns(answers, columns),
            least * self.copies,
        )
        return lesson, mixed
