"""The compiled core: kernels of the search in C++, where they are installed; NumPy does the same elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.search.bins import MOST_SMALL_BINS, BinnedColumn
from limbeck.search.family import Options
from limbeck.search.losses import HardLabels, Loss, SquaredError

try:
    from limbeck import _core
except ImportError:
    _core: Any = None

__all__ = ["compiled_fit", "compiled_sharing", "core_in_use"]

_NUMPY = "LIMBECK_NUMPY_CORE"
"""Environment variable that, when set, lets NumPy do all of it."""


def core_in_use() -> str:
    """Tell which core searches: "compiled", or "NumPy"."""
    return "NumPy" if _core is None or os.environ.get(_NUMPY) else "compiled"


def compiled_fit(loss: Loss, columns: Sequence[BinnedColumn]) -> Any:
    """Return the rows of a fit as the compiled core holds them, or None where NumPy is to do the work.

    Parameters
    ----------
    loss : Loss
        Over n rows.
    columns : sequence of BinnedColumn
        The literals by column, and the bins of the same rows.
    """
    known = type(loss) in (HardLabels, SquaredError) and all(len(c.answers) <= MOST_SMALL_BINS for c in columns)
    if core_in_use() == "NumPy" or not known:
        return None
    hard = isinstance(loss, HardLabels)
    parts = [(_whole(c.literal), c.bin_of, np.ascontiguousarray(c.answers)) for c in columns]
    return _core.Fit(
        len(loss.statistics), sum(len(column.literal) for column in columns), parts,
        hard, loss.statistics.shape[1], loss.eta if hard else 0.0, loss.price,
        _whole(loss.codes) if loss.codes is not None else None,
        None if loss.row_weight is None else np.ascontiguousarray(loss.row_weight, np.float64),
        None if hard else np.ascontiguousarray(loss.statistics),
    )  # fmt: skip


def compiled_sharing() -> Callable[[NDArray[np.float64], NDArray[np.float64], Options], NDArray[np.float64]] | None:
    """Return how the compiled core shares leaves between the sides of splits, or None where NumPy is to do it."""
    if core_in_use() == "NumPy":
        return None

    def shared(value: NDArray[np.float64], below: NDArray[np.float64], options: Options) -> NDArray[np.float64]:
        sides = _whole(options.parent), _whole(options.yes), _whole(options.no)
        return _core.shared_leaves(np.ascontiguousarray(value), np.ascontiguousarray(below), *sides)

    return shared


def _whole(numbers: NDArray[Any]) -> NDArray[np.int64]:
    return np.ascontiguousarray(numbers, np.int64)
