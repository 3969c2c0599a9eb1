"""Rows as the user gave them, taken and mixed without leaving their own type: frames, through narwhals, and arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

__all__ = ["native_copy", "native_recombine", "native_select", "native_take", "plain_columns", "plain_matrix"]


def native_copy(native: Any) -> Any:
    """Return rows that whoever gets them may change; what has no `copy` cannot be changed, as frames of polars."""
    return native.copy() if hasattr(native, "copy") else native


def native_take(native: Any, rows: NDArray[np.integer] | slice) -> Any:
    """Return some rows of a frame, an array or a list; a stretch of them may share its memory."""
    if isinstance(native, list):
        return native[rows] if isinstance(rows, slice) else [native[i] for i in rows]
    if isinstance(native, np.ndarray):
        return native[rows]
    return nw.from_native(native, eager_only=True)[rows].to_native()


def native_select(native: Any, names: Sequence[str], position: Mapping[str, int]) -> Any:
    """Return some columns of a frame or an array."""
    if isinstance(native, np.ndarray):
        return native[list(names)] if native.dtype.names else native[:, [position[name] for name in names]]
    # By place, because the labels of a pandas frame need not be text.
    return nw.from_native(native, eager_only=True)[:, [position[name] for name in names]].to_native()


def plain_columns(native: Any) -> dict[int, NDArray[Any]]:
    """Return the columns of a pandas frame that NumPy holds as numbers, by place; through narwhals they take longer."""
    if not nw.dependencies.is_pandas_dataframe(native):
        return {}
    plain = [_is_plain(kind) for kind in native.dtypes]
    return {j: series.to_numpy() for j, (_, series) in enumerate(native.items()) if plain[j]}


def plain_matrix(native: Any) -> NDArray[np.float64] | None:
    """Return a pandas frame of such columns alone as one matrix, which may share its memory; None for other rows."""
    if not nw.dependencies.is_pandas_dataframe(native) or not all(_is_plain(kind) for kind in native.dtypes):
        return None
    return native.to_numpy(np.float64)


def _is_plain(kind: Any) -> bool:
    return isinstance(kind, np.dtype) and kind.kind in "biuf"


def native_recombine(
    native: Any,
    sources: Mapping[str, NDArray[np.integer]],
    base: NDArray[np.integer],
    position: Mapping[str, int],
) -> Any:
    """Return rows of which some columns come from other rows; every column keeps its own type."""
    if isinstance(native, list) or not sources:
        return native_take(native, base)
    if isinstance(native, np.ndarray):
        changed = native[base]
        if isinstance(changed, np.ma.MaskedArray):
            changed.soften_mask()  # a hard mask would keep new values out
        for name, rows in sources.items():
            if native.dtype.names:
                changed[name] = native[name][rows]
            else:
                changed[:, position[name]] = native[rows, position[name]]
        return changed
    if nw.dependencies.is_pandas_dataframe(native):  # through narwhals it takes three times as long
        changed = native.take(base)
        for name, rows in sources.items():
            series = native.iloc[:, position[name]].take(rows)  # a series, since an array's type would be guessed anew
            series.index = changed.index
            changed.isetitem(position[name], series)
        return changed
    frame = nw.from_native(native, eager_only=True)
    labels = list(frame.columns)
    # Series by series, so that every column keeps its own type and its own categories.
    series = [frame.get_column(labels[position[name]])[rows] for name, rows in sources.items()]
    return frame[base].with_columns(series).to_native()
