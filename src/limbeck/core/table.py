"""Rows as limbeck sees them: named columns, each numeric or categorical, beside the rows as the user gave them.

This is the only file of the core that knows data frames, and it knows them only through narwhals,
which imports neither pandas nor polars by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError

__all__ = ["MISSING_CODE", "Column", "Kind", "Table", "as_table"]

MISSING_CODE = -1
"""The code of a missing category."""

_NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating)


class Kind(StrEnum):
    """What the values of a column are."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"


@dataclass(frozen=True, eq=False)
class Column:
    """One named column.

    Parameters
    ----------
    name : str
        Name of the column.
    kind : Kind
        Numeric or categorical.
    values : ndarray, shape (n,)
        float64 with NaN for missing (numeric), or int32 codes into `categories` with -1 for missing.
    categories : tuple of str
        The categories as text, in the order of the codes; empty for a numeric column.
    """

    name: str
    kind: Kind
    values: NDArray[Any]
    categories: tuple[str, ...] = ()

    @cached_property
    def missing(self) -> NDArray[np.bool_]:
        """Which rows have no value, shape (n,)."""
        return np.isnan(self.values) if self.kind is Kind.NUMERIC else self.values == MISSING_CODE

    def take(self, rows: NDArray[np.integer]) -> Column:
        """Return the column at some rows."""
        return Column(self.name, self.kind, self.values[rows], self.categories)


@dataclass(frozen=True, eq=False)
class Table:
    """Rows in both shapes: as columns for limbeck, and natively for the teacher.

    Parameters
    ----------
    columns : tuple of Column
        The p columns.
    native : DataFrame or ndarray, n rows
        The rows as the user gave them (a pandas or polars frame, or an array of shape (n, p)); teachers get these.
    n_rows : int
        Number of rows, n.
    hidden : frozenset of str
        Columns that the teacher does not get: they are absent from `native`.
    """

    columns: tuple[Column, ...]
    native: Any
    n_rows: int
    hidden: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def _position(self) -> dict[str, int]:
        return {name: j for j, name in enumerate(self.names)}

    def __contains__(self, name: object) -> bool:
        return name in self._position

    def __getitem__(self, name: str) -> Column:
        if name not in self._position:
            raise InputError(
                f"the column `{name}`",
                f"a table with the columns {listed(self.names)}",
                "give a table that has this column",
            )
        return self.columns[self._position[name]]

    @cached_property
    def _native_position(self) -> dict[str, int]:
        """Place of each column among those that the teacher gets."""
        return {name: j for j, name in enumerate(n for n in self.names if n not in self.hidden)}

    def position(self, name: str) -> int:
        """Return the place of a column."""
        return self._position[name]

    def hiding(self, names: Sequence[str]) -> Table:
        """Return the table with some columns kept from the teacher.

        Raises
        ------
        InputError
            A name that is no column, or no column left for the teacher.
        """
        hidden = self.hidden | {self[name].name for name in names}
        seen = [name for name in self.names if name not in hidden]
        if not seen:
            raise InputError("columns for the teacher", "only columns that are hidden from it", "hide fewer columns")
        native = _native_select(self.native, seen, self._native_position) if names else self.native
        return replace(self, native=native, hidden=hidden)

    def take(self, rows: NDArray[np.integer]) -> Table:
        """Return some rows, in the order given, repeats allowed."""
        columns = tuple(column.take(rows) for column in self.columns)
        return Table(columns, _native_take(self.native, rows), len(rows), self.hidden)

    def slice(self, start: int, stop: int) -> Table:
        """Return the rows from `start` up to `stop`."""
        if start == 0 and stop >= self.n_rows:
            return self
        return self.take(np.arange(start, min(stop, self.n_rows)))

    def renamed(self, names: Sequence[str]) -> Table:
        """Return the table with other column names; the native rows stay as they are."""
        columns = tuple(
            Column(name, c.kind, c.values, c.categories) for name, c in zip(names, self.columns, strict=True)
        )
        return replace(self, columns=columns)

    def recombine(self, sources: Mapping[str, NDArray[np.integer]], base: NDArray[np.integer]) -> Table:
        """Return the rows `base` in which the columns named take their values from other rows.

        Parameters
        ----------
        sources : mapping of str to ndarray, shape (n_new,)
            For each column that changes, the row of this table that each new value is copied from.
        base : ndarray, shape (n_new,)
            The row that every other column is copied from.
        """
        columns = tuple(column.take(sources.get(column.name, base)) for column in self.columns)
        visible = {name: rows for name, rows in sources.items() if name not in self.hidden}
        native = _native_recombine(self.native, visible, base, self._native_position)
        return Table(columns, native, len(base), self.hidden)

    def with_numbers(self, changed: Mapping[str, NDArray[np.float64]]) -> Table:
        """Return the table in which numeric columns have other values, as near as the column's own type comes."""
        if not changed:
            return self
        native = _native_with_numbers(self.native, changed, self._native_position)
        # Read back, so that limbeck sees what the teacher gets.
        held = as_table(_native_select(native, list(changed), self._native_position)).columns
        values = {name: column.values for name, column in zip(changed, held, strict=True)}
        columns = tuple(replace(c, values=values.get(c.name, c.values)) for c in self.columns)
        return replace(self, columns=columns, native=native)


