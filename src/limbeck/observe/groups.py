"""Rows that belong together: of one customer, one patient, one machine. Groups, not rows, are then independent."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limbeck.core import Table
from limbeck.errors import InputError
from limbeck.tables import counted

__all__ = ["group_numbers", "group_words", "one_row_each"]


def group_numbers(groups: ArrayLike | str, table: Table) -> tuple[NDArray[np.intp], Table]:
    """Return the number of each row's group; a column that is named holds them, and is left out of the table.

    Raises
    ------
    InputError
        Not one group for each row, a row without one, or fewer than two groups.
    """
    if isinstance(groups, str):
        column, table = table[groups], table.without(groups)
        values = cast("list[Any]", column.values.tolist())
        absent = column.missing
    else:
        values = list(cast("Iterable[Any]", groups)) if np.iterable(groups) else []
        absent = np.array([_is_absent(value) for value in values], bool)
    if len(values) != table.n_rows:
        found = f"{len(values)} groups and {counted(table.n_rows, 'row')}"
        raise InputError("a group for each row", found, "give as many, or the name of a column")
    if absent.any():
        found = f"none in row {int(np.flatnonzero(absent)[0])}"
        raise InputError("a group for each row", found, "give a row that stands alone a group of its own")
    numbers: dict[Hashable, int] = {}
    try:
        codes = np.array([numbers.setdefault(value, len(numbers)) for value in values], np.intp)
    except TypeError as error:
        raise InputError("a name or a number for each group", str(error), "give one value for each row") from error
    if len(numbers) < 2:
        raise InputError("at least 2 groups", counted(len(numbers), "group"), "leave `groups` out, or give more rows")
    return codes, table


def _is_absent(value: Any) -> bool:
    """Tell None, NaN and what has no truth in comparison, such as `pandas.NA`, from the name of a group."""
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):
        return True


def one_row_each(groups: NDArray[np.intp], rows: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw one row of each group that is among `rows`, in increasing order.

    Examples
    --------
    >>> one_row_each(np.array([0, 0, 1, 1, 1, 2]), np.array([0, 1, 5]), np.random.default_rng(0)).tolist()
    [0, 5]
    """
    shuffled = rng.permutation(rows)
    return np.sort(shuffled[np.unique(groups[shuffled], return_index=True)[1]])


def group_words(n_groups: int, n_rows: int) -> str:
    """Say what a claim from one row of each group is about."""
    return (
        f"a random row of a fresh group: {counted(n_groups, 'group')} with {counted(n_rows, 'row')}, "
        "one row of each drawn at random"
    )
