"""What the caller gives beside rows and teacher, read and checked before the first long step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limbeck.concepts import raw_table
from limbeck.core import Kind, OutputReading, Outputs, Table, as_table
from limbeck.errors import InputError
from limbeck.search import row_weights
from limbeck.settings import Settings
from limbeck.tables import listed

__all__ = ["askable", "certificate_table", "checked_weights", "class_weighted", "monotone_columns", "weighted_by"]


# Weights that are whole numbers, but larger on average, say nothing of how many rows a row stands for.
_MOST_COUNTED = 1024.0
# Share of the largest weight below which a weight changes no sum; a smaller one is taken for this.
_LEAST_SHARE = 2.0**-50


def checked_weights(sample_weight: ArrayLike | None, n_rows: int) -> NDArray[np.float64]:
    """Return row weights: whole numbers as counts (beside rows of weight 1 one of weight 2 is two), others of mean 1.

    A power of two that all weights have in common says nothing, and is taken out first.
    """
    weights = row_weights(sample_weight, n_rows)
    with np.errstate(over="ignore"):
        counts = np.ldexp(weights, -_common_power(weights))
        if counts.mean() <= _MOST_COUNTED:
            return counts
    scaled = _floored(np.ldexp(weights, -int(np.frexp(weights.max())[1])))
    return scaled / scaled.mean()


def _common_power(weights: NDArray[np.float64]) -> int:
    """Return the exponent of the largest power of two of which all weights are multiples."""
    mantissa, exponent = np.frexp(weights[weights > 0])
    whole = np.ldexp(mantissa, 53).astype(np.int64)
    return int((exponent - 54 + np.frexp((whole & -whole).astype(np.float64))[1]).min())


def _floored(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return weights of which none above 0 is too small beside the largest to be added to it."""
    return np.where(weights > 0, np.maximum(weights, weights.max() * _LEAST_SHARE), 0.0)


def class_weighted(
    weights: NDArray[np.float64], reading: OutputReading, outputs: Outputs, asked: str | Mapping[Any, float] | None
) -> NDArray[np.float64]:
    """Return row weights times those of the teacher's classes of the rows, all weights of the same sum as before."""
    if asked is None:
        return weights
    if outputs.codes is None or reading.classes is None:
        raise InputError("`class_weight` for a teacher of classes", "a teacher of numbers", "leave it out")
    if isinstance(asked, str):
        totals = np.bincount(outputs.codes, weights, len(reading.classes))
        by_class = 1.0 / np.where(totals > 0, totals, 1.0)
    else:
        unknown = [str(label) for label in asked if label not in reading.classes]
        if unknown:
            known = listed([str(label) for label in reading.classes])
            raise InputError(f"weights of the classes {known}", f"weights of {listed(unknown)}", "name known classes")
        by_class = np.array([asked.get(label, 1.0) for label in reading.classes])
    of_row = by_class[outputs.codes]
    weighted = _floored(weights * np.ldexp(of_row, -int(np.frexp(of_row.max())[1])))
    return weighted * (weights.sum() / weighted.sum())


def weighted_by(sample_weight: ArrayLike | None, settings: Settings) -> tuple[str, ...]:
    """Name what makes rows count unequally in the fit."""
    by_class = settings.class_weight
    named = "class_weight" if not isinstance(by_class, str) else f"class_weight={by_class!r}"
    return (*(("sample_weight",) if sample_weight is not None else ()), *(() if by_class is None else (named,)))


def askable(table: Table, settings: Settings) -> tuple[str, ...]:
    """Return the columns that a tree may ask about: those asked for, or all, and concepts, but none of `no_ask`.

    Raises
    ------
    InputError
        A name that is no column, or stands in both lists; or no column left to ask about.
    """
    if table.raw:  # concepts are chosen later
        return ()
    wanted, refused = settings.ask, settings.no_ask
    for name in (*(wanted or ()), *refused):
        _ = table[name]  # whoever names no column is told so
    both = [name for name in (*(wanted or ()), *settings.concepts) if name in refused]
    if both:
        raise InputError("columns that may or may not be asked about", f"{listed(both)} as both", "name each once")
    named = table.names if wanted is None else {*wanted, *settings.concepts}
    left = tuple(name for name in table.names if name in named and name not in refused)
    if not left:
        found = f"`ask={list(wanted or ())}` and `no_ask={list(refused)}`, which leave none"
        raise InputError(f"a column to ask about, of {listed(table.names)}", found, "let one more be asked about")
    return left


def monotone_columns(asked: Mapping[str, int] | None, table: Table, reading: OutputReading) -> None:
    """See that the columns that the answer is to rise or fall with are there, and that answers have an order."""
    if not asked:
        return
    unfit = [name for name in asked if table[name].kind is not Kind.NUMERIC]
    if unfit:
        raise InputError("`monotone` with columns of numbers", f"text in {listed(unfit)}", "leave these out")
    if reading.classes is not None and len(reading.classes) != 2:
        found = f"a teacher of {len(reading.classes)} classes, which have no order"
        raise InputError("numbers or two classes for `monotone`", found, "leave it out")


def certificate_table(rows: Any, table: Table, groups: Any = None) -> Table | None:
    """Read certificate rows that were given apart, and see that they have the columns of the others.

    A column that names the groups need not be among them.
    """
    if rows is None:
        return None
    if table.raw:
        return raw_table(rows)
    given = as_table(rows)
    if isinstance(groups, str) and groups in table and groups not in given:
        table = table.without(groups)
    if given.names != table.names:
        raise InputError(
            f"`certificate_rows` with the columns {listed(table.names)}",
            f"the columns {listed(given.names)}",
            "give the same columns in the same order",
        )
    return given.hiding(sorted(table.hidden))
