"""Controls over the tree's own columns: clauses of like size and support that are no nodes of it."""

from __future__ import annotations

from collections.abc import Sequence
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
    columns, at_leaf = np.ascontiguousarray(literals.T), (leaf[:, np.newaxis] == np.unique(leaf)).astype(np.float64)
    for j in range(t):
        support = float(holds[:, j].mean())
        others = _other_answers(columns[list(terms[j])], rng)
        kept = others[_are_controls(others, at_leaf, support)]
        if len(kept):
            nearest = np.argsort(np.abs(np.log(kept.mean(axis=1) / support)), kind="stable")[:n_each]
            beside[:, j], found[j] = kept[np.resize(nearest, n_each)].T, True
    return Controls(beside, found)


def _other_answers(asked: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return the conjunctions over the same questions (k, n), or some of them, in random order, (conjunctions, n)."""
    k, n = asked.shape
    if k <= _MOST_SIGNS:
        signs = rng.permutation(np.array(list(product((False, True), repeat=k))))
    else:
        signs = rng.integers(2, size=(2**_MOST_SIGNS, k)).astype(bool)
    found = np.ones((len(signs), n), bool)
    for question, wanted in zip(asked, signs.T, strict=True):
        found &= question == wanted[:, np.newaxis]
    return found


def _are_controls(clauses: NDArray[np.bool_], at_leaf: NDArray[np.float64], support: float) -> NDArray[np.bool_]:
    """Tell which clauses are of like support, and not what the tree says once more."""
    n, size = clauses.shape[1], clauses.sum(axis=1)
    ratio = size / n / support
    fit = (np.minimum(size, n - size) >= _LEAST_ROWS) & (ratio >= 1 / _LIKE) & (ratio <= _LIKE)
    size, rows = size[fit], at_leaf.sum(axis=0)
    share = clauses[fit] @ at_leaf / rows
    fit[fit] = (rows * share * (1 - share)).sum(axis=1) >= LEAST_OWN * size * (n - size) / n
    return fit
