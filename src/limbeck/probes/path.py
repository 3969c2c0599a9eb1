"""Leave-one-out probes along a path of penalties: one eigendecomposition serves every group of targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError
from limbeck.probes.ball import norm_needed
from limbeck.probes.features import Features
from limbeck.probes.loo import centred, checked_targets

__all__ = ["PathScores", "PenaltyPath", "prepare_path", "score_groups", "score_short"]

_SHARES = tuple(float(share) for share in np.logspace(-8, 1, 19))
"""Shares of the largest eigenvalue: half a decade apart, wide enough for trained and for re-drawn networks."""

NEARLY = 0.9
"""Share of a group's best mean R² with which its probes count as good enough, and shorter ones as too short."""

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
    lost, total : ndarray of shape (n, t)
        Squared leave-one-out residuals of the probe, and of guessing the mean of the other rows:
        `R² = 1 − Σ lost / Σ total`.
    """

    r_squared: NDArray[np.float64]
    norm: NDArray[np.float64]
    share: NDArray[np.float64]
    lost: NDArray[np.float64]
    total: NDArray[np.float64]


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
    return _scored(path, targets, _places(path, targets, groups, 1.0))


def score_short(
    path: PenaltyPath, targets: NDArray[Any], groups: NDArray[Any], beside: NDArray[Any]
) -> tuple[PathScores, PathScores]:
    """Score targets by the shortest probes that read them nearly as well as any, and others by probes as short.

    The penalty of a group is the largest at which its mean `R²_loo` is 0.9 of its best. A wide layer holds all
    functions of a few inputs if probes may be long; what it holds for a purpose can be read by short ones.

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
    targets, beside : PathScores

    References
    ----------
    Boix-Adsera (2024), Towards a theory of model distillation, arXiv 2403.09053, where the norm of probes is bounded.
    """
    places = _places(path, targets, groups, NEARLY)
    return _scored(path, targets, places), _scored(path, beside, np.repeat(places, beside.shape[1] // len(places)))


def _scored(path: PenaltyPath, targets: NDArray[Any], place: NDArray[np.intp]) -> PathScores:
    """Score every target at its place on the path."""
    features = path.features
    gap = centred(checked_targets(features, targets))
    n, t = gap.shape
    total = np.square(gap) * (n / (n - 1)) ** 2
    alpha = features.eigvec.T @ gap
    lost, norm = np.zeros((n, t)), np.zeros(t)
    length = np.sqrt(features.eigval.sum() / n)
    for some in np.unique(place).tolist():
        at = np.flatnonzero(place == some)
        lost[:, at] = _lost(path, gap[:, at], alpha[:, at], some)
        norm[at] = norm_needed(features, targets[:, at], float(path.penalty[some])) * length
    share = path.penalty[place] / (features.eigval[0] if features.n_eigenpairs else 1.0)
    return PathScores(_r_squared(lost, total), norm, share, lost, total)


def _places(path: PenaltyPath, targets: NDArray[Any], groups: NDArray[Any], enough: float) -> NDArray[np.intp]:
    """Choose a place on the path for each target: the first at which its group is read well enough."""
    gap = centred(checked_targets(path.features, targets))
    alpha, places = path.features.eigvec.T @ gap, np.zeros(gap.shape[1], np.intp)
    for group in np.unique(groups):
        at = np.flatnonzero(groups == group)
        places[at] = _place(path, gap, alpha, at, enough)
    return places


def _place(
    path: PenaltyPath, gap: NDArray[np.float64], alpha: NDArray[np.float64], at: NDArray[np.intp], enough: float
) -> int:
    """Return the first place on the path at which the group's mean R² is so large a share of its best."""
    varied = at[np.square(gap[:, at]).sum(axis=0) > 0]
    if not len(varied):
        return 0
    few = varied[np.unique(np.linspace(0, len(varied) - 1, _CHOOSERS).round().astype(np.intp))]
    some, projected = gap[:, few], alpha[:, few]
    total = np.square(some).sum(axis=0)
    n = len(gap)
    shares = [
        _lost(path, some, projected, place).sum(axis=0) / (total * (n / (n - 1)) ** 2)
        for place in range(len(path.penalty))
    ]
    found = 1.0 - np.mean(shares, axis=1)
    return int(np.argmax(found >= min(enough * found.max(), found.max())))


def _lost(path: PenaltyPath, gap: NDArray[np.float64], alpha: NDArray[np.float64], place: int) -> NDArray[np.float64]:
    """Squared leave-one-out residuals of centred targets at one penalty, shape (n, t)."""
    fitted = path.features.eigvec @ (path.shrinkage[:, [place]] * alpha)
    return np.square((gap - fitted) / path.slack[:, [place]])


def _r_squared(lost: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    """`1 − Σ lost / Σ total` for every target; 0 where there is nothing to predict."""
    spread = total.sum(axis=0)
    return np.where(spread > 0, 1.0 - lost.sum(axis=0) / np.where(spread > 0, spread, 1.0), 0.0)
