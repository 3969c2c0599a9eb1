"""Rows of any supported shape, read into a table: frames of any library through narwhals, arrays and lists."""

from __future__ import annotations

from collections import Counter
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError
from limbeck.tables.dates import DATES, MICROSECONDS_A_DAY, days_in, days_of
from limbeck.tables.table import MISSING_CODE, Column, Kind, Table
from limbeck.tables.wording import listed

__all__ = ["as_table"]

_NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating)


def as_table(rows: Any) -> Table:
    """Read rows of any supported shape.

    Parameters
    ----------
    rows : Table, DataFrame (pandas, polars or any that narwhals reads) or array-like of shape (n, p)
        Numbers, booleans, text and missing values; an array's columns are called `x0`, `x1`, ...

    Returns
    -------
    Table
        Numbers and booleans are numeric columns, and so are dates: days since 1970-01-01, in UTC where they have a time
        zone. Text and categories are categorical ones.

    Raises
    ------
    InputError
        No rows, no columns, duplicate column names, a shape that is not (n, p), or a column of a type
        that has no order and no categories (durations, lists, ...).

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
    return _table_from_frame(rows) if _is_frame(rows) else _table_from_array(rows)


def _is_frame(rows: Any) -> bool:
    return nw.dependencies.is_into_dataframe(rows) or type(rows).__name__ == "LazyFrame"


def _table_from_frame(rows: Any) -> Table:
    eager = nw.from_native(rows).collect().to_native() if type(rows).__name__ == "LazyFrame" else rows
    _refuse_repeated([str(name) for name in getattr(eager, "columns", ())])
    frame = nw.from_native(eager, eager_only=True)
    _refuse_empty(frame.shape)
    columns = tuple(_column_from_series(str(name), frame.get_column(name)) for name in frame.columns)
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
    if len(shape) != 2:
        raise InputError(
            "rows as a table of shape (n, p)",
            f"an array of shape {shape}",
            "give one row per line; a single column is `values.reshape(-1, 1)`",
        )
    if 0 in shape:
        raise InputError(
            "a table with rows and columns",
            f"{shape[0]} rows and {shape[1]} columns",
            "give at least one row and one column",
        )


def _column_from_series(name: str, series: nw.Series[Any]) -> Column:
    dtype = series.dtype
    if dtype.is_numeric() or dtype == nw.Boolean:
        return Column(name, Kind.NUMERIC, _floats(series.cast(nw.Float64)))
    if isinstance(dtype, (nw.Date, nw.Datetime)):
        return Column(name, Kind.NUMERIC, _days(series), dates=True)
    if isinstance(dtype, (nw.String, nw.Categorical, nw.Enum, nw.Object)):
        return _column_from_objects(name, np.asarray(series.to_list(), dtype=object))
    raise InputError(
        f"numbers, dates, booleans or text in the column `{name}`",
        f"values of type `{dtype}`",
        "convert the column, for example a duration to days",
    )


def _days(series: nw.Series[Any]) -> NDArray[np.float64]:
    moments = series.cast(nw.Datetime("us")) if series.dtype == nw.Date else series
    microseconds = moments.dt.timestamp("us").cast(nw.Float64)
    return _floats(microseconds) / MICROSECONDS_A_DAY


def _floats(series: nw.Series[Any]) -> NDArray[np.float64]:
    if not series.is_null().any():
        return np.array(series.to_numpy(), dtype=np.float64)
    return np.array([np.nan if _is_missing(value) else value for value in series.to_list()], dtype=np.float64)


def _table_from_array(rows: Any) -> Table:
    if hasattr(rows, "toarray"):
        raise InputError("a dense table", "a sparse matrix", "give `rows.toarray()`")
    try:
        array = np.asarray(rows)
    except ValueError as error:
        raise InputError(
            "rows as a table of shape (n, p)", "rows of different lengths", "give every row the same columns"
        ) from error
    _refuse_empty(array.shape)
    if array.dtype.kind == "m":
        raise InputError("numbers or text", f"values of type `{array.dtype.name}`", "count days")
    if array.dtype.kind == "c":
        raise InputError("real numbers", "complex numbers", "give real and imaginary part as two columns")
    if array.dtype.kind == "M":
        days = days_in(array)
        columns = tuple(Column(f"x{j}", Kind.NUMERIC, days[:, j], dates=True) for j in range(array.shape[1]))
    elif array.dtype.kind in "biuf":
        numeric = np.asarray(array, dtype=np.float64)
        columns = tuple(Column(f"x{j}", Kind.NUMERIC, numeric[:, j]) for j in range(array.shape[1]))
    else:
        columns = tuple(_column_from_objects(f"x{j}", array[:, j]) for j in range(array.shape[1]))
    return Table(columns, array, array.shape[0])


def _column_from_objects(name: str, values: NDArray[Any]) -> Column:
    missing = np.array([_is_missing(v) for v in values], dtype=bool)
    present = values[~missing]
    if len(present) and all(isinstance(v, _NUMBERS) for v in present):
        numbers = np.full(len(values), np.nan)
        numbers[~missing] = present.astype(np.float64)
        return Column(name, Kind.NUMERIC, numbers)
    if len(present) and all(isinstance(v, DATES) for v in present):
        days = np.full(len(values), np.nan)
        days[~missing] = [days_of(v) for v in present]
        return Column(name, Kind.NUMERIC, days, dates=True)
    strange = next((v for v in present if not isinstance(v, (str, bytes, *_NUMBERS))), None)
    if strange is not None:
        raise InputError(
            f"numbers, dates, booleans or text in the column `{name}`",
            f"a value of type `{type(strange).__name__}`",
            "convert the column, for example a duration to days",
        )
    categories, codes = np.unique(np.array([str(v) for v in present], dtype=object), return_inverse=True)
    full = np.full(len(values), MISSING_CODE, dtype=np.int32)
    full[~missing] = codes
    return Column(name, Kind.CATEGORICAL, full, tuple(categories.tolist()))


def _is_missing(value: Any) -> bool:
    """Tell whether a value is None, or one of those that do not equal themselves: NaN, NaT, pandas' NA."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except TypeError:  # pandas' NA refuses even this
        return True
    except ValueError:  # an array in a cell is strange, but there
        return False
