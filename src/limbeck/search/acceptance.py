"""The theorem's rule for keeping clauses: every clause that a linear probe of bounded norm tells well enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limbeck.probe import Features, fit_ball

__all__ = ["PassingProbe"]

_CLAUSES_AT_ONCE = 4096


@dataclass(frozen=True, eq=False)
class PassingProbe:
    r"""A priority for the beam that extends a clause exactly when its norm-bounded probe passes.

    A clause c passes when `min over ||w|| <= tau, b of mean (w·phi + b - c)^2 <= tolerance`. Under the uniform
    distribution at most `4 * 8^k * B^2 tau^2` clauses of k literals can pass a tolerance of `4^-k / 4`, whatever
    the number of inputs, so that a search without any limit on the beam stays small. The score of a clause that
    passes is minus its error; of others, minus infinity.

    Parameters
    ----------
    features : Features
        Activations of some rows, factorised.
    rows : ndarray of intp, shape (n_probe,)
        Which rows of the search these are.
    radius : float, above 0
        Bound τ on the norm of w.
    tolerance : float, at least 0
        Largest mean squared error that passes.

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053: the decision-tree distiller keeps
    the clauses whose probe passes; few clauses can be represented.
    """

    features: Features
    rows: NDArray[np.intp]
    radius: float
    tolerance: float

    def __call__(self, members: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Score clauses, given their rows as (k, n)."""
        errors = [
            fit_ball(self.features, members[start : start + _CLAUSES_AT_ONCE, self.rows].T, self.radius).mse
            for start in range(0, len(members), _CLAUSES_AT_ONCE)
        ]
        error = np.concatenate(errors) if errors else np.empty(0)
        return np.where(error <= self.tolerance, -error, -np.inf)
