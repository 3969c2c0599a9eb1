"""Trees whose leaves may ask the model at a price, over what was searched for trees that answer everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from limbeck.core import Node
from limbeck.passes.growing import grow
from limbeck.passes.learning import Learner, Search
from limbeck.passes.objective import label_guides, teacher_guides, unit_of_price
from limbeck.search import Frontier, Incumbents, Loss, compiled_fit, solve_program, without_idle_questions

__all__ = ["priced_frontier", "searched_around_priced", "tolerance_of"]


def searched_around_priced(learner: Learner, found: Search, prices: Sequence[float]) -> Search:
    """Search again at one price after the other, around the best trees at this price and at those before.

    What is worth asking where a leaf may pass is not what is worth asking where it has to answer: the family around
    trees that answer lacks the questions that set pure regions apart.
    """
    run, seen, lesson = learner.run, found.seen, found.lesson
    beam = run.settings.trial_beam if found.during == "validating" else run.settings.beam
    known: list[Node] = [point.root for point in found.best.points]
    guides = list(teacher_guides(run.settings, seen))
    for price in prices:
        if not run.keep_going("deferring"):
            break
        known += [point.root for point in _solved(learner, found, price).points]
        loss = _priced(learner, found, price)
        family = grow(
            run, lesson.answers, loss, [*guides, *label_guides(run.settings, loss, alone=not guides)],
            replace(beam, min_leaf=lesson.least, pair_clauses=0), lesson.columns, compiled_fit(loss, lesson.columns),
            partial(run.keep_going, "deferring"), Incumbents(known, seen.vocabulary.literals, lesson.answers),
        )  # fmt: skip
        found = replace(found, family=family)
    return found


def priced_frontier(learner: Learner, found: Search, price: float, *, largest: bool = False) -> Frontier:
    """Solve for trees whose leaves may ask the model at a price, of every size or the largest alone.

    One family serves all prices: what it lacks for one of them, the improvement of its trees makes good. Thresholds
    stay where the search put them: moved as far as rows of one answer reach, a leaf that passed would answer too much.
    """
    frontier = learner.finished(_solved(learner, found, price, largest=largest), found, moved=False)
    return frontier.rewritten(without_idle_questions)


def _priced(learner: Learner, found: Search, price: float) -> Loss:
    """Return the loss of a search with a price for asking, of which 1 is a disagreement on a row."""
    soft = learner.run.settings.loss == "soft"
    return found.loss.priced(price * unit_of_price(learner.seen.outputs, learner.run.tolerance, soft=soft))


def _solved(learner: Learner, found: Search, price: float, *, largest: bool = False) -> Frontier:
    """Solve over the family at a price, and improve the trees."""
    loss = _priced(learner, found, price)
    # The exact small subtrees were found at another price.
    family = replace(found.family, levels=tuple(replace(level, pairs=None) for level in found.family.levels))
    frontier = solve_program(
        family, found.seen.vocabulary.literals, loss, max_leaves=learner.max_leaves, min_leaf=found.lesson.least
    )
    if largest:
        frontier = Frontier(frontier.points[-1:])
    core = compiled_fit(loss, found.lesson.columns)
    return learner.improver(found.lesson, loss, core, found.during).frontier(frontier)


def tolerance_of(learner: Learner) -> float | None:
    """Return the tolerance of numbers in the teacher's own unit; None for classes."""
    return None if learner.reading.classes is not None else learner.reading.length(learner.run.tolerance)
