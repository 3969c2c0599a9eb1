"""Labels in the place of a teacher, so that a tree can be learned where there is no model.

A teacher is handed native rows, in whatever order and selection the passes need. Here the native rows *are* the
labels, and every column is hidden: splitting and reordering the table carries each label along with its row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Answers, Table
from limbeck.teachers import Teacher
from limbeck.teachers.running import Answer

__all__ = ["LabelTeacher", "LabelledTable"]


@dataclass(frozen=True, eq=False)
class LabelledTable(Table):
    """Rows whose labels stand where a teacher finds its own view of them.

    Examples
    --------
    >>> from limbeck.core import as_table
    >>> table = LabelledTable.of(as_table([[0.5], [1.5], [2.5]]), np.array(["a", "b", "c"]))
    >>> table.take(np.array([2, 0])).native
    array(['c', 'a'], dtype='<U1')
    """

    beside: Table | None = None

    @classmethod
    def of(cls, table: Table, labels: NDArray[Any]) -> LabelledTable:
        """Put labels, shape (n,), beside the columns of a table, or beside raw inputs."""
        beside = table if table.raw else None
        return cls(table.columns, labels, table.n_rows, frozenset(table.names), raw=table.raw, beside=beside)

    @property
    def inputs(self) -> Any:
        """The raw inputs that the labels are about."""
        return self.native if self.beside is None else self.beside.native

    def take(self, rows: NDArray[np.integer]) -> LabelledTable:
        """Return some rows with their labels."""
        beside = None if self.beside is None else self.beside.take(rows)
        return replace(LabelledTable.of(super().take(rows), self.native[rows]), beside=beside)

    def hiding(self, names: Sequence[str]) -> LabelledTable:
        """Return the table itself: every column is hidden from the teacher already."""
        return self


class LabelTeacher(Teacher):
    """Answer every row of a `LabelledTable` with its label: no queries, no activations.

    Parameters
    ----------
    classes : tuple or None
        All the classes, also those that a split may leave out; None for numbers.

    Examples
    --------
    >>> from limbeck.core import as_table
    >>> LabelTeacher((1.0, 2.0)).predict(LabelledTable.of(as_table([[0.5], [1.5]]), np.array([2.0, 1.0])))
    array([2., 1.])
    """

    repeats_itself = True

    def __init__(self, classes: tuple[Any, ...] | None) -> None:
        super().__init__("the labels")
        self.classes = classes

    def _run(self, native: NDArray[Any], layers: Sequence[str]) -> Answer:
        return native if self.classes is None else Answers(None, native), {}
