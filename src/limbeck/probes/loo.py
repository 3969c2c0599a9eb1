"""Exact leave-one-out R² of ridge probes, in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError
from limbeck.probes.features import Features

__all__ = ["LooProbe", "choose_penalty", "prepare", "scores"]

_SMALLEST_SHARE = 1e-9  # below this share of s²_max, 1 − H_ii may be lost in float64 rounding
_PENALTY_GRID = tuple(float(share) for share in np.logspace(-8, 1, 19))  # shares of the largest eigenvalue
_BATCH = 1 << 22  # entries of one n × t temporary


@dataclass(frozen=True, slots=True)
class LooProbe:
    """Everything about ridge probes on one layer that does not depend on the target.

    The hat matrix of ridge regression with an unpenalised intercept is `H = U diag(h) Uᵀ + 11ᵀ/n`.

    Parameters
    ----------
    features : Features
        U and s².
    penalty : float
        λ in `min Σ(w·φ_i + b − g_i)² + λ‖w‖²`.
    shrinkage : ndarray of shape (q,)
        `h = s²/(s²+λ)`.
    slack : ndarray of shape (n,)
        `1 − H_ii`, positive: what a row's own target does not decide of its own prediction.
    """

    features: Features
    penalty: float
    shrinkage: NDArray[np.float64]
    slack: NDArray[np.float64]


def prepare(features: Features, penalty: float) -> LooProbe:
    """Fix the penalty and compute the diagonal of the hat matrix.

    Parameters
    ----------
    features : Features
        From `fit_features`; at least 2 rows.
    penalty : float
        λ > 0, and at least 1e-9 of the largest eigenvalue: then `1 − H_ii ≥ (1 − 1/n)·λ/(λ + s²_max)`
        stays far above rounding, whatever the activations.

    Returns
    -------
    LooProbe
        Pass it to `scores`, or to `prepare_extensions` for the children of clauses.

    Raises
    ------
    InputError
        When there are fewer than 2 rows or the penalty is too small.

    Examples
    --------
    >>> from limbeck.probes.features import fit_features
    >>> probe = prepare(fit_features(np.array([[-1.0], [0.0], [1.0]])), penalty=2.0)
    >>> probe.shrinkage.round(6).tolist()  # s² = 2
    [0.5]

    References
    ----------
    Allen (1974), The relationship between variable selection and data augmentation (PRESS).
    """
    if features.n_rows < 2:
        raise InputError("a leave-one-out probe", f"{features.n_rows} row", "give at least 2 rows")
    smallest = _SMALLEST_SHARE * float(features.eigval.max(initial=0.0))
    if not np.isfinite(penalty) or penalty <= 0 or penalty < smallest:
        raise InputError(
            "a leave-one-out probe", f"`penalty={penalty:g}`", f"give a finite penalty above {smallest:.3g}"
        )
    shrinkage = features.eigval / (features.eigval + penalty)
    return LooProbe(features, float(penalty), shrinkage, _slack(features, shrinkage))


def scores(probe: LooProbe, targets: NDArray[Any]) -> NDArray[np.float64]:
    """R² of each target under leave-one-out probes, exactly and without refitting.

    With `g̃ = g − ḡ` and the residuals `ρ = (g̃ − U(h∘Uᵀg̃)) / (1 − H_ii)` of the n probes that each leave
    out one row, `R² = 1 − Σρ² / Σ(g̃·n/(n−1))²`: the second sum is that of guessing the mean of the
    other rows. At most 1; negative where the probe is worse than that mean.

    Parameters
    ----------
    probe : LooProbe
        From `prepare`.
    targets : ndarray of shape (n,) or (n, t), bool or real
        One target a column.

    Returns
    -------
    ndarray of shape (t,), float64
        0 for a target that is constant over the rows: there is nothing to predict.

    Raises
    ------
    InputError
        When the number of rows is not that of the probe.

    Examples
    --------
    >>> from limbeck.probes.features import fit_features
    >>> phi = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    >>> probe = prepare(fit_features(phi), penalty=1e-6)
    >>> scores(probe, np.column_stack([phi[:, 0], np.ones(4)])).round(6).tolist()
    [1.0, 0.0]

    References
    ----------
    Allen (1974); Golub, Heath and Wahba (1979), Generalized cross-validation; Boix-Adsera (2024), Towards
    a theory of model distillation, arXiv 2403.09053, whose probes these replace.
    """
    targets = checked_targets(probe.features, targets)
    step = max(1, _BATCH // len(targets))
    blocks = [_score_block(probe, centred(targets[:, i : i + step])) for i in range(0, targets.shape[1], step)]
    return np.concatenate(blocks) if blocks else np.empty(0)


def choose_penalty(features: Features, targets: NDArray[Any], *, grid: Sequence[float] = _PENALTY_GRID) -> float:
    """Return the penalty of the largest mean R² over the targets, left out one row at a time.

    Call it once with the teacher's outputs, or with the clauses of one depth: trained networks want
    about 1e-6 to 1e-4 of the largest eigenvalue, networks with re-drawn weights 1e-2 to 1e-1.

    Parameters
    ----------
    features : Features
        From `fit_features`.
    targets : ndarray of shape (n,) or (n, t), bool or real
        Constant columns are ignored.
    grid : sequence of float
        Penalties to try, as shares of the largest eigenvalue, each at least 1e-9 (default: 19 of them,
        1e-8 to 10).

    Returns
    -------
    float
        λ itself, not the share. Among equals the largest. 1 when the activations are constant: then
        every penalty gives the same probe.

    Raises
    ------
    InputError
        When the grid is empty or holds a share below 1e-9, or the rows do not match.

    Examples
    --------
    >>> from limbeck.probes.features import fit_features
    >>> phi = np.linspace(-1.0, 1.0, 50)[:, np.newaxis]
    >>> features = fit_features(phi)
    >>> bool(choose_penalty(features, phi > 0) < features.eigval[0])
    True
    """
    if not len(grid) or min(grid) < _SMALLEST_SHARE:
        raise InputError("a penalty", f"`grid={tuple(grid)}`", f"give shares of at least {_SMALLEST_SHARE}")
    targets = centred(checked_targets(features, targets))
    targets = targets[:, np.einsum("ij,ij->j", targets, targets) > 0]
    if not features.n_eigenpairs:
        return 1.0
    penalties = sorted((share * float(features.eigval[0]) for share in grid), reverse=True)
    means = [
        float(_score_block(prepare(features, penalty), targets).mean()) if targets.shape[1] else 0.0
        for penalty in penalties
    ]
    return penalties[int(np.argmax(means))]


def checked_targets(features: Features, targets: NDArray[Any]) -> NDArray[Any]:
    """Targets as columns, refused when their rows are not those of the features."""
    columns = targets[:, np.newaxis] if targets.ndim == 1 else targets
    if columns.ndim != 2 or len(columns) != features.n_rows:
        raise InputError(
            "probes of `targets`",
            f"shape {targets.shape} for {features.n_rows} rows",
            "give one row per row of the activations",
        )
    return columns


def centred(targets: NDArray[Any]) -> NDArray[np.float64]:
    """Targets minus their column means; exactly zero where a column is constant."""
    columns = targets.astype(np.float64)
    constant = (columns == columns[:1]).all(axis=0)
    columns -= columns.mean(axis=0)
    columns[:, constant] = 0.0
    return columns


def _slack(features: Features, shrinkage: NDArray[np.float64]) -> NDArray[np.float64]:
    """`1 − H_ii` for every row."""
    leverage = np.einsum("ij,ij,j->i", features.eigvec, features.eigvec, shrinkage)
    return 1.0 - 1.0 / features.n_rows - leverage


def _score_block(probe: LooProbe, targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """R² of centred targets."""
    eigvec, n = probe.features.eigvec, probe.features.n_rows
    residual = targets - eigvec @ (probe.shrinkage[:, np.newaxis] * (eigvec.T @ targets))
    residual /= probe.slack[:, np.newaxis]
    total = np.einsum("ij,ij->j", targets, targets) * (n / (n - 1)) ** 2
    lost = np.einsum("ij,ij->j", residual, residual)
    return np.where(total > 0, 1.0 - lost / np.where(total > 0, total, 1.0), 0.0)
