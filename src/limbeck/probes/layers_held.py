"""Clauses beside their controls, layer by layer, with intervals from the same resampled rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.probes.estimate import Estimate, estimates, resampled_rows
from limbeck.probes.evidence import ALL_LAYERS
from limbeck.probes.features import fit_features
from limbeck.probes.held import ROUNDING, LayerHeld
from limbeck.probes.path import PathScores, prepare_path, score_groups
from limbeck.probes.selectivity import LayerScores, weighted_r_squared

__all__ = ["measure_answer", "weigh_layers"]


def measure_answer(
    outputs: NDArray[np.floating[Any]], clauses: NDArray[np.bool_], depths: NDArray[np.integer]
) -> PathScores:
    """Probe the model's own outputs for the clauses, as if they were a layer.

    Parameters
    ----------
    outputs : ndarray of shape (n, c)
        Scores and classes, or numbers.
    clauses, depths : ndarray of bool (n, t), and of int (t,)
        The clauses.
    """
    return score_groups(prepare_path(fit_features(outputs.astype(np.float32))), clauses, depths)


def weigh_layers(
    scores: Mapping[str, LayerScores],
    answer: PathScores | None,
    depths: NDArray[np.integer],
    *,
    n_resamples: int,
    confidence: float,
    rng: np.random.Generator,
) -> tuple[LayerHeld, ...]:
    """Average the clauses that count in every single layer, beside their controls.

    Parameters
    ----------
    scores : mapping of str to LayerScores
        From `measure_clauses`.
    answer : PathScores or None
        From `measure_answer`.
    depths : ndarray of int, shape (t,)
        Number of literals of each clause; those of one do not count.
    n_resamples, confidence : int, float
        Resamples of the rows, and the level of the intervals.
    rng : numpy.random.Generator
        Source of the resamples, the same for all layers.

    Returns
    -------
    tuple of LayerHeld
        One for each layer; empty when no clause counts.
    """
    counting = np.flatnonzero(depths != 1)
    if not len(counting):
        return ()
    n = len(next(iter(scores.values())).own.lost)
    weights = resampled_rows(n, n_resamples, rng)
    beside = None if answer is None else (answer.r_squared[None], weighted_r_squared(answer, weights))
    layers = (layer for layer in scores if layer != ALL_LAYERS)
    return tuple(_held(layer, scores[layer], beside, counting, weights, confidence) for layer in layers)


def _held(
    layer: str,
    scores: LayerScores,
    answer: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
    counting: NDArray[np.intp],
    weights: NDArray[np.float32],
    confidence: float,
) -> LayerHeld:
    """Put one layer's clauses beside their controls."""
    now, again = scores.r_squared(), scores.weighted(weights)
    above = np.ones(len(counting), bool)

    def estimate(figure: NDArray[np.float64], resampled: NDArray[np.float64], *, margin: bool) -> Estimate | None:
        nonlocal above
        have = counting[~np.isnan(figure[0, counting])]
        if 2 * len(have) < len(counting):
            return None
        if margin:
            above &= ~(figure[0, counting] <= ROUNDING)
        return estimates([float(figure[0, have].mean())], [resampled[:, have].mean(axis=1)], confidence)[0]

    def beyond(side: str) -> Estimate | None:
        return estimate(now.own - getattr(now, side), again.own - getattr(again, side), margin=True)

    held = estimate(now.own, again.own, margin=False)
    assert held is not None, "every clause has an R²"
    margins = [
        estimate(now.short - now.same, again.short - again.same, margin=True),
        beyond("random"),
        beyond("redrawn"),
    ]
    margins.append(None if answer is None else estimate(now.own - answer[0], again.own - answer[1], margin=True))
    have = counting[~np.isnan(now.same[0, counting])]
    same = None if margins[0] is None else float(now.same[0, have].mean())
    n_above, n_rows = int(above.sum()), len(scores.own.lost)
    return LayerHeld(layer, len(counting), held, *margins, n_above=n_above, n_rows=n_rows, same=same)
