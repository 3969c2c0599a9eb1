"""The first pass: the teacher's answers, and how its outputs are read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Answers, OutputReading, Outputs, Table, Unit
from limbeck.diagnosis import Stability, answered_again
from limbeck.errors import InputError
from limbeck.passes.answers import reading_notes
from limbeck.passes.run import Run
from limbeck.settings import Settings

__all__ = ["SLOWER", "Told", "ask_teacher", "label", "wants_scores"]

SLOWER = 1.25
"""How much longer than expected the teacher may take for the certificate's rows."""

# Of the spread of the teacher's numbers: a gap of half of it is what a tree of R² 0.75 has on average.
_TOLERANCE = 0.5
# Rows that the teacher is asked about twice: a model that answers one in ten otherwise is found with probability .995.
_ASKED_AGAIN = 50
# Share of what the pass has left of the time limit that is for asking again.
_FOR_ASKING_AGAIN = 0.05


@dataclass(frozen=True)
class Told:
    """What the teacher answered on the rows that fit and validate.

    Parameters
    ----------
    reading : OutputReading
        How its outputs are read, from now on.
    outputs : Outputs of k rows
        What they say.
    asked : ndarray of int, shape (k,)
        Which rows there was time for, in increasing order.
    stability : Stability, optional
        Whether it answers alike when asked again.
    tolerance : float
        The gap up to which tree and teacher agree on a number, in the unit of the passes; 0 for classes.
    """

    reading: OutputReading
    outputs: Outputs
    asked: NDArray[np.intp]
    stability: Stability | None
    tolerance: float


def ask_teacher(run: Run, rows: Table) -> Told:
    """Ask the teacher about the rows that fit and validate, and fix how it is read.

    Numbers are read in a unit of their own, and all passes work in it: what is told of them is put back. Under a
    time limit there may be time for some rows only, drawn at random.
    """
    answers, asked = _asked(run, rows)
    rows = rows if len(asked) == rows.n_rows else rows.take(asked)
    plain = OutputReading.fixed_on(answers, task=run.settings.task, classes=run.teacher.classes)
    own = plain.read(answers)
    task, numbers = run.settings.task, run.teacher.numbers
    soft = run.settings.loss == "soft"
    run.say(*reading_notes(answers, plain, own, task=task, numbers=numbers, soft=soft))
    reading = plain.standardised(own)
    outputs = reading.read(answers)
    stability = _asked_again(run, reading, rows, outputs)
    return Told(reading, outputs, asked, stability, _tolerance(run.settings, reading, outputs))


def _asked(run: Run, rows: Table) -> tuple[Answers, NDArray[np.intp]]:
    """Ask about as many rows as there is time for, and return which these were, in increasing order."""
    if run.settings.time_limit is None:
        return run.asker.answers_once(rows, run.progress), np.arange(rows.n_rows)
    order = run.rng("asking").permutation(rows.n_rows)
    answers = run.asker.answers_in_time(rows.take(order), "asking", run.progress)
    order = order[: len(answers)]
    if len(order) < rows.n_rows:
        run.say(f"in the time, the teacher was asked about {len(order)} of {rows.n_rows} rows that fit")
    # The certificate comes last and must still find its time.
    n_certificate = rows.n_rows * run.settings.certificate / (1 - run.settings.certificate)
    run.clock.reserved = run.asker.pace * n_certificate * SLOWER
    return answers.take(np.argsort(order)), np.sort(order)


def _tolerance(settings: Settings, reading: OutputReading, outputs: Outputs) -> float:
    """Return the gap up to which tree and teacher agree on a number, in the unit of the passes."""
    asked = settings.tolerance
    if outputs.codes is not None:
        if asked is not None:
            found = f"a teacher of classes, and `tolerance={asked!r}`"
            raise InputError("`tolerance` for a teacher of numbers", found, "leave it out")
        return 0.0
    half = reading.length(_TOLERANCE * float(outputs.values.std()))
    asked = float(f"{half:.3g}") if asked is None else asked
    unit = Unit() if reading.unit is None else reading.unit
    return float(unit.standard_length(np.array([asked]))[0])


def _asked_again(run: Run, reading: OutputReading, rows: Table, outputs: Outputs) -> Stability | None:
    """Ask the teacher about a few rows a second time, in another order and in smaller batches."""
    n = run.asker.affordable(min(_ASKED_AGAIN, rows.n_rows), "observing", share=_FOR_ASKING_AGAIN)
    if not n or run.teacher.repeats_itself:
        return None
    chosen = run.rng("asked again").permutation(rows.n_rows)[:n]
    halves = [half for half in np.array_split(chosen, 2) if len(half)]
    told = [run.asker.answers(rows.take(half), scores=reading.needs_scores) for half in halves]
    spread = float(outputs.values[:, 0].var())
    found = answered_again(outputs.take(chosen), reading.read(Answers.joined(told)), spread)
    if found.n_changed:
        run.say(str(found))
    return found


def label(run: Run, reading: OutputReading, rows: Table) -> Outputs:
    """Ask the teacher about rows that are not in the table."""
    run.journal.queries += rows.n_rows
    return reading.read(run.asker.answers_once(rows, scores=wants_scores(run.settings, reading)))


def wants_scores(settings: Settings, reading: OutputReading) -> bool:
    """Tell whether rows that a tree is fitted to need scores, or only the model's own decision."""
    return reading.needs_scores or settings.loss != "hard"
