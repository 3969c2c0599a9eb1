"""Which rows the certificate is made from, which rows fit, and which of these must stay together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limbeck.core import Kind, Table
from limbeck.errors import InputError
from limbeck.observe import Dependence, dependence_of, group_numbers, group_words, one_row_each, split_rows, stretches
from limbeck.tables import counted

__all__ = ["MOST_CERTIFICATE", "Parts", "parts_of", "times"]

MOST_CERTIFICATE = 10_000


@dataclass(frozen=True, eq=False)
class Parts:
    """Which rows are used for what.

    Parameters
    ----------
    fit, certificate : ndarray of intp
        Rows that fit and judge sizes; rows that only the certificate sees.
    together : ndarray of intp, shape (n_fit,), optional
        Number of each fit row's group: no group is split between rows that fit and rows that are held out of a fit.
    words : str
        What the certificate rows are.
    dependence : Dependence or None
        What speaks against the independence of rows that were split one by one.
    """

    fit: NDArray[np.intp]
    certificate: NDArray[np.intp]
    together: NDArray[np.intp] | None
    words: str
    dependence: Dependence | None = None

    def told(self, rows: NDArray[np.intp]) -> Parts:
        """Leave some of the rows that fit, by their places among these."""
        together = None if self.together is None else np.unique(self.together[rows], return_inverse=True)[1]
        return replace(self, fit=self.fit[rows], together=together)

    def that_count(self, weights: NDArray[np.float64]) -> Parts:
        """Leave rows of weight 0, of weights for the whole table, out of those that fit.

        Raises
        ------
        InputError
            No row is left.
        """
        counting = weights[self.fit] > 0
        if not counting.any():
            raise InputError(
                "rows of a weight above 0 among those that fit",
                f"{np.count_nonzero(weights)} of {len(weights)} rows, all of them set aside for the certificate",
                "weigh more rows, or give `certificate_rows`",
            )
        together = None if self.together is None else self.together[counting]
        return replace(self, fit=self.fit[counting], together=together)


def parts_of(
    table: Table,
    share: float,
    rng: np.random.Generator,
    *,
    groups: ArrayLike | str | None = None,
    order: ArrayLike | str | None = None,
    given: Table | None = None,
) -> tuple[Parts, Table, Table | None]:
    """Say which rows of a table are used for what; return the table and the certificate rows without named columns.

    Raises
    ------
    InputError
        Two ways to choose the certificate rows at once, or groups or times that cannot be used.
    """
    ways = [
        name for name, way in (("groups", groups), ("order", order), ("certificate_rows", given)) if way is not None
    ]
    if order is not None and len(ways) > 1:
        raise InputError("one way to choose the certificate rows", f"`{'` and `'.join(ways)}`", "give one of the two")
    if order is not None:
        when, table = times(order, table)
        return _in_order(when, share), table, None
    if given is not None:
        return _given(table, given, groups)
    if groups is not None:
        numbers, table = group_numbers(groups, table)
        return _by_group(numbers, share, rng), table, None
    return _at_random(table, share, rng), table, None


def _at_random(table: Table, share: float, rng: np.random.Generator) -> Parts:
    """Split rows off at random: right where they are independent."""
    split = split_rows(table.n_rows, rng=rng, certificate=share, validation=0.0)
    words = f"{counted(len(split.certificate), 'row')} of the table, split off at random before anything was fitted"
    return Parts(split.fit, split.certificate, None, words, dependence_of(table, rng))


def _by_group(groups: NDArray[np.intp], share: float, rng: np.random.Generator) -> Parts:
    """Split groups off at random, and draw one row of each: independent draws, where the groups are.

    So the claim is about a random row of a random group, whatever the rows of a group have in common.
    """
    split = split_rows(len(groups), rng=rng, certificate=share, validation=0.0, groups=groups)
    drawn = one_row_each(groups, split.certificate, rng)
    words = f"{group_words(len(drawn), len(split.certificate))}; the groups split off before anything was fitted"
    return Parts(split.fit, drawn, np.unique(groups[split.fit], return_inverse=True)[1], words)


def _in_order(when: NDArray[np.float64], share: float) -> Parts:
    """Set the last rows aside; those that fit stay together in stretches of time. Rows of one time are never split."""
    wanted = min(int(np.ceil(share * len(when))), MOST_CERTIFICATE)
    late = when >= np.sort(when)[len(when) - wanted] if wanted else np.zeros(len(when), bool)
    if late.all():
        found = "rows that are nearly all of one time, the last"
        raise InputError("`order` with rows before those of the certificate", found, "give a finer `order`")
    fit, certificate = np.flatnonzero(~late), np.flatnonzero(late)
    words = (
        f"the last {counted(len(certificate), 'row')} of the table by `order`; the claim is about later rows only as "
        "far as they continue to be like these"
    )
    return Parts(fit, certificate, stretches(when[fit]), words)


def _given(table: Table, given: Table, groups: ArrayLike | str | None) -> tuple[Parts, Table, Table]:
    """Take all rows to fit; where groups are a column that the certificate rows have too, these are grouped by it."""
    everything, words = np.arange(table.n_rows), f"{counted(given.n_rows, 'row')} given as `certificate_rows`"
    if groups is None:
        return Parts(everything, everything[:0], None, words), table, given
    numbers, rest = group_numbers(groups, table)
    if isinstance(groups, str) and groups in given:
        shared = set(_labels(table, groups)) & set(_labels(given, groups))
        if shared:
            found = f"{counted(len(shared), 'group')} in both, such as {next(iter(shared))}"
            raise InputError("`certificate_rows` of other groups than those that fit", found, "leave these out")
        others, given = group_numbers(groups, given)
        drawn = one_row_each(others, np.arange(len(others)), np.random.default_rng(0))
        words = f"{group_words(len(drawn), len(others))}, given as `certificate_rows`"
        given = given.take(drawn)
    return Parts(everything, everything[:0], numbers, words), rest, given


def _labels(table: Table, name: str) -> list[Any]:
    """Return the values of a column: numbers, or the text of categories."""
    column = table[name]
    if column.kind is Kind.NUMERIC:
        return column.values.tolist()
    return ["" if code < 0 else column.categories[code] for code in column.values]


def times(order: ArrayLike | str, table: Table) -> tuple[NDArray[np.float64], Table]:
    """Read what the rows are ordered by; a column that is named holds it, and is then left out of the table.

    Raises
    ------
    InputError
        Not one number or date for each row.
    """
    remedy = "give a number or a date for each row, or the name of such a column"
    if isinstance(order, str):
        column, table = table[order], table.without(order)
        given = (
            column.values if column.kind is Kind.NUMERIC else np.array(["NaT", *column.categories])[column.values + 1]
        )
    else:
        given = np.asarray(order)
    try:
        # Text is read as dates of ISO 8601.
        values = given.astype("datetime64[us]") if given.dtype.kind in "UM" else given.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("an `order` of numbers or dates", f"values of type {given.dtype}: {error}", remedy) from error
    if values.dtype.kind == "M":
        values = np.where(np.isnat(values), np.nan, values.astype(np.int64))
    if values.shape != (table.n_rows,) or np.isnan(values).any():
        found = f"shape {values.shape} for {counted(table.n_rows, 'row')}, {int(np.isnan(values).sum())} missing"
        raise InputError("an `order` of every row", found, remedy)
    return values, table
