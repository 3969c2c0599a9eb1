"""How widely the beam searches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["BeamSettings"]


@dataclass(frozen=True)
class BeamSettings:
    """How widely to search.

    Parameters
    ----------
    widths : tuple of int, each at least 1
        Literals that each guide may propose under one clause, level by level; the last entry serves all deeper levels.
    beam : int, at least 1
        Most clauses that are extended on a level, k.
    max_depth : int, at least 0
        Most questions on a path, r.
    min_leaf : float
        Least weight of a clause.
    pair_clauses : int, at least 0
        Most clauses on a level below which the depth-2 kernel is run, with up to 100 literals and 2000 rows; with
        more, so many fewer that the work stays alike. 0 switches it off.
    guide_work : float
        Multiply-adds on a level beyond which a guide, other than the first, is not consulted there.
    most_sums : float
        Sums (clauses x literals x statistics) on a level beyond which fewer clauses are extended, but 100 at least.
    rounds : int, at least 1
        Most searches, each but the first around the best trees of those before.
    """

    widths: tuple[int, ...] = (8, 5, 4, 3, 2, 2, 1)
    beam: int = 1000
    max_depth: int = 8
    min_leaf: float = 1.0
    pair_clauses: int = 1000
    guide_work: float = np.inf
    most_sums: float = np.inf
    rounds: int = 1

    def width(self, r: int) -> int:
        """Return the literals that each guide may propose on level r."""
        return self.widths[min(r, len(self.widths) - 1)]
