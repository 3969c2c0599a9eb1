"""Where the queries of a junta search come from: every column redrawn by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Table, as_table
from limbeck.errors import InputError

__all__ = ["Domain", "Points"]

Points = NDArray[np.int32]
"""Rows to ask about, shape (n, p): for each column the row of the table that its value is taken from."""


@dataclass(frozen=True, eq=False)
class Domain:
    """Rows whose columns are independent, each drawn from the values that a table holds.

    Parameters
    ----------
    table : Table
        Where the values come from.
    pools : ndarray of int32, shape (values, p), or None
        Rows of the table with the distinct values of each column, so that each value is as likely as the others
        (uniform bits, for columns of two values); None to draw from all rows, each value as often as it occurs.
    n_values : ndarray of int, shape (p,)
        How many rows each column draws from.

    Examples
    --------
    >>> bits = Domain.of(as_table([[0, 0], [1, 1]]), uniform=True)
    >>> float(bits.rendered(bits.draw(1000, np.random.default_rng(0))).native.mean().round(1))
    0.5
    """

    table: Table
    pools: Points | None
    n_values: NDArray[np.integer]

    @classmethod
    def of(cls, table: Table, *, uniform: bool) -> Domain:
        """Take the values of every column, all alike or as often as they occur.

        Raises
        ------
        InputError
            Fewer than two rows, or no column with two values.
        """
        firsts = [np.unique(column.values, return_index=True)[1] for column in table.columns]
        sizes = np.array([len(first) for first in firsts])
        if (sizes < 2).all():
            found = f"{table.n_rows} rows of {len(sizes)} columns with one value each"
            raise InputError("a table with two values in some column", found, "give rows that differ")
        if not uniform:
            return cls(table, None, np.full(len(sizes), table.n_rows))
        pools = np.zeros((sizes.max(), len(sizes)), np.int32)
        for j, first in enumerate(firsts):
            pools[: len(first), j] = first
        return cls(table, pools, sizes)

    @property
    def n_columns(self) -> int:
        """Number of columns, p."""
        return len(self.n_values)

    @property
    def are_bits(self) -> bool:
        """Whether no column has more than two values, each drawn alike."""
        return self.pools is not None and int(self.n_values.max()) <= 2

    def draw(self, n: int, rng: np.random.Generator) -> Points:
        """Draw n rows, every column by itself."""
        most = int(self.n_values.max())
        if (self.n_values == most).all():
            picks = rng.integers(most, size=(n, self.n_columns), dtype=np.int32)
        else:
            picks = (rng.random((n, self.n_columns), np.float32) * self.n_values).astype(np.int32)
            picks = np.minimum(picks, self.n_values.astype(np.int32) - 1)
        return picks if self.pools is None else self.pools[picks, np.arange(self.n_columns)]

    def rendered(self, points: Points) -> Table:
        """Return the rows as a teacher takes them.

        From an array the columns are left out: a teacher gets the rows as they are, and to name ten thousand columns
        takes longer than to answer.
        """
        native: Any = self.table.native
        if self.table.by_place:
            return Table((), native[points, np.arange(self.n_columns)], len(points))
        sources = {column.name: points[:, j] for j, column in enumerate(self.table.columns)}
        return self.table.recombine(sources, np.zeros(len(points), np.intp))

    def table_of(self, points: Points) -> Table:
        """Return the rows as a table with all its columns named."""
        made = self.rendered(points)
        return made if made.columns else as_table(made.native).renamed(self.table.names)
