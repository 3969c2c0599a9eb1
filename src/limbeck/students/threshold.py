"""A linear threshold: each literal that holds adds its weight to the score of every class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Literal, Table
from limbeck.students.base import Schema, Student, answers_to, plain_head
from limbeck.tables import shortened

__all__ = ["LinearThreshold"]

_SHOWN = 16


@dataclass(frozen=True)
class LinearThreshold(Student):
    """Scores `b + sum_j w_j literal_j(x)`; the answer is the class of the largest, or the score itself for numbers.

    Parameters
    ----------
    questions : tuple of Literal, length l
        The literals.
    weights : tuple of tuple of float, l of length c
        What each literal adds to the score of each class (or to the one number).
    bias : tuple of float, length c
        The scores where no literal holds.
    classes, columns
        As in `Student`.

    Examples
    --------
    >>> from limbeck.core import Kind
    >>> bits = (Literal.is_value("a", 1), Literal.is_value("b", 1))
    >>> both = LinearThreshold(
    ...     bits, ((0.0, 1.0), (0.0, 1.0)), (0.0, -1.5), (0, 1), (("a", Kind.NUMERIC), ("b", Kind.NUMERIC))
    ... )
    >>> both.predict([[1, 0], [1, 1]]).tolist()
    [0, 1]
    >>> print(both)
    1 if the sum is above 1.5, else 0
      +1  a = 1
      +1  b = 1
    """

    questions: tuple[Literal, ...]
    weights: tuple[tuple[float, ...], ...]
    bias: tuple[float, ...]
    classes: tuple[Any, ...] | None
    columns: Schema

    kind: ClassVar[str] = "linear threshold"
    format: ClassVar[str] = "limbeck.threshold"

    @property
    def literals(self) -> tuple[Literal, ...]:
        """The questions with a weight."""
        return tuple(self.questions[j] for j in self._used())

    def _used(self) -> list[int]:
        return [j for j, weight in enumerate(self.weights) if any(weight)]

    def scores(self, table: Table) -> NDArray[np.float64]:
        weights = np.array([self.weights[j] for j in self._used()]).reshape(-1, len(self.bias))
        return answers_to(self.literals, table).astype(np.float64) @ weights + np.array(self.bias)

    def to_text(self) -> str:
        lines: list[str] = []
        for head, weight in self._sums():
            order = [j for j in sorted(range(len(weight)), key=lambda j: -abs(weight[j])) if weight[j]]
            lines += [head, *(f"  {weight[j]:+.4g}  {self.questions[j].text()}" for j in order[:_SHOWN])]
            lines += [f"  and {len(order) - _SHOWN} smaller weights"] if len(order) > _SHOWN else []
        return "\n".join(lines)

    def _sums(self) -> list[tuple[str, list[float]]]:
        """Return the sums that are written, each with its title: for two classes their difference."""
        columns = [[weight[c] for weight in self.weights] for c in range(len(self.bias))]
        if self.classes is None:
            return [(f"the answer is {self.bias[0]:.4g} plus", columns[0])]
        names = [shortened(str(label)) for label in self.classes]
        if len(names) != 2:
            return [(f"score of {n}: {b:.4g} plus", w) for n, b, w in zip(names, self.bias, columns, strict=True)]
        difference = [yes - no for no, yes in zip(*columns, strict=True)]
        return [(f"{names[1]} if the sum is above {self.bias[0] - self.bias[1]:.4g}, else {names[0]}", difference)]

    def to_dict(self) -> dict[str, Any]:
        return {
            **plain_head(self),
            "literals": [literal.to_dict() for literal in self.questions],
            "weights": [list(weight) for weight in self.weights],
            "bias": list(self.bias),
        }

    @classmethod
    def _of_plain(cls, plain: dict[str, Any], classes: tuple[Any, ...] | None, columns: Schema) -> LinearThreshold:
        questions = tuple(Literal.from_dict(literal) for literal in plain["literals"])
        weights = tuple(tuple(float(w) for w in weight) for weight in plain["weights"])
        bias = tuple(float(b) for b in plain["bias"])
        width = 1 if classes is None else len(classes)
        if len(weights) != len(questions) or any(len(w) != width for w in (*weights, bias)):
            raise ValueError("one row of weights for each literal")
        return cls(questions, weights, bias, classes, columns)
