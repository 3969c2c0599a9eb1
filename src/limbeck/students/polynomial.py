"""A sparse polynomial: a weighted sum of parities of literals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Literal, Table
from limbeck.students.base import Schema, Student, answers_to, plain_head
from limbeck.tables import shortened

__all__ = ["SparsePolynomial"]

_ROWS = 1 << 16
_SHOWN = 32


@dataclass(frozen=True)
class SparsePolynomial(Student):
    r"""Scores `sum_S w_S chi_S(x)`, where `chi_S(x) = prod_{j in S} (-1)^{literal_j(x)}`.

    `chi_S` is 1 where an even number of the literals of S hold, and -1 elsewhere; that of the empty set is 1. Over
    uniform bits the parities are orthonormal, and the weights are the Fourier coefficients of the scores.
    The answer is the class of the largest score, the first of equals; or the one score itself, for numbers.

    Parameters
    ----------
    questions : tuple of Literal, length l
        The literals.
    terms : tuple of tuple of int, length t
        The sets S, as increasing indices into `questions`.
    weights : tuple of tuple of float, t of length c
        The weights of each set, one for each class (or one).
    classes, columns
        As in `Student`.

    Examples
    --------
    >>> from limbeck.core import Kind
    >>> bits = (Literal.is_value("a", 1), Literal.is_value("b", 1))
    >>> parity = SparsePolynomial(
    ...     bits, ((), (0, 1)), ((0.5, 0.5), (0.5, -0.5)), (0, 1), (("a", Kind.NUMERIC), ("b", Kind.NUMERIC))
    ... )
    >>> parity.predict([[0, 0], [0, 1], [1, 1]]).tolist()
    [0, 1, 0]
    >>> print(parity)
    score of 1, answered when it is above that of 0
      +0.5
      -0.5 · χ(a = 1, b = 1)
    χ(...) is 1 where an even number of its questions are answered yes, and -1 elsewhere

    References
    ----------
    O'Donnell (2014), *Analysis of Boolean Functions*: the Fourier expansion.
    """

    questions: tuple[Literal, ...]
    terms: tuple[tuple[int, ...], ...]
    weights: tuple[tuple[float, ...], ...]
    classes: tuple[Any, ...] | None
    columns: Schema

    kind: ClassVar[str] = "polynomial"
    format: ClassVar[str] = "limbeck.polynomial"

    @property
    def literals(self) -> tuple[Literal, ...]:
        """The distinct questions that some term asks."""
        return tuple(self.questions[j] for j in sorted({j for term in self.terms for j in term}))

    @property
    def n_terms(self) -> int:
        """Number of parities."""
        return len(self.terms)

    @property
    def degree(self) -> int:
        """Literals in the largest term."""
        return max((len(term) for term in self.terms), default=0)

    def scores(self, table: Table) -> NDArray[np.float64]:
        asked = self.literals
        place = {literal: j for j, literal in enumerate(asked)}
        sets = np.zeros((len(asked), self.n_terms), np.float32)
        for t, term in enumerate(self.terms):
            sets[[place[self.questions[j]] for j in term], t] = 1.0
        weights = np.array(self.weights, np.float64).reshape(self.n_terms, -1)
        answers = answers_to(asked, table).astype(np.float32)
        parts = [answers[i : i + _ROWS] @ sets for i in range(0, max(table.n_rows, 1), _ROWS)]
        return np.concatenate([(1.0 - 2.0 * (part % 2)) @ weights for part in parts])

    def to_text(self) -> str:
        lines: list[str] = []
        for c, head in self._shown_columns():
            lines.append(head)
            order = sorted(range(self.n_terms), key=lambda t: (-abs(self.weights[t][c]), self.terms[t]))
            kept = [t for t in order if self.weights[t][c] != 0.0]
            lines += [f"  {self.weights[t][c]:+.4g}{self._parity(t)}" for t in kept[:_SHOWN]]
            lines += [f"  and {len(kept) - _SHOWN} smaller terms"] if len(kept) > _SHOWN else []
        return "\n".join(
            [*lines, "χ(...) is 1 where an even number of its questions are answered yes, and -1 elsewhere"]
        )

    def _shown_columns(self) -> list[tuple[int, str]]:
        """Return the columns of weights that are written, with their titles; two classes have one."""
        if self.classes is None:
            return [(0, "the answer is")]
        names = [shortened(str(label)) for label in self.classes]
        if len(names) == 2:
            return [(1, f"score of {names[1]}, answered when it is above that of {names[0]}")]
        return [(c, f"score of {name}") for c, name in enumerate(names)]

    def _parity(self, t: int) -> str:
        names = ", ".join(self.questions[j].text() for j in self.terms[t])
        return f" · χ({names})" if names else ""

    def to_dict(self) -> dict[str, Any]:
        return {
            **plain_head(self),
            "literals": [literal.to_dict() for literal in self.questions],
            "terms": [list(term) for term in self.terms],
            "weights": [list(weight) for weight in self.weights],
        }

    @classmethod
    def _of_plain(cls, plain: dict[str, Any], classes: tuple[Any, ...] | None, columns: Schema) -> SparsePolynomial:
        questions = tuple(Literal.from_dict(literal) for literal in plain["literals"])
        terms = tuple(tuple(int(j) for j in term) for term in plain["terms"])
        weights = tuple(tuple(float(w) for w in weight) for weight in plain["weights"])
        width = 1 if classes is None else len(classes)
        if len(terms) != len(weights) or any(len(w) != width for w in weights):
            raise ValueError("one row of weights for each term")
        if any(not 0 <= j < len(questions) for term in terms for j in term):
            raise ValueError("terms of literals that are there")
        return cls(questions, terms, weights, classes, columns)
