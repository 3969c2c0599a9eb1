"""Rows of any supported shape, read into a table: frames of any library through narwhals, arrays and lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError
from limbeck.tables.column import Column, Kind
from limbeck.tables.column_reading import blurred_note, column_of
from limbeck.tables.dates import MICROSECONDS_A_DAY
from limbeck.tables.lists import array_of
from limbeck.tables.native import plain_columns
from limbeck.tables.table import Table
from limbeck.tables.wording import listed

__all__ = ["as_table"]

_LAZY = {
    "dask": "`.compute()`",
    "duckdb": "`.df()` or `.pl()`",
    "ibis": "`.to_pandas()` or `.to_polars()`",
    "pyspark": "`.toPandas()`",
    "sqlframe": "`.toPandas()`",
}
"""How rows that are not computed yet are brought into memory, by the package they come from."""

_OF_OBJECTS = (nw.String, nw.Categorical, nw.Enum, nw.Object, nw.Decimal, nw.List, nw.Array, nw.Struct)


def as_table(rows: Any) -> Table:
    """Read rows of any supported shape.

    Parameters
    ----------
    rows : Table, DataFrame (pandas, polars or any that narwhals reads) or array-like of shape (n, p)
        Numbers, booleans, dates, text and missing values; masked entries of an array are missing. An array's columns
        are called `x0`, `x1`, ..., those of a structured array as its fields.

    Returns
    -------
    Table
        Numbers and booleans are numeric columns, and so are dates (days since 1970-01-01, in UTC where they have a
        time zone), periods (by their first day) and durations (days). Text, categories, UUIDs and intervals are
        categorical. Columns of any other type stay for the teacher; only whether a value is missing is asked.

    Raises
    ------
    InputError
        No rows, no columns, duplicate column names, a shape that is not (n, p), rows that are not computed yet, or no
        column that can be read.

    Examples
    --------
    >>> as_table([[1.0, 2.0], [3.0, 4.0]]).names
    ('x0', 'x1')
    >>> import numpy as np
    >>> as_table(np.array([["red", 1], [None, 2]], dtype=object))["x0"].categories
    ('red',)
    """
    if isinstance(rows, Table):
        return rows
    _refuse_uncomputed(rows)
    frame = nw.dependencies.is_into_dataframe(rows) or type(rows).__name__ == "LazyFrame"
    table = _table_from_frame(rows) if frame else _table_from_array(rows)
    if all(column.unread for column in table.columns):
        column = table.columns[0]
        raise InputError(
            f"numbers, dates, booleans or text in the column `{column.name}`, or in another one",
            column.unread,
            "convert the column to one or more of numbers or text",
        )
    return table


def _refuse_uncomputed(rows: Any) -> None:
    package = type(rows).__module__.split(".")[0].lstrip("_")
    if package in _LAZY:
        raise InputError(
            "rows in memory",
            f"a `{type(rows).__name__}` of {package}, which is computed when it is asked for",
            f"give what its {_LAZY[package]} returns",
        )


def _table_from_frame(rows: Any) -> Table:
    eager = nw.from_native(rows).collect().to_native() if type(rows).__name__ == "LazyFrame" else rows
    # The `columns` of an Arrow table are values, not names.
    _refuse_repeated([str(name) for name in getattr(eager, "column_names", getattr(eager, "columns", ()))])
    frame = nw.from_native(eager, eager_only=True)
    _refuse_empty(frame.shape)
    plain = plain_columns(eager)
    columns = tuple(
        column_of(str(name), plain[j]) if j in plain else _column_from_series(str(name), frame.get_column(name))
        for j, name in enumerate(frame.columns)
    )
    return Table(columns, frame.to_native(), frame.shape[0])


def _refuse_repeated(names: list[str]) -> None:
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        raise InputError(
            "a table whose columns have different names",
            f"{listed(repeated)} more than once",
            "rename or drop the repeated columns",
        )


def _refuse_empty(shape: tuple[int, ...]) -> None:
    if len(shape) in (3, 4):
        raise InputError(
            "rows as a table of shape (n, p)",
            f"an array of shape {shape}, which looks like {shape[0]} images or sequences",
            "give `concepts=limbeck.concepts.Patches()` for questions about patches of images; or give "
            "`rows.reshape(len(rows), -1)`, with `preprocess=` that gives the model its shape back",
        )
    if len(shape) != 2:
        raise InputError(
            "rows as a table of shape (n, p)",
            f"an array of shape {shape}",
            "give one row per line, or a data frame; a single column is `values.reshape(-1, 1)`, and texts take "
            "`concepts=limbeck.concepts.Words()`",
        )
    if 0 in shape:
        raise InputError(
            "a table with rows and columns",
            f"{shape[0]} rows and {shape[1]} columns",
            "give at least one row and one column",
        )


def _column_from_series(name: str, series: nw.Series[Any]) -> Column:
    dtype = series.dtype
    if isinstance(dtype, (nw.Date, nw.Datetime)):
        return _dates(name, series)
    if (dtype.is_numeric() and not isinstance(dtype, nw.Decimal)) or dtype == nw.Boolean:
        values = series.to_numpy()
        if values.dtype.kind in "biuf" and not series.is_null().any():
            return column_of(name, values)
    elif not isinstance(dtype, _OF_OBJECTS):
        # Types that narwhals does not know, sparse ones for example, have a plain array of their own.
        return column_of(name, np.asarray(series.to_native()))
    return column_of(name, _objects(series.to_list()))


def _objects(values: Sequence[Any]) -> NDArray[Any]:
    """Put values into an array one by one, so that lists of one length do not become a second axis."""
    array = np.empty(len(values), object)
    for i, value in enumerate(values):
        array[i] = value
    return array


def _dates(name: str, series: nw.Series[Any]) -> Column:
    moments = series.cast(nw.Datetime("us")) if series.dtype == nw.Date else series
    missing = moments.is_null().to_numpy()
    microseconds = moments.dt.timestamp("us").fill_null(0).to_numpy()
    days = np.where(missing, np.nan, microseconds.astype(np.float64) / MICROSECONDS_A_DAY)
    fine = getattr(moments.dtype, "time_unit", "") == "ns"
    blurred = fine and series.drop_nulls().n_unique() > len(np.unique(days[~missing]))
    return Column(name, Kind.NUMERIC, days, dates=True, note=blurred_note(name) if blurred else "")


def _table_from_array(rows: Any) -> Table:
    if hasattr(rows, "toarray"):
        raise InputError("a dense table", "a sparse matrix", "give `rows.toarray()`")
    array, cells = array_of(rows)
    if array.dtype.names is not None and array.ndim == 1:
        _refuse_empty((len(array), len(array.dtype.names)))
        return Table(tuple(column_of(name, array[name]) for name in array.dtype.names), array, len(array))
    _refuse_empty(array.shape)
    if array.dtype.kind == "c":
        raise InputError("real numbers", "complex numbers", "give real and imaginary part as two columns")
    columns = tuple(column_of(f"x{j}", cells[:, j]) for j in range(array.shape[1]))
    return Table(columns, array, array.shape[0])
