"""Wide layers: how many rows are run at once, and which units are read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_UNITS", "rows_at_once", "units_read", "with_units"]

MOST_UNITS = 4096
"""Most units of one layer whose activations are read."""

_MOST_CELLS = 1 << 21


def rows_at_once(batch_size: int, width: int) -> int:
    """Return how many rows a model runs at a time when it holds `width` numbers for each in its widest layer.

    Examples
    --------
    >>> rows_at_once(8192, 64), rows_at_once(8192, 25_000)
    (8192, 83)
    """
    return max(1, min(batch_size, _MOST_CELLS // max(1, width)))


def units_read(n_units: int) -> NDArray[np.intp]:
    """Return which units of a layer are read, in increasing order: all, or `MOST_UNITS` drawn at random.

    The draw depends on the number of units only, so that every batch, and a model with fresh weights, shows the same.
    A linear readout of some units is one of the whole layer, with weight 0 on the others: what it explains, and the
    norm that it needs, hold for the layer. Evenly spaced units would not do: in a flattened image they can all be of
    one channel.

    Examples
    --------
    >>> units_read(3), len(units_read(25_000))
    (array([0, 1, 2]), 4096)
    """
    if n_units <= MOST_UNITS:
        return np.arange(n_units)
    return np.sort(np.random.default_rng(n_units).permutation(n_units)[:MOST_UNITS])


def with_units(whole: NDArray[Any], values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return activations (n, m) with the units that are read set to `values`, shape (n, m) or (n, units read).

    Examples
    --------
    >>> with_units(np.zeros((1, 2)), np.array([[3.0, 4.0]], np.float32))
    array([[3., 4.]], dtype=float32)
    """
    if whole.shape == values.shape:
        return values
    changed = whole.astype(np.float32)
    changed[:, units_read(whole.shape[1])] = values
    return changed
