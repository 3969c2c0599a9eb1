"""Does a network compute these clauses inside? The teacher, its re-drawn twins and random clauses, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Clause, Table, Tree, Vocabulary
from limbeck.distillation import Distillation
from limbeck.errors import InputError, TeacherError
from limbeck.observe import Observation
from limbeck.probe import CONCEPT, Evidence, Subject, measure_clauses, random_clauses, weigh_evidence
from limbeck.probed import Concept, subjects_of, what_is_probed
from limbeck.search import leaves_needed
from limbeck.teachers import Position, Progress, Teacher, as_teacher, no_progress, shape_words

__all__ = ["Sampling", "gather_evidence", "probe", "tree_evidence"]


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


_ON_THE_SIDE = Sampling(redraws=2, n_random=3, n_resamples=400)
"""What a distillation takes part of; `probe` takes more of everything."""
_MOST_COST = 4e9  # multiplications of its eigendecompositions together: a second or two
_LEAST_ROWS = 10  # rows on either side of a clause that a distillation probes


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
    """
    depths = np.array([subject.depth for subject in subjects])
    concepts = (depths == CONCEPT) & (answers.shape[1] > 0)
    leaves = np.array([leaves_needed(answers, holds[:, j]) if known else 0 for j, known in enumerate(concepts)])
    controls = random_clauses(answers, holds, depths, sampling.n_random, rng, leaves)
    layers = list(dict.fromkeys(teacher.layer_of(name) for name in activations)) if teacher.positions else activations
    fresh = _redrawn(teacher, table, list(layers), sampling.redraws, rng, progress)
    scores = measure_clauses(activations, fresh, holds, controls, depths)
    return weigh_evidence(scores, subjects, n_resamples=sampling.n_resamples, confidence=sampling.confidence, rng=rng)


def tree_evidence(
    teacher: Teacher, tree: Tree, seen: Observation, rng: np.random.Generator, progress: Progress
) -> Evidence | None:
    """Probe for the clauses of a tree's nodes at little cost, from activations that were read already.

    Nodes that fewer than 10 rows reach, or miss, are left out: so few rows teach a probe nothing, and its R² says
    nothing about the network. None when no node remains.
    """
    # At random, since the rows are in the table's order.
    rows = np.sort(rng.permutation(len(seen.activation_rows))[: _affordable_rows(seen.activations)])
    table = seen.table.take(seen.activation_rows[rows])
    reached = tree.decision_path(table)
    n_reached = reached.sum(axis=0)
    nodes = np.flatnonzero(np.minimum(n_reached, len(reached) - n_reached) >= _LEAST_ROWS).tolist()
    if not nodes:
        return None
    holds = reached[:, nodes]
    subjects = subjects_of([tree.clause(node) for node in nodes], holds, nodes)
    activations = {layer: values[rows] for layer, values in seen.activations.items()}

    def gathered(sampling: Sampling) -> Evidence:
        return gather_evidence(
            teacher, table, activations, holds, subjects, seen.answers[seen.activation_rows[rows]],
            sampling=sampling, rng=rng, progress=progress,
        )  # fmt: skip

    try:
        return gathered(_ON_THE_SIDE)
    except TeacherError:  # the same architecture with other weights may fail where the trained one does not
        return gathered(replace(_ON_THE_SIDE, redraws=0))


def _affordable_rows(activations: Mapping[str, NDArray[np.float32]]) -> int:
    """Return how many rows, 500 at least, can be probed in every layer within the cost."""
    widths = [values.shape[1] for values in activations.values()]
    widths += [sum(widths)] if len(widths) > 1 else []
    n_rows = len(next(iter(activations.values())))
    for n in (n_rows, 1000):
        if (1 + _ON_THE_SIDE.redraws) * sum(min(n, m) ** 2 * max(n, m) for m in widths) <= _MOST_COST:
            return n
    return 500


def _answers(table: Table) -> NDArray[np.bool_]:
    """Answer the questions about single inputs, of which random clauses are made."""
    literals = Vocabulary.fit(table).literals
    return Vocabulary(tuple(lit for lit in literals if lit.column not in table.hidden)).evaluate(table)


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
