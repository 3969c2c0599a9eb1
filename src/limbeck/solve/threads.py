"""Many dense products: one thread each, as many at a time as there are processors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_limits

__all__ = ["in_parallel"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_parallel(call: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """Call a function on every item and yield the results in order.

    A product of middling size is faster on one core than shared between several (and very much faster when
    the machine is busy), so the parallelism is over items and every product keeps to one core.
    """
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        yield from pool.map(call, items)
