"""How many leaves a yes/no function takes over a set of questions: its complexity, as a control needs it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Literal
from limbeck.search.beam import grow_family
from limbeck.search.beam_settings import BeamSettings
from limbeck.search.guides import Agreement, Impurity
from limbeck.search.losses import HardLabels
from limbeck.search.program import solve_program

__all__ = ["leaves_needed"]

_SLACK = 0.01  # share of the rows by which a smaller tree may be behind the largest
_BEAM = BeamSettings(widths=(6, 4, 3, 2), beam=100, max_depth=4, pair_clauses=50, most_sums=2e6)


def leaves_needed(answers: NDArray[np.bool_], target: NDArray[np.bool_], most: int = 8) -> int:
    """Count the leaves of the smallest tree that is nearly as right as any of at most `most` leaves that was found.

    Parameters
    ----------
    answers : ndarray of bool, shape (n, l)
        Answers to the questions.
    target : ndarray of bool, shape (n,)
        The function.
    most : int, at least 2
        Largest tree that is looked for.

    Returns
    -------
    int
        From 2 to `most`.

    Examples
    --------
    >>> bits = np.random.default_rng(0).integers(2, size=(400, 12)).astype(bool)
    >>> [leaves_needed(bits, f) for f in (bits[:, 3], bits[:, 3] & bits[:, 5], bits[:, 3] ^ bits[:, 5])]
    [2, 3, 4]
    """
    loss = HardLabels(target.astype(int), 2)
    family = grow_family(answers, loss, [Impurity(loss), Agreement(loss)], _BEAM)
    names = tuple(Literal.concept(str(j)) for j in range(answers.shape[1]))
    points = solve_program(family, names, loss, max_leaves=most).points
    enough = points[-1].cost + _SLACK * len(target)
    return max(2, next(point.n_leaves for point in points if point.cost <= enough))
