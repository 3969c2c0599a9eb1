"""Are these clauses linear in the activations? The teacher, its re-drawn twins and random clauses, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Table
from limbeck.errors import InputError
from limbeck.probes import (
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
from limbeck.search import leaves_needed
from limbeck.teachers import Progress, Teacher, no_progress

__all__ = ["Sampling", "gather_evidence"]


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
