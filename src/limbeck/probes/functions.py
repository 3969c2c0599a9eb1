"""Controls of concepts: random functions of like complexity and support."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["random_functions"]

_DRAWS = 300
_TOO_LIKE = 0.98  # correlation with a concept from which on a function is the concept once more


def random_functions(
    answers: NDArray[np.bool_],
    concepts: NDArray[np.bool_],
    leaves: NDArray[np.integer],
    n_each: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Draw beside each concept random trees of as many leaves, of the nearest support among 300 drawn.

    A conjunction of as many questions as the support suggests would not do: beside a concept that holds on half of the
    rows it would be a single question, which a wide layer holds anyway. In each tree every last question decides
    something: of two leaves below one question, one says yes.

    Parameters
    ----------
    answers : ndarray of bool, shape (n, l)
        Answers to the questions that trees are made of.
    concepts : ndarray of bool, shape (n, t)
        Truth of the concepts; no function goes with one of them, or with its negation, on nearly all rows.
    leaves : ndarray of int, shape (t,), at least 2
        Leaves of a tree that computes the concept.
    n_each : int, at least 1
        Functions beside each concept, c.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    holds : ndarray of bool, shape (n, t, c)
    found : ndarray of bool, shape (t,)
        For which concepts there is any.

    References
    ----------
    Hewitt and Liang (2019), Designing and interpreting probes with control tasks.
    """
    n, t = concepts.shape
    holds, found = np.zeros((n, t, n_each), bool), np.zeros(t, bool)
    for size in np.unique(leaves).tolist():
        at = np.flatnonzero(leaves == size)
        supports = np.clip(concepts[:, at].mean(axis=0), 1 / n, 1 - 1 / n)
        drawn = np.column_stack([_tree(answers, size, rng.choice(supports), rng) for _ in range(_DRAWS)])
        drawn = drawn[:, _varied(drawn) & ~_like_one_of(drawn, concepts)]
        for j, support in zip(at, supports, strict=True):
            nearest = np.argsort(np.abs(drawn.mean(axis=0) - support), kind="stable")[:n_each]
            if len(nearest):
                holds[:, j], found[j] = drawn[:, np.resize(nearest, n_each)], True
    return holds, found


def _tree(answers: NDArray[np.bool_], size: int, support: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Grow a random tree of at most so many leaves, (n,): a leaf is split by a question that cuts it, then labelled."""
    n, n_questions = answers.shape
    leaves, pairs = [np.ones(n, bool)], dict[int, int]()
    for _ in range(20 * size):
        if len(leaves) >= size:
            break
        at = int(rng.integers(len(leaves)))
        yes = leaves[at] & answers[:, rng.integers(n_questions)]
        if not yes.any() or (yes == leaves[at]).all():
            continue
        leaves.append(leaves[at] & ~yes)
        leaves[at] = yes
        pairs.pop(pairs.pop(at, -1), None)  # the leaf beside it has no leaf beside it any more
        pairs[at], pairs[len(leaves) - 1] = len(leaves) - 1, at
    label = rng.random(len(leaves)) < support
    for one, other in pairs.items():
        label[max(one, other)] = not label[min(one, other)]
    says: NDArray[np.intp] = np.stack(leaves)[label].sum(axis=0)
    return says > 0


def _varied(columns: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which columns are not constant."""
    return np.asarray(columns.any(axis=0) & ~columns.all(axis=0))


def _like_one_of(drawn: NDArray[np.bool_], concepts: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which functions go with some concept, or its negation, on nearly all rows."""
    sides = [columns - columns.mean(axis=0) for columns in (drawn.astype(np.float64), concepts.astype(np.float64))]
    lengths = [np.maximum(np.linalg.norm(side, axis=0), 1e-300) for side in sides]
    alike: NDArray[np.bool_] = np.abs(sides[0].T @ sides[1]) > _TOO_LIKE * np.outer(*lengths)
    return np.asarray(alike.any(axis=1))
