"""The splits that guides propose under the clauses of a level, and a memory of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

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

    def under(self, parents: Sequence[int]) -> list[Proposals]:
        """Return the proposals under each of some parents by themselves."""
        ends = zip(*(np.searchsorted(self.parent, parents, side).tolist() for side in ("left", "right")), strict=True)
        arrays = [getattr(self, field.name) for field in fields(self)]
        return [Proposals(*(array[first:last] for array in arrays)) for first, last in ends]


class ProposalMemory:
    """What was proposed under clauses, from one search to the next over the same rows."""

    def __init__(self) -> None:
        self._known: dict[bytes, Proposals] = {}

    def recalled(
        self, keys: Sequence[bytes], clause: NDArray[np.intp], make: Callable[[list[int]], Proposals]
    ) -> Proposals:
        """Return the proposals under clauses; those that are not known are made, given their places among these.

        A key stands for the rows of its clause and everything else that proposals depend on.
        """
        new = [i for i, key in enumerate(keys) if key not in self._known]
        made = make(new).under(clause[new].tolist()) if new else []
        fresh = dict(zip(new, made, strict=True))
        parts = [fresh[i] if i in fresh else self._known[key] for i, key in enumerate(keys)]
        if len(self._known) + len(new) <= _MOST_CLAUSES:
            self._known.update((keys[i], part) for i, part in fresh.items())
        whole = Proposals.joined(parts)
        parent = np.repeat(clause, [len(part.parent) for part in parts])
        return Proposals(parent, whole.literal, whole.rank, whole.first, whole.yes_sums, whole.no_sums)
