"""Is a tree computed inside its teacher? Its clauses layer by layer beside controls, and interventions on layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from limbeck.core import OutputReading, Outputs, Table, Tree
from limbeck.errors import TeacherError
from limbeck.evidence.gather import Sampling, gather_evidence
from limbeck.evidence.heard import Clauses, heard_only
from limbeck.evidence.interventions import intervene
from limbeck.evidence.probed import subjects_of
from limbeck.observe import Observation
from limbeck.probes import Controls, Evidence, same_column_clauses
from limbeck.teachers import Progress, Teacher

__all__ = ["tree_evidence"]

_ON_THE_SIDE = Sampling(redraws=2, n_random=3, n_resamples=400)
"""What a distillation takes part of; `probe` takes more of everything."""
_MOST_COST = 4e9  # multiplications of its eigendecompositions together: a second or two
_LEAST_ROWS = 10  # rows on either side of a clause that a distillation probes
_FAINTEST = 1e-12  # score whose logarithm is taken
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
    same = _same_columns(tree, table, nodes, holds, rng)
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
    found = replace(found, used=tried.used, not_interrupted=tried.why_not)
    return heard_only(teacher, table, activations, tried.heard, found, Clauses(holds, depths, same, told, rng))


def _same_columns(
    tree: Tree, table: Table, nodes: list[int], holds: NDArray[np.bool_], rng: np.random.Generator
) -> Controls:
    """Stand clauses over the tree's own columns beside those of its nodes."""
    place = {literal: j for j, literal in enumerate(tree.literals)}
    terms = [[place[literal] for literal, _ in tree.clause(node).terms] for node in nodes]
    asked = np.column_stack([literal.holds(table[literal.column]) for literal in tree.literals])
    return same_column_clauses(asked, terms, holds, tree.apply(table), _N_SAME, rng)


def _told(outputs: Outputs) -> NDArray[np.float64]:
    """Return all that the model's answers tell: scores, their logarithms (logits), and classes; or numbers."""
    values = outputs.values
    if outputs.codes is None:
        return values
    logits = np.log(np.maximum(values, _FAINTEST))
    return np.column_stack([values, logits, outputs.codes[:, None] == np.arange(values.shape[1])])


def _affordable_rows(activations: Mapping[str, NDArray[np.float32]]) -> int:
    """Return how many rows, 500 at least, can be probed in every layer within the cost."""
    widths = [values.shape[1] for values in activations.values()]
    widths += [sum(widths)] if len(widths) > 1 else []
    n_rows = len(next(iter(activations.values())))
    for n in (n_rows, 1000):
        if (1 + _ON_THE_SIDE.redraws) * sum(min(n, m) ** 2 * max(n, m) for m in widths) <= _MOST_COST:
            return n
    return 500
