"""Layers that hold numbers for each position of a sequence or an image: which positions are read, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError

__all__ = ["MOST_POSITIONS", "Position", "as_positions", "at_positions", "put_at", "shape_words"]

Position = int | str
"""A place in the order of the positions (-1 is the last), or "first", "last", "mean", "each"."""

MOST_POSITIONS = 64
"""Most positions of one layer that "each" reads."""

_WORDS = ("first", "last", "mean", "each")


class _Grid(NamedTuple):
    """A layer's numbers by position, (n, positions, m), and the size of the grid that the positions form."""

    values: NDArray[np.float32]
    size: tuple[int, ...]


def as_positions(asked: Position | Sequence[Position] | None) -> tuple[Position, ...]:
    """Check which positions are asked for.

    Raises
    ------
    InputError
        A word that is none of "first", "last", "mean", "each".
    """
    some = () if asked is None else (asked,) if isinstance(asked, (str, int, np.integer)) else tuple(asked)
    for one in some:
        if not isinstance(one, (int, np.integer)) and one not in _WORDS:
            remedy = f"give whole numbers, or {', '.join(_WORDS)}"
            raise InputError("positions of a sequence or an image", f"`{one!r}`", remedy)
    return some


def at_positions(
    layer: str, values: NDArray[np.float32], positions: Sequence[Position]
) -> dict[str, NDArray[np.float32]]:
    """Return a layer (n, ...) at some positions, each (n, m), named `layer[position]`; a flat layer as it is.

    (n, T, d) is a sequence of T positions, (n, channels, height, width) an image of height · width positions, as
    PyTorch and ONNX hold them. With no position asked for, all numbers of a row are set side by side.

    Examples
    --------
    >>> words = np.arange(12.0, dtype=np.float32).reshape(1, 3, 4)
    >>> {name: part.tolist() for name, part in at_positions("enc", words, ["last", "mean"]).items()}
    {'enc[last]': [[8.0, 9.0, 10.0, 11.0]], 'enc[mean]': [[4.0, 5.0, 6.0, 7.0]]}
    """
    grid = _grid(values)
    if grid is None or not positions:
        return {layer: values.reshape(len(values), -1)}
    n_positions = grid.values.shape[1]
    found: dict[str, NDArray[np.float32]] = {}
    for one in positions:
        if one == "mean":
            found[f"{layer}[mean]"] = grid.values.mean(axis=1)
        elif one == "each":
            if n_positions > MOST_POSITIONS:
                remedy = f"name at most {MOST_POSITIONS} of them, or take `mean`"
                raise InputError("each position of a layer", f"{n_positions} positions of `{layer}`", remedy)
            for at in range(n_positions):
                found[f"{layer}[{_place(at, grid.size)}]"] = grid.values[:, at]
        else:
            at = {"first": 0, "last": n_positions - 1}.get(str(one), one)
            at = int(at) + n_positions * (int(at) < 0)
            if not 0 <= at < n_positions:
                remedy = f"give a position from 0 to {n_positions - 1}"
                raise InputError(f"position {one} of `{layer}`", f"{n_positions} positions", remedy)
            found[f"{layer}[{one if isinstance(one, str) else _place(at, grid.size)}]"] = grid.values[:, at]
    return found


def put_at(name: str, whole: NDArray[np.float32], part: NDArray[np.floating[Any]]) -> NDArray[np.float32] | None:
    """Return a layer (n, ...) with other numbers (n, m) at the position that a name of `at_positions` tells.

    None for the mean, which no single position holds.

    Examples
    --------
    >>> put_at("enc[last]", np.zeros((1, 3, 2), np.float32), np.array([[5.0, 6.0]])).tolist()
    [[[0.0, 0.0], [0.0, 0.0], [5.0, 6.0]]]
    """
    place = name.rpartition("[")[2].rstrip("]")
    if place == "mean":
        return None
    ends = {"first": 0, "last": -1}
    at = (ends[place],) * (whole.ndim - 2) if place in ends else tuple(int(number) for number in place.split(","))
    changed = whole.copy()
    changed[(slice(None), *at) if whole.ndim == 3 else (slice(None), slice(None), *at)] = part
    return changed


def shape_words(shape: tuple[int, ...]) -> str:
    """Say how the numbers of a row lie, for people.

    Examples
    --------
    >>> shape_words((8, 16)), shape_words((4, 6, 6)), shape_words((64,))
    ('8 positions of 16', '6 × 6 positions of 4', '64')
    """
    if len(shape) == 2:
        return f"{shape[0]} positions of {shape[1]}"
    if len(shape) == 3:
        return f"{shape[1]} × {shape[2]} positions of {shape[0]}"
    return " × ".join(map(str, shape))


def _grid(values: NDArray[Any]) -> _Grid | None:
    """Return the numbers by position, or None for a layer without positions."""
    if values.ndim == 3:
        return _Grid(values, (values.shape[1],))
    if values.ndim == 4:
        n, channels, height, width = values.shape
        return _Grid(values.reshape(n, channels, height * width).transpose(0, 2, 1), (height, width))
    return None


def _place(at: int, size: tuple[int, ...]) -> str:
    """Name a position: its number, or row and column."""
    return ",".join(str(i) for i in np.unravel_index(at, size))
