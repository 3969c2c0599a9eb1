"""A teacher made of any predict function: outputs only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from limbeck.core import Answers
from limbeck.tables import native_copy
from limbeck.teachers.base import Teacher
from limbeck.teachers.running import Answer, Preprocess

__all__ = ["FunctionTeacher"]


class FunctionTeacher(Teacher):
    """Ask a plain function: raw rows (a frame or an array, as the user gave them) in, outputs out.

    Parameters
    ----------
    function : callable
        Takes n raw rows and returns (n,) classes or numbers, or (n, c) scores; also as a tensor, a frame whose
        columns are named as the classes, or a dict or tuple of outputs.
    batch_size : int
        Most rows in one call.
    preprocess : callable, optional
        Turns raw rows into what the function takes.
    classes : tuple, optional
        The classes in the order of the scores, where they are known.
    decide : callable, optional
        Takes the same rows and returns the classes that the model itself decides on, (n,); what `function` returns
        are then scores beside them.
    name : str, optional
        What the model is, for people.

    Examples
    --------
    >>> from limbeck.core import as_table
    >>> FunctionTeacher(lambda x: x[:, 0] > 1).predict(as_table([[0.0], [2.0]]))
    array([False,  True])
    """

    def __init__(
        self,
        function: Callable[[Any], Any],
        batch_size: int = 8192,
        *,
        preprocess: Preprocess | None = None,
        classes: tuple[Any, ...] | None = None,
        decide: Callable[[Any], Any] | None = None,
        name: str | None = None,
    ) -> None:
        called = f"function `{getattr(function, '__name__', type(function).__name__)}`"
        super().__init__(name or called, batch_size, preprocess)
        self.classes = classes
        self._function, self._own_decision = function, decide

    def _run(self, native: Any, layers: Sequence[str]) -> Answer:
        if self._own_decision is None:
            return self._function(self._prepared(native)), {}
        decided = self._own_decision(self._prepared(native_copy(native)))
        return Answers(self._function(self._prepared(native)), decided), {}

    def _decide(self, native: Any) -> Any:
        if self._own_decision is None:
            return self._run(native, ())[0]
        return Answers(None, self._own_decision(self._prepared(native)))
