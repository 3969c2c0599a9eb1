"""The theorem's test of a clause: what error passes, what norm that takes, and how many clauses can pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError
from limbeck.probes.ball import norm_needed
from limbeck.probes.features import Features
from limbeck.probes.loo import centred, checked_targets

__all__ = ["energy", "left_out_error", "most_passing", "passing_error", "radius_needed"]

_PENALTIES = np.logspace(1, -9, 101)  # shares of the largest eigenvalue that are tried, falling
_LEAST_SLACK = 1e-9  # a row that decides its own prediction to this extent is not predicted by the others


def energy(features: Features) -> float:
    """B² = E‖φ − Eφ‖² over the rows: the total variance of the activations.

    A probe has a free intercept, so that activations count from their mean.

    Examples
    --------
    >>> from limbeck.probes.features import fit_features
    >>> energy(fit_features(np.array([[1.0, 5.0], [3.0, 5.0]])))
    1.0
    """
    return float(features.eigval.sum()) / features.n_rows


def passing_error(depth: int) -> float:
    """Largest mean squared error with which a clause of r literals passes: 4⁻ʳ/4, half its support squared."""
    return 0.25**depth / 4.0


def most_passing(depth: int, length: float) -> float:
    """How many clauses of r literals can pass on uniform bits, however many bits there are: 4·8ʳ·B²τ².

    If `w·φ + b` with ‖w‖ ≤ τ is within 2⁻ʳ/2 of a clause over the columns S in root mean square, its coefficient on
    the parity χ_S is at least 2⁻ʳ/2, so that ‖E[(φ − Eφ) χ_S]‖ ≥ 2⁻ʳ/(2τ). Parities are orthonormal: by Bessel's
    inequality at most 4·4ʳ·B²τ² sets S have such a coefficient, and each carries 2ʳ clauses.

    Parameters
    ----------
    depth : int, at least 1
        Literals r.
    length : float, at least 0
        Bτ: norm of the probe times the root of `energy`. It does not depend on the scale of the activations.

    Examples
    --------
    >>> most_passing(2, 1.5)
    576.0

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053: few clauses can be represented.
    """
    if depth < 1 or not length >= 0:
        found = f"`depth={depth}`, `length={length}`"
        raise InputError("a count of clauses", found, "give at least 1 literal and a length of at least 0")
    return 4.0 * 8.0**depth * length**2


def left_out_error(
    features: Features, targets: NDArray[Any], penalty: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """Mean squared leave-one-out residual of the ridge probe of each target, at a penalty of its own.

    `mean ρ²` with ρ as in `scores`; never below the error on the rows that were fitted, since `1 − H_ii ≤ 1`.

    Parameters
    ----------
    features : Features
        From `fit_features`.
    targets : ndarray of shape (n,) or (n, t), bool or real
        One target a column.
    penalty : float or ndarray of shape (t,), at least 0
        λ, as in `prepare`.

    Returns
    -------
    ndarray of shape (t,), float64
        Infinite where some row alone decides its own prediction: the other rows do not tell it.

    Examples
    --------
    >>> from limbeck.probes.features import fit_features
    >>> phi = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    >>> left_out_error(fit_features(phi), np.column_stack([phi[:, 0], phi[:, 0] ** 2]), 0.0).round(6).tolist()
    [0.0, 11.846395]

    References
    ----------
    Allen (1974), The relationship between variable selection and data augmentation (PRESS).
    """
    gap = centred(checked_targets(features, targets))
    penalty = np.broadcast_to(np.asarray(penalty, np.float64), gap.shape[1])
    shrinkage = features.eigval[:, np.newaxis] / (features.eigval[:, np.newaxis] + penalty)
    residual = gap - features.eigvec @ (shrinkage * (features.eigvec.T @ gap))
    slack = 1.0 - 1.0 / features.n_rows - np.square(features.eigvec) @ shrinkage
    told = slack > _LEAST_SLACK
    error = np.square(residual / np.where(told, slack, 1.0)).mean(axis=0)
    return np.where(told.all(axis=0), error, np.inf)


def radius_needed(features: Features, targets: NDArray[Any], tolerance: float) -> NDArray[np.float64]:
    """Norm of a ridge probe whose leave-one-out error is at most `tolerance`: the τ that each target needs.

    The largest penalty that passes, of ten a decade, gives the smallest norm.

    Parameters
    ----------
    features : Features
        From `fit_features`.
    targets : ndarray of shape (n,) or (n, t), bool or real
        One target a column.
    tolerance : float, at least 0
        Mean squared error, such as `passing_error(depth)`.

    Returns
    -------
    ndarray of shape (t,), float64
        Infinite where no penalty passes: no linear probe of this layer tells the target well enough.

    Examples
    --------
    >>> from limbeck.probes.features import fit_features
    >>> phi = np.random.default_rng(0).normal(size=(200, 3))
    >>> targets = np.column_stack([phi[:, 0] > 0, phi[:, 0] * phi[:, 1] > 0])
    >>> radius_needed(fit_features(phi), targets, tolerance=0.1).round(2).tolist()
    [0.34, inf]
    """
    columns = checked_targets(features, targets)
    needed = np.full(columns.shape[1], np.inf)
    largest = float(features.eigval[0]) if features.n_eigenpairs else 1.0
    for penalty in _PENALTIES * largest:
        left = np.flatnonzero(np.isinf(needed))
        if not left.size:
            break
        passed = left[left_out_error(features, columns[:, left], penalty) <= tolerance]
        needed[passed] = norm_needed(features, columns[:, passed], penalty)
    return needed
