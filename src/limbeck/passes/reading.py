"""Rows that are no table: which kinds of concepts make columns of them, chosen on the rows that fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.concepts import Concepts, Directions, Questions, kinds_of, raw_table
from limbeck.core import Outputs, Table, as_table
from limbeck.distillation import Distillation
from limbeck.errors import InputError
from limbeck.passes.run import Run
from limbeck.settings import Settings
from limbeck.tables import counted
from limbeck.teachers import Teacher

__all__ = ["choose_concepts", "concept_kinds", "read_rows", "reading_inputs"]

# Questions that the search looks at: those that tell most, of however many candidates.
_MOST_CONCEPTS = 800
# Inputs whose candidates are timed, and of which at least as many are used however short the time is.
_TIMED = 200
# Share of the time left that is for finding candidates; the rest is for the choice, and for answering what was chosen.
_FOR_CANDIDATES = 0.4


def concept_kinds(settings: Mapping[str, Any], sampler: Any) -> tuple[tuple[Questions, ...], dict[str, Any]]:
    """Return the kinds of concepts among the settings, and the settings without them."""
    kinds = kinds_of(settings.get("concepts", ()))
    if not kinds:
        return (), dict(settings)
    if sampler is not None:
        raise InputError("a `sampler` of rows of a table", "raw inputs with `concepts`", "leave the sampler out")
    return kinds, {name: value for name, value in settings.items() if name != "concepts"}


def read_rows(rows: Any, kinds: Sequence[Questions], settings: Settings) -> Table:
    """Read rows as a table, or take them as raw inputs."""
    return raw_table(rows) if kinds else as_table(rows).hiding(settings.concepts)


def choose_concepts(
    run: Run, kinds: Sequence[Questions], inputs: Table, outputs: Outputs, weights: NDArray[np.float64]
) -> Concepts:
    """Choose the questions that tell most about the teacher's answers on the rows that fit.

    Under a time limit they are chosen on as many of these, drawn at random, as there is time for.
    """
    values = outputs.values
    if outputs.codes is not None:
        values = np.eye(outputs.values.shape[1])[outputs.codes]
    bound = [_bound(kind, run.teacher) for kind in kinds]
    rows = _in_time(run, bound, inputs)
    concepts, notes = Concepts.fit(
        bound, inputs.take(rows).inputs, values[rows], weights=weights[rows], most=_MOST_CONCEPTS,
        refused=run.settings.no_ask, keep_going=partial(run.keep_going, "concepts"),
    )  # fmt: skip
    if len(rows) < inputs.n_rows:
        notes = (*notes, f"concepts were chosen on {len(rows)} of {counted(inputs.n_rows, 'input')} that fit")
    run.say(*notes)
    return concepts


def _in_time(run: Run, kinds: Sequence[Questions], inputs: Table) -> NDArray[np.intp]:
    """Return the inputs for which there is time to find candidates, by what a few of them take; without a limit all."""
    clock, every = run.clock, np.arange(inputs.n_rows)
    if clock.limit is None or inputs.n_rows <= _TIMED:
        return every
    order, start = run.rng("concepts").permutation(inputs.n_rows), clock.now()
    some = inputs.take(order[:_TIMED]).inputs
    for kind in kinds:
        kind.candidates(some, _TIMED // 2)
    pace = (clock.now() - start) / _TIMED
    affordable = _FOR_CANDIDATES * clock.left("concepts") / max(pace, 1e-9)
    if affordable >= inputs.n_rows:
        return every
    clock.cut("concepts")
    return np.sort(order[: max(_TIMED, int(affordable))])


def _bound(kind: Questions, teacher: Teacher) -> Questions:
    """Let a dictionary of directions read the teacher's own layer."""
    if not isinstance(kind, Directions) or kind.activations is not None:
        return kind
    layer = kind.layer
    teacher.check_layers([layer])

    def activations(inputs: Sequence[Any]) -> NDArray[np.float32]:
        return teacher.activations(raw_table(inputs), [layer])[layer]

    return replace(kind, activations=activations)


def reading_inputs(result: Distillation, concepts: Concepts) -> Distillation:
    """Return the result with trees that take raw inputs."""
    points = tuple(replace(point, tree=point.tree.read_by(concepts)) for point in result.frontier)
    settings = {**result.settings, "concepts": [str(kind) for kind in concepts.kinds]}
    chosen = next(i for i, point in enumerate(result.frontier) if point.tree is result.tree)
    return replace(result, frontier=points, tree=points[chosen].tree, settings=settings)
