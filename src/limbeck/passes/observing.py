"""Which questions may be asked, and what the teacher holds of the rows that fit: activations and influences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from limbeck.core import OutputReading, Outputs, Table, Vocabulary
from limbeck.observe import (
    Budget,
    Observation,
    boosting_seconds,
    observe,
    parting_thresholds,
    telling_sets,
    telling_thresholds,
)
from limbeck.passes.run import Run

__all__ = ["choose_questions", "observe_rows"]

# Rows with one column changed, for each column, below which they say nothing of its influence.
_FEWEST_CHANGED = 20
# Share of what the pass has left of the time limit that is for reading activations, and for one call.
_FOR_ACTIVATIONS, _AT_A_CALL = 0.3, 0.2


def choose_questions(run: Run, rows: Table, outputs: Outputs, *, fresh_rows: bool = False) -> Vocabulary:
    """Choose the questions; where the teacher's answers call for some, these first.

    None are needed, and all that follows is short, where it gives one answer; unless fresh rows can show others.
    """
    fitted = outputs if run.settings.loss != "soft" else Outputs(None, outputs.values)
    if fitted.alike and not fresh_rows:
        return Vocabulary(())
    most, rng = run.settings.thresholds * 3 // 4, run.rng("questions")
    quick = run.settings.effort == "fast" or set(rows.names) <= set(run.settings.concepts)
    quick = quick or not run.clock.has_time("questions", boosting_seconds(rows, outputs))
    return Vocabulary.fit(
        rows,
        max_thresholds=run.settings.thresholds,
        concepts=run.settings.concepts,
        thresholds=parting_thresholds(rows, outputs, rng, most=most // 3, budget=run.settings.thresholds)
        if quick
        else telling_thresholds(rows, outputs, rng, most=most, keep_going=partial(run.keep_going, "questions")),
        sets=telling_sets(rows, outputs),
    )


def observe_rows(
    run: Run,
    reading: OutputReading,
    fit: Table,
    outputs: Outputs,
    vocabulary: Vocabulary,
    layers: Sequence[str] | None,
) -> Observation:
    """Read activations and influences, within what is left of the queries and of the time."""
    layers = layers if len(vocabulary) else ()
    seen = observe(
        run.teacher, reading, fit, outputs, vocabulary, answer=run.asker.answers_once,
        layers=layers, budget=_budget(run, fit), rng=run.rng(f"observe {run.journal.fresh_rows}"),
        remove=None if run.concepts is None else run.concepts.without,
        keep_going=partial(run.keep_going, "observing"), progress=run.progress,
    )  # fmt: skip
    run.journal.queries += 0 if seen.sensitivity is None else seen.sensitivity.n_queries
    return seen


def _budget(run: Run, fit: Table) -> Budget:
    """Return what the teacher may be asked beside its answers on the rows that fit."""
    asked = run.settings.budget
    allowed = min(run.settings.max_queries - run.journal.queries, asked.max_changed_rows * len(fit.columns))
    queries = run.asker.affordable(allowed, "observing")
    if queries < allowed:
        run.clock.cut("observing")
        queries = queries if queries >= _FEWEST_CHANGED * len(fit.columns) else 0
    rows = run.asker.affordable(asked.max_activation_rows, "observing", share=_FOR_ACTIVATIONS)
    at_once = max(1, run.asker.affordable(asked.rows_per_call, "observing", share=_AT_A_CALL))
    return replace(asked, max_queries=queries, max_activation_rows=rows, rows_per_call=at_once)
