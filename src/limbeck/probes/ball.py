"""The probe of bounded norm, the one that the theorem on few represented clauses speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError
from limbeck.probes.features import Features
from limbeck.probes.loo import centred, checked_targets

__all__ = ["BallProbe", "fit_ball", "norm_needed", "shrunk_norm"]

_MAX_STEPS = 100  # Newton needs 3 to 10; the bracket halves wherever a step leaves it
_ROUNDING = 1e-12  # relative distance to the bound at which a norm counts as reached


@dataclass(frozen=True, slots=True)
class BallProbe:
    """Best linear probe of norm at most τ for each of t targets, with a free intercept.

    Parameters
    ----------
    mse : ndarray of shape (t,)
        `min over ‖w‖ ≤ τ, b of mean (w·φ_i + b − g_i)²` over the rows it was fitted on.
    norm : ndarray of shape (t,)
        ‖w‖ at the minimum: below τ where the least-squares solution of smallest norm already fits in.
    penalty : ndarray of shape (t,)
        Multiplier λ of the constraint, in the units of `prepare`; 0 where the bound does not bind.
    radius : float
        τ.
    """

    mse: NDArray[np.float64]
    norm: NDArray[np.float64]
    penalty: NDArray[np.float64]
    radius: float


def fit_ball(features: Features, targets: NDArray[Any], radius: float) -> BallProbe:
    """Minimise the mean squared error over all w with ‖w‖ ≤ τ and all intercepts, for every target.

    With `α = Uᵀg̃`, ridge has `‖w(λ)‖² = Σ s_j²α_j²/(s_j²+λ)²`, falling in λ. Where `‖w(0)‖ > τ`, λ solves
    `1/‖w(λ)‖ = 1/τ`: the left side is concave and rising, so Newton steps from below climb to the root.

    Parameters
    ----------
    features : Features
        From `fit_features`; eigenpairs that were dropped there cannot be used by w.
    targets : ndarray of shape (n,) or (n, t), bool or real
        One target a column.
    radius : float, above 0
        τ; infinity gives least squares.

    Returns
    -------
    BallProbe

    Raises
    ------
    InputError
        When `radius` is not positive or the rows do not match.

    Examples
    --------
    >>> from limbeck.probes.features import fit_features
    >>> phi = np.array([[-1.0], [1.0]])
    >>> probe = fit_ball(fit_features(phi), np.array([-2.0, 2.0]), radius=0.5)  # unbounded: w = 2
    >>> probe.norm.round(6).tolist(), probe.mse.round(6).tolist()
    ([0.5], [2.25])

    References
    ----------
    Boix-Adsera (2024), Towards a theory of model distillation, arXiv 2403.09053; Moré and Sorensen (1983),
    Computing a trust region step, for the root finding.
    """
    if not radius > 0:
        raise InputError("probes in a ball", f"`radius={radius}`", "give a radius above 0")
    gap = centred(checked_targets(features, targets))
    alpha = features.eigvec.T @ gap
    penalty = _solve(features.eigval, alpha, radius)
    rest = gap - features.eigvec @ alpha
    kept = penalty / (features.eigval[:, np.newaxis] + penalty) * alpha  # (1 − h)∘α
    mse = (np.square(rest).sum(axis=0) + np.square(kept).sum(axis=0)) / features.n_rows
    return BallProbe(mse, shrunk_norm(features.eigval, alpha, penalty), penalty, float(radius))


def norm_needed(features: Features, targets: NDArray[Any], penalty: float) -> NDArray[np.float64]:
    """‖w‖ of the ridge probe of each target: the τ at which it is represented.

    `‖w(λ)‖ = √(Σ_j s_j²α_j²/(s_j²+λ)²)`, `α = Uᵀg̃`.

    Parameters
    ----------
    features : Features
        From `fit_features`.
    targets : ndarray of shape (n,) or (n, t), bool or real
        One target a column.
    penalty : float, at least 0
        λ, as in `prepare`; 0 gives the least-squares solution of smallest norm.

    Returns
    -------
    ndarray of shape (t,), float64
        In units of one over the activations'; 0 for a constant target.

    Raises
    ------
    InputError
        When `penalty` is negative or the rows do not match.

    Examples
    --------
    >>> from limbeck.probes.features import fit_features
    >>> features = fit_features(np.array([[-1.0], [1.0]]))
    >>> norm_needed(features, np.array([-2.0, 2.0]), penalty=2.0).round(6).tolist()
    [1.0]
    """
    if not penalty >= 0:
        raise InputError("norms of ridge probes", f"`penalty={penalty}`", "give a penalty of at least 0")
    alpha = features.eigvec.T @ centred(checked_targets(features, targets))
    return shrunk_norm(features.eigval, alpha, float(penalty))


def shrunk_norm(
    eigval: NDArray[np.float64], alpha: NDArray[np.float64], penalty: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """‖w(λ)‖ per target, from `α = Uᵀg̃` (q, t)."""
    return np.sqrt(eigval @ np.square(alpha / (eigval[:, np.newaxis] + penalty)))


def _solve(eigval: NDArray[np.float64], alpha: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """Smallest λ ≥ 0 with ‖w(λ)‖ ≤ τ, per target."""
    penalty = np.zeros(alpha.shape[1])
    open_ = np.flatnonzero(shrunk_norm(eigval, alpha, penalty) > radius * (1 + _ROUNDING))
    length = np.sqrt(eigval @ np.square(alpha)) / radius  # ‖diag(s)α‖/τ: the root lies within s²'s range below it
    low = np.maximum(length - eigval.max(initial=0.0), 0.0)
    high = length - eigval.min(initial=np.inf)
    penalty[open_] = low[open_]
    for _ in range(_MAX_STEPS):
        if not open_.size:
            break
        a, lam, s2 = alpha[:, open_], penalty[open_], eigval[:, np.newaxis]
        norm = shrunk_norm(eigval, a, lam)
        short = norm <= radius
        high[open_] = np.where(short, lam, high[open_])
        low[open_] = np.where(short, low[open_], lam)
        slope = (s2 * a**2 / (s2 + lam) ** 3).sum(axis=0) / norm**3
        step = lam + (1.0 / radius - 1.0 / norm) / slope
        inside = (step >= low[open_]) & (step <= high[open_])
        penalty[open_] = np.where(inside, step, (low[open_] + high[open_]) / 2)
        open_ = open_[np.abs(norm - radius) > radius * _ROUNDING]
    return penalty
