"""Interventions on a teacher for the clauses of a tree: which layers, with which rows, and how it is run on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.causal import Ending, Finish, Node, Trial, corrected, examine_layer, pairs_of_rows, units_heard
from limbeck.core import Answers, OutputReading, Outputs, Table, Tree
from limbeck.errors import TeacherError
from limbeck.probes import LayerHeld, LayerUse
from limbeck.teachers import Progress, Teacher, no_progress

__all__ = ["Interrupted", "ending_of", "finish_of", "intervene"]

_MOST_ROWS = 1200  # of which half fix directions, and the others are paired
_MOST_LAYERS = 6
_MOST_OTHERS = 2  # layers that hold the clauses no better than others, for their figures
_MOST_NODES = 6
_LEAST_ROWS = 40
_HEARD_ROWS = 200
_SAME = 0.98  # share of the answers that a layer's own values must reproduce


@dataclass(frozen=True, eq=False)
class Interrupted:
    """What interventions gave.

    Parameters
    ----------
    used : tuple of LayerUse
        The layers, with p-values that hold together.
    heard : mapping of str to ndarray of bool, shape (m,)
        For layers some of whose units move hardly an answer: which ones do more.
    why_not : str
        Why there are none, or some are missing.
    """

    used: tuple[LayerUse, ...] = ()
    heard: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict[str, NDArray[np.bool_]])
    why_not: str = ""


def intervene(
    teacher: Teacher,
    reading: OutputReading,
    tree: Tree,
    table: Table,
    outputs: Outputs,
    activations: Mapping[str, NDArray[np.float32]],
    held: Sequence[LayerHeld],
    clauses: NDArray[np.bool_],
    same: NDArray[np.bool_] | None,
    rng: np.random.Generator,
    *,
    keep_going: Callable[[], bool] = lambda: True,
    progress: Progress = no_progress,
) -> Interrupted:
    """Intervene on the layers that hold a tree's clauses selectively, and on one or two others for comparison.

    Parameters
    ----------
    teacher, reading : Teacher, OutputReading
        The model, and how its outputs are read.
    tree : Tree
        In the unit of the reading.
    table, outputs : Table, Outputs
        n rows, and the model's answers to them.
    activations : mapping of str to ndarray of float32, shape (n, m)
        What the layers hold on them.
    held : sequence of LayerHeld
        How well each holds the clauses.
    clauses, same : ndarray of bool, shape (n, t), or None
        Truth of the tree's clauses, and of controls over the same columns.
    rng : numpy.random.Generator
        Of rows, and of random moves.
    keep_going : callable
        Whether there is time left; asked before each layer.

    Returns
    -------
    Interrupted
    """
    if not teacher.can_interrupt:
        return Interrupted(why_not=f"{teacher.name} cannot be interrupted between its layers")
    rows = np.sort(rng.permutation(table.n_rows)[:_MOST_ROWS])
    if len(rows) < _LEAST_ROWS:
        return Interrupted(why_not=f"{len(rows)} rows are too few to intervene on")
    table, outputs = table.take(rows), outputs.take(rows)
    clauses, same = clauses[rows], None if same is None else same[rows]
    trial = _trial(tree, table, clauses, same, rng)
    found: list[LayerUse] = []
    partly: dict[str, NDArray[np.bool_]] = {}
    missing: list[str] = []
    layers = _layers(held)
    for done, (layer, selective) in enumerate(layers):
        if not keep_going():
            missing.append("time was over before all layers were tried")
            break
        progress("interrupting the teacher", done, len(layers))
        values = activations[layer][rows]
        finish = finish_of(teacher, reading, table, layer)
        try:
            own = _natural(finish, values, trial, reading, outputs, layer)
            nodes = _nodes(tree, table) if selective else ()
            use = examine_layer(layer, values, finish, replace(own, nodes=nodes), rng)
            if selective and use.used:
                some = trial.base[:_HEARD_ROWS], trial.source[:_HEARD_ROWS]
                heard = units_heard(finish, values.astype(np.float64), *some, own.natural.take(some[0]))
                if not heard.all():
                    partly[layer] = heard
                    use = replace(use, n_silent=int((~heard).sum()))
            found.append(use)
        except TeacherError as error:
            missing.append(f"layer `{layer}`: {error.found}")
    return Interrupted(corrected(found), partly, "; ".join(missing))


def _layers(held: Sequence[LayerHeld]) -> list[tuple[str, bool]]:
    """Choose the layers to interrupt: those that hold the clauses selectively, and the best of the others."""
    order = sorted(held, key=lambda layer: (not layer.selective, -layer.held.value))
    selective = [layer.layer for layer in order if layer.selective][:_MOST_LAYERS]
    others = [layer.layer for layer in order if not layer.selective][:_MOST_OTHERS]
    return [*((layer, True) for layer in selective), *((layer, False) for layer in others)][:_MOST_LAYERS]


def _trial(
    tree: Tree, table: Table, clauses: NDArray[np.bool_], same: NDArray[np.bool_] | None, rng: np.random.Generator
) -> Trial:
    """Pair the rows; the endings come layer by layer."""
    nothing = Ending(np.zeros(table.n_rows), np.zeros((table.n_rows, 1)))
    return Trial(clauses, same, nothing, _below(tree, table, 0), (), *pairs_of_rows(table.n_rows, rng))


def finish_of(teacher: Teacher, reading: OutputReading, table: Table, layer: str) -> Finish:
    """Run the teacher on from a layer."""

    def finish(rows: NDArray[np.intp], values: NDArray[np.float64]) -> Ending:
        return ending_of(teacher.interrupted(table.take(rows), layer, values), reading)

    return finish


def ending_of(answers: Answers, reading: OutputReading) -> Ending:
    """Read answers as an ending."""
    outputs = reading.read(answers)
    raw = answers.raw if answers.raw.dtype.kind == "f" else outputs.values
    scores = raw.reshape(len(raw), -1).astype(np.float64)
    return Ending(outputs.values[:, 0] if outputs.codes is None else outputs.codes, scores)


def _natural(
    finish: Finish, values: NDArray[np.float32], trial: Trial, reading: OutputReading, outputs: Outputs, layer: str
) -> Trial:
    """Run on from the layer's own values, which must give the model's own answers."""
    natural = finish(np.arange(len(values)), values.astype(np.float64))
    if outputs.codes is None:
        spread = float(outputs.values.std()) or 1.0
        alike = np.abs(natural.answers - outputs.values[:, 0]) < 0.01 * spread
    else:
        alike = natural.answers == outputs.codes
    if alike.mean() < _SAME:
        asked = f"the model's own answers from the own values of `{layer}`"
        raise TeacherError(asked, f"others on {1 - alike.mean():.0%} of the rows", "make the model answer alike")

    def read(scores: NDArray[np.float64]) -> NDArray[Any]:
        outputs = reading.read(Answers(scores))
        return outputs.values[:, 0] if outputs.codes is None else outputs.codes

    return replace(trial, natural=natural, read=read if reading.needs_scores else None)


def _nodes(tree: Tree, table: Table) -> tuple[Node, ...]:
    """Return the inner nodes below the root that most rows reach, with what their subtrees answer on every row."""
    reached = tree.decision_path(table)
    inner = [v for v in np.flatnonzero(tree.question >= 0).tolist() if v]
    inner.sort(key=lambda v: -int(reached[:, v].sum()))
    answers = {v: _below(tree, table, v) for v in inner[:_MOST_NODES]}
    return tuple(
        Node(v, tree.clause(v).text(), reached[:, v], told) for v, told in answers.items() if len(np.unique(told)) > 1
    )


def _below(tree: Tree, table: Table, start: int) -> NDArray[Any]:
    """Return what the subtree at a node answers on every row, also on those that do not come to it."""
    asked = np.column_stack([literal.holds(table[literal.column]) for literal in tree.literals])
    place, rows = np.full(table.n_rows, start), np.arange(table.n_rows)
    while (inner := tree.question[place] >= 0).any():
        yes = asked[rows, np.where(inner, tree.question[place], 0)]
        place = np.where(inner, np.where(yes, tree.yes[place], tree.no[place]), place)
    return tree.value[place, 0] if tree.classes is None else tree.value[place].argmax(axis=1)
