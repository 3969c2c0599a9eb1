"""Questions to a teacher, counted and within a budget; the answers are read as classes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import OutputReading, Task
from limbeck.core.outputs import NOT_A_KNOWN_CLASS, Rule
from limbeck.errors import InputError, SearchError
from limbeck.juntas.domain import Domain, Points
from limbeck.teachers import Progress, Teacher, no_progress

__all__ = ["Oracle"]

_CELLS = 1 << 23  # values held at a time


class Oracle:
    """Ask a teacher about rows of a domain, and count.

    Parameters
    ----------
    teacher : Teacher
        Who is asked.
    domain : Domain
        Where the rows come from.
    task : {"auto", "binary", "multiclass"}
        How the outputs are read.
    budget : int or None
        Most queries.
    progress : callable
        Told how many queries were made.

    Attributes
    ----------
    reading : OutputReading or None
        How outputs are read: fixed by the first answers; labels that come later are added to its classes.
    queries : Counter
        Queries by purpose.
    n_calls : int
        Batches that were handed to the teacher.
    """

    def __init__(
        self,
        teacher: Teacher,
        domain: Domain,
        *,
        task: str = "auto",
        budget: int | None = None,
        expected: int = 0,
        progress: Progress = no_progress,
    ) -> None:
        self.teacher, self.domain = teacher, domain
        self.reading: OutputReading | None = None
        self.queries: Counter[str] = Counter()
        self.n_calls = 0
        self._task, self._budget, self._expected, self._progress = task, budget, expected, progress

    @property
    def n_queries(self) -> int:
        """Queries so far."""
        return self.queries.total()

    @property
    def rows_at_a_time(self) -> int:
        """Rows that fit into memory beside each other, at least 2."""
        return max(2, min(self.teacher.batch_size, _CELLS // self.domain.n_columns))

    def ask(self, points: Points, purpose: str) -> NDArray[np.intp]:
        """Return the codes of the teacher's classes on some rows, shape (n,).

        Raises
        ------
        SearchError
            More queries than the budget allows.
        InputError
            A teacher that answers with numbers.
        """
        if self._budget is not None and self.n_queries + len(points) > self._budget:
            raise SearchError(
                f"at most {self._budget} queries",
                f"{self.n_queries} made, and {len(points)} more needed for the {purpose}",
                "give a larger `max_queries`, or look for fewer variables",
            )
        step = self.rows_at_a_time
        codes = [self._codes(points[start : start + step], purpose) for start in range(0, len(points), step)]
        return np.concatenate(codes) if codes else np.zeros(0, np.intp)

    def _codes(self, points: Points, purpose: str) -> NDArray[np.intp]:
        """Ask about one batch."""
        scores = self.reading is None or self.reading.needs_scores
        raw = self.teacher.answers(self.domain.rendered(points), scores=scores)
        self.queries[purpose] += len(points)
        self.n_calls += 1
        self._progress("asking the teacher", self.n_queries, max(self._expected, self.n_queries))
        if self.reading is None:
            self.reading = OutputReading.fixed_on(raw, task=self._task, classes=self.teacher.classes)
            if self.reading.task is Task.REGRESSION:
                asked = "a junta of classes"
                raise InputError(asked, "a teacher that answers with numbers", "give `task='binary'` for a score")
        self.reading.refuse_logits(raw)
        codes = self.reading.read(raw).codes
        assert codes is not None, "classes have codes"
        if not self.reading.needs_scores and (codes == NOT_A_KNOWN_CLASS).any():
            known = self.reading.classes or ()
            told = raw.raw if raw.labels is None else raw.labels
            fresh = [label for label in np.unique(told).tolist() if label not in known]
            task = Task.BINARY if len(known) + len(fresh) <= 2 else Task.MULTICLASS
            self.reading = replace(self.reading, task=task, classes=(*known, *fresh))
            codes = self.reading.read(raw).codes
            assert codes is not None, "classes have codes"
        return codes

    def classes_in_order(self) -> tuple[tuple[Any, ...], NDArray[np.intp]]:
        """Return the classes as a student lists them, and the place of each code among them."""
        assert self.reading is not None, "the teacher was asked"
        classes = self.reading.classes or ()
        if self.reading.rule is not Rule.LABEL or self.teacher.classes is not None:
            return classes, np.arange(len(classes))
        order = sorted(range(len(classes)), key=lambda code: classes[code])
        return tuple(classes[code] for code in order), np.argsort(order)
