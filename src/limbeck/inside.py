"""Is a tree computed inside its teacher? Its clauses layer by layer beside controls, and interventions on layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import OutputReading, Outputs, Table, Tree
from limbeck.errors import TeacherError
from limbeck.evidence import Sampling, gather_evidence
from limbeck.interventions import intervene
from limbeck.observe import Observation
from limbeck.probe import (
    Controls,
    Estimate,
    Evidence,
    LayerHeld,
    measure_answer,
    measure_clauses,
    same_column_clauses,
    weigh_layers,
)
from limbeck.probed import subjects_of
from limbeck.teachers import Progress, Teacher

__all__ = ["tree_evidence"]

_ON_THE_SIDE = Sampling(redraws=2, n_random=3, n_resamples=400)
"""What a distillation takes part of; `probe` takes more of everything."""
_MOST_COST = 4e9  # multiplications of its eigendecompositions together: a second or two
_LEAST_ROWS = 10  # rows on either side of a clause that a distillation probes
_FAINTEST = 1e-12  # score whose logarithm is taken
_MOST_SILENT = 3  # layers that are held at their means
_N_SAME = 3  # clauses over the same columns beside each clause


def tree_evidence(
    teacher: Teacher,
    reading: OutputReading,
    tree: Tree,
    seen: Observation,
    rng: np.random.Generator,
    progress: Progress,
    keep_going: Callable[[], bool] = lambda: True,
) -> Evidence | None:
    """Probe for the clauses of a tree's nodes, and intervene on them, from activations that were read already.

    Nodes that fewer than 10 rows reach, or miss, are left out: so few rows teach a probe nothing, and its R² says
    nothing about the network. None when no node remains.
    """
    # At random, since the rows are in the table's order.
    rows = np.sort(rng.permutation(len(seen.activation_rows))[: _affordable_rows(seen.activations)])
    at = seen.activation_rows[rows]
    table, outputs = seen.table.take(at), seen.outputs.take(at)
    reached = tree.decision_path(table)
    n_reached = reached.sum(axis=0)
    nodes = np.flatnonzero(np.minimum(n_reached, len(reached) - n_reached) >= _LEAST_ROWS).tolist()
    if not nodes:
        return None
    holds = reached[:, nodes]
    subjects = subjects_of([tree.clause(node) for node in nodes], holds, nodes)
    activations = {layer: values[rows] for layer, values in seen.activations.items()}
    same = _same_columns(tree, table, seen, at, nodes, holds, rng)
    told = _told(outputs)

    def gathered(sampling: Sampling) -> Evidence:
        return gather_evidence(
            teacher, table, activations, holds, subjects, seen.answers[at],
            sampling=sampling, rng=rng, progress=progress, same=same, outputs=told,
        )  # fmt: skip

    try:
        found = gathered(_ON_THE_SIDE)
    except TeacherError:  # the same architecture with other weights may fail where the trained one does not
        found = gathered(replace(_ON_THE_SIDE, redraws=0))
    depths = np.array([subject.depth for subject in subjects])
    counting = np.flatnonzero(same.found & (depths != 1))
    tried = intervene(
        teacher, reading, tree, table, outputs, activations, found.held, holds,
        same.holds[:, counting, 0] if len(counting) else None, rng, keep_going=keep_going, progress=progress,
    )  # fmt: skip
    heard = {layer: activations[layer][:, units] for layer, units in tried.heard.items()}
    again = _held_where_heard(heard, found, holds, depths, same, told, rng)
    used = tuple(replace(u, held_by_others=again[u.layer].selective) if u.layer in again else u for u in tried.used)
    found = replace(found, used=used, not_interrupted=tried.why_not)
    silent = _held_by_silent_layers(teacher, table, activations, found, holds, depths, same, told, rng)
    return replace(
        found,
        used=tuple(
            replace(u, held_by_others=False, silent_layer=silent[u.layer]) if u.layer in silent else u for u in used
        ),
    )


def _same_columns(
    tree: Tree,
    table: Table,
    seen: Observation,
    at: NDArray[np.intp],
    nodes: list[int],
    holds: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Controls:
    """Stand clauses over the tree's own columns beside those of its nodes."""
    place = {literal: j for j, literal in enumerate(tree.literals)}
    terms = [[place[literal] for literal, _ in tree.clause(node).terms] for node in nodes]
    asked = np.column_stack([literal.holds(table[literal.column]) for literal in tree.literals])
    columns = {literal.column for literal in tree.literals}
    more = [j for j, lit in enumerate(seen.vocabulary.literals) if lit.column in columns and lit not in place]
    return same_column_clauses(asked, terms, holds, tree.apply(table), seen.answers[at][:, more], _N_SAME, rng)


