"""The theorem's search: breadth first, and every clause that passes is extended; there is no beam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError
from limbeck.search.family import ClauseFamily, Level, Options, distinct_rows, row_sets
from limbeck.search.losses import Loss

__all__ = ["Passes", "RepresentedFamily", "grow_represented_family"]

_CELLS = 1 << 22  # numbers of one unpacked batch of clauses

Passes = Callable[[NDArray[np.bool_], int], NDArray[np.bool_]]
"""Which clauses, given as columns (n, t), of so many literals pass; shape (t,)."""


@dataclass(frozen=True, eq=False)
class RepresentedFamily:
    """The clauses that passed, with all their extensions by one literal.

    Parameters
    ----------
    family : ClauseFamily
        Inner nodes are clauses that passed, leaves any child of one.
    probed, passed : tuple of int
        Clauses of 1, 2, ... literals that were tested, and that passed.
    stopped : int
        Clauses of the next level that were one too many to test; 0 when the search ended by itself.
    """

    family: ClauseFamily
    probed: tuple[int, ...]
    passed: tuple[int, ...]
    stopped: int = 0


def grow_represented_family(
    literals: NDArray[np.bool_], loss: Loss, passes: Passes, *, max_depth: int, most_clauses: int = 100_000
) -> RepresentedFamily:
    """Search for all clauses whose prefixes pass, in some order of their literals.

    Level 0 is the clause that every row satisfies. Level r+1 holds both children, by every literal, of each clause
    of level r that passes. The leaves of a tree need not pass, so that clauses of at most `max_depth - 1` literals
    are tested.

    Parameters
    ----------
    literals : ndarray of bool, shape (n, l)
        Answers of the rows.
    loss : Loss
        Leaf loss over the same rows.
    passes : callable
        The test, such as a `PassingProbe` over the same rows.
    max_depth : int, at least 1
        Questions on the longest path of a tree.
    most_clauses : int
        Extensions on one level beyond which the search stops.

    Returns
    -------
    RepresentedFamily

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053: the search of the decision-tree
    distiller.
    """
    if max_depth < 1:
        raise InputError("a search for a tree", f"`max_depth={max_depth}`", "allow at least 1 question")
    n, n_literals = literals.shape
    packed = np.packbits(literals.T, axis=1)
    level = Level(np.packbits(np.ones((1, n), bool), axis=1), loss.total[np.newaxis])
    kept = np.zeros(1, np.intp)
    levels, probed, passed, stopped = [level], list[int](), list[int](), 0
    for depth in range(1, max_depth + 1):
        if 2 * len(kept) * n_literals > most_clauses:
            stopped = 2 * len(kept) * n_literals
            break
        options, members = _extended(levels[-1].members, kept, packed)
        levels[-1] = replace(levels[-1], options=options)
        sums, accepted = _measured(members, loss, n, passes if depth < max_depth else None, depth)
        levels.append(Level(members, sums))
        if depth < max_depth:
            kept = np.flatnonzero(accepted)
            probed.append(len(members))
            passed.append(len(kept))
        if not len(kept):
            break
    family = ClauseFamily(tuple(levels), literals, 1 + sum(probed), not stopped)
    return RepresentedFamily(family, tuple(probed), tuple(passed), stopped)


def _extended(
    members: NDArray[np.uint8], kept: NDArray[np.intp], packed: NDArray[np.uint8]
) -> tuple[Options, NDArray[np.uint8]]:
    """Split clauses by every literal that cuts them; clauses with the same rows are one."""
    parent, literal = np.repeat(kept, len(packed)), np.tile(np.arange(len(packed)), len(kept))
    above = members[parent]
    yes = above & packed[literal]
    no = above ^ yes
    cut = np.flatnonzero(yes.any(axis=1) & no.any(axis=1))
    children, _, place = distinct_rows(np.concatenate([yes[cut], no[cut]]))
    return Options(parent[cut], literal[cut], place[: len(cut)], place[len(cut) :]), children


def _measured(
    members: NDArray[np.uint8], loss: Loss, n: int, passes: Passes | None, depth: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Sum up the statistics of packed clauses and test them, a batch at a time."""
    sums = np.zeros((len(members), loss.statistics.shape[1]))
    accepted = np.zeros(len(members), bool)
    size = max(1, _CELLS // n)
    for start in range(0, len(members), size):
        at = slice(start, start + size)
        holds = row_sets(members[at], n, np.bool_)
        sums[at] = holds @ loss.statistics
        if passes is not None:
            accepted[at] = passes(holds.T, depth)
    return sums, accepted
