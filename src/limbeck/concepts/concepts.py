"""Several kinds of concepts together: raw inputs in, the columns of a table out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from limbeck.concepts.byte_patterns import Bytes
from limbeck.concepts.choice import telling_columns
from limbeck.concepts.directions import Directions
from limbeck.concepts.functions import Functions
from limbeck.concepts.inputs import raw_table
from limbeck.concepts.patches import Patches
from limbeck.concepts.questions import Question, Questions, Sparse
from limbeck.concepts.superpixels import Superpixels
from limbeck.concepts.words import Words
from limbeck.errors import InputError
from limbeck.saved import OneOf, checked, wrong
from limbeck.tables import Column, Kind, Table, as_table, counted, listed

__all__ = ["SAVED", "Concepts"]

_KINDS: dict[str, type[Questions]] = {
    kind.kind: kind for kind in (Words, Bytes, Patches, Superpixels, Functions, Directions)
}
_FORMS: dict[str, Any] = {
    "words": [(str, int)], "bytes": [(str, int)], "patches": [(str, int, int, int, float)],
    "superpixels": [(str, int, int, int, str, float)], "functions": [(str,)],
}  # fmt: skip
SAVED: Any = [
    {
        "kind": OneOf(tuple(_KINDS)), "chosen": [[Any]],
        **{f"{name}?": form for kind in _KINDS.values() for name, form in kind.saved_fields().items()},
    }
]  # fmt: skip
"""The form of saved concepts of any kind."""

_LEAST = 3
"""Fewest inputs on either side of a question."""


@dataclass(frozen=True)
class Concepts:
    """Chosen questions of one or more kinds, which turn raw inputs into a table of zeros and ones.

    Parameters
    ----------
    kinds : tuple of Questions
        The kinds, each with the questions that were chosen.

    Examples
    --------
    >>> texts = ["free money", "free lunch", "paid money"] * 4
    >>> concepts, _ = Concepts.fit([Words()], texts, np.array([[1.0], [1.0], [0.0]] * 4), most=1)
    >>> concepts.names
    ('contains "free"',)
    >>> concepts.table(["free at last", ""])['contains "free"'].values.tolist()
    [1.0, 0.0]
    """

    kinds: tuple[Questions, ...]

    @classmethod
    def fit(
        cls,
        kinds: Sequence[Questions],
        inputs: Sequence[Any],
        values: NDArray[np.float64],
        *,
        weights: NDArray[np.float64] | None = None,
        most: int = 1000,
        refused: Iterable[str] = (),
        keep_going: Callable[[], bool] = lambda: True,
    ) -> tuple[Concepts, tuple[str, ...]]:
        """Choose questions by what they tell of the teacher's answers on some inputs.

        Parameters
        ----------
        kinds : sequence of Questions
            What may be asked.
        inputs : sequence, length n
            The inputs that fit.
        values : ndarray of float64, shape (n, c)
            The teacher's answers, as `telling_columns` takes them.
        weights : ndarray of float64, shape (n,), optional
            What each input counts.
        most : int, at least 1
            Most questions.
        refused : iterable of str
            Questions, in words, that are not to be asked.
        keep_going : callable
            As in `telling_columns`.

        Returns
        -------
        tuple of Concepts and tuple of str
            The chosen questions, and what is to be said of the choice.
        """
        from scipy.sparse import csc_array, hstack  # slow to import

        least = max(_LEAST, len(inputs) // 500)
        found = [kind.candidates(inputs, least) for kind in kinds]
        owner = np.repeat(np.arange(len(kinds)), [len(one.questions) for one in found])
        answers: Sparse = csc_array(hstack([one.answers for one in found], format="csc"))
        if not answers.shape[1]:
            raise InputError(
                f"questions to which at least {least} of {counted(len(inputs), 'input')} say yes, and {least} no",
                f"none among those of {listed([str(kind) for kind in kinds])}",
                "give more inputs, or another kind of concepts",
            )
        weights = np.ones(len(inputs)) if weights is None else weights
        kept = telling_columns(answers, values, weights, most=most, least=least, keep_going=keep_going)
        note = f"{len(kept)} of {counted(answers.shape[1], 'question')} about the inputs were chosen by what they tell"
        forbidden = set(refused)
        chosen: list[Questions] = []
        first = 0
        for i, (kind, one) in enumerate(zip(kinds, found, strict=True)):
            own: list[Question] = [one.questions[int(j) - first] for j in kept[owner[kept] == i]]
            chosen.append(kind.asking([q for q in own if kind.name(q) not in forbidden]))
            first += len(one.questions)
        return cls(tuple(chosen)), (note,)

    @cached_property
    def asked(self) -> dict[str, tuple[Questions, Question]]:
        """Every question in words, with its kind: later ones that read alike are numbered."""
        found: dict[str, tuple[Questions, Question]] = {}
        for kind in self.kinds:
            for question in kind.chosen:
                name, number = kind.name(question), 1
                while name in found:
                    number += 1
                    name = f"{kind.name(question)} #{number}"
                found[name] = (kind, question)
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """The questions in words."""
        return tuple(self.asked)

    def table(self, inputs: Any) -> Table:
        """Answer the questions: a table with a column of zeros and ones for each, beside the inputs as they are.

        A data frame, or a table, that has these columns already is read as it is.
        """
        if isinstance(inputs, Table) and not inputs.raw:
            return inputs
        if nw.dependencies.is_into_dataframe(inputs):
            return as_table(inputs)
        table = raw_table(inputs)
        if all(name in table for name in self.names):
            return table
        answers = [kind.answers(table.inputs) for kind in self.kinds]
        whole = np.concatenate(answers, axis=1).astype(np.float32)
        columns = tuple(Column(name, Kind.NUMERIC, values) for name, values in zip(self.names, whole.T, strict=True))
        return replace(table, columns=columns, hidden=frozenset(self.names))

    def only(self, names: Iterable[str]) -> Concepts:
        """Return the concepts with some of the questions."""
        wanted = set(names)
        kept = {name: pair for name, pair in self.asked.items() if name in wanted}
        kinds = [kind.asking([q for own, q in kept.values() if own is kind]) for kind in self.kinds]
        return Concepts(tuple(kind for kind in kinds if kind.chosen))

    def read_activations(self, names: Iterable[str]) -> bool:
        """Tell whether some of these questions are about the model's own activations."""
        return any(isinstance(self.asked[name][0], Directions) for name in names)

    def without(self, one: Any, name: str) -> Any:
        """Return an input from which a concept is removed; None where nobody knows how."""
        kind, question = self.asked[name]
        return kind.without(one, question)

    def bound(
        self,
        functions: Mapping[str, Callable[[Any], Any]] | None = None,
        activations: Callable[[str, Sequence[Any]], Any] | None = None,
    ) -> Concepts:
        """Return the concepts with what no file holds: a user's functions, and what reads a model's layers."""
        kinds: list[Questions] = []
        for kind in self.kinds:
            if isinstance(kind, Functions) and functions is not None:
                kind = replace(kind, functions=functions)
            if isinstance(kind, Directions) and activations is not None and kind.activations is None:
                kind = replace(kind, activations=_reader_of(activations, kind.layer))
            kinds.append(kind)
        return Concepts(tuple(kinds))

    def __str__(self) -> str:
        return ", ".join(map(str, self.kinds))

    def to_dict(self) -> list[dict[str, Any]]:
        """Return the questions as plain values."""
        return [kind.to_dict() for kind in self.kinds]

    @classmethod
    def from_dict(cls, plain: Any, place: str = "concepts") -> Concepts:
        """Read what `to_dict` wrote.

        Raises
        ------
        InputError
            A kind that is not known, or a field that is missing or damaged.
        """
        kinds: list[Questions] = []
        for i, one in enumerate(checked(SAVED, plain, place)):
            kind, here = _KINDS[one["kind"]], f"{place}[{i}]"
            form = kind.saved_fields()
            own = checked({**form, "chosen": _FORMS.get(kind.kind, [[float]])}, one, here)
            chosen = tuple(map(tuple, own.pop("chosen")))
            if kind is Directions and any(len(question) < 3 for question in chosen):
                raise wrong(f"{here}.chosen", "directions with weights", "fewer numbers")
            if kind is Directions:
                chosen = tuple((int(number), *rest) for number, *rest in chosen)
            kinds.append(kind.restored(own, chosen))
            try:
                _ = kinds[-1].names
            except (ValueError, TypeError, LookupError) as error:
                raise wrong(f"{here}.chosen", f"questions about {kind.kind}", str(error)) from error
        return cls(tuple(kinds))


def _reader_of(activations: Callable[[str, Sequence[Any]], Any], layer: str) -> Callable[[Sequence[Any]], NDArray[Any]]:
    return lambda inputs: activations(layer, inputs)
