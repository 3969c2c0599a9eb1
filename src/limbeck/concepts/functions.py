"""A user's own questions: functions of one input."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from limbeck.concepts.questions import Candidates, Question, Questions
from limbeck.errors import InputError

__all__ = ["Functions"]


@dataclass(frozen=True)
class Functions(Questions):
    """Ask questions of one's own, each a function from an input to yes or no.

    Parameters
    ----------
    functions : mapping of str to callable
        The questions in words, and what answers them.
    remove : mapping of str to callable
        For some of them, what returns an input without the concept, or None.
    chosen : tuple of (str,)
        The questions that are asked.

    Notes
    -----
    A saved result holds the words and not the functions, for a file must not run code: give the functions again with
    `Distillation.bound`.

    Examples
    --------
    >>> asked = Functions({"is long": lambda text: len(text) > 5}).asking([("is long",)])
    >>> asked.answers(["a", "a long text"]).tolist()
    [[False], [True]]
    """

    kind: ClassVar[str] = "functions"

    functions: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    remove: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, function in {**self.functions, **self.remove}.items():
            if not callable(function):
                raise InputError("`functions` as names with functions", f"`{name!r}: {function!r}`", "name functions")

    def __str__(self) -> str:
        return f"Functions({', '.join(self.functions)})"

    def candidates(self, inputs: Sequence[Any], least: int) -> Candidates:
        from scipy.sparse import csc_array  # slow to import

        questions: list[Question] = [(name,) for name in self.functions]
        answers = self.asking(questions).answers(inputs)
        yes = answers.sum(axis=0)
        kept = np.flatnonzero((yes >= least) & (yes <= len(inputs) - least))
        return Candidates([questions[j] for j in kept], csc_array(answers[:, kept]))

    def answers(self, inputs: Sequence[Any]) -> NDArray[np.bool_]:
        absent = [name for (name,) in self.chosen if name not in self.functions]
        if absent:
            remedy = "give it with `result.bound(functions={...})`: a saved result holds no code"
            raise InputError(f"the function behind the question `{absent[0]}`", "only its name", remedy)
        found = [[self._answer(name, one) for (name,) in self.chosen] for one in inputs]
        return np.array(found, bool).reshape(len(inputs), len(self.chosen))

    def _answer(self, name: str, one: Any) -> bool:
        try:
            return bool(self.functions[name](one))
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            raise InputError(f"yes or no from the function `{name}`", what, "let it answer every input") from error

    def name(self, question: Question) -> str:
        return str(question[0])

    def without(self, one: Any, question: Question) -> Any:
        remove = self.remove.get(question[0])
        return None if remove is None else remove(one)
