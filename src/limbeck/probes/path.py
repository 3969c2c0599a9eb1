"""Leave-one-out probes along a path of penalties: one eigendecomposition serves every group of targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError
from limbeck.probes.ball import shrunk_norm
from limbeck.probes.features import Features
from limbeck.probes.loo import centred, checked_targets

__all__ = ["PathScores", "PenaltyPath", "best_penalty", "prepare_path", "score_groups", "score_short"]

_SHARES = tuple(float(share) for share in np.logspace(-8, 1, 19))
"""Shares of the largest eigenvalue: half a decade apart, wide enough for trained and for re-drawn networks."""

NEARLY = 0.9
"""Share of a group's best mean R² with which its probes count as good enough, and shorter ones as too short."""

_ROUNDING = 1e-6  # of R², by which what it is at most may be wrong
_CHOOSERS = 32  # targets of a group that choose its penalty: more of them hardly move the mean, and cost as much each


@dataclass(frozen=True, slots=True)
class PenaltyPath:
    """The ridge probes of one layer at every penalty of a grid, without any target yet.

    Parameters
    ----------
    features : Features
        U and s².
    penalty : ndarray of shape (grid,)
        λ, falling.
    shrinkage : ndarray of shape (q, grid)
        `h = s²/(s²+λ)`.
    slack : ndarray of shape (n, grid)
        `1 − H_ii`.
    """

    features: Features
    penalty: NDArray[np.float64]
    shrinkage: NDArray[np.float64]
    slack: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PathScores:
    """Each target's probe at the penalty of its group.

    Parameters
    ----------
    r_squared : ndarray of shape (t,)
        Leave-one-out R²; 0 for a constant target.
    norm : ndarray of shape (t,)
        ‖w‖ of the probe of all n rows, in units of one over the root mean square length of the centred
        activations: τB of the bound on the number of represented clauses.
    share : ndarray of shape (t,)
        The penalty λ that the group chose, as a share of the largest eigenvalue.
    lost, total : ndarray of float32, shape (n, t)
        Squared leave-one-out residuals of the probe, and of guessing the mean of the other rows:
        `R² = 1 − Σ lost / Σ total`.
    """

    r_squared: NDArray[np.float64]
    norm: NDArray[np.float64]
    share: NDArray[np.float64]
    lost: NDArray[np.float32]
    total: NDArray[np.float32]


def prepare_path(features: Features, *, shares: Sequence[float] = _SHARES) -> PenaltyPath:
    """Compute the hat matrices' diagonals for every penalty, as one matrix product.

    Parameters
    ----------
    features : Features
        From `fit_features`; at least 2 rows.
    shares : sequence of float
        Penalties as shares of the largest eigenvalue, each at least 1e-9 (default: 19 of them, 1e-8 to 10).

    Returns
    -------
    PenaltyPath

    Raises
    ------
    InputError
        Fewer than 2 rows, or a grid that is empty or holds a share below 1e-9.

    Examples
    --------
    >>> from limbeck.probes.features import fit_features
    >>> path = prepare_path(fit_features(np.array([[-1.0], [0.0], [1.0]])), shares=[1.0, 0.5])
    >>> path.penalty.round(6).tolist(), path.shrinkage.round(3).tolist()
    ([2.0, 1.0], [[0.5, 0.667]])
    """
    if features.n_rows < 2:
        raise InputError("leave-one-out probes", f"{features.n_rows} row", "give at least 2 rows")
    if not len(shares) or min(shares) < 1e-9:
        raise InputError("a path of penalties", f"`shares={tuple(shares)}`", "give shares of at least 1e-9")
    largest = float(features.eigval[0]) if features.n_eigenpairs else 1.0
    penalty = largest * np.sort(np.asarray(shares, np.float64))[::-1]
    shrinkage = features.eigval[:, np.newaxis] / (features.eigval[:, np.newaxis] + penalty)
    slack = 1.0 - 1.0 / features.n_rows - np.square(features.eigvec) @ shrinkage
    return PenaltyPath(features, penalty, shrinkage, slack)


