"""Some columns of a frame or an array, read without reading the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from limbeck.tables.column import Column, Kind
from limbeck.tables.native import native_select
from limbeck.tables.reading import as_table

__all__ = ["asked_columns"]

_NUMBERS = "biuf"


def asked_columns(rows: Any, names: Sequence[str], asked: Sequence[str]) -> tuple[list[Column], int] | None:
    """Read the columns that are asked about, where they can be read without the others.

    The values of a numeric column keep the type and the memory of the user's own rows; whoever compares them
    turns them into float64, a block at a time.

    Parameters
    ----------
    rows : any
        What a user gave as rows.
    names : sequence of str, length p
        The columns of an array, in order.
    asked : sequence of str
        Names of the columns to read, in the order in which they are returned.

    Returns
    -------
    tuple of list of Column and int, or None
        The columns and the number of rows; None where `as_table` has to read, or to refuse, the rows whole.
    """
    if isinstance(rows, np.ma.MaskedArray):
        return None
    if isinstance(rows, np.ndarray):
        return _of_array(np.asarray(rows), names, asked)
    if nw.dependencies.is_pandas_dataframe(rows):
        return _of_frame(rows, list(rows.columns), len(rows), rows.__getitem__, asked)
    if nw.dependencies.is_into_dataframe(rows):
        frame = nw.from_native(rows, eager_only=True)
        return _of_frame(rows, frame.columns, frame.shape[0], frame.get_column, asked)
    return None


def _of_array(array: NDArray[Any], names: Sequence[str], asked: Sequence[str]) -> tuple[list[Column], int] | None:
    """Read columns of an array of numbers."""
    if array.ndim != 2 or array.dtype.kind not in _NUMBERS or not array.size or array.shape[1] != len(names):
        return None
    place = {name: j for j, name in enumerate(names)}
    if not all(name in place for name in asked):
        return None
    return [Column(name, Kind.NUMERIC, array[:, place[name]]) for name in asked], len(array)


def _of_frame(
    rows: Any, labels: Iterable[Any], n_rows: int, column_of: Any, asked: Sequence[str]
) -> tuple[list[Column], int] | None:
    """Read columns of a frame: plain numbers as they lie there, anything else through `as_table`."""
    order = [str(label) for label in labels]
    place = {name: j for j, name in enumerate(order)}
    if len(place) != len(order) or not n_rows or not order or not all(name in place for name in asked):
        return None
    given = dict(zip(order, labels, strict=True))
    found: dict[str, Column] = {}
    for name in asked:
        values = column_of(given[name]).to_numpy()
        if isinstance(values, np.ndarray) and values.dtype.kind in _NUMBERS:
            found[name] = Column(name, Kind.NUMERIC, values)
    others = [name for name in asked if name not in found]
    if others:
        table = as_table(native_select(rows, others, place))
        found |= {name: table[name] for name in others}
    return [found[name] for name in asked], n_rows
