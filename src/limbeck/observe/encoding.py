"""Rows as the plain numbers that scikit-learn takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Kind, Table

__all__ = ["Encoding"]

# Categories of a column that get a column of their own, as in the vocabulary.
_MOST_CATEGORIES = 32
# scikit-learn refuses infinite numbers and adds a column's numbers up in float32, which must not overflow.
_LARGEST = 1e30


@dataclass(frozen=True)
class Encoding:
    """Numeric columns as they are, and one column of zeros and ones for each frequent category.

    Parameters
    ----------
    names : tuple of str
        The columns that are read, in order.
    categories : dict of str to list of str
        The most frequent categories of every categorical column.
    """

    names: tuple[str, ...]
    categories: dict[str, list[str]]

    @classmethod
    def of(cls, table: Table) -> Encoding:
        """Choose the categories of a table."""
        kept: dict[str, list[str]] = {}
        for column in table.columns:
            if column.kind is Kind.CATEGORICAL:
                counts = np.bincount(column.values[column.values >= 0], minlength=len(column.categories))
                frequent = np.argsort(-counts, kind="stable")[:_MOST_CATEGORIES]
                if not len(frequent):
                    continue  # without any value, it is read like a column of numbers without any
                kept[column.name] = [column.categories[c] for c in frequent]
        return cls(table.names, kept)

    def encoded(self, table: Table) -> NDArray[np.float32]:
        """Return the rows as numbers, NaN for missing ones, shape (n, columns)."""
        widths = [len(self.categories.get(name, ("",))) for name in self.names]
        rows, start = np.zeros((table.n_rows, sum(widths)), np.float32), 0
        for name, width in zip(self.names, widths, strict=True):
            column, known, part = table[name], self.categories.get(name), rows[:, start : start + width]
            start += width
            if known is None:
                numeric = column.kind is Kind.NUMERIC
                part[:, 0] = np.clip(column.values, -_LARGEST, _LARGEST) if numeric else np.nan
            elif column.kind is Kind.CATEGORICAL:
                place = {category: code for code, category in enumerate(column.categories)}
                codes = np.array([place.get(category, len(place)) for category in known])
                part[:] = column.values[:, None] == codes
        return rows
