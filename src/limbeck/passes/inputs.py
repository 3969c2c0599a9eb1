"""What the caller gives beside rows and teacher, read and checked before the first long step."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limbeck.core import Table, as_table
from limbeck.errors import InputError
from limbeck.solve import row_weights
from limbeck.tables import listed

__all__ = ["certificate_table", "checked_weights"]


def checked_weights(sample_weight: ArrayLike | None, n_rows: int) -> NDArray[np.float64]:
    """Return row weights: whole numbers as they are (a row of weight 2 counts as two), others scaled to mean 1."""
    weights = row_weights(sample_weight, n_rows)
    return weights if (weights == np.round(weights)).all() else weights / weights.mean()


def certificate_table(rows: Any, table: Table) -> Table | None:
    """Read certificate rows that were given apart, and see that they have the columns of the others."""
    if rows is None:
        return None
    given = as_table(rows)
    if given.names != table.names:
        raise InputError(
            f"`certificate_rows` with the columns {listed(table.names)}",
            f"the columns {listed(given.names)}",
            "give the same columns in the same order",
        )
    return given.hiding(sorted(table.hidden))
