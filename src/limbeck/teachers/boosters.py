"""What the packages of boosted trees share: rows as a booster takes them, and leaves from left to right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from limbeck.errors import TeacherError
from limbeck.tables import listed

__all__ = ["as_categories", "columns_of", "leaves_under", "of_package", "one_number"]


def of_package(model: Any, package: str) -> bool:
    """Tell whether an object is of a class of a package, or of one derived from it."""
    return any(base.__module__.partition(".")[0] == package for base in type(model).__mro__)


def columns_of(rows: Any, names: Sequence[str], model: str, *, numbered: bool = False) -> Any:
    """Return the columns of a frame in the model's order, by their names; rows that have no names as they are.

    Parameters
    ----------
    rows : frame or array
        Raw rows.
    names : sequence of str
        The features of the model.
    model : str
        What the model is, for people.
    numbered : bool
        Whether the model was fitted on rows without names, so that only their order tells its features apart.

    Raises
    ------
    TeacherError
        Columns that the model does not know, or too few.
    """
    if isinstance(rows, np.ndarray) or not nw.dependencies.is_into_dataframe(rows):
        return rows
    given = [str(column) for column in rows.columns]
    if numbered and len(given) == len(names):
        return rows
    strange = [name for name in given if name not in set(names)]
    absent = [name for name in names if name not in set(given)]
    if absent or strange:
        raise TeacherError(
            f"the {len(names)} columns of {model}, {listed(names)}",
            f"no {listed(absent)}" if absent else f"also {listed(strange)}",
            "give the columns that the model takes and no others (`--drop` on the command line leaves columns out)",
        )
    return rows if given == list(names) else nw.from_native(rows, eager_only=True).select(list(names)).to_native()


def as_categories(rows: Any, columns: Sequence[str]) -> Any:
    """Return a pandas frame with these columns, and all columns of text, as categories."""
    frame = nw.from_native(rows, eager_only=True)
    text = [name for name, kind in frame.schema.items() if isinstance(kind, (nw.String, nw.Object))]
    plain = [name for name in columns if not isinstance(frame.schema[name], (nw.Categorical, nw.Enum))]
    return frame.to_pandas().astype(dict.fromkeys([*text, *plain], "category"))


def one_number(answers: Any, model: str) -> NDArray[Any]:
    """Return numbers, shape (n,), and refuse several numbers a row, which are neither classes nor one number."""
    array = np.asarray(answers)
    if array.ndim == 2 and array.shape[1] > 1:
        raise TeacherError(
            f"one number or one class a row from {model}",
            f"{array.shape[1]} numbers a row: several targets, labels or quantiles",
            "wrap the model in a function that returns the one to explain",
        )
    return array.reshape(-1)


def leaves_under(root: Any, children: Callable[[Any], Sequence[Any]], key: str | None) -> NDArray[np.int64]:
    """Return the ids of the leaves under a node, from left to right."""
    leaves: list[int] = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        below = children(node)
        waiting.extend(reversed(below))
        if not below:
            # LightGBM leaves out the index of a tree's only leaf, which is 0.
            leaves.append(node if key is None else node.get(key, 0))
    return np.array(leaves, np.int64)
