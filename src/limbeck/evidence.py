"""Are these clauses linear in the activations? The teacher, its re-drawn twins and random clauses, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Clause, Table, Tree, Vocabulary
from limbeck.distillation import Distillation
from limbeck.errors import InputError
from limbeck.probe import (
    CONCEPT,
    Controls,
    Evidence,
    Subject,
    measure_answer,
    measure_clauses,
    random_clauses,
    weigh_evidence,
    weigh_layers,
)
from limbeck.probed import Concept, what_is_probed
from limbeck.search import leaves_needed
from limbeck.teachers import Position, Progress, Teacher, as_teacher, no_progress, shape_words

__all__ = ["Sampling", "gather_evidence", "probe"]


@dataclass(frozen=True)
class Sampling:
    """How much of everything random takes part in the evidence.

    Parameters
    ----------
    redraws : int, at least 0
        Networks with weights drawn afresh.
    n_random : int, at least 1
        Random clauses beside each clause.
    n_resamples : int, at least 1
        Resamples of the rows behind each interval.
    confidence : float, in (0, 1)
        Level of the intervals.
    """

    redraws: int = 3
    n_random: int = 5
    n_resamples: int = 1000
    confidence: float = 0.95

    def __post_init__(self) -> None:
        for name, least in (("redraws", 0), ("n_random", 1), ("n_resamples", 1)):
            value = getattr(self, name)
            if not isinstance(value, (int, np.integer)) or value < least:
                raise InputError(f"`{name}` of at least {least}", f"`{name}={value!r}`", "give a whole number")
        if not 0 < self.confidence < 1:
            raise InputError("`confidence` in (0, 1)", f"`confidence={self.confidence}`", "give a level such as 0.95")


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
    return replace(found, notes=_layouts(model))


def gather_evidence(
    teacher: Teacher,
    table: Table,
    activations: Mapping[str, NDArray[np.float32]],
    holds: NDArray[np.bool_],
    subjects: Sequence[Subject],
    answers: NDArray[np.bool_],
    *,
    sampling: Sampling,
    rng: np.random.Generator,
    progress: Progress = no_progress,
    same: Controls | None = None,
    outputs: NDArray[np.float64] | None = None,
) -> Evidence:
    """Measure clauses whose truth, and whose rows' activations, are known.

    Parameters
    ----------
    teacher, table : Teacher, Table
        Whose weights are drawn afresh, and the n rows.
    activations : mapping of str to ndarray of float32, shape (n, m)
        The teacher's activations on these rows.
    holds : ndarray of bool, shape (n, t)
        Truth of the clauses.
    subjects : sequence of Subject, length t
        From `subjects_of`.
    answers : ndarray of bool, shape (n, l)
        Answers to the literals that random clauses are made of.
    same : Controls, optional
        Clauses over the same columns that stand beside each clause; see `same_column_clauses`.
    outputs : ndarray of float64, shape (n, c), optional
        The model's own answers, as a layer that holds no more than those.
    """
    depths = np.array([subject.depth for subject in subjects])
    concepts = (depths == CONCEPT) & (answers.shape[1] > 0)
    leaves = np.array([leaves_needed(answers, holds[:, j]) if known else 0 for j, known in enumerate(concepts)])
    controls = random_clauses(answers, holds, depths, sampling.n_random, rng, leaves)
    layers = list(dict.fromkeys(teacher.layer_of(name) for name in activations)) if teacher.positions else activations
    fresh = _redrawn(teacher, table, list(layers), sampling.redraws, rng, progress)
    scores = measure_clauses(activations, fresh, holds, controls, depths, same)
    drawn: dict[str, Any] = {"n_resamples": sampling.n_resamples, "confidence": sampling.confidence, "rng": rng}
    answer = None if outputs is None else measure_answer(outputs, holds, depths)
    return replace(weigh_evidence(scores, subjects, **drawn), held=weigh_layers(scores, answer, depths, **drawn))


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


def _redrawn(
    teacher: Teacher, table: Table, layers: Sequence[str], redraws: int, rng: np.random.Generator, progress: Progress
) -> Iterator[dict[str, NDArray[np.float32]]]:
    """Yield the activations of networks with weights drawn afresh; none when there is no such thing."""
    for done in range(redraws):
        fresh = teacher.redrawn(rng)
        if fresh is None:
            return
        progress("probing networks with re-drawn weights", done, redraws)
        yield fresh.activations(table, layers)
