"""Learning the best tree of every size from observed rows, by themselves or among synthetic rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Node, OutputReading
from limbeck.observe import Observation
from limbeck.passes.growing import grow
from limbeck.passes.lessons import Lesson, Lessons, Recipe
from limbeck.passes.objective import label_guides, leading_directions, leaf_loss, teacher_guides
from limbeck.passes.run import Run
from limbeck.search import (
    BeamSettings,
    ClauseFamily,
    Frontier,
    Guide,
    Impurity,
    Incumbents,
    Loss,
    RowCounter,
    SearchMemory,
    ThresholdMover,
    TreeImprover,
    binned_columns,
    compiled_fit,
    monotone_tree,
    solve_program,
)

__all__ = ["Learner", "Search"]

_LEAST_GREEDY = 64  # clauses that are extended on a level
_GREEDY = BeamSettings(widths=(1,), pair_clauses=0)
# Seconds that a greedy tree may take even when the time is over.
_FOR_GREEDY = 0.2


@dataclass(frozen=True, eq=False)
class Search:
    """A clause family over some rows, from which trees of every size are solved, at any price of asking the model.

    Parameters
    ----------
    seen : Observation
        The n rows of the table.
    weights : ndarray of float64, shape (n,)
        What each of them counts.
    recipe, lesson : Recipe, Lesson
        What the trees are fitted to.
    family : ClauseFamily
        The clauses.
    best : Frontier
        The best trees over them, by the lesson.
    during : str
        The pass in whose time trees are made.
    greedy : Search or None
        The greedy tree that came first, under a time limit.
    """

    seen: Observation
    weights: NDArray[np.float64]
    recipe: Recipe
    lesson: Lesson
    loss: Loss
    core: Any
    family: ClauseFamily
    best: Frontier
    during: str
    greedy: Search | None = None


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

    @cached_property
    def _directions(self) -> NDArray[np.float64]:
        return leading_directions(self.seen)

    def searched(self, recipe: Recipe, trials: Sequence[Search] = ()) -> Search:
        """Search at full width, by a recipe, on all rows; the best trees of trials by it take part.

        They were found without some of the rows, which tell that they are no accident of these: among equals they stay.
        And whatever is cut short, the trees are no worse than those that rows held out have spoken for.
        """
        guides = list(teacher_guides(self.run.settings, self.seen, lambda: self._directions))
        beam = self.run.settings.beam
        known = [point.root for trial in trials for point in trial.best.points]
        return self._search(self.seen, self.weights, recipe, None, guides, beam, "searching", known)

    def trials(self, rows: NDArray[np.intp], recipes: tuple[Recipe, ...]) -> Iterator[Search]:
        """Search narrowly, by every recipe, on some rows; by those with synthetic rows only where there is time.

        Each search is made when it is asked for.
        """
        seen, weights, beam = self.seen.take(rows), self.weights[rows], self.run.settings.trial_beam
        read, clock = np.isin(self.seen.activation_rows, rows), self.run.clock
        guides = list(teacher_guides(self.run.settings, seen, lambda: self._directions[read], in_trial=True))
        greedy: Search | None = None
        start = clock.now()
        for done, recipe in enumerate(recipes):
            if recipe is Recipe.GREEDY and greedy is not None:
                yield greedy
            elif not recipe.synthetic or clock.has_time("validating", (clock.now() - start) / max(done, 1)):
                found = self._search(seen, weights, recipe, rows, guides, beam, "validating")
                greedy = found.greedy if recipe is Recipe.REAL else greedy
                yield found

    def _search(
        self,
        seen: Observation,
        weights: NDArray[np.float64],
        recipe: Recipe,
        rows: NDArray[np.intp] | None,
        guides: list[Guide],
        beam: BeamSettings,
        during: str,
        trees: Sequence[Node] = (),
    ) -> Search:
        """Search, solve and improve, again and again around the best trees so far, until none gets better.

        Some trees may be known before. Under a time limit the greedy tree comes first, so that there is one whatever is
        cut short.
        """
        run, literals, lesson = self.run, seen.vocabulary.literals, self.lessons.of(recipe, rows)
        loss = leaf_loss(self.reading, lesson.outputs, lesson.weights, soft=run.settings.loss == "soft")
        # The guides that know the teacher come first.
        on = [*guides, *label_guides(run.settings, loss, alone=not guides)]
        beam, memory = replace(beam, min_leaf=lesson.least), SearchMemory() if beam.rounds > 1 else None
        core = compiled_fit(loss, lesson.columns)
        improver, keep_going = self.improver(lesson, loss, core, during), partial(run.keep_going, during)
        improve = improver.frontier if run.settings.effort != "fast" else _as_it_is
        best, known = improve(improver.fitted_frontier(trees)), None
        greedy: Search | None = None
        if recipe is Recipe.GREEDY or run.clock.limit is not None:
            family = self._greedy(lesson, loss, core, during)
            first = solve_program(family, literals, loss, max_leaves=self.max_leaves, min_leaf=lesson.least)
            best = best.joined(first, loss.least_gain)
            greedy = Search(seen, weights, Recipe.GREEDY, lesson, loss, core, family, best, during)
            if recipe is Recipe.GREEDY or not keep_going():
                return replace(greedy, recipe=recipe, greedy=greedy)
        while True:
            family = grow(run, lesson.answers, loss, on, beam, lesson.columns, core, keep_going, known, memory)
            run.journal.clauses = family.n_clauses  # of the last fit, which is the final one
            found = solve_program(
                family, literals, loss, max_leaves=self.max_leaves, min_leaf=lesson.least,
                keep_going=keep_going,
            )  # fmt: skip
            better = improve(found.better_than(best, loss.least_gain))
            best, beam = best.joined(better, loss.least_gain), replace(beam, rounds=beam.rounds - 1)
            if not better.points or not beam.rounds or not keep_going():
                return Search(seen, weights, recipe, lesson, loss, core, family, best, during, greedy)
            known = Incumbents([point.root for point in best.points], literals, lesson.answers)

    def _greedy(self, lesson: Lesson, loss: Loss, core: Any, during: str) -> ClauseFamily:
        """Grow the clauses of the tree whose every question lowers impurity most."""
        clock, least = self.run.clock, lesson.least
        beam = replace(
            _GREEDY, beam=max(_LEAST_GREEDY, self.max_leaves), max_depth=self.run.settings.max_depth, min_leaf=least
        )
        start = clock.now()
        return grow(
            self.run, lesson.answers, loss, [Impurity(loss)], beam, lesson.columns, core,
            lambda: clock.now() - start < _FOR_GREEDY or clock.has_time(during),
        )  # fmt: skip

    def frontier(self, found: Search) -> Frontier:
        """Return the best trees, finished; in a hurry the thresholds of trial trees stay where the search put them."""
        hurried = self.run.settings.effort == "fast" and found.during == "validating"
        return self.finished(found.best, found, moved=not hurried)

    def finished(self, frontier: Frontier, found: Search, *, moved: bool) -> Frontier:
        """Count the rows of the table, move thresholds, and make the trees monotone, where that is asked for."""
        settings, seen, weights = self.run.settings, found.seen, found.weights
        kept = settings.loss == "soft"  # scores at the leaves, not shares of classes
        if found.recipe.synthetic:
            codes = None if kept else seen.outputs.codes
            counter = RowCounter(seen.vocabulary.literals, seen.answers, codes, weights, settings.min_leaf)
            frontier = frontier.rewritten(counter.recounted)
        in_time = partial(self.run.keep_going, found.during if found.during == "validating" else "deferring")
        if moved and not kept and in_time():
            mover = self._mover(frontier, seen, weights)
            frontier = frontier.rewritten(lambda root: mover.moved(root) if in_time() else root)
        return frontier.rewritten(partial(monotone_tree, signs=settings.monotone)) if settings.monotone else frontier

    def _mover(self, frontier: Frontier, seen: Observation, weights: NDArray[np.float64]) -> ThresholdMover:
        """Return what moves the thresholds of a frontier's trees, over what these ask about."""
        loss, words = leaf_loss(self.reading, seen.outputs, weights, soft=False), seen.vocabulary
        asked = frontier.literals
        used = np.flatnonzero([literal in asked for literal in words.literals])
        core = compiled_fit(loss, binned_columns(seen.answers[:, used], words.columns[used]))
        literals = [words.literals[j] for j in used]
        return ThresholdMover(seen.table, loss, self.run.settings.min_leaf, literals, core)

    def improver(self, lesson: Lesson, loss: Loss, core: Any, during: str) -> TreeImprover:
        """Return what improves trees locally."""
        return TreeImprover(
            self.seen.vocabulary.literals, lesson.answers, loss, columns=lesson.columns, min_leaf=lesson.least,
            keep_going=partial(self.run.keep_going, during), compiled=core,
        )  # fmt: skip


def _as_it_is(frontier: Frontier) -> Frontier:
    return frontier
