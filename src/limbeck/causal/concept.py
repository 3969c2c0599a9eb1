"""One concept of a layer, moved to what it is on another row, and the answers that change."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.causal.interchange import Ending, Finish, finished
from limbeck.causal.shares import exact_share
from limbeck.causal.subspace import Decomposed
from limbeck.probes import ConceptMoved

__all__ = ["move_concept"]

_NOTICED = 0.1  # change of a number, as a share of the answers' spread, that counts


def move_concept(
    label: str,
    layer: str,
    activations: NDArray[np.floating[Any]],
    concept: NDArray[np.bool_],
    finish: Finish,
    natural: Ending,
    fit: NDArray[np.intp],
    rng: np.random.Generator,
    *,
    most_pairs: int = 200,
    fitted: Decomposed | None = None,
) -> ConceptMoved:
    """Move a layer's reading of a concept to that of rows where it is otherwise, and count the answers that change.

    Parameters
    ----------
    label, layer : str
        Of the concept and the layer.
    activations : ndarray of shape (n, m)
        What the layer holds.
    concept : ndarray of bool, shape (n,)
        Truth of the concept.
    finish : callable
        Runs on from other values of the layer; see `Finish`.
    natural : Ending of n rows
        The model's own endings.
    fit : ndarray of intp
        Rows that fix the direction; the others are paired, each base row with one of the other kind.
    rng : numpy.random.Generator
        Of the pairs and the random move.
    most_pairs : int
        Most pairs.
    fitted : Decomposed, optional
        The layer on the rows that fix the direction, where several concepts are moved in it.

    Examples
    --------
    >>> held = np.random.default_rng(0).normal(size=(200, 3))
    >>> def first(rows, values):
    ...     return Ending((values[:, 0] > 0).astype(int), values[:, :1])
    >>> fit, rng = np.arange(100), np.random.default_rng(1)
    >>> found = move_concept("c", "h", held, held[:, 0] > 0, first, first(None, held), fit, rng)
    >>> found.concept.value > 0.8, found.random.value < 0.6
    (True, True)
    """
    held, rest = activations.astype(np.float64), np.setdiff1d(np.arange(len(activations)), fit)
    yes, no = (rng.permutation(rest[concept[rest] == kind]) for kind in (True, False))
    k = min(len(yes), len(no), most_pairs // 2)
    base, source = np.concatenate([yes[:k], no[:k]]), np.concatenate([no[:k], yes[:k]])
    before = natural.take(base)
    space = (fitted or Decomposed.of(held[fit])).subspace(concept[fit][:, None])
    moved = space.swapped(held[base], held[source])
    length = np.linalg.norm(moved - held[base], axis=1, keepdims=True)
    drawn = rng.normal(size=moved.shape)
    drawn *= length / np.maximum(np.linalg.norm(drawn, axis=1, keepdims=True), 1e-300)
    spread = float(natural.answers.std()) if natural.answers.dtype.kind == "f" else 0.0

    def changed(after: Ending) -> NDArray[np.bool_]:
        if spread:
            return np.abs(after.answers - before.answers) > _NOTICED * spread
        return after.answers != before.answers

    ended = finished(finish, [(base, values) for values in (moved, held[base] + drawn, held[source])])
    return ConceptMoved(label, layer, *(exact_share(changed(after)) for after in ended))
