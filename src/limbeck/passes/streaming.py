"""Rows that come batch by batch: a sample of them fits and certifies, and all the others are counted where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Kind, OutputReading, Table
from limbeck.errors import InputError, SearchError
from limbeck.observe import dependence_of
from limbeck.passes.asking import wants_scores
from limbeck.passes.counting import MOST_SEARCHED, Counted, Counting, Part, counting_of, solved_on_counts
from limbeck.passes.fitting import Fitted
from limbeck.passes.inputs import checked_weights
from limbeck.passes.parts import MOST_CERTIFICATE, Parts
from limbeck.passes.run import Run
from limbeck.streams import Batches, Drawn, OutOfTimeError, content_keys, draw, to_go_through_again
from limbeck.tables import counted
from limbeck.teachers import Teacher, TeacherFile

__all__ = ["Streamed", "counted_in_stream", "drawn_rows"]


@dataclass(frozen=True, eq=False)
class Streamed:
    """What was drawn from a stream.

    Parameters
    ----------
    batches : Batches
        All rows.
    drawn : Drawn
        The k rows that were drawn: first those of the certificate, then those that fit.
    table : Table
        The same without the column of weights.
    weights : ndarray of float64, shape (k,)
        What each of them counts.
    parts : Parts
        Which of them are used for what.
    weight : str or None
        The column of weights.
    scale : float
        What weights in the column are multiplied by.
    """

    batches: Batches
    drawn: Drawn
    table: Table
    weights: NDArray[np.float64]
    parts: Parts
    weight: str | None
    scale: float

    @property
    def whole(self) -> bool:
        """Whether all rows were drawn."""
        return self.drawn.n_rows == self.table.n_rows

    @property
    def n_fit(self) -> int:
        """Rows that fit: all but those of the certificate."""
        return self.drawn.n_rows - len(self.parts.certificate)


def drawn_rows(run: Run, batches: Batches, weight: Any, *, certified: bool) -> Streamed:
    """Draw the rows that a search sees and those of the certificate, disjoint, from two passes over a stream.

    `certified` says whether certificate rows were given apart.

    Raises
    ------
    InputError
        Weights that are no column, or rows that can be gone through once only.
    SearchError
        There is no time to draw.
    """
    if weight is not None and not isinstance(weight, str):
        found = f"an object of type `{type(weight).__name__}`"
        raise InputError("`sample_weight` as the name of a column of the batches", found, "name a column")
    share = 0.0 if certified else run.settings.certificate

    def n_aside(n: int) -> int:
        return min(int(np.ceil(share * n)), MOST_CERTIFICATE)

    stream = to_go_through_again(batches, "a distillation")
    try:
        drawn = draw(
            stream, lambda n: n_aside(n) + MOST_SEARCHED, run.settings.random_state, run.progress,
            partial(run.keep_going, "drawing"),
        )  # fmt: skip
    except OutOfTimeError as over:
        raise _no_time_to_draw(run, stream, over) from over
    table, raw = (drawn.table, None) if weight is None else _weights_in(drawn.table, weight)
    weights, scale = np.ones(table.n_rows), 1.0
    if raw is not None:
        weights = checked_weights(raw, table.n_rows)
        scale = float((weights[raw > 0] / raw[raw > 0])[0])
    run.say(*stream.look())
    first = n_aside(drawn.n_rows)
    words = (
        f"{counted(first, 'row')} drawn at random from all {counted(drawn.n_rows, 'row')} before anything was fitted"
    )
    places = np.arange(table.n_rows)
    parts = Parts(places[first:], places[:first], None, words, dependence_of(table, run.rng("split")))
    return Streamed(batches, drawn, table, weights, parts, weight, scale)


def _no_time_to_draw(run: Run, stream: Batches, over: OutOfTimeError) -> SearchError:
    """Say how far drawing was: what is drawn from the first rows alone would be no sample of all of them."""
    limit, n = run.settings.time_limit, stream.n_rows
    of = "" if n is None else f" of {n:,}"
    asked = f"a sample of all rows of {stream.called}, for which there is a third of `time_limit={limit:g}`"
    found = f"time for {over.n_rows:,}{of} rows ({over.what})"
    remedy = "give more time or fewer rows; both passes that draw go through all of them"
    return SearchError(asked, found, remedy)


def counted_in_stream(
    run: Run, reading: OutputReading, fitted: Fitted, streamed: Streamed, spec: TeacherFile | None, part: Part,
    plain: NDArray[np.float64],
) -> tuple[Fitted, int]:  # fmt: skip
    """Count all rows but those of the certificate, and solve again; return how many rows fit the trees now.

    `part` are the rows that the search saw, and `plain` their weights without those of classes.
    """
    n_seen = fitted.seen.table.n_rows
    if streamed.whole:
        return fitted, n_seen
    counting = counting_of(reading, fitted, part.outputs, part.weights, run.settings.loss == "soft")
    if counting is None or not run.keep_going("counting"):
        return fitted, n_seen
    aside, copies_left = _aside(streamed)
    factors, codes = None, part.outputs.codes
    if run.settings.class_weight is not None and codes is not None:
        factors = _factors(codes, part.weights / plain, len(reading.classes or ()))
    scan = CountRows(
        counting, reading, aside, run.teacher if spec is None else spec, wants_scores(run.settings, reading),
        tuple(run.settings.concepts), streamed.weight, streamed.scale, factors, run.settings.retries,
    )  # fmt: skip
    try:
        found = streamed.batches.scanned(scan, run.progress, partial(run.keep_going, "counting"))
    except OutOfTimeError:
        run.say(f"there was no time to count all rows: the trees fit the {n_seen} rows that the search saw")
        return fitted, n_seen
    if len(copies_left):
        again = scan.begin()
        scan.add(again, streamed.drawn.table.take(copies_left))
        found.take_away(again)
    return solved_on_counts(run, fitted, counting, found), found.n_rows


@dataclass(frozen=True, eq=False)
class CountRows:
    """The pass that asks the teacher about every row, and counts it.

    Parameters
    ----------
    counting : Counting
        What is counted.
    reading : OutputReading
        How the teacher's outputs are read.
    aside : ndarray of uint64
        Contents of which all copies are rows of the certificate, in increasing order: they are left out.
    teacher : Teacher or TeacherFile
        Who is asked; a file is opened where the rows lie, once a process.
    scores : bool
        Whether scores are needed.
    hidden : tuple of str
        Columns that the teacher does not get.
    weight, scale : str or None, float
        Column of weights, and what they are multiplied by.
    factors : ndarray of float64, or None
        What a row of each class counts.
    retries : int
        How many times a call that failed is made again.
    """

    counting: Counting
    reading: OutputReading
    aside: NDArray[np.uint64]
    teacher: Teacher | TeacherFile
    scores: bool
    hidden: tuple[str, ...]
    weight: str | None
    scale: float
    factors: NDArray[np.float64] | None
    retries: int
    what = "asking about and counting all rows"

    def begin(self) -> Counted:
        return self.counting.begin()

    def add(self, state: Counted, rows: Table) -> None:
        if len(self.aside):
            keys = content_keys(rows)
            place = np.minimum(np.searchsorted(self.aside, keys), len(self.aside) - 1)
            rows = _some(rows, self.aside[place] != keys)
        weights = np.ones(rows.n_rows)
        if self.weight is not None:
            rows, raw = _weights_in(rows, self.weight)
            rows, weights = _some(rows, raw > 0), raw[raw > 0] * self.scale
        if not rows.n_rows:
            return
        rows = rows.hiding(self.hidden)
        teacher = self.teacher.opened().retrying(self.retries)
        outputs = self.reading.read(teacher.answers(rows, scores=self.scores))
        if self.factors is not None and outputs.codes is not None:
            weights = weights * self.factors[outputs.codes]
        self.counting.add(state, rows, outputs, weights)

    def join(self, state: Counted, other: Counted) -> Counted:
        return state.join(other)


def _aside(streamed: Streamed) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Return the contents of which all copies are in the certificate, and the certificate rows of which some are not.

    Copies are the same row: which of them the certificate has says nothing, so they are taken off the sums.
    """
    places = streamed.parts.certificate
    keys, first, of, times = np.unique(
        streamed.drawn.keys[places], return_index=True, return_inverse=True, return_counts=True
    )
    complete = times == streamed.drawn.copies[places][first]
    return keys[complete], places[~complete[of]]


def _factors(codes: NDArray[np.intp], ratio: NDArray[np.float64], n_classes: int) -> NDArray[np.float64]:
    """Return what a row of each class counts, by the rows that the search saw; of a class not among them, the most."""
    seen = codes >= 0
    known, first = np.unique(codes[seen], return_index=True)
    factors = np.full(n_classes + 1, ratio[seen].max())  # the last place is that of classes that are not known
    factors[known] = ratio[seen][first]
    return factors


def _weights_in(rows: Table, name: str) -> tuple[Table, NDArray[np.float64]]:
    """Return rows without their column of weights, and these."""
    column = rows[name]
    if column.kind is not Kind.NUMERIC:
        raise InputError(f"weights in the column `{name}`", "a column of text", "name a column of numbers")
    values = np.asarray(column.values, np.float64)
    if not np.isfinite(values).all() or (values < 0).any():
        found = f"the smallest {np.nanmin(values)}, and {int(np.isnan(values).sum())} missing"
        raise InputError(f"finite weights of at least 0 in the column `{name}`", found, "give one weight a row")
    return rows.without(name), values


def _some(rows: Table, which: NDArray[np.bool_]) -> Table:
    return rows if which.all() else rows.take(np.flatnonzero(which))
