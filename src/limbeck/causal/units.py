"""Which units of a layer the output listens to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from limbeck.causal.interchange import Ending, Finish, moved_outputs

__all__ = ["units_heard"]

_MOST_GROUPS = 256  # replaced one after the other; wider layers in runs of neighbours
_FEW_ROWS = 8  # on which they are
_UNCHANGED = 0.98  # share of the answers that stay when units count as hardly heard
_SAME_NUMBER = 0.1  # of the numbers' spread: answers that differ by less did not change


def units_heard(
    finish: Finish,
    activations: NDArray[np.float64],
    base: NDArray[np.intp],
    source: NDArray[np.intp],
    natural: Ending,
) -> NDArray[np.bool_]:
    """Replace units by their values on other rows, and tell which change answers, shape (m,).

    Clauses that are held in units which nothing reads, or which are outvoted, are held for nobody. Units are put in the
    order of what each moves in the outputs; as many of the least as can be replaced at once while 98 of 100 answers
    stay are not heard. Of layers with more than 256 units, runs of neighbours are replaced together.

    Parameters
    ----------
    finish : callable
        See `Finish`.
    activations : ndarray of shape (n, m)
        The layer.
    base, source : ndarray of intp, shape (k,)
        Rows, and others whose values are put in; single units are replaced on the first few.
    natural : Ending of k rows
        Endings of the base rows.

    Examples
    --------
    >>> held = np.random.default_rng(0).normal(size=(200, 3))
    >>> def second(rows, values):
    ...     score = values[:, 1:2] + values[:, 2:] / 1000
    ...     return Ending((score[:, 0] > 0).astype(int), score)
    >>> rows = np.arange(100)
    >>> units_heard(second, held, rows, rows + 100, second(rows, held[rows])).tolist()
    [False, True, False]
    """
    n_units = activations.shape[1]
    groups = np.array_split(np.arange(n_units), min(n_units, _MOST_GROUPS))
    moves = _moves(finish, activations, groups, base[:_FEW_ROWS], source[:_FEW_ROWS], natural)
    order = np.argsort(moves, kind="stable")
    spread = float(natural.answers.std()) if natural.answers.dtype.kind == "f" else 0.0

    def unchanged(n_groups: int) -> bool:
        """Whether the answers stay when the least of the groups are replaced at once."""
        moved, some = activations[base], np.concatenate([groups[g] for g in order[:n_groups]])
        moved[:, some] = activations[np.ix_(source, some)]
        after = finish(base, moved).answers
        same = np.abs(after - natural.answers) <= _SAME_NUMBER * spread if spread else after == natural.answers
        return bool(same.mean() >= _UNCHANGED)

    low, high = int((moves == 0).sum()), len(groups)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if unchanged(middle) else (low, middle)
    heard = np.ones(n_units, bool)
    for group in order[:low]:
        heard[groups[group]] = False
    return heard


def _moves(
    finish: Finish,
    activations: NDArray[np.float64],
    groups: list[NDArray[np.intp]],
    base: NDArray[np.intp],
    source: NDArray[np.intp],
    natural: Ending,
) -> NDArray[np.float64]:
    """Return how far the outputs go when each group of units is replaced; 0 where none goes beyond rounding."""
    moved = np.repeat(activations[base][None], len(groups), axis=0)
    for values, group in zip(moved, groups, strict=True):
        values[:, group] = activations[np.ix_(source, group)]
    ended = finish(np.tile(base, len(groups)), moved.reshape(-1, activations.shape[1]))
    before, after = natural.scores[: len(base)], ended.scores.reshape(len(groups), len(base), -1)
    heard = moved_outputs(before, after).any(axis=(1, 2))
    return np.where(heard, np.abs(after - before).mean(axis=1).max(axis=1), 0.0)
