"""Rows that are no table: which kinds of concepts make columns of them, chosen on the rows that fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from limbeck.concepts import Concepts, Directions, Functions, Questions, raw_table
from limbeck.core import Outputs, Table, as_table
from limbeck.distillation import Distillation
from limbeck.errors import InputError
from limbeck.passes.run import Run
from limbeck.settings import Settings
from limbeck.teachers import Teacher

__all__ = ["choose_concepts", "concept_kinds", "read_rows", "reading_inputs"]

# Questions that the search looks at: those that tell most, of however many candidates.
_MOST_CONCEPTS = 800


def concept_kinds(settings: Mapping[str, Any], sampler: Any) -> tuple[tuple[Questions, ...], dict[str, Any]]:
    """Return the kinds of concepts among the settings, and the settings without them.

    A mapping of names to functions stands for `Functions`; names of columns stay settings.
    """
    given = settings.get("concepts", ())
    if isinstance(given, Questions):
        kinds = [given]
    elif isinstance(given, Mapping):
        kinds = [Functions(cast("Mapping[str, Any]", given))]
    elif isinstance(given, (list, tuple)) and any(isinstance(one, Questions) for one in cast("list[Any]", given)):
        kinds = list(cast("list[Any]", given))
    else:
        return (), dict(settings)
    strange = [one for one in kinds if not isinstance(one, Questions)]
    if strange:
        found = f"`{strange[0]!r}` beside kinds of concepts"
        raise InputError("`concepts` as kinds of concepts, or as names of columns", found, "give one or the other")
    if sampler is not None:
        raise InputError("a `sampler` of rows of a table", "raw inputs with `concepts`", "leave the sampler out")
    return tuple(kinds), {name: value for name, value in settings.items() if name != "concepts"}


def read_rows(rows: Any, kinds: Sequence[Questions], settings: Settings) -> Table:
    """Read rows as a table, or take them as raw inputs."""
    return raw_table(rows) if kinds else as_table(rows).hiding(settings.concepts)


def choose_concepts(run: Run, kinds: Sequence[Questions], inputs: Table, outputs: Outputs, weights: Any) -> Concepts:
    """Choose the questions that tell most about the teacher's answers on the rows that fit, and say how."""
    values = outputs.values
    if outputs.codes is not None:
        values = np.eye(outputs.values.shape[1])[outputs.codes]
    bound = [_bound(kind, run.teacher) for kind in kinds]
    concepts, notes = Concepts.fit(
        bound, inputs.native, values, weights=weights, most=_MOST_CONCEPTS, refused=run.settings.no_ask
    )
    run.say(*notes)
    return concepts


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
