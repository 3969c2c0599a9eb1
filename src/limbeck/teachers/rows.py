"""Rows as a model gets them: lent as copies, or as one matrix of numbers; and which of them have missing values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from limbeck.core import Kind, Table, as_table
from limbeck.errors import TeacherError
from limbeck.tables import listed, looks_like_a_date, native_copy, plain_matrix, shortened

__all__ = ["in_order", "lent_rows", "missing_in", "numeric_matrix", "text_in"]


def lent_rows(native: Any, *, fresh: bool) -> tuple[Any, Any]:
    """Return rows for a model to keep, and their labels in pandas.

    The caller's own rows stay as they are, whatever the model does to these. Where `fresh`, the batch is a part of the
    rows that was copied when it was taken.
    """
    native = native if fresh else native_copy(native)
    if not nw.dependencies.is_pandas_dataframe(native):
        return native, None
    index: Any = native.index
    # Made-up rows repeat the labels of others: numbered afresh, answers in another order can be told apart.
    if index.dtype.kind in "iu" and not index.is_unique:
        native = native.reset_index(drop=True)
    return native, native.index


def numeric_matrix(native: Any, name: str, kind: Any = np.float64) -> NDArray[Any]:
    """Return raw rows as one matrix of numbers, shape (n, p), or name the columns that hold text.

    Frames become numbers of a kind; arrays stay as they are.
    """
    if isinstance(native, np.ndarray) and native.dtype.kind in "biuf" and not isinstance(native, np.ma.MaskedArray):
        return native
    plain = plain_matrix(native)
    if plain is not None:
        return np.array(plain, kind, order="C")
    table = as_table(native)
    # A column without any value has no type: it is numbers as well as text.
    text = [c.name for c in table.columns if c.kind is Kind.CATEGORICAL and not c.missing.all()]
    dates = [column.name for column in table.columns if column.dates]
    if text or dates:
        raise TeacherError(
            f"numbers as the input of {name}",
            f"{'text' if text else 'dates'} in the columns {listed(text or dates)}",
            "give `preprocess=`, a function from raw rows to the model's input, or drop these columns",
        )
    numbers = [c.values if c.kind is Kind.NUMERIC else np.full(table.n_rows, np.nan) for c in table.columns]
    return np.column_stack(numbers).astype(kind, copy=False)


def in_order(native: Any, names: Sequence[str]) -> Any:
    """Return a data frame with its columns in an order; anything but a frame of just these columns as it is."""
    if not nw.dependencies.is_into_dataframe(native):
        return native
    given = list(native.columns)
    if given == list(names) or sorted(map(str, given)) != sorted(names):
        return native
    return nw.from_native(native, eager_only=True).select(list(names)).to_native()


def text_in(rows: Table) -> str:
    """Tell which columns hold text, with a cell of the first of them, or dates; empty when none does."""
    columns = [column for column in rows.columns if column.kind is Kind.CATEGORICAL and column.categories]
    dates = [column.name for column in rows.columns if column.dates]
    if not columns:
        return f" (dates in the columns {listed(dates)})" if dates else ""
    cell = columns[0].categories[0]
    date = ", which looks like a date" if looks_like_a_date(cell) else ""
    return f" (text in the columns {listed([c.name for c in columns])}, such as `{shortened(cell)}`{date})"


def missing_in(rows: Table) -> str:
    """Tell how many rows have missing or infinite values, and in which columns; empty when none has."""
    bad = {c.name: ~np.isfinite(c.values) if c.kind is Kind.NUMERIC else c.missing for c in rows.columns}
    names = [name for name, where in bad.items() if where.any()]
    if not names:
        return ""
    n_bad = int(np.logical_or.reduce([bad[name] for name in names]).sum())
    return f" ({n_bad} of the {rows.n_rows} rows have missing or infinite values, in the columns {listed(names)})"