def best_penalty(path: PenaltyPath, targets: NDArray[Any]) -> float:
    """Return the penalty λ of the path that is best for all targets (n, t) together; see `score_groups`."""
    group = np.zeros(targets.shape[1], np.intp)
    return float(path.penalty[_first(_curves(_read(path, targets), group), group, 1.0)[0]])


def score_groups(path: PenaltyPath, targets: NDArray[Any], groups: NDArray[Any]) -> PathScores:
    """Score targets by leave-one-out probes, each group at the penalty that is best for it.

    The penalty of a group maximises the mean `R²_loo` of its targets (of 32 of them, evenly spaced, when
    there are more); among equals it is the largest.

    Parameters
    ----------
    path : PenaltyPath
        From `prepare_path`.
    targets : ndarray of shape (n, t), bool or real
        One target a column.
    groups : ndarray of shape (t,)
        The group of each target, such as the depth of its clause.

    Returns
    -------
    PathScores

    Raises
    ------
    InputError
        When the number of rows is not that of the path.

    Examples
    --------
    >>> from limbeck.probes.features import fit_features
    >>> phi = np.linspace(-1.0, 1.0, 50)[:, np.newaxis]
    >>> found = score_groups(prepare_path(fit_features(phi)), np.hstack([phi, phi > 0]), np.array([0, 1]))
    >>> found.r_squared.round(2).tolist()
    [1.0, 0.75]

    References
    ----------
    Allen (1974), The relationship between variable selection and data augmentation; Boix-Adsera (2024), Towards
    a theory of model distillation, arXiv 2403.09053, whose probes these replace.
    """
    some = _read(path, targets)
    return some.scored(_first(_curves(some, groups), groups, 1.0))


