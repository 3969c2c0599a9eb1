"""Is a clause linear in the activations, more than chance and architecture alone make it? The scores and controls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError
from limbeck.probe.features import concatenate, fit_features
from limbeck.probe.path import PathScores, prepare_path, score_groups

__all__ = ["ALL_LAYERS", "Controls", "LayerScores", "Sides", "measure_clauses", "random_clauses"]

ALL_LAYERS = "all layers"
"""Name of the layers set side by side, each scaled to total variance 1."""

_DRAWS = 1000  # random conjunctions of each length, of which those of the nearest support are kept
_LONGEST = 8  # literals of a random clause that stands beside a concept


@dataclass(frozen=True, eq=False)
class LayerScores:
    """Clauses and their controls under the leave-one-out probes of one layer; each side at its own best penalty.

    Parameters
    ----------
    own : PathScores of t targets
        The clauses.
    random : PathScores of t · c targets
        The c random clauses that stand beside each clause, those of the first clause first.
    redrawn : tuple of PathScores of t targets
        The clauses in the same layer of networks whose weights were drawn afresh.
    found : ndarray of bool, shape (t,)
        Which clauses have random ones beside them.
    """

    own: PathScores
    random: PathScores
    redrawn: tuple[PathScores, ...]
    found: NDArray[np.bool_]

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
        n = len(self.own.lost)
        return self._sides(rng.multinomial(n, np.full(n, 1 / n), size=n_resamples).astype(np.float64))

    def _sides(self, weights: NDArray[np.float64] | None) -> Sides:
        """Compute every R² under weighted rows (None: each row once)."""
        own, random = _weighted(self.own, weights), _weighted(self.random, weights)
        beside = np.where(self.found, random.reshape(*own.shape, -1).mean(axis=2), np.nan)
        fresh = [_weighted(scores, weights) for scores in self.redrawn]
        return Sides(own, beside, np.mean(fresh, axis=0) if fresh else np.full_like(own, np.nan))


@dataclass(frozen=True, eq=False)
class Sides:
    """R² of each clause, the mean R² of the random clauses beside it, and its mean R² under re-drawn weights.

    Parameters
    ----------
    own, random, redrawn : ndarray of shape (resamples, t)
        NaN where a control is missing.
    """

    own: NDArray[np.float64]
    random: NDArray[np.float64]
    redrawn: NDArray[np.float64]


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


def measure_clauses(
    trained: Mapping[str, NDArray[np.float32]],
    redrawn: Iterable[Mapping[str, NDArray[np.float32]]],
    clauses: NDArray[np.bool_],
    controls: Controls,
    depths: NDArray[np.integer],
) -> dict[str, LayerScores]:
    """Probe every layer, and all layers side by side, for clauses, random clauses and under re-drawn weights.

    Each side (clauses, random clauses, and each re-drawn network) has its own penalty for each layer and each
    depth, the one that maximises its mean `R²_loo`, so that each is shown at its best.

    Parameters
    ----------
    trained : mapping of str to ndarray of float32, shape (n, m)
        Activations of each layer of the trained network.
    redrawn : iterable of such mappings
        The same layers, on the same rows, of networks with re-drawn weights; consumed one at a time.
    clauses : ndarray of bool, shape (n, t)
        Truth of the clauses.
    controls : Controls
        From `random_clauses`.
    depths : ndarray of int, shape (t,)
        Number of literals of each clause.

    Returns
    -------
    dict of str to LayerScores
        One entry for each layer; with two or more layers, `ALL_LAYERS` last.

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
    random = controls.holds.reshape(len(clauses), -1)
    beside = np.repeat(depths, controls.holds.shape[2])
    own: dict[str, tuple[PathScores, PathScores]] = {}
    for layer, values in _with_all(trained):
        path = prepare_path(fit_features(values))
        own[layer] = score_groups(path, clauses, depths), score_groups(path, random, beside)
    fresh: dict[str, list[PathScores]] = {layer: [] for layer in own}
    for activations in redrawn:
        for layer, values in _with_all({layer: activations[layer] for layer in trained}):
            fresh[layer].append(score_groups(prepare_path(fit_features(values)), clauses, depths))
    return {layer: LayerScores(*both, tuple(fresh[layer]), controls.found) for layer, both in own.items()}


def random_clauses(
    answers: NDArray[np.bool_],
    clauses: NDArray[np.bool_],
    depths: NDArray[np.integer],
    n_each: int,
    rng: np.random.Generator,
) -> Controls:
    """Draw beside each clause random ones of as many literals, of the nearest support among 1000 drawn.

    Parameters
    ----------
    answers : ndarray of bool, shape (n, l)
        Answers of the rows to the literals that random clauses are made of.
    clauses : ndarray of bool, shape (n, t)
        The clauses to be matched; no random clause agrees with one of them, or with its negation, on all rows.
    depths : ndarray of int, shape (t,)
        Their numbers of literals; 0 for a concept, beside which stand clauses of as many literals as would give
        about its support if each halved the rows.
    n_each : int, at least 1
        Random clauses beside each clause, c.

    Returns
    -------
    Controls
    """
    n, t = clauses.shape
    holds, found = np.zeros((n, t, n_each), bool), np.zeros(t, bool)
    taken = {_key(clauses[:, j]) for j in range(t)}
    support = clauses.mean(axis=0)
    halvings = np.clip(np.rint(-np.log2(np.clip(support, 0.5**_LONGEST, 0.5))), 1, _LONGEST).astype(int)
    lengths = np.where(depths > 0, depths, halvings)
    for length in np.unique(lengths):
        drawn = _drawn(answers, int(length), taken, rng)
        if not drawn.shape[1]:
            continue
        shares = drawn.mean(axis=0)
        for j in np.flatnonzero(lengths == length):
            nearest = np.argsort(np.abs(shares - support[j]), kind="stable")[:n_each]
            holds[:, j], found[j] = drawn[:, np.resize(nearest, n_each)], True
    return Controls(holds, found)


def _with_all(layers: Mapping[str, NDArray[np.float32]]) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield each layer, and where there are several all of them side by side."""
    yield from layers.items()
    if len(layers) > 1:
        yield ALL_LAYERS, concatenate(layers)


def _drawn(answers: NDArray[np.bool_], length: int, taken: set[bytes], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw conjunctions of distinct literals that are neither constant nor taken, shape (n, drawn)."""
    n_literals = answers.shape[1]
    if length > n_literals:
        return np.zeros((len(answers), 0), bool)
    literals = rng.random((_DRAWS, n_literals)).argpartition(length - 1, axis=1)[:, :length]
    signs = rng.integers(2, size=literals.shape).astype(bool)
    holds = np.ones((len(answers), _DRAWS), bool)
    for place in range(length):
        holds &= answers[:, literals[:, place]] == signs[:, place]
    free = [j for j in range(_DRAWS) if holds[:, j].any() and not holds[:, j].all() and _key(holds[:, j]) not in taken]
    return holds[:, free]


def _key(column: NDArray[np.bool_]) -> bytes:
    """Return the same bytes for a clause and its negation, and others for every other clause."""
    return np.packbits(column ^ column[0]).tobytes()


def _weighted(scores: PathScores, weights: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """R² under weighted rows, shape (resamples, t); one resample without weights."""
    if weights is None:
        return scores.r_squared[np.newaxis]
    lost, total = weights @ scores.lost, weights @ scores.total
    return np.where(total > 0, 1.0 - lost / np.where(total > 0, total, 1.0), 0.0)
