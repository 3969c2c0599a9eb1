"""Numbers by which equal rows are known, whole tables at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from limbeck.tables.column import Column, Kind

if TYPE_CHECKING:
    from limbeck.tables.table import Table

__all__ = ["keys_with_changes", "row_keys"]

# Rows of more columns are hardly ever equal.
_MOST_COLUMNS = 256
_TEXT = (nw.String, nw.Categorical, nw.Enum)


def row_keys(table: Table) -> NDArray[np.uint64] | None:
    """Return a number of 64 bits for each row, by the columns that the teacher gets, shape (n,).

    Rows of one table, also recombined, have equal keys where they are equal, and else but once in 2^64 pairs.
    None where that could not be told from what was read of the values: in columns of mixed objects, of values that
    float64 blurs, or of which nothing is asked; and for raw inputs.

    Examples
    --------
    >>> from limbeck.tables.reading import as_table
    >>> keys = row_keys(as_table([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0]]))
    >>> keys[0] == keys[2], keys[0] == keys[1]
    (np.True_, np.False_)

    References
    ----------
    Steele, Lea, Flood (2014), *Fast splittable pseudorandom number generators*, OOPSLA: the mixing of bits.
    """
    columns = [column for column in table.columns if column.name not in table.hidden]
    if (
        table.raw
        or not columns
        or len(columns) > _MOST_COLUMNS
        or any(c.note or c.unread for c in columns)
        or not _of_plain_values(table.source)
    ):
        return None
    keys = np.zeros(table.n_rows, np.uint64)
    for place, column in enumerate(columns, 1):
        keys += _parts(column, column.values, place)
    return keys


def keys_with_changes(
    table: Table, sources: Mapping[str, NDArray[np.integer]], base: NDArray[np.integer]
) -> NDArray[np.uint64] | None:
    """Return the keys of `table.recombine(sources, base)`: a key is a sum over the columns, of which few change."""
    if table.keys is None:
        return None
    keys = table.keys[base]
    for place, column in enumerate((c for c in table.columns if c.name not in table.hidden), 1):
        if column.name in sources:
            rows = sources[column.name]
            changed = np.flatnonzero(rows != base)
            keys[changed] += _parts(column, column.values[rows[changed]], place)
            keys[changed] -= _parts(column, column.values[base[changed]], place)
    return keys


def _parts(column: Column, values: NDArray[Any], place: int) -> NDArray[np.uint64]:
    """Return what values of a column add to the keys of their rows."""
    numeric = column.kind is Kind.NUMERIC
    bits = np.ascontiguousarray(values, np.float64 if numeric else np.int64).view(np.uint64)
    return _mixed(bits + np.uint64(place * 0x9E3779B97F4A7C15 % 2**64))


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return numbers of which every bit depends on every bit."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def _of_plain_values(source: Any) -> bool:
    """Tell whether rows hold numbers, booleans and text alone."""
    if isinstance(source, np.ndarray):
        return source.dtype.kind in "biuf" and not isinstance(source, np.ma.MaskedArray)
    if not nw.dependencies.is_into_dataframe(source):
        return False
    kinds = nw.from_native(source, eager_only=True).schema.values()
    return all(kind.is_numeric() or kind == nw.Boolean or kind in _TEXT for kind in kinds)
