"""The splits that guides propose under the clauses of a level, and a memory of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["ProposalMemory", "Proposals"]

# Clauses that are remembered; bounds memory.
_MOST_CLAUSES = 50_000


@dataclass(frozen=True, eq=False)
class Proposals:
    """m splits, sorted by parent.

    Parameters
    ----------
    parent, literal : ndarray of intp, shape (m,)
        Clause of the level that is split, and the literal that splits it.
    rank : ndarray of int64, shape (m,)
        Best place in a guide's list.
    first : ndarray of uint64, shape (m,)
        A bit for each guide that likes it best.
    yes_sums, no_sums : ndarray, shape (m, d)
        Sufficient statistics of both sides.
    """

    parent: NDArray[np.intp]
    literal: NDArray[np.intp]
    rank: NDArray[np.int64]
    first: NDArray[np.uint64]
    yes_sums: NDArray[np.floating]
    no_sums: NDArray[np.floating]

    @classmethod
    def joined(cls, parts: Sequence[Proposals]) -> Proposals:
        """Return the proposals of several parts as one."""
        names = [field.name for field in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def part(self, first: int, last: int) -> Proposals:
        """Return a run of them."""
        return Proposals(*(getattr(self, field.name)[first:last] for field in fields(self)))


class ProposalMemory:
    """What was proposed under clauses, from one search to the next over the same rows."""

    def __init__(self) -> None:
        self._known: dict[bytes, _Run] = {}

    def recalled(
        self, keys: Sequence[bytes], clause: NDArray[np.intp], make: Callable[[list[int]], Proposals]
    ) -> Proposals:
        """Return the proposals under clauses; those that are not known are made, given their places among these.

        A key stands for the rows of its clause and everything else that proposals depend on.
        """
        new = [i for i, key in enumerate(keys) if key not in self._known]
        runs: list[_Run | None] = [self._known.get(key) for key in keys]
        if new:
            made = make(new)
            ends = (np.searchsorted(made.parent, clause[new], side).tolist() for side in ("left", "right"))
            for i, first, last in zip(new, *ends, strict=True):
                runs[i] = made, first, last
        known = [run for run in runs if run is not None]
        if len(self._known) + len(new) <= _MOST_CLAUSES:
            self._known.update((keys[i], known[i]) for i in new)
        whole = Proposals.joined([made.part(first, last) for made, first, last in _merged(known)])
        return replace(whole, parent=np.repeat(clause, [last - first for _, first, last in known]))


# Some proposals, and from which to which of them.
_Run = tuple[Proposals, int, int]


def _merged(runs: Sequence[_Run]) -> list[_Run]:
    """Return the same runs with those that follow one another as one."""
    merged: list[_Run] = []
    for made, first, last in runs:
        if merged and merged[-1][0] is made and merged[-1][2] == first:
            merged[-1] = made, merged[-1][1], last
        else:
            merged.append((made, first, last))
    return merged
