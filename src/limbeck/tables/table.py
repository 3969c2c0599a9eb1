"""Rows as limbeck sees them: named columns, each numeric or categorical, beside the rows as the user gave them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError
from limbeck.tables.column import Column, Kind
from limbeck.tables.keys import keys_with_changes, row_keys
from limbeck.tables.native import native_recombine, native_select, native_take
from limbeck.tables.wording import listed

__all__ = ["Recombined", "Table"]


@dataclass(frozen=True, eq=False)
class Table:
    """Rows in both shapes: as columns for limbeck, and natively for the teacher.

    Parameters
    ----------
    columns : tuple of Column
        The p columns.
    source : DataFrame, ndarray or list
        The rows as the user gave them (a pandas or polars frame, or an array of shape (n, p)), or raw inputs.
    n_rows : int
        Number of rows, n.
    hidden : frozenset of str
        Columns that the teacher does not get: they are absent from `source`.
    taken : ndarray of int, shape (n,), optional
        Which rows of the source these are, in this order; all of them by default.
    raw : bool
        Whether the source is no table, but raw inputs: a list, or an array of any shape, with one input a row.
    """

    columns: tuple[Column, ...]
    source: Any
    n_rows: int
    hidden: frozenset[str] = frozenset()
    taken: NDArray[np.integer] | None = None
    raw: bool = False

    @cached_property
    def native(self) -> Any:
        """The rows in the user's own type, which teachers get; taken from the source when they are first asked for."""
        return self.source if self.taken is None else native_take(self.source, self.taken)

    @cached_property
    def keys(self) -> NDArray[np.uint64] | None:
        """A number for each row that tells equal ones, shape (n,); see `row_keys`."""
        return row_keys(self)

    @property
    def inputs(self) -> Any:
        """The raw inputs that concepts are asked about: what the teacher gets."""
        return self.native

    @property
    def by_place(self) -> bool:
        """Whether the columns have no names of their own: the source is an array without fields."""
        return isinstance(self.source, np.ndarray) and self.source.dtype.names is None and not self.raw

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def schema(self) -> tuple[tuple[str, Kind], ...]:
        """Name and kind of every column, in order."""
        return tuple((column.name, column.kind) for column in self.columns)

    @property
    def dates(self) -> tuple[str, ...]:
        """Names of the columns that hold dates."""
        return tuple(column.name for column in self.columns if column.dates)

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
        if self.raw:
            return replace(self, hidden=hidden)
        if not seen:
            raise InputError("columns for the teacher", "only columns that are hidden from it", "hide fewer columns")
        source = native_select(self.source, seen, self._native_position) if names else self.source
        return replace(self, source=source, hidden=hidden)

    def without(self, name: str) -> Table:
        """Return the table without a column, which neither the teacher nor a question then sees."""
        kept = self.hiding([name])
        columns = tuple(column for column in kept.columns if column.name != name)
        return replace(kept, columns=columns, hidden=kept.hidden - {name})

    def showing(self, names: Sequence[str]) -> Table:
        """Return the table with some of its columns, in their order here; the native rows stay as they are."""
        shown = set(names)
        return replace(self, columns=tuple(column for column in self.columns if column.name in shown))

    def take(self, rows: NDArray[np.integer]) -> Table:
        """Return some rows, in the order given, repeats allowed."""
        columns = tuple(column.take(rows) for column in self.columns)
        taken = np.asarray(rows) if self.taken is None else self.taken[rows]
        return replace(self, columns=columns, n_rows=len(rows), taken=taken)

    def native_between(self, start: int, stop: int) -> Any:
        """Return the native rows from `start` up to `stop`: where `taken` is None, without a copy."""
        if start == 0 and stop >= self.n_rows:
            return self.native
        some = slice(start, min(stop, self.n_rows))
        return native_take(self.source, some if self.taken is None else self.taken[some])

    def slice(self, start: int, stop: int) -> Table:
        """Return the rows from `start` up to `stop`, without a copy where these rows are the source's own."""
        if start == 0 and stop >= self.n_rows:
            return self
        if self.taken is not None:
            return self.take(np.arange(start, min(stop, self.n_rows)))
        some = slice(start, min(stop, self.n_rows))
        columns = tuple(column.take(some) for column in self.columns)
        return replace(self, columns=columns, source=self.native_between(start, stop), n_rows=some.stop - start)

    def renamed(self, names: Sequence[str]) -> Table:
        """Return the table with other column names; the native rows stay as they are."""
        if tuple(names) == self.names:
            return self
        columns = tuple(replace(column, name=name) for name, column in zip(names, self.columns, strict=True))
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
        native = native_recombine(self.native, visible, base, self._native_position)
        return replace(self, columns=columns, source=native, n_rows=len(base), taken=None)


@dataclass(frozen=True, eq=False)
class Recombined:
    """Rows in which some columns take their values from other rows, not made yet: many of them may be equal.

    Parameters
    ----------
    table, sources, base : Table, mapping of str to ndarray, ndarray
        As `Table.recombine` takes them.
    """

    table: Table
    sources: Mapping[str, NDArray[np.integer]]
    base: NDArray[np.integer]

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.base)

    @property
    def keys(self) -> NDArray[np.uint64] | None:
        """The keys that the rows will have."""
        return keys_with_changes(self.table, self.sources, self.base)

    def take(self, rows: NDArray[np.integer]) -> Recombined:
        """Return some of the rows."""
        return Recombined(self.table, {name: every[rows] for name, every in self.sources.items()}, self.base[rows])

    def made(self) -> Table:
        """Return the rows."""
        return self.table.recombine(self.sources, self.base)