def _told(outputs: Outputs) -> NDArray[np.float64]:
    """Return all that the model's answers tell: scores, their logarithms (logits), and classes; or numbers."""
    values = outputs.values
    if outputs.codes is None:
        return values
    logits = np.log(np.maximum(values, _FAINTEST))
    return np.column_stack([values, logits, outputs.codes[:, None] == np.arange(values.shape[1])])


def _held_where_heard(
    heard: Mapping[str, NDArray[np.float32]],
    found: Evidence,
    holds: NDArray[np.bool_],
    depths: NDArray[np.integer],
    same: Controls,
    told: NDArray[np.float64],
    rng: np.random.Generator,
) -> dict[str, LayerHeld]:
    """Measure layers once more in those of their units that move an output: what others hold is held for nobody."""
    if not heard:
        return {}
    scores = measure_clauses(heard, [], holds, same, depths, same)
    settings: dict[str, Any] = {"n_resamples": found.n_resamples, "confidence": found.confidence}
    again = weigh_layers(scores, measure_answer(told, holds, depths), depths, **settings, rng=rng)
    before = {layer.layer: layer for layer in found.held}
    return {layer.layer: _beside_the_same(layer, before[layer.layer]) for layer in again}


def _held_by_silent_layers(
    teacher: Teacher,
    table: Table,
    activations: Mapping[str, NDArray[np.float32]],
    found: Evidence,
    holds: NDArray[np.bool_],
    depths: NDArray[np.integer],
    same: Controls,
    told: NDArray[np.float64],
    rng: np.random.Generator,
) -> dict[str, str]:
    """Name, for layers that hold the clauses only by another, that other one, where it moves no output.

    A block may write the clauses where nothing reads them, into a stream whose other parts decide. So each layer that
    holds the clauses and moves no output is held at its mean, and the layers in which the answer follows are measured
    again.
    """
    selective = {layer.layer for layer in found.held if layer.selective}
    silent = [use.layer for use in found.used if use.layer in selective and not use.reaches][:_MOST_SILENT]
    followed = [use.layer for use in found.used if use.used and use.layer in selective]
    named: dict[str, str] = {}
    for layer in silent if followed else ():
        still = np.tile(activations[layer].mean(axis=0, dtype=np.float64), (table.n_rows, 1))
        held = teacher.observe_interrupted(table, layer, still, followed)[1]
        changed = {name: values for name, values in held.items() if not np.array_equal(values, activations[name])}
        again = _held_where_heard(changed, found, holds, depths, same, told, rng)
        named |= {name: layer for name, what in again.items() if not what.selective and name not in named}
    return named


def _beside_the_same(now: LayerHeld, before: LayerHeld) -> LayerHeld:
    """Put what is left of a layer beside random clauses and re-drawn weights as they were in the whole of it."""
    lost = before.held.value - now.held.value

    def less(margin: Estimate | None) -> Estimate | None:
        return None if margin is None else Estimate(margin.value - lost, margin.low - lost, margin.high - lost)

    return replace(now, above_random=less(before.above_random), above_redrawn=less(before.above_redrawn))


def _affordable_rows(activations: Mapping[str, NDArray[np.float32]]) -> int:
    """Return how many rows, 500 at least, can be probed in every layer within the cost."""
    widths = [values.shape[1] for values in activations.values()]
    widths += [sum(widths)] if len(widths) > 1 else []
    n_rows = len(next(iter(activations.values())))
    for n in (n_rows, 1000):
        if (1 + _ON_THE_SIDE.redraws) * sum(min(n, m) ** 2 * max(n, m) for m in widths) <= _MOST_COST:
            return n
    return 500
