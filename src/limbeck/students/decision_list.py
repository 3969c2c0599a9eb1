"""A decision list: the first clause that holds answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Clause, Literal, Table
from limbeck.core.literal import number_text
from limbeck.students.base import Schema, Student, plain_head
from limbeck.tables import shortened

__all__ = ["DecisionList"]


@dataclass(frozen=True)
class DecisionList(Student):
    """If clause 1 then value 1, else if clause 2 then value 2, ..., else the last value.

    Parameters
    ----------
    clauses : tuple of Clause, length t
        The conditions, in order.
    values : tuple of tuple of float, length t + 1
        Scores of the classes, or one number, for each clause and, last, for the rows of none.
    classes, columns
        As in `Student`.

    Examples
    --------
    >>> from limbeck.core import Kind
    >>> first = Clause(((Literal.is_value("a", 1), True),))
    >>> rules = DecisionList((first,), ((0.0, 1.0), (1.0, 0.0)), ("no", "yes"), (("a", Kind.NUMERIC),))
    >>> print(rules)
    if a = 1 then yes
    else no
    >>> rules.predict([[1], [0]]).tolist()
    ['yes', 'no']

    References
    ----------
    Rivest (1987), *Learning decision lists*, Machine Learning 2.
    """

    clauses: tuple[Clause, ...]
    values: tuple[tuple[float, ...], ...]
    classes: tuple[Any, ...] | None
    columns: Schema

    kind: ClassVar[str] = "decision list"
    format: ClassVar[str] = "limbeck.decision_list"

    @property
    def literals(self) -> tuple[Literal, ...]:
        """The distinct questions, in the order in which they are asked."""
        return tuple(dict.fromkeys(literal for clause in self.clauses for literal, _ in clause.terms))

    def first_of(self, table: Table) -> NDArray[np.intp]:
        """Return for every row the place of the first clause that holds, t where none does, shape (n,)."""
        place = np.full(table.n_rows, len(self.clauses), np.intp)
        for i in reversed(range(len(self.clauses))):
            place[self.clauses[i].holds(table)] = i
        return place

    def scores(self, table: Table) -> NDArray[np.float64]:
        return np.array(self.values, np.float64)[self.first_of(table)]

    def to_text(self) -> str:
        answers = [self._answer(value) for value in self.values]
        leads = ["if", *["else if"] * (len(self.clauses) - 1)]
        lines = [f"{a} {c.text()} then {y}" for a, c, y in zip(leads, self.clauses, answers, strict=False)]
        return "\n".join([*lines, f"else {answers[-1]}" if lines else f"always {answers[-1]}"])

    def _answer(self, value: tuple[float, ...]) -> str:
        if self.classes is None:
            return number_text(float(value[0]), 6)
        return shortened(str(self.classes[int(np.argmax(value))]))

    def to_dict(self) -> dict[str, Any]:
        rules = {"clauses": [c.to_dict() for c in self.clauses], "values": [list(v) for v in self.values]}
        return {**plain_head(self), **rules}

    @classmethod
    def _of_plain(cls, plain: dict[str, Any], classes: tuple[Any, ...] | None, columns: Schema) -> DecisionList:
        clauses = tuple(Clause.from_dict(clause) for clause in plain["clauses"])
        values = tuple(tuple(float(v) for v in value) for value in plain["values"])
        width = 1 if classes is None else len(classes)
        if len(values) != len(clauses) + 1 or any(len(value) != width for value in values):
            raise ValueError("one value for each clause and one more")
        return cls(clauses, values, classes, columns)
