"""The public `probe`: what a model's layers hold of clauses and concepts, and which answers move with them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.causal import Decomposed, Ending, Finish, move_concept
from limbeck.core import Clause, OutputReading, Table, Tree, Vocabulary
from limbeck.distillation import Distillation
from limbeck.errors import InputError, TeacherError
from limbeck.evidence.gather import Sampling, gather_evidence
from limbeck.evidence.interventions import ending_of, finish_of
from limbeck.evidence.probed import Concept, what_is_probed
from limbeck.probes import ConceptMoved, Evidence
from limbeck.teachers import Position, Progress, Teacher, as_teacher, no_progress, put_at, shape_words

__all__ = ["probe"]

_MOST_MOVED_ROWS = 1000
_LEAST_SIDE = 10  # rows on either side of a clause that is moved


def probe(
    teacher: Any,
    rows: Any,
    clauses: Tree | Distillation | Concept | Sequence[Clause | str] | Mapping[str, Concept],
    *,
    layers: Sequence[str] | None = None,
    positions: Position | Sequence[Position] | None = None,
    n_rows: int = 2000,
    redraws: int = 3,
    n_random: int = 5,
    bootstrap: int = 1000,
    confidence: float = 0.95,
    interrupt: bool = True,
    random_state: int = 0,
    progress: Progress = no_progress,
) -> Evidence:
    """Probe a model's activations for clauses, with the controls that tell learning from chance.

    For each clause, in each layer and in all layers side by side, `R²_loo = 1 − Σρ² / Σ(g̃·n/(n−1))²`, where ρ are
    the leave-one-out residuals of a ridge probe. *Selectivity* is that minus the same under weights drawn afresh;
    a second margin is that over random clauses of as many literals and about equal support; beside a concept, over
    random trees of as many leaves as a tree needs that computes it. The penalty is chosen for each layer, each depth
    or concept, and each side, so that every side is shown at its best.

    Parameters
    ----------
    teacher : model or Teacher
        A model with activations (PyTorch, ONNX, scikit-learn's networks); see `as_teacher`.
    rows : DataFrame or array-like
        Raw rows, as the teacher takes them, and the concept columns.
    clauses : Tree, Distillation, Clause, str, sequence of Clause or str, or mapping of names to concepts
        What is probed: the clauses of a tree's nodes, clauses, or names of concept columns (0/1), which the teacher
        does not get. A mapping gives each concept a name: a column, a clause, one yes or no for each of the rows, or a
        function that takes raw rows and returns that.
    layers : sequence of str, optional
        Layers to read; all by default.
    positions : int, {"first", "last", "mean", "each"}, or sequence of these, optional
        Which positions of layers (n, T, d) and (n, channels, height, width) are read, each as a layer of its own,
        `layer[position]`. By default all numbers of a row are read side by side, and a note says so.
    n_rows : int, at least 2
        Most rows probed, drawn at random. The time grows with its cube, up to the width of the layers.
    redraws, n_random : int
        Networks with weights drawn afresh (0 for none), and random clauses beside each clause.
    bootstrap : int, at least 1
        Resamples of the rows, from their leave-one-out residuals; the probes are not refitted.
    confidence : float, in (0, 1)
        Level of the intervals.
    interrupt : bool
        Whether layers are interrupted, where the model can be: each clause is moved in each layer, or position of one,
        on up to 1000 rows, to see which answers change. Several thousand rows are run for it.
    random_state : int
        Seed.
    progress : callable
        Called with (what is being done, how much is done, how much there is).

    Returns
    -------
    Evidence
        Prints as a table; single questions (depth 1) are shown and do not count.

    Raises
    ------
    InputError
        A teacher without activations, no clause, or a column that is missing.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neural_network import MLPClassifier
    >>> from limbeck.core import Clause, Literal
    >>> x = np.random.default_rng(0).integers(2, size=(400, 5))
    >>> both = Clause(((Literal.is_value("x0", 1), True), (Literal.is_value("x1", 1), True)))
    >>> network = MLPClassifier((16,), random_state=0, max_iter=60, tol=1.0).fit(x, both.holds(x))
    >>> found = probe(network, x, [both], n_rows=300, bootstrap=100)
    >>> found.clauses[0].r_squared[found.layers[-1]] > 0.9
    True

    References
    ----------
    Boix-Adsera (2024), Towards a theory of model distillation, arXiv 2403.09053: the linear representation
    hypothesis; Hewitt and Liang (2019), Designing and interpreting probes with control tasks: selectivity.
    """
    sampling, rng = Sampling(redraws, n_random, bootstrap, confidence), np.random.default_rng(random_state)
    wanted = what_is_probed(clauses)
    model = as_teacher(teacher).reading_positions(positions)
    table, at = wanted.table(rows, n_rows, rng)
    activations = model.activations(table, layers, progress)
    if not activations:
        remedy = "give a PyTorch, ONNX or scikit-learn network, or another teacher that has layers"
        raise InputError("activations to probe", f"{model.name}, which has none", remedy)
    holds = wanted.holds(table, at)
    found = gather_evidence(
        model, table, activations, holds, wanted.subjects(holds), _answers(table),
        sampling=sampling, rng=rng, progress=progress,
    )  # fmt: skip
    found = replace(found, notes=_layouts(model))
    if not interrupt:
        return found
    if not model.can_interrupt:
        return replace(found, not_interrupted=f"{model.name} cannot be interrupted between its layers")
    return _with_moves(found, model, table, activations, holds, random_state, progress)


def _answers(table: Table) -> NDArray[np.bool_]:
    """Answer the questions about single inputs, of which random clauses are made."""
    literals = Vocabulary.fit(table).literals
    seen = tuple(lit for lit in literals if table.raw or lit.column not in table.hidden)
    return Vocabulary(seen).evaluate(table)


def _layouts(teacher: Teacher) -> tuple[str, ...]:
    """Say how layers of several dimensions were read."""
    how = "read one by one" if teacher.positions else "read side by side; `positions=` reads them one by one"
    return tuple(
        f"layer `{layer}`: {shape_words(shape)} numbers, {how}"
        for layer, shape in teacher.shapes.items()
        if len(shape) > 1
    )


def _with_moves(
    found: Evidence,
    teacher: Teacher,
    table: Table,
    activations: Mapping[str, NDArray[np.float32]],
    holds: NDArray[np.bool_],
    seed: int,
    progress: Progress,
) -> Evidence:
    """Move every clause in every layer that can be interrupted, and add which answers change."""
    rng = np.random.default_rng([seed, 1])
    rows = np.sort(rng.permutation(table.n_rows)[:_MOST_MOVED_ROWS])
    some, truth = table.take(rows), holds[rows]
    answers = teacher.answers(some)
    reading = OutputReading.fixed_on(answers, classes=teacher.classes)
    natural, fit = ending_of(answers, reading), np.sort(rng.permutation(len(rows))[: len(rows) // 2])
    moved: list[ConceptMoved] = []
    failed: list[str] = []
    for done, (layer, values) in enumerate(activations.items()):
        progress("interrupting the teacher", done, len(activations))
        if layer.endswith("[mean]") and layer not in teacher.shapes:
            continue  # no position holds the mean
        try:
            finish, held = _finish(teacher, reading, some, layer), values[rows]
            fitted = Decomposed.of(held[fit].astype(np.float64))
            moved += [
                move_concept(clause.label, layer, held, truth[:, j], finish, natural, fit, rng, fitted=fitted)
                for j, clause in enumerate(found.clauses)
                if _LEAST_SIDE <= truth[:, j].sum() <= len(rows) - _LEAST_SIDE
            ]
        except TeacherError as error:
            failed.append(f"layer `{layer}`: {error.found}")
    return replace(found, moved=tuple(moved), not_interrupted="; ".join(failed))


def _finish(teacher: Teacher, reading: OutputReading, table: Table, name: str) -> Finish:
    """Run on from other values of a layer, or of one position of it, all others as they are."""
    layer = teacher.layer_of(name)
    finish = finish_of(teacher, reading, table, layer)
    if layer == name:
        return finish
    shape = teacher.shapes[layer]
    flat = teacher.reading_positions(None).activations(table, [layer])[layer]
    if flat.shape[1] != math.prod(shape):
        asked = f"`{layer}` with other values at one position"
        raise TeacherError(asked, f"{math.prod(shape)} units, too many to read them all", "probe narrower layers")
    whole = flat.reshape(table.n_rows, *shape)

    def at_position(rows: NDArray[np.intp], values: NDArray[np.float64]) -> Ending:
        changed = put_at(name, whole[rows], values)
        assert changed is not None, "the mean is no position"
        return finish(rows, changed.reshape(len(rows), -1).astype(np.float64))

    return at_position
