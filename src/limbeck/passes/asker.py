"""Asking the teacher in the time there is for it."""

from __future__ import annotations

import math

import numpy as np

from limbeck.core import Answers, Table
from limbeck.passes.clock import Clock
from limbeck.passes.known import KnownAnswers
from limbeck.tables import Recombined
from limbeck.teachers import Progress, Teacher, no_progress

__all__ = ["Asker"]

# Rows of the first call under a limit, before it is known how long the teacher takes for one.
_FIRST = 2
# Of the time that is left for asking, one call is given at most so much.
_AT_A_TIME = 0.25
# Seconds in which a teacher may answer even when the time is over: without any answer there is no tree.
_LEAST = 0.1
# Rows at a time that are looked up among those that were asked about before.
_MOST_KNOWN = 200_000


class Asker:
    """The teacher as a run asks it.

    Under a time limit rows go to it in slices that begin small and grow, as far as the pace of those before lets
    foresee that there is time for them: a model that takes seconds a row is asked about few. What it has answered is
    kept, so that equal rows are asked about once, but for the certificate, whose draws must not share an answer.

    Parameters
    ----------
    teacher : Teacher
        Who is asked.
    clock : Clock
        The clock of the run.
    """

    def __init__(self, teacher: Teacher, clock: Clock) -> None:
        self.teacher, self.clock = teacher, clock
        self.pace = 0.0  # seconds a row
        self._measured = 0  # rows of the call that told it
        self._known = KnownAnswers()
        self._decided = False  # whether there are decisions beside scores

    def affordable(self, most: int, during: str, *, share: float = 1.0, least: float = 0.0) -> int:
        """Return how many rows, `most` at most, there is time for in a share of what a pass has left.

        `least` are seconds that it has in any case.
        """
        left = max(self.clock.left(during) * share, least)
        return most if self.pace * most <= left else int(left / self.pace)

    def answers_once(
        self, rows: Table | Recombined, progress: Progress = no_progress, *, scores: bool = True
    ) -> Answers:
        """Ask about all rows that were not asked about before, and about equal ones once."""
        keys = rows.keys if rows.n_rows <= _MOST_KNOWN else None
        if keys is None or (self._decided and not scores):
            return self.answers(rows, progress, scores=scores)
        distinct, first, same = np.unique(keys, return_index=True, return_inverse=True)
        place = self._known.places(distinct)
        new = np.sort(first[place < 0])
        told = None
        if len(new):
            told = self.answers(rows if len(new) == rows.n_rows else rows.take(new), progress, scores=scores)
            self._decided |= told.labels is not None
            if not self._known.fits(told):
                return told if len(new) == rows.n_rows else self.answers(rows, progress, scores=scores)
        n_known = self._known.n_rows
        both = self._known.with_new(keys[new], told)
        place[place < 0] = n_known + np.searchsorted(new, first[place < 0])
        return both.take(place[same])

    def answers(self, rows: Table | Recombined, progress: Progress = no_progress, *, scores: bool = True) -> Answers:
        """Ask about all rows, whatever the time, and whatever was asked before."""
        rows = rows if isinstance(rows, Table) else rows.made()
        start = self.clock.now()
        told = self.teacher.answers(rows, progress, scores=scores)
        if 2 * rows.n_rows >= max(self._measured, 1):  # small calls are slower by the row
            self.pace, self._measured = (self.clock.now() - start) / rows.n_rows, rows.n_rows
        return told

    def answers_in_time(self, rows: Table, during: str, progress: Progress = no_progress) -> Answers:
        """Ask about the first rows, as many as there is time for in a pass, but a few in any case."""
        if math.isinf(self.clock.left(during)):
            return self.answers_once(rows, progress)
        parts: list[Answers] = []
        start, done, size = self.clock.now(), 0, _FIRST
        while done < rows.n_rows and (not parts or self.clock.now() - start < _LEAST or self.clock.has_time(during)):
            parts.append(self.answers_once(rows.slice(done, done + size)))
            done += len(parts[-1])
            progress("asking the teacher", done, rows.n_rows)
            size = max(1, self.affordable(2 * size, during, share=_AT_A_TIME, least=_LEAST))
        return Answers.joined(parts)