def as_table(rows: Any) -> Table:
    """Read rows of any supported shape.

    Parameters
    ----------
    rows : Table, DataFrame (pandas, polars or any that narwhals reads) or array-like of shape (n, p)
        Numbers, booleans, text and missing values; an array's columns are called `x0`, `x1`, ...

    Returns
    -------
    Table
        Numbers and booleans are numeric columns; text and categories are categorical ones.

    Raises
    ------
    InputError
        No rows, no columns, duplicate column names, a shape that is not (n, p), or a column of a type
        that has no order and no categories (dates, lists, ...).

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


def listed(names: Sequence[str], most: int = 8) -> str:
    """Write names for a message, cut when there are many or when one is very long."""
    shown = ", ".join(f"`{shortened(name)}`" for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def shortened(text: str, most: int = 40) -> str:
    """Cut a long text for display, so that a million-character cell does not flood a message."""
    flat = text.replace("\n", "\\n")
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def counted(n: float, noun: str) -> str:
    """Write a number of things.

    Examples
    --------
    >>> counted(1, "row"), counted(12345, "row")
    ('1 row', '12 345 rows')
    """
    return f"{n:,.0f} {noun}{'' if round(n) == 1 else 's'}".replace(",", " ")


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
    if isinstance(dtype, (nw.String, nw.Categorical, nw.Enum, nw.Object)):
        return _column_from_objects(name, np.asarray(series.to_list(), dtype=object))
    raise InputError(
        f"numbers, booleans or text in the column `{name}`",
        f"values of type `{dtype}`",
        "convert the column, for example a date to days since a fixed day",
    )


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
    if array.dtype.kind in "mM":
        raise InputError("numbers or text", f"values of type `{array.dtype.name}`", "count days since a fixed day")
    if array.dtype.kind == "c":
        raise InputError("real numbers", "complex numbers", "give real and imaginary part as two columns")
    if array.dtype.kind in "biuf":
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
    strange = next((v for v in present if not isinstance(v, (str, bytes, *_NUMBERS))), None)
    if strange is not None:
        raise InputError(
            f"numbers, booleans or text in the column `{name}`",
            f"a value of type `{type(strange).__name__}`",
            "convert the column, for example a date to days since a fixed day",
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


def _native_take(native: Any, rows: NDArray[np.integer]) -> Any:
    if isinstance(native, np.ndarray):
        return native[rows]
    return nw.from_native(native, eager_only=True)[rows].to_native()


def _native_select(native: Any, names: Sequence[str], position: Mapping[str, int]) -> Any:
    if isinstance(native, np.ndarray):
        return native[:, [position[name] for name in names]]
    # By place, because the labels of a pandas frame need not be text.
    return nw.from_native(native, eager_only=True)[:, [position[name] for name in names]].to_native()


def _native_recombine(
    native: Any,
    sources: Mapping[str, NDArray[np.integer]],
    base: NDArray[np.integer],
    position: Mapping[str, int],
) -> Any:
    if isinstance(native, np.ndarray):
        changed = native[base]
        for name, rows in sources.items():
            changed[:, position[name]] = native[rows, position[name]]
        return changed
    frame = nw.from_native(native, eager_only=True)
    labels = list(frame.columns)
    # Series by series, so that every column keeps its own type and its own categories.
    series = [frame.get_column(labels[position[name]])[rows] for name, rows in sources.items()]
    return frame[base].with_columns(series).to_native()


def _native_with_numbers(native: Any, changed: Mapping[str, NDArray[np.float64]], position: Mapping[str, int]) -> Any:
    if isinstance(native, np.ndarray):
        copied = native.copy()
        for name, values in changed.items():
            copied[:, position[name]] = np.rint(values) if native.dtype.kind in "iu" else values
        return copied
    frame = nw.from_native(native, eager_only=True)
    labels = list(frame.columns)
    everywhere = np.arange(frame.shape[0])
    series: list[nw.Series[Any]] = []
    for name, values in changed.items():
        own = frame.get_column(labels[position[name]])
        fitting = np.rint(values) if own.dtype.is_integer() else values
        # Written into the column's own series, and not into a new one, which would lose a nullable type.
        series.append(own.cast(nw.Float64).scatter(everywhere, fitting).cast(own.dtype))
    return frame.with_columns(series).to_native()
