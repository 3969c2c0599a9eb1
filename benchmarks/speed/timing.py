"""How long a call takes on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["best"]


def best(run: Callable[[], object], repeats: int) -> float:
    """Shortest of some repetitions, in seconds, after one to warm up."""
    run()
    seconds: list[float] = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return min(seconds)
