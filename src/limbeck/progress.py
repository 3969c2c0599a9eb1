"""Who is told how far a long step is, and who is asked whether there is time to go on."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["KeepGoing", "Progress", "no_limit", "no_progress"]

Progress = Callable[[str, int, int], None]
"""Called with (what is being done, rows done, rows in all)."""

KeepGoing = Callable[[], bool]
"""Asked again and again whether there is time left."""


def no_progress(what: str, done: int, total: int) -> None:
    """Report nothing."""


def no_limit() -> bool:
    """Take as long as it takes."""
    return True
