"""What the passes of a distillation share: settings, the teacher and its clock, the journal, randomness by purpose."""

from __future__ import annotations

import zlib
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import numpy as np

from limbeck.concepts import Concepts
from limbeck.passes.asker import Asker
from limbeck.passes.clock import Clock
from limbeck.passes.journal import Journal
from limbeck.settings import Settings
from limbeck.tables import counted
from limbeck.teachers import Progress, Teacher, no_progress

__all__ = ["Run"]


@dataclass(frozen=True)
class Run:
    """One running distillation, without rows: these go from pass to pass as arguments.

    Parameters
    ----------
    settings : Settings
        What was asked for.
    asker : Asker
        The teacher, and what it has answered.
    journal : Journal
        What is written down.
    progress : callable
        Who is told how far a pass is.
    tolerance : float
        The gap up to which tree and teacher agree on a number, in the unit of the passes; 0 for classes.
    concepts : Concepts, optional
        What raw inputs are asked about.
    """

    settings: Settings
    asker: Asker
    journal: Journal
    progress: Progress = no_progress
    tolerance: float = 0.0
    concepts: Concepts | None = None

    @classmethod
    def of(cls, settings: Settings, teacher: Teacher, progress: Progress = no_progress) -> Run:
        """Begin: the clock starts."""
        clock = Clock(settings.time_limit)
        return cls(settings, Asker(teacher, clock), Journal(clock), progress)

    @property
    def teacher(self) -> Teacher:
        """The model that is distilled."""
        return self.asker.teacher

    @property
    def clock(self) -> Clock:
        """What is left of the time."""
        return self.asker.clock

    def asking_about(self, concepts: Concepts) -> Run:
        """Return the run whose trees ask about raw inputs by these concepts."""
        return replace(self, settings=replace(self.settings, concepts=concepts.names), concepts=concepts)

    def rng(self, purpose: str) -> np.random.Generator:
        """Return the random numbers for one purpose, so that no pass disturbs another's."""
        return np.random.default_rng([self.settings.random_state, zlib.crc32(purpose.encode())])

    def keep_going(self, during: str) -> bool:
        """Tell whether a pass has time left; what is refused is said in the notes."""
        return self.clock.has_time(during)

    def say(self, *notes: str) -> None:
        """Add to the notes of the result."""
        self.journal.say(*notes)

    def timed(self, name: str) -> AbstractContextManager[None]:
        """Note the wall time of a pass."""
        return self.journal.timed(name)

    def on_level(self, level: int, done: int, total: int) -> None:
        """Report the search's progress."""
        self.progress(f"searching clauses of {counted(level + 1, 'literal')}", done, total)
