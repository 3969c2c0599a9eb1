"""Is a clause linear in the activations, more than chance and architecture alone make it? The scores and controls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError
from limbeck.probes.controls import Controls
from limbeck.probes.estimate import Estimate, resampled_rows
from limbeck.probes.evidence import ALL_LAYERS, CONCEPT, Evidence, Represented, Subject
from limbeck.probes.features import concatenate, fit_features
from limbeck.probes.path import PathScores, prepare_path, score_groups, score_short
from limbeck.threads import in_parallel

__all__ = ["LayerScores", "Sides", "measure_clauses", "weigh_evidence", "weighted_r_squared"]


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

    def weighted(self, weights: NDArray[np.float64]) -> Sides:
        """Recompute every R² under weights of the rows, shape (resamples, n)."""
        return self._sides(weights)

    def _sides(self, weights: NDArray[np.float64] | None) -> Sides:
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
        From `same_column_clauses`.
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
    layers_of = _with_all if side_by_side else dict

    def both(values: NDArray[np.float32]) -> LayerScores:
        path = prepare_path(fit_features(values))
        drawn = None if beside is None else score_groups(path, beside, np.repeat(groups, n_each))
        found = none if controls is None else controls.found
        if same is None:
            return LayerScores(score_groups(path, clauses, groups), drawn, (), found)
        own, short, others = score_short(path, clauses, groups, same.holds.reshape(len(clauses), -1))
        return LayerScores(own, drawn, (), found, short, others, same.found)

    def alone(values: NDArray[np.float32]) -> PathScores:
        return score_groups(prepare_path(fit_features(values)), clauses, groups)

    layers = layers_of(trained)
    own = list(in_parallel(both, list(layers.values())))
    fresh = [list(in_parallel(alone, list(layers_of({k: twin[k] for k in trained}).values()))) for twin in redrawn]
    return {
        layer: replace(scores, redrawn=tuple(drawn[place] for drawn in fresh))
        for place, (layer, scores) in enumerate(zip(layers, own, strict=True))
    }


def weigh_evidence(
    scores: Mapping[str, LayerScores],
    subjects: Sequence[Subject],
    *,
    n_resamples: int,
    confidence: float,
    rng: np.random.Generator,
) -> Evidence:
    """Average the scores by depth and put intervals around what all layers together show.

    Parameters
    ----------
    scores : mapping of str to LayerScores
        From `measure_clauses`.
    subjects : sequence of Subject, length t
        What was probed, in order.
    n_resamples : int
        Resamples of the rows.
    confidence : float, in (0, 1)
        Level of the intervals.
    rng : numpy.random.Generator
        Source of the resamples.

    Returns
    -------
    Evidence
    """
    last = list(scores.values())[-1]
    sides = {layer: found.r_squared() for layer, found in scores.items()}
    norms = {layer: found.own.norm for layer, found in scores.items()}
    drawn = _Drawn(subjects, sides, norms, last.resampled(n_resamples, rng), confidence)
    depths = np.array([subject.depth for subject in subjects])
    clauses = [drawn.mean(s.label, np.array([j]), depth=s.depth, node=s.node) for j, s in enumerate(subjects)]
    levels = [
        drawn.mean("concepts" if d == CONCEPT else f"depth {d}", np.flatnonzero(depths == d), depth=d)
        for d in np.unique(depths).tolist()
    ]
    counting = np.flatnonzero(depths != 1)
    deeper = drawn.mean("all that counts", counting, depth=None) if len(counting) else None
    n, t = last.own.lost.shape
    n_random = 0 if last.random is None else last.random.lost.shape[1] // t
    return Evidence(
        tuple(clauses), tuple(levels), deeper, n, n_random, len(last.redrawn), n_resamples, confidence
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Drawn:
    """All figures, clause by clause, ready to be averaged over some of the clauses."""

    subjects: Sequence[Subject]
    sides: dict[str, Sides]
    norms: dict[str, NDArray[np.float64]]
    resampled: Sides
    confidence: float

    def mean(self, label: str, at: NDArray[np.intp], *, depth: int | None, node: int | None = None) -> Represented:
        """Average over the clauses `at`."""
        held = self._estimate(at, None)
        assert held is not None, "every clause has an R²"
        return Represented(
            label, depth, len(at), float(np.mean([self.subjects[j].support for j in at])),
            {layer: float(side.own[0, at].mean()) for layer, side in self.sides.items()},
            {layer: float(norm[at].mean()) for layer, norm in self.norms.items()},
            _means({layer: side.random[0, at] for layer, side in self.sides.items()}),
            _means({layer: side.redrawn[0, at] for layer, side in self.sides.items()}),
            held, self._estimate(at, "random"), self._estimate(at, "redrawn"), node,
        )  # fmt: skip

    def _estimate(self, at: NDArray[np.intp], control: str | None) -> Estimate | None:
        """Average R², or its margin above a control, over the clauses that have it; the interval by the resamples."""

        def figure(sides: Sides, some: NDArray[np.intp]) -> NDArray[np.float64]:
            return sides.own[:, some] - (0.0 if control is None else getattr(sides, control)[:, some])

        last = list(self.sides.values())[-1]
        have = at[~np.isnan(figure(last, at)[0])]
        if not len(have):
            return None
        tail = (1 - self.confidence) / 2
        low, high = np.quantile(figure(self.resampled, have).mean(axis=1), [tail, 1 - tail])
        return Estimate(float(figure(last, have).mean()), float(low), float(high))


def _means(by_layer: dict[str, NDArray[np.float64]]) -> dict[str, float] | None:
    """Average in each layer over the clauses that have the figure; None when none has."""
    have = {layer: figure[~np.isnan(figure)] for layer, figure in by_layer.items()}
    return {layer: float(figure.mean()) for layer, figure in have.items()} if all(map(len, have.values())) else None


def _with_all(layers: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """Add all layers side by side, where there are several."""
    return {**layers, ALL_LAYERS: concatenate(layers)} if len(layers) > 1 else dict(layers)


def _beside(
    own: NDArray[np.float64],
    scores: PathScores | None,
    found: NDArray[np.bool_],
    weights: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Average the R² of the clauses that stand beside each clause; NaN where there is none."""
    if scores is None:
        return np.full_like(own, np.nan)
    return np.where(found, weighted_r_squared(scores, weights).reshape(*own.shape, -1).mean(axis=2), np.nan)


def weighted_r_squared(scores: PathScores, weights: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """R² under weighted rows, shape (resamples, t); one resample without weights."""
    if weights is None:
        return scores.r_squared[np.newaxis]
    lost, total = weights @ scores.lost, weights @ scores.total
    return np.where(total > 0, 1.0 - lost / np.where(total > 0, total, 1.0), 0.0)
