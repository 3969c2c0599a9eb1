"""A rule set: an OR of clauses (a DNF) that says when the second of two classes is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Clause, Literal, Table
from limbeck.students.base import Schema, Student, plain_head, two_classes
from limbeck.tables import shortened

__all__ = ["RuleSet"]


@dataclass(frozen=True)
class RuleSet(Student):
    """The second class where some clause holds, the first elsewhere. For two classes only.

    Parameters
    ----------
    clauses : tuple of Clause
        The rules; none of them: never.
    classes : tuple of length 2
        The class of the rows without a rule, and the class of the others.
    columns
        As in `Student`.

    Examples
    --------
    >>> from limbeck.core import Kind
    >>> rule = Clause(((Literal.is_value("a", 1), True), (Literal.is_value("b", 1), False)))
    >>> rules = RuleSet((rule,), (False, True), (("a", Kind.NUMERIC), ("b", Kind.NUMERIC)))
    >>> print(rules)
    True if
      a = 1 and b != 1
    else False
    >>> rules.predict([[1, 0], [1, 1]]).tolist()
    [True, False]
    """

    clauses: tuple[Clause, ...]
    classes: tuple[Any, ...]  # pyright: ignore[reportIncompatibleVariableOverride]
    columns: Schema

    kind: ClassVar[str] = "rule set"
    format: ClassVar[str] = "limbeck.rule_set"

    def __post_init__(self) -> None:
        two_classes(self.classes, "a rule set")

    @property
    def literals(self) -> tuple[Literal, ...]:
        """The distinct questions."""
        return tuple(dict.fromkeys(literal for clause in self.clauses for literal, _ in clause.terms))

    @property
    def n_terms(self) -> int:
        """Literals written down, over all rules: the length that is made shortest."""
        return sum(len(clause) for clause in self.clauses)

    def holds(self, table: Table) -> NDArray[np.bool_]:
        """Tell for every row whether some rule holds, shape (n,)."""
        result = np.zeros(table.n_rows, bool)
        for clause in self.clauses:
            result |= clause.holds(table)
        return result

    def scores(self, table: Table) -> NDArray[np.float64]:
        held = self.holds(table)
        return np.column_stack([~held, held]).astype(np.float64)

    def to_text(self) -> str:
        no, yes = (shortened(str(label)) for label in self.classes)
        if not self.clauses:
            return f"always {no}"
        if not all(len(clause) for clause in self.clauses):
            return f"always {yes}"
        return f"{yes} if\n  " + "\n  or ".join(clause.text() for clause in self.clauses) + f"\nelse {no}"

    def to_dict(self) -> dict[str, Any]:
        return {**plain_head(self), "clauses": [clause.to_dict() for clause in self.clauses]}

    @classmethod
    def _of_plain(cls, plain: dict[str, Any], classes: tuple[Any, ...] | None, columns: Schema) -> RuleSet:
        return cls(tuple(Clause.from_dict(c) for c in plain["clauses"]), two_classes(classes, "a rule set"), columns)
