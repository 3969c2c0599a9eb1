"""Answers that a run has had already, so that the teacher is asked about each row once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Answers

__all__ = ["KnownAnswers"]

# Rows whose answers are kept.
_MOST = 200_000


class KnownAnswers:
    """The answers on rows by their keys; of no more than 200 000 rows."""

    def __init__(self) -> None:
        self._keys: NDArray[np.uint64] = np.empty(0, np.uint64)  # in rising order
        self._place: NDArray[np.intp] = np.empty(0, np.intp)  # of each among the answers
        self._answers: Answers | None = None

    @property
    def n_rows(self) -> int:
        """Rows whose answers are known."""
        return len(self._keys)

    def places(self, keys: NDArray[np.uint64]) -> NDArray[np.intp]:
        """Return where the answer on each row is, or -1."""
        if not len(self._keys):
            return np.full(len(keys), -1, np.intp)
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where(self._keys[at] == keys, self._place[at], -1)

    def fits(self, told: Answers) -> bool:
        """Tell whether answers can stand beside those that are known."""
        known = self._answers
        return known is None or (known.shape == told.shape and set(known.classes or ()) == set(told.classes or ()))

    def with_new(self, keys: NDArray[np.uint64], told: Answers | None) -> Answers:
        """Return the known answers followed by new ones, which are known from now on while there is room."""
        parts = [part for part in (self._answers, told) if part is not None]
        both = parts[0] if len(parts) == 1 else Answers.joined(parts)
        n_known = len(self._keys)
        if told is not None and n_known + len(keys) <= _MOST:
            every = np.concatenate([self._keys, keys])
            place = np.concatenate([self._place, n_known + np.arange(len(keys))])
            order = np.argsort(every, kind="stable")
            self._keys, self._place, self._answers = every[order], place[order], both
        return both
