"""Controls over the tree's own columns: clauses of like size and support that are no nodes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from limbeck.probes.controls import Controls

__all__ = ["same_column_clauses"]

LEAST_OWN = 0.25
"""Share of a control's variance that the tree's leaves must leave unexplained: less is the tree once more."""

_LEAST_ROWS = 10  # on either side of a control
_LIKE = 2.0  # largest ratio between the support of a clause and that of a control
_MOST_SIGNS = 6  # literals up to which all answers are tried


def same_column_clauses(
    literals: NDArray[np.bool_],
    terms: Sequence[Sequence[int]],
    holds: NDArray[np.bool_],
    leaf: NDArray[np.integer],
    n_each: int,
    rng: np.random.Generator,
) -> Controls:
    """Stand beside each clause others about the same columns that a layer has no reason to hold for the tree's sake.

    These are the other answers to the very questions of the clause: not `x0 and x1`, but `not x0 and x1`. A lookup, a
    Fourier expansion, or features drawn at random hold these as well as the clause; a network that came to hold the
    tree does not. Clauses over other questions of the tree would not do: a Fourier expansion of what the tree answers
    has the products of the questions on one path, and no others, and so holds all clauses over one path, and no others.

    Parameters
    ----------
    literals : ndarray of bool, shape (n, l)
        Answers to the tree's questions.
    terms : sequence of t sequences of int
        Which questions each clause asks.
    holds : ndarray of bool, shape (n, t)
        Truth of the clauses.
    leaf : ndarray of int, shape (n,)
        The leaf of each row. What is constant on the leaves, or nearly so, is no control.
    n_each : int, at least 1
        Controls beside each clause, c; fewer are repeated.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    Controls
        `found` tells for which clauses there are any: over two columns of which a tree tells all four cells, none.

    References
    ----------
    Hewitt and Liang (2019), Designing and interpreting probes with control tasks.
    """
    n, t = holds.shape
    beside, found = np.zeros((n, t, n_each), bool), np.zeros(t, bool)
    place = np.unique(leaf, return_inverse=True)[1]
    for j in range(t):
        support = float(holds[:, j].mean())
        kept = [c for c in _other_answers(literals, list(terms[j]), rng) if _is_control(c, place, support)]
        if kept:
            gaps = np.array([abs(np.log(c.mean() / support)) for c in kept])
            nearest = np.argsort(gaps, kind="stable")[:n_each]
            beside[:, j], found[j] = np.column_stack(kept)[:, np.resize(nearest, n_each)], True
    return Controls(beside, found)


def _other_answers(
    literals: NDArray[np.bool_], asked: Sequence[int], rng: np.random.Generator
) -> Iterator[NDArray[np.bool_]]:
    """Yield the conjunctions over the same questions, in random order."""
    if len(asked) <= _MOST_SIGNS:
        signs = np.array(list(product((False, True), repeat=len(asked))))
        signs = rng.permutation(signs)
    else:
        signs = rng.integers(2, size=(2**_MOST_SIGNS, len(asked))).astype(bool)
    for some in signs:
        yield (literals[:, asked] == some).all(axis=1)


def _is_control(clause: NDArray[np.bool_], leaf: NDArray[np.integer], support: float) -> bool:
    """Tell whether a clause is of like support, and not what the tree says once more."""
    n, k = len(clause), int(clause.sum())
    if min(k, n - k) < _LEAST_ROWS or not 1 / _LIKE <= k / n / support <= _LIKE:
        return False
    rows = np.bincount(leaf)
    share = np.bincount(leaf, clause) / np.maximum(rows, 1)
    return float((rows * share * (1 - share)).sum()) >= LEAST_OWN * k * (n - k) / n
