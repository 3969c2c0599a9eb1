"""What every teacher can do."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Answers, Table
from limbeck.errors import InputError
from limbeck.progress import Progress, no_progress
from limbeck.tables import listed, shortened
from limbeck.teachers.positions import Position, as_positions
from limbeck.teachers.returned import Output
from limbeck.teachers.running import Answer, ModelRuns
from limbeck.teachers.width import MOST_UNITS

__all__ = ["Progress", "Teacher", "no_progress"]


class Teacher(ModelRuns):
    """A trained model behind one small protocol.

    A teacher takes *raw* rows, as the user has them: the user's own preprocessing is part of the teacher.
    A subclass says in `_run` how one batch is answered; batching and the checks are done in `ModelRuns`, once.

    Parameters
    ----------
    name : str
        What the model is, for people ("torch module `Net`").
    batch_size : int, at least 1
        Most rows handed to the model at a time.
    preprocess : callable, optional
        Turns raw rows into what the model takes; it becomes part of the teacher.

    Attributes
    ----------
    layers : tuple of str
        The layers whose activations can be asked for; empty when there are none. `layers_on` tells which of
        them a model really has on given rows, where only a run can tell.
    classes : tuple or None
        The classes in the order of the model's outputs, where the model knows them.
    can_differentiate : bool
        Whether `gradient` answers.
    can_interrupt : bool
        Whether `interrupted` answers.
    run_seconds : float
        Most seconds that one batch may take, where the framework can be stopped, which is so for ONNX.
    numbers : bool
        Whether the outputs are known to be numbers, so that several columns are no scores of classes.
    output : str, int or None
        Which of several outputs is read.
    repeats_itself : bool
        Whether a row is sure to get the same answer again.
    retries : int
        How many times a call that failed is made again.
    positions : tuple of int or str
        Which positions of sequences and images are read; see `reading_positions`.
    shapes : dict of str to tuple of int
        How the numbers of a row lay in each layer that was read, before they were set side by side.
    """

    layers: tuple[str, ...] = ()
    can_differentiate: bool = False
    can_interrupt: bool = False
    run_seconds: float = 600.0
    repeats_itself: bool = False

    def opened(self) -> Teacher:
        """Return the teacher itself, as a `TeacherFile` returns the one that it opens."""
        return self

    def _input_gradient(self, native: Any) -> NDArray[np.float32]:
        """Return how far each output moves with each column, shape (n, p)."""
        raise AssertionError("a teacher that can differentiate says how")

    def _run_from(self, native: Any, layer: str, values: NDArray[np.float32], layers: Sequence[str]) -> Answer:
        """Answer one batch with other values (n, m) in a layer, what follows it computed from them; see `_run`."""
        raise AssertionError("a teacher that can be interrupted says how")

    def predict(self, rows: Table, progress: Progress = no_progress) -> NDArray[Any]:
        """Return the raw outputs on all rows, shape (n,) or (n, c): scores where there are any, else labels.

        Raises
        ------
        TeacherError
            The model raised, or returned NaN, infinities, or another number of rows.
        InputError
            A model of several outputs, of which none was chosen.
        """
        return self.answers(rows, progress).raw

    def answers(self, rows: Table, progress: Progress = no_progress, *, scores: bool = True) -> Answers:
        """Return what the model answers on all rows: raw outputs and, where it has one, its own decision.

        Without `scores` a model that decides itself is asked for no more than that. Raises as `predict` does.
        """
        parts: list[Answers] = []
        size = self._rows_at_once(rows)
        for start in range(0, rows.n_rows, size):
            returned, n_rows, index = self._batch(rows, start, size, self._outputs if scores else self._decide)
            self._add(parts, self._checked(returned, n_rows, index, rows))
            progress("asking the teacher", min(start + size, rows.n_rows), rows.n_rows)
        return Answers.joined(parts)

    def activations(
        self, rows: Table, layers: Sequence[str] | None = None, progress: Progress = no_progress
    ) -> dict[str, NDArray[np.float32]]:
        """Return the activations of some layers (all, when not told) on all rows, each of shape (n, m).

        Of a layer with more than 4 096 units so many are read, drawn at random, always the same; `notes` says so.

        Raises
        ------
        InputError
            A layer that the teacher does not have.
        TeacherError
            As for `predict`.
        """
        return self.observe(rows, layers, progress)[1]

    def observe(
        self, rows: Table, layers: Sequence[str] | None, progress: Progress = no_progress
    ) -> tuple[NDArray[Any], dict[str, NDArray[np.float32]]]:
        """Return raw outputs and activations (of all layers when `layers` is None) from one pass over the rows."""
        layers = self.layers_on(rows) if layers is None else tuple(layers)
        self.check_layers(layers)
        parts: list[Answers] = []
        activations: dict[str, NDArray[np.float32]] = {}
        size = self._rows_at_once(rows)
        for start in range(0, rows.n_rows, size):
            (returned, found), n_rows, index = self._batch(rows, start, size, self._run, layers)
            self._add(parts, self._checked(returned, n_rows, index, rows))
            self._keep(activations, layers, found, start, n_rows, rows.n_rows)
            progress("asking the teacher", min(start + size, rows.n_rows), rows.n_rows)
        return Answers.joined(parts).raw, activations

    def interrupted(
        self, rows: Table, layer: str, values: NDArray[np.floating[Any]], progress: Progress = no_progress
    ) -> Answers:
        """Return what the model answers when a layer holds other values; only when `can_interrupt`.

        The model runs on the rows up to the layer, whose output is replaced, and on from there. Nothing is left
        behind on it. With the layer's own activations the answers are those of `answers`.

        Parameters
        ----------
        rows : Table
            n raw rows.
        layer : str
            One of `layers_on(rows)`.
        values : ndarray of shape (n, m)
            What the layer is to hold, as `activations` gives it. Of a layer with more than 4 096 units only those
            that are read are replaced.

        Raises
        ------
        InputError
            A layer that the teacher does not have, or values of another shape.
        TeacherError
            The model raised, or the layer did not run.
        """
        return self.observe_interrupted(rows, layer, values, (), progress)[0]

    def observe_interrupted(
        self,
        rows: Table,
        layer: str,
        values: NDArray[np.floating[Any]],
        layers: Sequence[str],
        progress: Progress = no_progress,
    ) -> tuple[Answers, dict[str, NDArray[np.float32]]]:
        """Return what the model answers, and what other layers hold, when one holds other values; see `interrupted`."""
        self.check_layers([layer, *layers])
        if values.ndim != 2 or len(values) != rows.n_rows:
            asked = f"values of `{layer}` for {rows.n_rows} rows"
            raise InputError(asked, f"an array of shape {values.shape}", "give one row of numbers for each row")
        parts: list[Answers] = []
        activations: dict[str, NDArray[np.float32]] = {}
        size = self._rows_at_once(rows)
        for start in range(0, rows.n_rows, size):
            some = np.ascontiguousarray(values[start : start + size], np.float32)
            (returned, found), n_rows, index = self._batch(rows, start, size, self._run_from, layer, some, layers)
            self._add(parts, self._checked(returned, n_rows, index, rows))
            self._keep(activations, layers, found, start, n_rows, rows.n_rows)
            progress("interrupting the teacher", min(start + size, rows.n_rows), rows.n_rows)
        return Answers.joined(parts), activations

    def reading_output(self, output: Output | None) -> Teacher:
        """Return the teacher that answers with one of the model's several outputs, by its place or its name.

        Raises
        ------
        InputError
            A teacher that reads another output already.
        """
        if output is None or output == self.output:
            return self
        if self.output is not None:
            raise InputError(f"`output={output!r}`", f"a teacher that reads `{self.output}`", "name one of the two")
        twin = copy.copy(self)
        twin.output = output
        return twin

    def retrying(self, retries: int) -> Teacher:
        """Return the teacher that makes a call of the model again, at once and so many times, when it fails."""
        if retries == self.retries:
            return self
        twin = copy.copy(self)
        twin.retries = retries
        return twin

    def reading_positions(self, positions: Position | Sequence[Position] | None) -> Teacher:
        """Return the teacher that reads layers of several dimensions at some positions, each a layer of its own.

        Parameters
        ----------
        positions : int, {"first", "last", "mean", "each"}, or sequence of these; None for all side by side
            Of a sequence (T, d) or an image (channels, height, width).

        Raises
        ------
        InputError
            Another word.
        """
        twin = copy.copy(self)
        twin.positions, twin.shapes, twin._wide = as_positions(positions), {}, {}
        return twin

    def layer_of(self, name: str) -> str:
        """Return the layer behind a name that `activations` gave: of `enc[mean]`, which is a position of it, `enc`."""
        return name if name in self.shapes else name.rpartition("[")[0]

    def layers_on(self, rows: Table) -> tuple[str, ...]:
        """Return the layers whose activations can be read on such rows, in the order of the computation."""
        return self.layers

    def select_layers(self, layers: Sequence[str]) -> None:
        """Offer these layers only.

        Raises
        ------
        InputError
            A layer that the teacher does not have.
        """
        self.check_layers(layers)
        self.layers, self._selected = tuple(layers), True

    def gradient(self, rows: Table, progress: Progress = no_progress) -> NDArray[np.float32]:
        """Return |d output / d column| summed over the outputs, shape (n, p); only when `can_differentiate`."""
        whole: NDArray[np.float32] = np.zeros(0, np.float32)
        size = self._rows_at_once(rows)
        for start in range(0, rows.n_rows, size):
            part = self._batch(rows, start, size, self._input_gradient)[0]
            whole = whole if start else np.zeros((rows.n_rows, *part.shape[1:]), np.float32)
            whole[start : start + size] = part
            progress("gradients", min(start + size, rows.n_rows), rows.n_rows)
        return whole

    def redrawn(self, rng: np.random.Generator) -> Teacher | None:
        """Return the same architecture with weights drawn afresh, or None when there is no such thing."""
        return None

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out of the layers that were read, for people."""
        return tuple(
            f"layer `{shortened(layer)}`: {MOST_UNITS} of its {n_units} units were read, drawn at random"
            for layer, n_units in self._wide.items()
        )

    def _has_layer(self, layer: str) -> bool:
        """Tell whether a layer may be asked for."""
        return layer in self.layers

    def check_layers(self, layers: Sequence[str]) -> None:
        """See that the layers exist."""
        unknown = [layer for layer in layers if not self._has_layer(layer)]
        if unknown:
            raise InputError(
                f"activations of {listed(unknown)}",
                f"a teacher, {self.name}, with the layers {listed(self.layers) or 'none'}",
                "name layers that exist, or leave `layers` out to take them all",
            )
