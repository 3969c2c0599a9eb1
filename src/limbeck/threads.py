"""Many small products: one thread each, as many at a time as there are processors."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

from threadpoolctl import ThreadpoolController

__all__ = ["blas_as_found", "cores", "in_parallel", "one_blas_thread"]

_THREAD = threading.local()

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
        Called with one item. When it calls this function in turn, it does that work by itself.
    items : sequence
        The items.
    workers : int, at least 1, optional
        Threads; by default one for each core that this process may use. With one, the calls are made in this thread
        and the BLAS is left as it is; with more, the BLAS of the process keeps to one thread until the last result.
    """
    if workers == 1 or getattr(_THREAD, "works_for_another", False):
        yield from map(call, items)
        return
    with _blas().limit(limits=1, user_api="blas"):
        if len(items) < 2:
            yield from map(call, items)
        else:
            yield from _pool(workers or cores(), os.getpid()).map(call, items)


@contextmanager
def one_blas_thread() -> Generator[None]:
    """Keep the BLAS of the process to one thread.

    A search makes thousands of products too small to share: threads that wait for their share by looping took two
    thirds of the processors' time.
    """
    found = getattr(_THREAD, "blas_as_found", None)
    with _blas().limit(limits=1, user_api="blas") as limited:
        _THREAD.blas_as_found = found or limited.get_original_num_threads()["blas"]
        try:
            yield
        finally:
            _THREAD.blas_as_found = found


@contextmanager
def blas_as_found() -> Generator[None]:
    """Within `one_blas_thread`, give the BLAS its threads back, for work that is not ours, such as a teacher's."""
    found = getattr(_THREAD, "blas_as_found", None)
    if found is None:
        yield
    else:
        with _blas().limit(limits=found, user_api="blas"):
            yield


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _pool(workers: int, process: int) -> ThreadPoolExecutor:
    """Return the threads of this process: starting some costs a millisecond, and a fork has none of its parent's."""
    return ThreadPoolExecutor(workers, f"limbeck-{process}", initializer=_begin)


def _begin() -> None:
    """Remember in a thread of the pool that it is one: if it waited for others of the same pool, all might wait."""
    _THREAD.works_for_another = True


@cache
def _blas() -> ThreadpoolController:
    """Return a handle on the BLAS thread counts; finding the libraries costs a millisecond."""
    return ThreadpoolController()