def score_short(
    path: PenaltyPath, targets: NDArray[Any], groups: NDArray[Any], beside: NDArray[Any]
) -> tuple[PathScores, PathScores, PathScores]:
    """Score targets at their best, by the shortest probes that read them nearly as well, and others by such probes.

    The penalty of the short probes of a group is the largest at which its mean `R²_loo` is 0.9 of its best. A wide
    layer holds all functions of a few inputs if probes may be long; what it holds for a purpose can be read by short
    ones.

    Parameters
    ----------
    path : PenaltyPath
        From `prepare_path`.
    targets, groups : ndarray of shape (n, t), and (t,)
        As for `score_groups`.
    beside : ndarray of shape (n, t · c)
        Those beside each target, those of the first target first; read at its penalty.

    Returns
    -------
    best, short, beside : PathScores
        The targets as `score_groups` has them, by short probes, and those beside them.

    References
    ----------
    Boix-Adsera (2024), Towards a theory of model distillation, arXiv 2403.09053, where the norm of probes is bounded.
    """
    some = _read(path, targets)
    curves = _curves(some, groups, NEARLY)
    best, short = (_first(curves, groups, enough) for enough in (1.0, NEARLY))
    others = _read(path, beside).scored(np.repeat(short, beside.shape[1] // len(short)))
    return some.scored(best), some.scored(short), others


@dataclass(frozen=True, slots=True)
class _Read:
    """Centred targets (n, t), what they are in the directions of a layer (q, t), and what guessing loses (t,)."""

    path: PenaltyPath
    gap: NDArray[np.float64]
    alpha: NDArray[np.float64]
    spread: NDArray[np.float64]

    def scored(self, place: NDArray[np.intp]) -> PathScores:
        """Score every target at its place on the path."""
        features, (n, t) = self.path.features, self.gap.shape
        lost, norm = np.zeros((n, t)), np.zeros(t)
        for some in np.unique(place).tolist():
            at = np.flatnonzero(place == some)
            part = self.some(at)
            lost[:, at] = np.square(part.missed(some) / self.path.slack[:, [some]])
            norm[at] = shrunk_norm(features.eigval, part.alpha, float(self.path.penalty[some]))
        share = self.path.penalty[place] / (features.eigval[0] if features.n_eigenpairs else 1.0)
        total = np.square(self.gap) * (n / (n - 1)) ** 2
        norm *= np.sqrt(features.eigval.sum() / n)
        r_squared = np.where(self.spread > 0, 1.0 - lost.sum(axis=0) / np.where(self.spread > 0, self.spread, 1.0), 0.0)
        return PathScores(r_squared, norm, share, lost.astype(np.float32), total.astype(np.float32))

    def missed(self, place: int) -> NDArray[np.float64]:
        """Return what the probes of all rows miss at one penalty, shape (n, t)."""
        return self.gap - self.path.features.eigvec @ (self.path.shrinkage[:, [place]] * self.alpha)

    def r_squared(self, place: int) -> NDArray[np.float64]:
        """Return the leave-one-out R² at one penalty, shape (t,); of targets that vary."""
        return 1.0 - np.square(1 / self.path.slack[:, place]) @ np.square(self.missed(place)) / self.spread

    def most(self) -> NDArray[np.float64]:
        """Return what R² is at most, at every penalty, without a probe for each row, shape (grid, t).

        The squared residuals of the probes of all rows sum to `Σ_j (1 − h_j)² α_j²` and what lies outside of the
        directions; those that leave a row out are each larger by `1/(1 − H_ii)`, or by `1/max(1 − H_ii)` at least.
        """
        known, n = np.square(self.alpha), len(self.gap)
        outside = np.maximum((1 - _ROUNDING) * self.spread * ((n - 1) / n) ** 2 - known.sum(axis=0), 0.0)
        fitted = np.square(1 - self.path.shrinkage).T @ known + outside
        return 1.0 - fitted / np.square(self.path.slack.max(axis=0))[:, np.newaxis] / self.spread + _ROUNDING

    def some(self, at: NDArray[Any]) -> _Read:
        """Return some of the targets."""
        return _Read(self.path, self.gap[:, at], self.alpha[:, at], self.spread[at])


def _read(path: PenaltyPath, targets: NDArray[Any]) -> _Read:
    gap = centred(checked_targets(path.features, targets))
    spread = np.square(gap).sum(axis=0) * (len(gap) / (len(gap) - 1)) ** 2
    return _Read(path, gap, path.features.eigvec.T @ gap, spread)


def _first(curves: Mapping[Any, NDArray[np.float64]], groups: NDArray[Any], enough: float) -> NDArray[np.intp]:
    """Return for each target the first place at which its group's mean R² is so large a share of its best."""
    places = np.zeros(len(groups), np.intp)
    for group, found in curves.items():
        places[groups == group] = int(np.argmax(found >= min(enough * found.max(), found.max())))
    return places


def _curves(some: _Read, groups: NDArray[Any], enough: float = 1.0) -> dict[Any, NDArray[np.float64]]:
    """Return each group's mean R² at every penalty, shape (grid,); of groups in which nothing varies, none.

    Where it is surely below a share `enough` of the group's best it is not computed: −∞.
    """
    varied = np.flatnonzero(some.spread > 0)
    members = {group: varied[groups[varied] == group] for group in np.unique(groups).tolist()}
    few = {group: _spread_out(at) for group, at in members.items() if len(at)}
    if not few:
        return {}
    asked, sizes = some.some(np.concatenate(list(few.values()))), np.array([len(at) for at in few.values()])
    most = _means(asked.most(), sizes)
    found, least = np.full(most.shape, -np.inf), np.full(len(sizes), -np.inf)
    for place in np.argsort(-most.sum(axis=1), kind="stable").tolist():
        there = most[place] >= least
        if there.any():
            open_ = asked if there.all() else asked.some(np.repeat(there, sizes))
            found[place, there] = _means(open_.r_squared(place), sizes[there])
            best = found.max(axis=0)
            least = np.minimum(enough * best, best)
    return dict(zip(few, found.T, strict=True))


def _means(values: NDArray[np.float64], sizes: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the means over runs of so many columns, shape (..., runs)."""
    return np.add.reduceat(values, np.cumsum(sizes) - sizes, axis=-1) / sizes


def _spread_out(at: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the targets that choose, evenly spaced where there are many."""
    return at[np.unique(np.linspace(0, len(at) - 1, _CHOOSERS).round().astype(np.intp))]
