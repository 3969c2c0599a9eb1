"""Fresh rows that satisfy a clause, where the distribution of the rows is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Clause, Kind, Op, Table, as_table
from limbeck.errors import InputError
from limbeck.tables import listed

__all__ = ["Drawn", "RejectionSampler", "Sampler", "UniformBits", "as_sampler"]

# Rows drawn at most to find those that satisfy one clause.
_MOST_DRAWN = 1 << 20


@dataclass(frozen=True, eq=False)
class Drawn:
    """Fresh rows of one clause.

    Parameters
    ----------
    table : Table
        The rows.
    share : float
        Probability of the clause, exact or estimated by the share of drawn rows that satisfied it.
    """

    table: Table
    share: float


class Sampler(Protocol):
    """Knows the distribution of the rows."""

    def draw(self, clause: Clause, n_rows: int, rng: np.random.Generator) -> Drawn | None:
        """Draw `n_rows` fresh rows given that a clause holds; None when too few can be found."""
        ...


@dataclass(frozen=True)
class UniformBits:
    """Every column is one of two values, at random and independently: the setting of the theory.

    Parameters
    ----------
    names : tuple of str
        The columns.
    low, high : ndarray of float64, shape (p,)
        The two values of each.
    dtype : numpy dtype
        Of the arrays that are drawn.

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053: uniform inputs in the
    guarantee for decision trees.
    """

    names: tuple[str, ...]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    dtype: Any = np.float32

    @classmethod
    def like(cls, table: Table) -> UniformBits:
        """Take the two values of every column from a table of an array.

        Raises
        ------
        InputError
            A column that does not hold exactly two numbers, or rows that are a frame.
        """
        ends = [np.unique(c.values) if c.kind is Kind.NUMERIC else np.empty(0) for c in table.columns]
        wrong = [c.name for c, values in zip(table.columns, ends, strict=True) if len(values) != 2]
        if wrong or not table.by_place:
            found = f"{listed(wrong)} with other values" if wrong else "a frame"
            raise InputError("`sampler='uniform bits'` for an array of two-valued columns", found, "give a function")
        low, high = np.array(ends).T
        return cls(table.names, low, high, table.native.dtype)

    def draw(self, clause: Clause, n_rows: int, rng: np.random.Generator) -> Drawn | None:
        """Draw bits and set those that the clause fixes."""
        rows = np.where(rng.integers(2, size=(n_rows, len(self.names)), dtype=np.int8), self.high, self.low)
        fixed: set[int] = set()
        for literal, answer in clause.terms:
            j = self.names.index(literal.column)
            yes_is_high = literal.op is Op.IS and literal.number == self.high[j]
            rows[:, j] = self.high[j] if answer == yes_is_high else self.low[j]
            fixed.add(j)
        return Drawn(as_table(rows.astype(self.dtype)).renamed(self.names), 0.5 ** len(fixed))


@dataclass(frozen=True)
class RejectionSampler:
    """Draw from a user's sampler and keep the rows that satisfy the clause.

    Parameters
    ----------
    sample : callable
        Takes a number of rows and a `numpy.random.Generator`, returns raw rows.
    names : tuple of str
        Names of the columns, as in the rows that fit.
    """

    sample: Callable[[int, np.random.Generator], Any]
    names: tuple[str, ...]

    def draw(self, clause: Clause, n_rows: int, rng: np.random.Generator) -> Drawn | None:
        """Draw ever more rows until enough satisfy the clause."""
        size = 4 * n_rows
        while size <= _MOST_DRAWN:
            table = self._drawn(size, rng)
            inside = np.flatnonzero(clause.holds(table))
            if len(inside) >= n_rows:
                return Drawn(table.take(inside[:n_rows]), len(inside) / table.n_rows)
            size *= 4
        return None

    def _drawn(self, size: int, rng: np.random.Generator) -> Table:
        """Ask for rows, and see that there are as many, with as many columns, as were asked for."""
        table = as_table(self.sample(size, rng))
        if (table.n_rows, len(table.columns)) != (size, len(self.names)):
            raise InputError(
                f"{size} rows of {len(self.names)} columns from the `sampler`",
                f"{table.n_rows} rows of {len(table.columns)} columns",
                "return as many rows as the first argument says, with the columns of the table",
            )
        return table.renamed(self.names)


def as_sampler(sampler: Any, table: Table) -> Sampler | None:
    """Make a sampler of what the user gave: None, "uniform bits", a function, or a sampler.

    Raises
    ------
    InputError
        Something else.
    """
    if sampler is None or hasattr(sampler, "draw"):
        return sampler
    if sampler == "uniform bits":
        return UniformBits.like(table)
    if callable(sampler):
        return RejectionSampler(sampler, table.names)
    raise InputError("`sampler` as a function of (n, rng)", f"`sampler={sampler!r}`", "or give 'uniform bits'")
