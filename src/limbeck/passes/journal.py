"""What a run writes down: seconds and work of its passes, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from limbeck.passes.clock import Clock

__all__ = ["Journal"]


class Journal:
    """The journal of a running distillation.

    Parameters
    ----------
    clock : Clock
        Whose time is noted.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.seconds: dict[str, float] = {}
        self.notes: list[str] = []
        self.queries = self.fresh_rows = self.probes = self.clauses = 0

    def say(self, *notes: str) -> None:
        """Add to the notes of the result."""
        self.notes += notes

    @contextmanager
    def timed(self, name: str) -> Generator[None]:
        """Note the wall time of a pass, or of one more part of it."""
        start = self._clock.now()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0.0) + self._clock.now() - start, 3)
