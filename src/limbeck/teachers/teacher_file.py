"""A teacher by its file or its factory: what travels to the machines where rows lie, in place of the model itself."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from limbeck.errors import InputError
from limbeck.teachers.base import Teacher
from limbeck.teachers.files import open_model
from limbeck.teachers.python_objects import imported_function, names_object

__all__ = ["TeacherFile"]


@dataclass(frozen=True)
class TeacherFile:
    """A model that is opened where it is needed, once a process.

    Parameters
    ----------
    model : str
        A file, or `package.module:factory`, as for `limbeck.teachers.open_model`. Every machine must have it, at the
        same place.
    trust_pickle : bool
        Whether files may be opened that can run code when they are opened.
    preprocess : str, optional
        `package.module:function`, from raw rows to what the model takes.
    batch_size : int, optional
        Most rows given to the model at a time.
    output : str or int, optional
        Which of several outputs is read.

    Examples
    --------
    >>> TeacherFile("math:frexp").opened().name
    'function `frexp`'
    """

    model: str
    trust_pickle: bool = False
    preprocess: str | None = None
    batch_size: int | None = None
    output: str | int | None = None

    @classmethod
    def of(cls, model: str | Path) -> TeacherFile:
        """Return the teacher of a file or a factory, a file by its whole path."""
        text = str(model)
        return cls(text if names_object(text) and not os.path.exists(text) else os.path.abspath(text))

    @classmethod
    def where_rows_lie(cls, teacher: Any, *, elsewhere: bool) -> TeacherFile | None:
        """Return what opens a teacher in other processes, or None for one in memory whose rows are worked on here.

        Raises
        ------
        InputError
            The rows lie elsewhere, and the teacher is a model in memory.
        """
        if isinstance(teacher, TeacherFile) or not elsewhere:
            return teacher if isinstance(teacher, TeacherFile) else None
        if isinstance(teacher, (str, Path)):
            return cls.of(teacher)
        raise InputError(
            "a teacher that every worker can open",
            f"a `{type(teacher).__name__}` in memory, which does not travel",
            "give the path of its file, `package.module:factory`, or a `limbeck.teachers.TeacherFile`",
        )

    def reading(self, output: str | int | None) -> TeacherFile:
        """Return the teacher that reads one of several outputs."""
        return self if output is None else replace(self, output=output)

    def opened(self) -> Teacher:
        """Open the model, or return it where it was opened before."""
        return _opened(self)


@lru_cache(maxsize=4)
def _opened(spec: TeacherFile) -> Teacher:
    function = None if spec.preprocess is None else imported_function(spec.preprocess)
    teacher = open_model(spec.model, trust_pickle=spec.trust_pickle, preprocess=function, batch_size=spec.batch_size)
    return teacher.reading_output(spec.output)
