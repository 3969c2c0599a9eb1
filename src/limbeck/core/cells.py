"""Which answers literals can give together: the finite cells of every column, and sets of rows as boxes of cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from limbeck.core.clause import Clause
from limbeck.core.literal import Literal, Op
from limbeck.errors import InputError
from limbeck.tables import Column, Kind

__all__ = ["Box", "Cells", "covers", "representatives"]

Box = tuple[int, ...]
"""For every column the set of its cells, as the bits of a number: a product of sets."""


@dataclass(frozen=True, eq=False)
class Cells:
    """The columns that some literals ask about, each cut into the cells on which all its literals are constant.

    A threshold cuts a column in two, a number in at most three, categories in one each and the rest; a missing
    value answers *no* to all but `MISSING`. So a finite number of cells stands for every possible row, and
    whether two sets of clauses are the same function can be decided, not only tried on rows.

    Parameters
    ----------
    literals : tuple of Literal, length l
        The literals.
    columns : tuple of str
        The columns they ask about.
    answers : tuple of ndarray of bool, shape (cells of the column, l)
        For each column the answers in each of its cells; False for the literals of other columns.

    Examples
    --------
    >>> cells = Cells.of([Literal.at_most("x", 1.0), Literal.at_most("x", 2.0), Literal.is_value("y", 1)])
    >>> [len(answers) for answers in cells.answers]
    [3, 2]
    >>> len(list(cells.rows()))
    6
    """

    literals: tuple[Literal, ...]
    columns: tuple[str, ...]
    answers: tuple[NDArray[np.bool_], ...]

    @classmethod
    def of(cls, literals: Sequence[Literal]) -> Cells:
        """Cut the columns of some literals into cells."""
        distinct = tuple(dict.fromkeys(literals))
        names = tuple(dict.fromkeys(literal.column for literal in distinct))
        answers: list[NDArray[np.bool_]] = []
        for name in names:
            column = representatives(name, [literal for literal in distinct if literal.column == name])
            holds = np.zeros((len(column.values), len(distinct)), bool)
            for j, literal in enumerate(distinct):
                if literal.column == name:
                    holds[:, j] = literal.holds(column)
            answers.append(np.unique(holds, axis=0))
        return cls(distinct, names, tuple(answers))

    @property
    def n_rows(self) -> int:
        """Number of combinations of cells: rows that differ in some answer."""
        return int(np.prod([len(answers) for answers in self.answers], dtype=object))

    def rows(self) -> Iterator[NDArray[np.bool_]]:
        """Yield the answers (l,) of every row that is possible."""
        for parts in product(*self.answers):
            yield np.logical_or.reduce(parts) if parts else np.zeros(0, bool)

    def box(self, clause: Clause) -> Box:
        """Return the cells that a clause allows."""
        allowed = [np.ones(len(answers), bool) for answers in self.answers]
        for literal, answer in clause.terms:
            j, place = self.literals.index(literal), self.columns.index(literal.column)
            allowed[place] &= self.answers[place][:, j] == answer
        return tuple(sum(1 << int(i) for i in np.flatnonzero(cells)) for cells in allowed)


def covers(boxes: Sequence[Box], box: Box) -> bool:
    """Tell whether every row of a box lies in one of some boxes.

    Cuts the box along one of those it meets; exact, exponential in the number of boxes at worst.
    """
    if not all(box):
        return True
    touching = [other for other in boxes if all(a & b for a, b in zip(other, box, strict=True))]
    if any(all(b & ~a == 0 for a, b in zip(other, box, strict=True)) for other in touching):
        return True
    if not touching:
        return False
    first, rest = touching[0], list(box)
    for j, inside in enumerate(first):
        outside = rest[j] & ~inside
        if outside and not covers(touching[1:], (*rest[:j], outside, *rest[j + 1 :])):
            return False
        rest[j] &= inside
    return True


def representatives(name: str, literals: Sequence[Literal]) -> Column:
    """Return a column in which every cell of some literals occurs."""
    named = sorted({value for literal in literals for value in literal.values})
    numbers = {1.0 if lit.op is Op.CONCEPT else lit.number for lit in literals if lit.op not in (Op.ONE_OF, Op.MISSING)}
    if named and numbers:
        raise InputError("questions of one kind about a column", f"numbers and categories of `{name}`", "use one kind")
    if named:
        categories = (*named, "")
        while categories[-1] in named:  # some category that no literal names
            categories = (*named, categories[-1] + "'")
        return Column(name, Kind.CATEGORICAL, np.array([-1, *range(len(categories))], np.int32), categories)
    if all(literal.op is Op.CONCEPT for literal in literals):
        return Column(name, Kind.NUMERIC, np.array([0.0, 1.0, np.nan]))
    at = np.array(sorted(numbers) or [0.0])
    values = np.concatenate([at, np.nextafter(at, -np.inf), np.nextafter(at, np.inf), [np.nan]])
    return Column(name, Kind.NUMERIC, values, dates=any(literal.dated for literal in literals))
