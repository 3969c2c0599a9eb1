"""Controls: random clauses that stand beside the clauses to be probed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limbeck.probes.functions import random_functions

__all__ = ["Controls", "random_clauses"]

_DRAWS = 1000  # random conjunctions of each length, of which those of the nearest support are kept
_LEAVES = 4  # of the random trees beside a concept of which no more is known


@dataclass(frozen=True, eq=False)
class Controls:
    """Random clauses that stand beside the clauses to be probed.

    Parameters
    ----------
    holds : ndarray of bool, shape (n, t, c)
        Truth of c random clauses for each clause.
    found : ndarray of bool, shape (t,)
        Whether there was any random clause that is not one of the clauses themselves or the negation of one.
    """

    holds: NDArray[np.bool_]
    found: NDArray[np.bool_]


def random_clauses(
    answers: NDArray[np.bool_],
    clauses: NDArray[np.bool_],
    depths: NDArray[np.integer],
    n_each: int,
    rng: np.random.Generator,
    leaves: NDArray[np.integer] | None = None,
) -> Controls:
    """Draw beside each clause random ones of as many literals, of the nearest support among 1000 drawn.

    Parameters
    ----------
    answers : ndarray of bool, shape (n, l)
        Answers of the rows to the literals that random clauses are made of.
    clauses : ndarray of bool, shape (n, t)
        The clauses to be matched; no random clause agrees with one of them, or with its negation, on all rows.
    depths : ndarray of int, shape (t,)
        Their numbers of literals; 0 for a concept, beside which stand random trees (`random_functions`).
    n_each : int, at least 1
        Random clauses beside each clause, c.
    leaves : ndarray of int, shape (t,), optional
        Leaves of these trees; 4 by default.

    Returns
    -------
    Controls
    """
    n, t = clauses.shape
    holds, found = np.zeros((n, t, n_each), bool), np.zeros(t, bool)
    taken = {*_keys(clauses.T), *_keys(np.zeros((1, n), bool))}
    support = clauses.mean(axis=0)
    for length in np.unique(depths[depths > 0]):
        drawn = _drawn(answers, int(length), taken, rng)
        if not len(drawn):
            continue
        shares = drawn.mean(axis=1)
        for j in np.flatnonzero(depths == length):
            nearest = np.argsort(np.abs(shares - support[j]), kind="stable")[:n_each]
            holds[:, j], found[j] = drawn[np.resize(nearest, n_each)].T, True
    concepts = np.flatnonzero(depths == 0)
    if len(concepts) and answers.shape[1]:
        sizes = np.full(len(concepts), _LEAVES) if leaves is None else leaves[concepts]
        holds[:, concepts], found[concepts] = random_functions(answers, clauses[:, concepts], sizes, n_each, rng)
    return Controls(holds, found)


def _drawn(answers: NDArray[np.bool_], length: int, taken: set[bytes], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw conjunctions of distinct literals that are not taken, shape (drawn, n)."""
    n_literals = answers.shape[1]
    if length > n_literals:
        return np.zeros((0, len(answers)), bool)
    literals = rng.random((_DRAWS, n_literals)).argpartition(length - 1, axis=1)[:, :length]
    signs = rng.integers(2, size=literals.shape).astype(bool)
    columns, holds = np.ascontiguousarray(answers.T), np.ones((_DRAWS, len(answers)), bool)
    for place in range(length):
        holds &= columns[literals[:, place]] == signs[:, place, np.newaxis]
    return holds[[key not in taken for key in _keys(holds)]]


def _keys(clauses: NDArray[np.bool_]) -> list[bytes]:
    """Return the same bytes for a clause and its negation, and others for every other clause, of shape (t, n)."""
    return [packed.tobytes() for packed in np.packbits(clauses ^ clauses[:, :1], axis=1)]
