"""Arrays, and lists of rows, as one array; NumPy turns mixed rows into text, so these are kept value by value."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError

__all__ = ["array_of"]


def array_of(rows: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return rows as the array that a teacher gets, and as the array that columns are read from.

    They differ for lists of numbers with booleans among them, which NumPy makes numbers: whoever reads a column as
    text must still see a boolean.

    Examples
    --------
    >>> array_of([["red", 1], ["blue", 2.5]])[0].dtype, array_of([[1, True]])[0].dtype.kind
    (dtype('O'), 'i')
    """
    if isinstance(rows, np.ma.MaskedArray):
        return rows, rows
    cells = None if isinstance(rows, np.ndarray) else _cells(rows)
    try:
        array = np.asarray(rows)
    except ValueError as error:
        if cells is None:
            raise InputError(
                "rows as a table of shape (n, p)", "rows of different lengths", "give every row the same columns"
            ) from error
        return cells, cells
    except Exception as error:
        found = f"a `{type(rows).__name__}` that NumPy cannot read: {error}"
        raise InputError("rows as a table of shape (n, p)", found, "give a data frame or an array") from error
    if cells is None or array.dtype.kind not in "biufUS" or array.shape != cells.shape:
        return array, array
    kinds = set(map(type, cells.ravel().tolist()))
    if array.dtype.kind in "US":
        return (array, array) if len(kinds) == 1 else (cells, cells)
    return array, cells if len(kinds) > 1 and kinds & {bool, np.bool_} else array


def _cells(rows: Any) -> NDArray[Any] | None:
    """Return a list of equally long lists as an array of objects, shape (n, p); None for anything else."""
    if not isinstance(rows, (list, tuple)) or not rows or not all(isinstance(row, (list, tuple)) for row in rows):
        return None
    width = len(rows[0])
    if any(len(row) != width for row in rows):
        return None
    cells = np.empty((len(rows), width), object)
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            cells[i, j] = value
    return cells
