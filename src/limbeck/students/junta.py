"""A junta: a table of answers over few columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Literal, Table
from limbeck.students.base import Schema, Student, answers_to, plain_head
from limbeck.tables import shortened

__all__ = ["Junta"]

_SHOWN = 64


@dataclass(frozen=True)
class Junta(Student):
    """A function of the columns that its literals ask about, written out.

    Parameters
    ----------
    questions : tuple of Literal, length l
        The literals, those of one column together.
    patterns : tuple of tuple of bool, t of length l
        The combinations of answers that are known; each once.
    codes : tuple of int, length t
        Index of the class of each; a combination that is not there gets the class that most of these have.
    agreement : tuple of float, length t
        Share of the fillings of the other columns with which the teacher gave that class; 1 for all.
    classes, columns
        As in `Student`.

    Examples
    --------
    >>> from limbeck.core import Kind
    >>> xor = Junta(
    ...     (Literal.is_value("a", 1), Literal.is_value("b", 1)),
    ...     ((False, False), (False, True), (True, False), (True, True)), (0, 1, 1, 0), (1.0,) * 4, ("no", "yes"),
    ...     (("a", Kind.NUMERIC), ("b", Kind.NUMERIC), ("c", Kind.NUMERIC)),
    ... )
    >>> xor.variables, xor.predict([[1, 0, 7], [1, 1, 7]]).tolist()
    (('a', 'b'), ['yes', 'no'])

    References
    ----------
    Blum (1994), *Relevant examples and relevant features*; Boix-Adsera (2024), arXiv 2403.09053: k-juntas.
    """

    questions: tuple[Literal, ...]
    patterns: tuple[tuple[bool, ...], ...]
    codes: tuple[int, ...]
    agreement: tuple[float, ...]
    classes: tuple[Any, ...]  # pyright: ignore[reportIncompatibleVariableOverride]
    columns: Schema

    kind: ClassVar[str] = "junta"
    format: ClassVar[str] = "limbeck.junta"

    @property
    def literals(self) -> tuple[Literal, ...]:
        """The questions."""
        return self.questions

    @property
    def variables(self) -> tuple[str, ...]:
        """The columns that it depends on."""
        return tuple(dict.fromkeys(literal.column for literal in self.questions))

    def scores(self, table: Table) -> NDArray[np.float64]:
        common = int(np.bincount(self.codes).argmax())
        code_of = {np.array(p, bool).tobytes(): code for p, code in zip(self.patterns, self.codes, strict=True)}
        distinct, inverse = np.unique(answers_to(self.questions, table), axis=0, return_inverse=True)
        codes = np.array([code_of.get(row.tobytes(), common) for row in distinct], np.intp)[inverse.reshape(-1)]
        return (codes[:, None] == np.arange(len(self.classes))).astype(np.float64)

    def to_text(self) -> str:
        names = [literal.text() for literal in self.questions]
        head = "  ".join(names) + "  ->  answer" if names else "answer"
        lines = [head]
        for pattern, code, agreement in list(zip(self.patterns, self.codes, self.agreement, strict=True))[:_SHOWN]:
            cells = "  ".join(("yes" if a else "no").ljust(len(n)) for a, n in zip(pattern, names, strict=True))
            doubt = "" if agreement == 1.0 else f"  ({100 * agreement:.3g} % of the fillings)"
            lines.append(f"{cells}{'  ->  ' if names else ''}{shortened(str(self.classes[code]))}{doubt}")
        if len(self.patterns) > _SHOWN:
            lines.append(f"and {len(self.patterns) - _SHOWN} more combinations")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        return {
            **plain_head(self),
            "literals": [literal.to_dict() for literal in self.questions],
            "patterns": [[int(a) for a in pattern] for pattern in self.patterns],
            "codes": list(self.codes),
            "agreement": list(self.agreement),
        }

    @classmethod
    def _of_plain(cls, plain: dict[str, Any], classes: tuple[Any, ...] | None, columns: Schema) -> Junta:
        questions = tuple(Literal.from_dict(literal) for literal in plain["literals"])
        patterns = tuple(tuple(bool(a) for a in pattern) for pattern in plain["patterns"])
        codes, agreement = tuple(int(c) for c in plain["codes"]), tuple(float(a) for a in plain["agreement"])
        if classes is None or not len(patterns) == len(codes) == len(agreement) > 0:
            raise ValueError("one class for each combination of answers")
        if any(len(p) != len(questions) for p in patterns) or any(not 0 <= c < len(classes) for c in codes):
            raise ValueError("combinations of the answers to the literals")
        return cls(questions, patterns, codes, agreement, classes, columns)
