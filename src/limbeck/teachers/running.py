"""How a model is run: batch by batch, its code guarded, and every answer checked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Answers, Table
from limbeck.errors import InputError, LimbeckError, TeacherError
from limbeck.tables import listed, shortened
from limbeck.teachers.positions import Position, at_positions
from limbeck.teachers.returned import Output, as_answers
from limbeck.teachers.rows import lent_rows, missing_in, text_in
from limbeck.teachers.width import MOST_UNITS, rows_at_once, units_read
from limbeck.threads import blas_as_found

__all__ = ["Answer", "ModelRuns", "Preprocess", "said"]

_PARTS = 16

Preprocess = Callable[[Any], Any]
"""Turns raw rows (a frame or an array, as the user gave them) into what the model takes."""

Answer = tuple[Any, dict[str, NDArray[np.float32]]]
"""What the model returned for n rows, as `as_answers` reads it, and the activations (n, m) of each layer."""


class ModelRuns(ABC):
    """One model as it is run; parameters and attributes are those of `Teacher`."""

    classes: tuple[Any, ...] | None = None
    numbers: bool = False
    output: Output | None = None
    retries: int = 0

    def __init__(self, name: str, batch_size: int = 8192, preprocess: Preprocess | None = None) -> None:
        if batch_size < 1:
            raise InputError("`batch_size` of at least 1", f"`batch_size={batch_size}`", "give a positive whole number")
        self.name = name
        self.batch_size = batch_size
        self._preprocess = preprocess
        self._selected = False
        self.positions: tuple[Position, ...] = ()
        self.shapes: dict[str, tuple[int, ...]] = {}
        self._widest: int | None = None
        self._wide: dict[str, int] = {}

    @abstractmethod
    def _run(self, native: Any, layers: Sequence[str]) -> Answer:
        """Answer one batch: what the model returns, and the activations (n, m) of the layers that are named.

        A model that decides on a class beside its scores returns `Answers(scores, labels)`.
        """

    def _decide(self, native: Any) -> Any:
        """Answer one batch where scores beside a decision are not needed."""
        return self._run(native, ())[0]

    def _outputs(self, native: Any) -> Any:
        """Answer one batch without activations."""
        return self._run(native, ())[0]

    def _width(self, rows: Table) -> int:
        """Return the most numbers that the model holds for one row in a layer; 0 where that is not known."""
        return 0

    def _rows_at_once(self, rows: Table) -> int:
        """Return how many rows are run at once: fewer where layers are wide. Their width is asked for once."""
        if self._widest is None:
            self._widest = self._width(rows)
        return rows_at_once(self.batch_size, self._widest)

    def _batch(
        self, rows: Table, start: int, size: int, call: Callable[..., Any], *arguments: Any
    ) -> tuple[Any, int, Any]:
        """Run the model's own code on a batch: what it returned, the number of rows, and their labels in pandas.

        The model gets rows to keep: the caller's own stay as they are, whatever it does to them. Where a call fails, it
        gets them anew.
        """
        n_rows = min(size, rows.n_rows - start)
        for left in reversed(range(self.retries + 1)):
            batch = rows.native_between(start, start + size)
            native, index = lent_rows(batch, fresh=n_rows < rows.n_rows and rows.taken is not None)
            try:
                return self._guarded(rows, call, native, *arguments), n_rows, index
            except TeacherError:
                if not left:
                    raise
        raise AssertionError("the last try returns or raises")

    def _guarded(self, rows: Table, call: Callable[..., Any], *arguments: Any) -> Any:
        """Run the model's own code and say so when it fails."""
        try:
            with blas_as_found():
                return call(*arguments)
        except LimbeckError:
            raise
        except Exception as error:
            raise TeacherError(
                f"outputs of {self.name}",
                f"{said(error)}{missing_in(rows)}{text_in(rows)}",
                "check that the model takes the rows as they are in the table, or give it a preprocessing function",
            ) from error

    def _prepared(self, native: Any) -> Any:
        """Pass raw rows through the user's preprocessing, when there is one."""
        if self._preprocess is None:
            return native
        try:
            return self._preprocess(native)
        except Exception as error:
            raise TeacherError(
                f"rows made ready for {self.name} by `preprocess`",
                said(error),
                "see that `preprocess` takes the rows as they are in the table",
            ) from error

    def _checked(self, returned: Any, n_rows: int, index: Any, rows: Table) -> Answers:
        """Read what the model returned for a batch, and see that its numbers are finite."""
        answers = as_answers(
            returned, n_rows=n_rows, index=index, name=self.name,
            output=self.output, numbers=self.numbers, classes=self.classes,
        )  # fmt: skip
        for array in (answers.scores, answers.labels):
            if array is not None and array.dtype.kind == "f" and not np.isfinite(array).all():
                bad = int((~np.isfinite(array.reshape(n_rows, -1)).all(axis=1)).sum())
                raise TeacherError(
                    f"finite outputs of {self.name}",
                    f"NaN or infinity for {bad} of {n_rows} rows{missing_in(rows)}",
                    "drop or fill rows with missing or infinite values, or let the model's preprocessing fill them",
                )
        return answers

    def _add(self, parts: list[Answers], answers: Answers) -> None:
        """Add the answers of a batch to those before, which they must match."""
        parts.append(answers)
        if answers.shape != parts[0].shape:
            raise self._changed_shape("outputs", parts[0].raw.shape[1:], answers.raw.shape[1:])
        if set(answers.classes or ()) != set(parts[0].classes or ()):
            asked = f"scores of the same classes from {self.name} in every batch"
            found = " and ".join(listed([str(label) for label in p.classes or ()]) for p in (parts[0], answers))
            raise TeacherError(asked, found, "return scores of all classes for every row")
        if len(parts) == _PARTS:
            # Small arrays that outlive a batch lie between the large ones and keep their memory from being used again.
            parts[:] = [Answers.joined(parts)]

    def _keep(
        self,
        activations: dict[str, NDArray[np.float32]],
        layers: Sequence[str],
        found: dict[str, Any],
        start: int,
        n_rows: int,
        n_all: int,
    ) -> None:
        """Put the activations of a batch into those of all rows."""
        for layer, part in self._parts_read(layers, found, n_rows):
            # Filled in place: a list of parts and its concatenation would need the memory twice.
            if layer not in activations:
                activations[layer] = np.empty((n_all, part.shape[1]), np.float32)
            if activations[layer].shape[1] != part.shape[1]:
                raise self._changed_shape(f"activations of `{layer}`", activations[layer].shape[1:], part.shape[1:])
            activations[layer][start : start + len(part)] = part

    def _parts_read(
        self, layers: Sequence[str], found: dict[str, Any], n_rows: int
    ) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """Yield what is read of each layer in a batch, (n, m): all of it, or some positions."""
        for layer in layers:
            array = self._checked_activations(layer, found, n_rows)
            self.shapes[layer] = array.shape[1:]
            for name, part in at_positions(layer, array, self.positions).items():
                if part.shape[1] > MOST_UNITS:
                    self._wide[name] = part.shape[1]
                yield name, part[:, units_read(part.shape[1])] if part.shape[1] > MOST_UNITS else part

    def _checked_activations(self, layer: str, found: dict[str, Any], n_rows: int) -> NDArray[np.float32]:
        """See that a layer gave finite numbers for every row."""
        remedy = "choose other layers with `layers=`; `layers_on(rows)` lists the ones that can be read"
        asked = f"activations of `{layer}` of {self.name}"
        if layer not in found:
            raise TeacherError(asked, "a layer that gave no numbers for these rows", remedy)
        with np.errstate(over="ignore"):
            array = np.asarray(found[layer], np.float32)
        if array.ndim == 0 or len(array) != n_rows:
            raise TeacherError(asked, f"the shape {array.shape} for {n_rows} rows", remedy)
        if not np.isfinite(array).all():
            raise TeacherError(asked, "NaN, or numbers too large for float32", remedy)
        return array.reshape(n_rows, 1) if array.ndim == 1 else array

    def _changed_shape(self, what: str, before: tuple[int, ...], after: tuple[int, ...]) -> TeacherError:
        """Tell that the model answered two batches in two shapes."""
        found = f"the shapes {before} and {after} in two batches"
        return TeacherError(f"{what} of one shape from {self.name}", found, "fix the model's output")


def said(error: Exception) -> str:
    """Return what an error of other code says, on one line and cut when it is long."""
    return f"{type(error).__name__}: {shortened(' '.join(str(error).split()), 400)}"
