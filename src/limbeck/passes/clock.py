"""The clock of a run: what is left of its limit for each pass, and what was cut short."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar

from limbeck.tables import listed

__all__ = ["Clock", "counted_from"]

_ENDS = {
    "drawing": 0.35,
    "asking": 0.4,
    "concepts": 0.45,
    "questions": 0.45,
    "observing": 0.5,
    "validating": 0.65,
    "searching": 0.8,
    "counting": 0.85,
    "deferring": 0.9,
    "certifying": 0.95,
    "probing": 0.95,
    "diagnosing": 1.0,
    "comparing": 1.0,
}
"""Share of the limit by which each pass is to end; one that ends before leaves its time to those after it."""

_CUT = {
    "asking": "rows that fit",
    "concepts": "inputs that concepts were chosen on",
    "questions": "thresholds of boosted trees",
    "observing": "influence of columns",
    "validating": "trial fits on held-out rows",
    "searching": "the search",
    "counting": "the count of all rows",
    "deferring": "trees that may ask the model",
    "certifying": "rows of the certificate",
    "probing": "probes of activations",
    "diagnosing": "parts of the diagnosis",
    "comparing": "the comparison with CART",
}
_SHAPING = ("asking", "concepts", "questions", "observing", "validating", "searching", "counting")
# Before the certificate is made at most so much of the limit is kept free for asking about its rows.
_MOST_RESERVED = 0.3

_BEGUN: ContextVar[float | None] = ContextVar("begun", default=None)


@contextmanager
def counted_from(moment: float) -> Generator[None]:
    """Let the limits of runs that begin inside count from an earlier moment of `time.monotonic`."""
    token = _BEGUN.set(moment)
    try:
        yield
    finally:
        _BEGUN.reset(token)


class Clock:
    """Wall time against a limit that is shared out over the passes.

    A pass that is refused time is remembered, so that nothing is cut short silently.

    Parameters
    ----------
    limit : float, seconds, or None
        None for as long as it takes.
    now : callable
        Tells the time in seconds.

    Examples
    --------
    >>> seconds = iter([0.0, 4.0, 6.0])
    >>> clock = Clock(10.0, lambda: next(seconds))
    >>> clock.has_time("observing"), clock.has_time("observing"), clock.notes
    (True, False, ('the time limit of 10 s cut short: `influence of columns`',))
    """

    def __init__(self, limit: float | None, now: Callable[[], float] = time.monotonic) -> None:
        self.limit, self._now = limit, now
        begun = _BEGUN.get()
        self._begun = now() if begun is None else begun
        self.reserved = 0.0
        self._cut: set[str] = set()

    def now(self) -> float:
        """Return the moment, in seconds."""
        return self._now()

    def left(self, during: str) -> float:
        """Return the seconds until a pass is to end, less than 0 once it is over; infinity without a limit."""
        if self.limit is None:
            return math.inf
        end = _ENDS[during] * self.limit
        if end < _ENDS["certifying"] * self.limit:
            end = min(end, _ENDS["certifying"] * self.limit - min(self.reserved, _MOST_RESERVED * self.limit))
        return end - (self._now() - self._begun)

    def has_time(self, during: str, seconds: float = 0.0) -> bool:
        """Tell whether a pass has so many seconds left; if it has not, it counts as cut short."""
        if self.left(during) > seconds:
            return True
        self.cut(during)
        return False

    def cut(self, during: str) -> None:
        """Remember that a pass was cut short."""
        self._cut.add(during)

    def was_cut(self, during: str) -> bool:
        """Tell whether a pass was cut short."""
        return during in self._cut

    @property
    def shaped(self) -> bool:
        """Whether a pass was cut short that trees come from."""
        return not self._cut.isdisjoint(_SHAPING)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was cut short, for people."""
        found = [words for name, words in _CUT.items() if name in self._cut]
        return (f"the time limit of {self.limit:g} s cut short: {listed(found, most=len(found))}",) if found else ()
