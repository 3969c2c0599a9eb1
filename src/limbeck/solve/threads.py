"""Many small dense products: one thread each, as many at a time as there are processors."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_limits

__all__ = ["in_parallel"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_parallel(call: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Call a function on every item and return the results in order.

    A small product is faster on one core than shared between several (and very much faster when the
    machine is busy), so the parallelism is over items and every product keeps to one core.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        if len(items) < 2:
            return [call(item) for item in items]
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            return list(pool.map(call, items))
