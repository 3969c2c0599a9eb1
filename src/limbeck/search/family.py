"""The clause family: which clauses may be nodes of the tree, level by level, and which literals may split them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ClauseFamily", "Level", "Options", "PairSplits", "distinct", "distinct_rows", "row_sets"]


@dataclass(frozen=True, eq=False)
class Options:
    """Splits of the clauses of one level; m of them, sorted by parent.

    Parameters
    ----------
    parent : ndarray of intp, shape (m,)
        Clause that is split, an index into its level.
    literal : ndarray of intp, shape (m,)
        Literal that splits it.
    yes, no : ndarray of intp, shape (m,)
        The clause with the literal, and with its negation, as indices into the next level.
    """

    parent: NDArray[np.intp]
    literal: NDArray[np.intp]
    yes: NDArray[np.intp]
    no: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.parent)


@dataclass(frozen=True, eq=False)
class PairSplits:
    """Best subtrees of depth at most 2 below some clauses, over every literal.

    Parameters
    ----------
    clause : ndarray of intp, shape (k,)
        The clauses, as indices into their level, each at most once.
    cost : ndarray of float64, shape (k, 3)
        Cost with at most 2, 3 and 4 leaves.
    literals : ndarray of int32, shape (k, 3, 3)
        For each of these: the first literal, then the literal asked after *yes* and after *no* (-1: a leaf);
        all -1 where no split is allowed.
    """

    clause: NDArray[np.intp]
    cost: NDArray[np.float64]
    literals: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Level:
    """The k clauses of r literals. Clauses with the same rows are one.

    Parameters
    ----------
    members : ndarray of uint8, shape (k, ceil(n / 8))
        Rows that satisfy each clause, eight in a byte.
    sums : ndarray of float64, shape (k, d)
        Sufficient statistics of those rows.
    options : Options or None
        Splits into clauses of the next level; None on the last level.
    pairs : PairSplits or None
        Best depth-2 subtrees, where they were computed.
    """

    members: NDArray[np.uint8]
    sums: NDArray[np.float64]
    options: Options | None = None
    pairs: PairSplits | None = None

    def __len__(self) -> int:
        return len(self.sums)


@dataclass(frozen=True, eq=False)
class ClauseFamily:
    """Everything that a tree may be made of.

    Parameters
    ----------
    levels : tuple of Level
        Level 0 holds the clause that is true of every row, level r clauses of r literals.
    literals : ndarray of bool, shape (n, l)
        Answers of the n rows to the l literals.
    n_probes : int
        Clauses that were scored to find the family.
    complete : bool
        Whether the search ended by itself, and not by the clock.
    """

    levels: tuple[Level, ...]
    literals: NDArray[np.bool_]
    n_probes: int
    complete: bool

    @property
    def n_clauses(self) -> int:
        """Number of clauses in the family."""
        return sum(len(level) for level in self.levels)

    @property
    def n_rows(self) -> int:
        """Number of rows, n."""
        return len(self.literals)


def row_sets(members: NDArray[np.uint8], n: int, dtype: type = np.float32) -> NDArray[Any]:
    """Unpack clauses into indicator rows, shape (k, n)."""
    return np.unpackbits(members, axis=1, count=n).astype(dtype)


def distinct_rows(packed: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.intp], NDArray[np.intp]]:
    """Return the distinct rows in order of appearance, where each stands first, and which of them every row is."""
    first, place = distinct(np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1])))[:, 0])
    return packed[first], first, place


def distinct(keys: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return where each distinct key stands first, in order of appearance, and which of them every key is."""
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first)
    appearance = np.empty_like(order)
    appearance[order] = np.arange(len(order))
    return first[order], appearance[place.reshape(-1)]
