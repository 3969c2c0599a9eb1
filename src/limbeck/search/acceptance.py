"""The theorem's rule for keeping clauses: every clause that a linear probe of bounded norm tells well enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limbeck.probes import Features, fit_ball, left_out_error, passing_error

__all__ = ["PassingProbe"]

_ROUNDING = 1e-9  # relative: a norm that was computed to be enough must be enough


@dataclass(frozen=True, eq=False)
class PassingProbe:
    """Tells whether a clause is represented: whether its norm-bounded probe passes.

    A clause c of r literals passes when the best probe with ‖w‖ ≤ τ and a free intercept has a leave-one-out error,
    at the penalty that this norm gives, of at most 4⁻ʳ/4. Leaving rows out only makes the test stricter, so that
    at most `most_passing(r, Bτ)` clauses pass it on all rows of uniform bits, while few rows do not let clauses pass
    by chance.

    Parameters
    ----------
    features : Features
        Activations of all n rows of the search, factorised.
    radius : float, above 0
        Bound τ on the norm of w.

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053: the decision-tree distiller keeps
    the clauses whose probe passes; few clauses can be represented.
    """

    features: Features
    radius: float

    def __call__(self, holds: NDArray[np.bool_], depth: int) -> NDArray[np.bool_]:
        """Test clauses of as many literals, given as columns (n, t); shape (t,)."""
        penalty = fit_ball(self.features, holds, self.radius * (1 + _ROUNDING)).penalty
        return left_out_error(self.features, holds, penalty) <= passing_error(depth)
