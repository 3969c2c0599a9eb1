"""Which units of a layer the output listens to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from limbeck.causal.interchange import Ending, Finish, moved_outputs

__all__ = ["units_heard"]

_MOST_GROUPS = 256  # replaced one after the other; wider layers in runs of neighbours


def units_heard(
    finish: Finish,
    activations: NDArray[np.float64],
    base: NDArray[np.intp],
    source: NDArray[np.intp],
    natural: Ending,
) -> NDArray[np.bool_]:
    """Replace every unit by its values on other rows, and tell which move an output, shape (m,).

    Clauses that are held in units which nothing reads are held for nobody. Of layers with more than 256 units, runs of
    neighbours are replaced at once.

    Parameters
    ----------
    finish : callable
        See `Finish`.
    activations : ndarray of shape (n, m)
        The layer.
    base, source : ndarray of intp, shape (k,)
        Rows, and others whose values are put in; a few are enough.
    natural : Ending of k rows
        Endings of the base rows.

    Examples
    --------
    >>> held = np.random.default_rng(0).normal(size=(8, 3))
    >>> def second(rows, values):
    ...     return Ending(values[:, 1], values[:, 1:2])
    >>> rows = np.arange(4)
    >>> units_heard(second, held, rows, rows + 4, second(rows, held[rows])).tolist()
    [False, True, False]
    """
    n_units, k = activations.shape[1], len(base)
    groups = np.array_split(np.arange(n_units), min(n_units, _MOST_GROUPS))
    moved = np.repeat(activations[base][None], len(groups), axis=0)
    for values, group in zip(moved, groups, strict=True):
        values[:, group] = activations[np.ix_(source, group)]
    ended = finish(np.tile(base, len(groups)), moved.reshape(-1, n_units))
    heard = moved_outputs(natural.scores, ended.scores.reshape(len(groups), k, -1)).any(axis=(1, 2))
    return np.repeat(heard, [len(group) for group in groups])
