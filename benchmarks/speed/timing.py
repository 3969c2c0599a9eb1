"""How long a call takes on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["best"]


def best(run: Callable[[], object], repeats: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Shortest of some repetitions, in seconds of a clock, after one to warm up."""
    run()
    seconds: list[float] = []
    for _ in range(repeats):
        started = clock()
        run()
        seconds.append(clock() - started)
    return min(seconds)
