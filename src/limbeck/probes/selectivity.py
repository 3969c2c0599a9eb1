"""Is a clause linear in the activations, more than chance and architecture alone make it? The scores and controls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError
from limbeck.probes.controls import Controls
from limbeck.probes.estimate import resampled_rows
from limbeck.probes.evidence import ALL_LAYERS, CONCEPT
from limbeck.probes.features import Features, concatenate, fit_features
from limbeck.probes.gram import Gram
from limbeck.probes.path import PathScores, prepare_path, score_groups, score_short
from limbeck.threads import in_parallel

__all__ = ["LayerScores", "Sides", "measure_clauses", "weighted_r_squared"]

Scores = TypeVar("Scores")


@dataclass(frozen=True, eq=False)
class LayerScores:
    """Clauses and their controls under the leave-one-out probes of one layer; each side at its own best penalty.

    Parameters
    ----------
    own : PathScores of t targets
        The clauses.
    random : PathScores of t · c targets, or None
        The c random clauses that stand beside each clause, those of the first clause first.
    redrawn : tuple of PathScores of t targets
        The clauses in the same layer of networks whose weights were drawn afresh.
    found : ndarray of bool, shape (t,)
        Which clauses have random ones beside them.
    short, same : PathScores of t and of t · c' targets, or None
        The clauses by short probes, and by probes as short those over the same columns that stand beside each clause.
    same_found : ndarray of bool, shape (t,), or None
        Which clauses have such ones.
    """

    own: PathScores
    random: PathScores | None
    redrawn: tuple[PathScores, ...]
    found: NDArray[np.bool_]
    short: PathScores | None = None
    same: PathScores | None = None
    same_found: NDArray[np.bool_] | None = None

    def r_squared(self) -> Sides:
        """Return `R²_loo` of the clauses and the means of their controls, shape (1, t) each."""
        return self._sides(None)

    def resampled(self, n_resamples: int, rng: np.random.Generator) -> Sides:
        """Resample rows with replacement and recompute every R² from its leave-one-out residuals.

        `R²* = 1 − Σ w_i lost_i / Σ w_i total_i` with multinomial weights w, the same for clauses and controls. The
        residuals themselves are kept: no probe is refitted, and re-drawn networks and random clauses stay as
        they are.

        References
        ----------
        Efron (1979), Bootstrap methods: another look at the jackknife.
        """
        return self._sides(resampled_rows(len(self.own.lost), n_resamples, rng))

    def weighted(self, weights: NDArray[np.float32]) -> Sides:
        """Recompute every R² under weights of the rows, shape (resamples, n)."""
        return self._sides(weights)

    def _sides(self, weights: NDArray[np.float32] | None) -> Sides:
        """Compute every R² under weighted rows (None: each row once)."""
        own, none = weighted_r_squared(self.own, weights), np.zeros(len(self.found), bool)
        short = own if self.short is None else weighted_r_squared(self.short, weights)
        fresh = [weighted_r_squared(scores, weights) for scores in self.redrawn]
        return Sides(
            own,
            _beside(own, self.random, self.found, weights),
            np.mean(fresh, axis=0) if fresh else np.full_like(own, np.nan),
            short,
            _beside(own, self.same, none if self.same_found is None else self.same_found, weights),
        )


@dataclass(frozen=True, eq=False)
class Sides:
    """R² of each clause, the mean R² of the random clauses beside it, and its mean R² under re-drawn weights.

    Parameters
    ----------
    own, random, redrawn : ndarray of shape (resamples, t)
        NaN where a control is missing.
    short, same : ndarray of shape (resamples, t)
        By short probes: the clause, and the mean of those over the same columns; NaN where there are none.
    """

    own: NDArray[np.float64]
    random: NDArray[np.float64]
    redrawn: NDArray[np.float64]
    short: NDArray[np.float64]
    same: NDArray[np.float64]


def measure_clauses(
    trained: Mapping[str, NDArray[np.float32]],
    redrawn: Iterable[Mapping[str, NDArray[np.float32]]],
    clauses: NDArray[np.bool_],
    controls: Controls | None,
    depths: NDArray[np.integer],
    same: Controls | None = None,
    *,
    side_by_side: bool = True,
) -> dict[str, LayerScores]:
    """Probe every layer, and all layers side by side, for clauses, random clauses and under re-drawn weights.

    Each side (clauses, random clauses, and each re-drawn network) has its own penalty for each layer and each
    depth, and each concept one of its own: the one that maximises the mean `R²_loo`, so that each is shown at its best.
    Clauses over the same columns are read by probes as short as the clauses can nearly as well be read by; see
    `score_short`.

    Parameters
    ----------
    trained : mapping of str to ndarray of float32, shape (n, m)
        Activations of each layer of the trained network.
    redrawn : iterable of such mappings
        The same layers, on the same rows, of networks with re-drawn weights; consumed one at a time.
    clauses : ndarray of bool, shape (n, t)
        Truth of the clauses.
    controls : Controls or None
        From `random_clauses`.
    depths : ndarray of int, shape (t,)
        Number of literals of each clause; `CONCEPT` for a concept.
    same : Controls, optional
        From `same_column_clauses`; for single layers.
    side_by_side : bool
        Whether all layers are also probed side by side, which costs as much as all of them one by one.

    Returns
    -------
    dict of str to LayerScores
        One entry for each layer; with two or more layers side by side, `ALL_LAYERS` last.

    Raises
    ------
    InputError
        No layer, or fewer than 2 rows.

    References
    ----------
    Boix-Adsera (2024), Towards a theory of model distillation, arXiv 2403.09053; Hewitt and Liang (2019), Designing
    and interpreting probes with control tasks, for selectivity.
    """
    if not trained:
        raise InputError("evidence in activations", "no layer", "give a teacher that has activations")
    groups = np.where(depths == CONCEPT, -1 - np.arange(len(depths)), depths)  # concepts have nothing in common
    none = np.zeros(len(depths), bool)
    beside = None if controls is None else controls.holds.reshape(len(clauses), -1)
    n_each = 1 if controls is None else controls.holds.shape[2]

    def both(features: Features, same: Controls | None) -> LayerScores:
        path = prepare_path(features)
        drawn = None if beside is None else score_groups(path, beside, np.repeat(groups, n_each))
        found = none if controls is None else controls.found
        if same is None:
            return LayerScores(score_groups(path, clauses, groups), drawn, (), found)
        own, short, others = score_short(path, clauses, groups, same.holds.reshape(len(clauses), -1))
        return LayerScores(own, drawn, (), found, short, others, same.found)

    def alone(features: Features) -> PathScores:
        return score_groups(prepare_path(features), clauses, groups)

    def together(score: Callable[[Features], Scores]) -> Callable[[Features], Scores] | None:
        return score if side_by_side and len(trained) > 1 else None

    # Clauses over the same columns are for single layers.
    own = _by_layer(partial(both, same=same), together(partial(both, same=None)), trained)
    fresh = [_by_layer(alone, together(alone), {layer: twin[layer] for layer in trained}) for twin in redrawn]
    return {layer: replace(scores, redrawn=tuple(drawn[layer] for drawn in fresh)) for layer, scores in own.items()}


def _by_layer(
    score: Callable[[Features], Scores],
    score_all: Callable[[Features], Scores] | None,
    layers: Mapping[str, NDArray[np.float32]],
) -> dict[str, Scores]:
    """Score every layer and, where that is asked for, all of them side by side."""
    n, width = len(next(iter(layers.values()))), sum(values.shape[1] for values in layers.values())
    summed = score_all is not None and width >= n

    def scored(values: NDArray[np.float32]) -> tuple[Scores, Gram | None]:
        gram = Gram.of(values) if summed else None
        features = fit_features(values if gram is None or values.shape[1] < n else gram)
        return score(features), None if gram is None else gram.of_variance_one()

    found: dict[str, Scores] = {}
    whole: Gram | None = None
    # One after the other, so that the products of few layers are in memory.
    for layer, (scores, gram) in zip(layers, in_parallel(scored, list(layers.values())), strict=True):
        found[layer] = scores
        whole = gram if whole is None or gram is None else whole.beside(gram)
    if score_all is not None:
        found[ALL_LAYERS] = score_all(fit_features(concatenate(layers) if whole is None else whole))
    return found


def _beside(
    own: NDArray[np.float64],
    scores: PathScores | None,
    found: NDArray[np.bool_],
    weights: NDArray[np.float32] | None,
) -> NDArray[np.float64]:
    """Average the R² of the clauses that stand beside each clause; NaN where there is none."""
    if scores is None:
        return np.full_like(own, np.nan)
    return np.where(found, weighted_r_squared(scores, weights).reshape(*own.shape, -1).mean(axis=2), np.nan)


def weighted_r_squared(scores: PathScores, weights: NDArray[np.float32] | None) -> NDArray[np.float64]:
    """R² under weighted rows, shape (resamples, t); one resample without weights."""
    if weights is None:
        return scores.r_squared[np.newaxis]
    lost, total = ((weights @ part).astype(np.float64) for part in (scores.lost, scores.total))
    return np.where(total > 0, 1.0 - lost / np.where(total > 0, total, 1.0), 0.0)
