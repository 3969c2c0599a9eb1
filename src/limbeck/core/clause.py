"""A clause: the AND of literals and negated literals, which is what a tree node stands for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core.literal import Literal
from limbeck.tables import as_table, told_apart

__all__ = ["Clause"]


@dataclass(frozen=True)
class Clause:
    """An AND of answered literals; the empty clause is true of every row.

    Parameters
    ----------
    terms : tuple of (Literal, bool)
        Each literal with the answer that the clause asks for.

    Examples
    --------
    >>> c = Clause(((Literal.at_most("x0", 1.5), True), (Literal.is_value("x1", 1), False)))
    >>> c.text()
    'x0 <= 1.5 and x1 != 1'
    >>> c.holds([[1, 0], [1, 1], [2, 0]])
    array([ True, False, False])

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053: the clauses AND_v
    of the nodes v of a tree.
    """

    terms: tuple[tuple[Literal, bool], ...] = ()

    def __len__(self) -> int:
        return len(self.terms)

    def extended(self, literal: Literal, answer: bool) -> Clause:
        """Return the clause with one more term."""
        return Clause((*self.terms, (literal, answer)))

    def holds(self, rows: Any) -> NDArray[np.bool_]:
        """Tell for every row whether the clause is true, shape (n,)."""
        table = as_table(rows)
        result = np.ones(table.n_rows, dtype=bool)
        for literal, answer in self.terms:
            result &= literal.holds(table[literal.column]) == answer
        return result

    def text(self) -> str:
        """Write the clause for people."""
        shown = told_apart(text for literal, _ in self.terms for text in (literal.column, *literal.values)).__getitem__
        return " and ".join(literal.text(answer, shown) for literal, answer in self.terms) or "every row"

    def __str__(self) -> str:
        return self.text()

    def to_dict(self) -> dict[str, Any]:
        """Return the clause as plain values."""
        return {"terms": [{"literal": literal.to_dict(), "answer": answer} for literal, answer in self.terms]}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Clause:
        """Read what `to_dict` wrote."""
        return cls(tuple((Literal.from_dict(t["literal"]), bool(t["answer"])) for t in plain["terms"]))
