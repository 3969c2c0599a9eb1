"""What every kind of concepts can do: propose questions about raw inputs, and answer those that were chosen."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Candidates", "Question", "Questions", "Sparse"]

Question = tuple[Any, ...]
"""One yes/no question of its kind, as texts and numbers that JSON can hold."""

Sparse = Any
"""A sparse array of SciPy, whose types say less than this."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """Questions that might be asked, with their answers.

    Parameters
    ----------
    questions : sequence of Question, length l
        The simplest first, among those that say the same.
    answers : csc_array of bool, shape (n, l)
        The inputs' answers: sparse, because most concepts are absent from most inputs.
    """

    questions: Sequence[Question]
    answers: Sparse


@dataclass(frozen=True)
class Questions(ABC):
    """One kind of concepts: what it looks for, and the questions that were chosen.

    Parameters
    ----------
    chosen : tuple of Question, length q
        The questions that are asked; none before a choice is made.
    """

    kind: ClassVar[str]
    """What the kind is called in saved files."""

    chosen: tuple[Question, ...] = field(default=(), kw_only=True)

    @abstractmethod
    def candidates(self, inputs: Sequence[Any], least: int) -> Candidates:
        """Propose questions that at least `least` of the inputs answer with yes, and as many with no."""

    @abstractmethod
    def answers(self, inputs: Sequence[Any]) -> NDArray[np.bool_]:
        """Answer the chosen questions, shape (n, q)."""

    @abstractmethod
    def name(self, question: Question) -> str:
        """Say a question in words, such as `contains "free"`."""

    def without(self, one: Any, question: Question) -> Any:
        """Return an input from which a concept is removed; None where nobody knows how."""
        return None

    def marks(self, one: Any, question: Question) -> list[tuple[int, int]]:
        """Return where the concept stands in a text: first character and the one after the last, of each place."""
        return []

    def asking(self, questions: Sequence[Question]) -> Self:
        """Return the kind with these questions."""
        return replace(self, chosen=tuple(questions))

    @property
    def names(self) -> tuple[str, ...]:
        """The chosen questions in words."""
        return tuple(self.name(question) for question in self.chosen)

    def __str__(self) -> str:
        told = (f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.name in self.saved_fields())
        return f"{type(self).__name__}({', '.join(told)})"

    @classmethod
    def saved_fields(cls) -> dict[str, Any]:
        """Return the form of each field, other than `chosen`, that a file holds."""
        return {}

    def to_dict(self) -> dict[str, Any]:
        """Return everything that a file can hold as plain values."""
        own = {name.rstrip("?"): _plain(getattr(self, name.rstrip("?"))) for name in self.saved_fields()}
        return {"kind": self.kind, **own, "chosen": [list(question) for question in self.chosen]}

    @classmethod
    def restored(cls, saved: dict[str, Any], chosen: tuple[Question, ...]) -> Self:
        """Return what `to_dict` wrote, from fields that were checked."""
        own = {name: tuple(value) if isinstance(value, list) else value for name, value in saved.items()}
        return cls(**own, chosen=chosen)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
