"""Many dense products: one thread each, as many at a time as there are processors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from threadpoolctl import ThreadpoolController

__all__ = ["cores", "in_parallel"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_parallel(
    call: Callable[[Item], Result], items: Sequence[Item], *, workers: int | None = None
) -> Iterator[Result]:
    """Call a function on every item and yield the results in order.

    A product of middling size is faster on one core than shared between several (and very much faster when
    the machine is busy), so the parallelism is over items and every product keeps to one core.

    Parameters
    ----------
    call : callable
        Called with one item.
    items : sequence
        The items.
    workers : int, at least 1, optional
        Threads; by default one for each core that this process may use. With one, the calls are made in this thread
        and the BLAS is left as it is; with more, the BLAS of the process keeps to one thread until the last result.
    """
    if workers == 1:
        yield from map(call, items)
        return
    with _blas().limit(limits=1, user_api="blas"), ThreadPoolExecutor(workers or cores()) as pool:
        yield from pool.map(call, items)


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _blas() -> ThreadpoolController:
    """Return a handle on the BLAS thread counts; finding the libraries costs a millisecond."""
    return ThreadpoolController()
