"""What every student can do: answer rows, print itself, become plain values, and be certified."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from limbeck.certificates import Claim, certify
from limbeck.core import Kind, Literal, Op, Table, as_table
from limbeck.core.tree_json import CLAUSE, COLUMNS, LITERAL
from limbeck.core.vocabulary import missing_columns
from limbeck.errors import InputError
from limbeck.saved import Maybe, checked
from limbeck.teachers import Progress, no_progress

__all__ = ["Schema", "Student", "answers_to", "plain_head", "schema_of", "two_classes"]

Schema = tuple[tuple[str, Kind], ...]
"""Name and kind of every column that a student was made for, in order."""

VERSION = 1

_FORM = {
    "columns": COLUMNS, "classes": Maybe([Any]), "literals?": [LITERAL], "clauses?": [CLAUSE], "values?": [[float]],
    "weights?": [[float]], "bias?": [float], "terms?": [[int]], "patterns?": [[int]], "codes?": [int],
    "agreement?": [float],
}  # fmt: skip
"""The form of what the students save; each has some of these fields, and says which are missing."""


class Student(ABC):
    """A finished student over literals: a rule set, a list, a polynomial, a threshold or a junta.

    Attributes
    ----------
    classes : tuple or None
        The labels behind the columns of the scores; None where the student answers with numbers.
    columns : tuple of (str, Kind)
        The columns of the table that it was made for, in order.
    literals : tuple of Literal
        The distinct questions that it asks.
    """

    kind: ClassVar[str]
    format: ClassVar[str]
    classes: tuple[Any, ...] | None
    columns: Schema

    @property
    @abstractmethod
    def literals(self) -> tuple[Literal, ...]:
        """The distinct questions that the student asks."""

    @abstractmethod
    def scores(self, table: Table) -> NDArray[np.float64]:
        """Return the scores of the classes, or the number, for every row of a checked table, shape (n, c)."""

    @abstractmethod
    def to_text(self) -> str:
        """Write the student for people."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return the student as plain values (versioned; read back by `from_dict`)."""

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Self:
        """Read what `to_dict` wrote.

        Raises
        ------
        InputError
            Another format or version, or fields that are no such student.
        """
        if plain.get("format") != cls.format or plain.get("version") != VERSION:
            raise InputError(
                f"a student of format `{cls.format}`, version {VERSION}",
                f"format `{plain.get('format')}`, version {plain.get('version')}",
                "give what `to_dict` of this version of limbeck wrote",
            )
        try:
            saved = checked(_FORM, plain, cls.kind)
            columns = tuple((column["name"], Kind(column["kind"])) for column in saved["columns"])
            classes = None if saved["classes"] is None else tuple(saved["classes"])
            return cls._of_plain(saved, classes, columns)
        except InputError:
            raise
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise InputError(f"the fields of {cls.kind}", f"{error!r}", "give an unedited file") from error

    @classmethod
    @abstractmethod
    def _of_plain(cls, plain: dict[str, Any], classes: tuple[Any, ...] | None, columns: Schema) -> Self:
        """Read the fields that are the student's own."""

    def predict_scores(self, rows: Any) -> NDArray[np.float64]:
        """Return the scores of the classes, or the number, for every row, shape (n, c)."""
        return self.scores(self._checked(rows))

    def predict(self, rows: Any) -> NDArray[Any]:
        """Return the class (or the number) of every row, shape (n,)."""
        scores = self.predict_scores(rows)
        return scores[:, 0] if self.classes is None else np.asarray(self.classes)[scores.argmax(axis=1)]

    @property
    def concepts(self) -> tuple[str, ...]:
        """The columns that are a user's own concepts: the teacher does not get them."""
        return tuple(sorted({literal.column for literal in self.literals if literal.op is Op.CONCEPT}))

    def certify(
        self,
        teacher: Any,
        rows: Any,
        *,
        delta: float = 0.05,
        epsilon: float = 0.1,
        task: str = "auto",
        progress: Progress = no_progress,
    ) -> Claim:
        """Certify how faithful the student is to a teacher, from rows that nothing in its making saw.

        The claims are those of `limbeck.certify`: the exact binomial limit for classes, a tolerance for numbers.

        Parameters
        ----------
        teacher : Teacher or model
            The model that the student stands for.
        rows : Table, DataFrame or array-like, n rows
            Fresh rows, independent draws from the distribution that the claim is to be about.
        delta, epsilon : float, in (0, 1)
            As in `limbeck.certify`.
        task : {"auto", "binary", "multiclass", "regression"}
            How the teacher's outputs are read.

        References
        ----------
        Clopper and Pearson (1934), Biometrika 26. Wilks (1941), Annals of Mathematical Statistics 12.
        """
        return certify(self, teacher, rows, delta=delta, epsilon=epsilon, task=task, progress=progress)

    def __str__(self) -> str:
        return self.to_text()

    def _checked(self, rows: Any) -> Table:
        """Read the rows and see that the student's columns are there."""
        table = as_table(rows)
        if table.by_place and not table.hidden:
            if len(table.columns) != len(self.columns):
                raise InputError(
                    f"an array of {len(self.columns)} columns, as the student was made for",
                    f"{len(table.columns)} columns",
                    "give the same columns in the same order, or a data frame with their names",
                )
            table = table.renamed([name for name, _ in self.columns])
        missing_columns(sorted({literal.column for literal in self.literals}), table)
        return table


def answers_to(literals: Sequence[Literal], table: Table) -> NDArray[np.bool_]:
    """Answer literals on every row, shape (n, l)."""
    columns = [literal.holds(table[literal.column]) for literal in literals]
    return np.column_stack(columns) if columns else np.zeros((table.n_rows, 0), bool)


def plain_head(student: Student) -> dict[str, Any]:
    """Return the fields that all students have, as plain values."""
    return {
        "format": student.format,
        "version": VERSION,
        "columns": [{"name": name, "kind": str(kind)} for name, kind in student.columns],
        "classes": None if student.classes is None else list(student.classes),
    }


def schema_of(rows: Any) -> Schema:
    """Return name and kind of every column of some rows."""
    return as_table(rows).schema


def two_classes(classes: tuple[Any, ...] | None, what: str) -> tuple[Any, Any]:
    """Return the two classes of a binary student, or refuse others."""
    if classes is None or len(classes) != 2:
        found = "a student of numbers" if classes is None else f"{len(classes)} of them"
        raise InputError(f"{what}, which takes two classes", found, "use a decision list or a tree, which take any")
    return classes[0], classes[1]
