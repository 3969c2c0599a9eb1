"""A finite class as a boolean table: its exact VC dimension and its Pareto frontier."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limbeck.errors import InputError, SearchError

__all__ = ["ParetoFrontier", "VCDimension", "check_table", "pareto_frontier", "vc_dimension"]

# Functions whose disagreement sets are compared in one matrix product; it only bounds the memory.
_CHUNK = 1024


def check_table(table: ArrayLike) -> NDArray[np.bool_]:
    """Return a class as a (functions, points) boolean array, or refuse it."""
    values = np.asarray(table)
    if values.ndim != 2 or 0 in values.shape or values.dtype != np.bool_:
        found = f"shape {values.shape} of type {values.dtype}"
        raise InputError("a boolean `table` of functions by points", found, "give one row for each function")
    return values


@dataclass(frozen=True)
class VCDimension:
    """The VC dimension of a finite class, or what is known of it when the search was cut short.

    Parameters
    ----------
    lower, upper : int
        Bounds on the dimension, equal when the search was finished.
    shattered : tuple of int
        Columns of `lower` points that the class shatters.
    n_searched : int
        Point sets that the search expanded.
    """

    lower: int
    upper: int
    shattered: tuple[int, ...]
    n_searched: int

    @property
    def exact(self) -> bool:
        """Whether the bounds agree."""
        return self.lower == self.upper

    @property
    def value(self) -> int:
        """The dimension; raises SearchError when only bounds are known."""
        if not self.exact:
            found = f"only bounds, {self.lower} to {self.upper}, after {self.n_searched} point sets"
            raise SearchError("the exact VC dimension", found, "raise `max_sets` or use the bounds")
        return self.lower


def vc_dimension(table: ArrayLike, *, max_sets: int = 20_000) -> VCDimension:
    """Find the largest number of points on which a finite class takes every pattern of values.

    A depth-first search over shattered sets. With r points still to add, every two of them must
    cut every cell (functions that agree on the points taken) into four parts of at least 2^(r-2)
    functions; one matrix product a cell decides that for all pairs. Points with fewer than r - 1 partners
    are dropped, the one with the fewest is tried first. Points with equal or opposite columns count once.

    A dimension up to about 5, or a class of up to about 200 functions, takes seconds on 64 points; no fast
    algorithm is known in general, and a random table of a thousand functions is out of reach. The search
    therefore stops after `max_sets` point sets and then returns bounds.

    Parameters
    ----------
    table : (functions, points) bool
        Value of every function at every point.
    max_sets : int
        Point sets to expand before giving up on the exact value, at least 1.

    Returns
    -------
    VCDimension
        The dimension with points that are shattered.

    Raises
    ------
    InputError
        If the table is not boolean, two-dimensional and non-empty.

    Examples
    --------
    >>> thresholds = np.tri(9, 8, -1, dtype=bool)
    >>> vc_dimension(thresholds).value
    1
    >>> vc_dimension([[False, False], [False, True], [True, False], [True, True]]).shattered
    (0, 1)

    References
    ----------
    Vapnik, V. N. and Chervonenkis, A. Y. (1971), On the uniform convergence of relative frequencies.
    Papadimitriou, C. and Yannakakis, M. (1996), On limited nondeterminism and the complexity of the VC
    dimension, J. Comput. Syst. Sci. 53 (why no fast algorithm is expected).
    """
    values, columns = _distinct(check_table(table))
    upper = min(int(math.log2(values.shape[0])), columns.size)
    search = _Search(max_sets)
    best = [0] if columns.size else []
    for size in range(2, upper + 1):
        found = search.extend(_root(values, size), size)
        if found is None:
            if not search.spent:
                upper = size - 1
            break
        best = found
    shattered = tuple(sorted(int(columns[i]) for i in best))
    return VCDimension(len(best), upper, shattered, search.n_searched)


@dataclass(frozen=True)
class ParetoFrontier:
    """The students that no other student dominates, for one teacher.

    Parameters
    ----------
    functions : tuple of int
        Rows of the class table that are on the frontier, rising.
    table : (functions on the frontier, points) bool
        Their values, read-only.
    """

    functions: tuple[int, ...]
    table: NDArray[np.bool_]

    @property
    def log_size(self) -> float:
        """Natural logarithm of the number of distinct functions on the frontier, for the sample bounds."""
        return math.log(np.unique(self.table, axis=0).shape[0])

    def vc_dimension(self, *, max_sets: int = 20_000) -> VCDimension:
        """VC dimension of the frontier, as `vc_dimension`; never more than that of the class."""
        return vc_dimension(self.table, max_sets=max_sets)


def pareto_frontier(table: ArrayLike, teacher: ArrayLike) -> ParetoFrontier:
    """Keep the students whose set of disagreements with the teacher contains no other student's.

    Student g dominates g' if {x: g(x) != f(x)} is a proper subset of {x: g'(x) != f(x)}; then g is at
    least as good under every distribution. The frontier P_f(G) of undominated students always holds a
    best one, so that empirical risk minimisation over it needs O((VC(P_f(G)) + ln(1/delta)) / epsilon^2)
    rows. That is an upper bound and no characterisation: see the examples.

    Parameters
    ----------
    table : (functions, points) bool
        Value of every student at every point.
    teacher : (points,) bool
        Value of the teacher f at every point.

    Returns
    -------
    ParetoFrontier
        The undominated students; equal students stay together.

    Raises
    ------
    InputError
        If the table is not boolean, or the teacher has another number of points.

    Examples
    --------
    A class of VC dimension 3 that holds the teacher: one student is left, and no rows are needed.

    >>> cube = np.array([[i >> j & 1 for j in range(3)] for i in range(8)], dtype=bool)
    >>> frontier = pareto_frontier(cube, cube[5])
    >>> frontier.functions, vc_dimension(cube).value, frontier.vc_dimension().value
    ((5,), 3, 0)

    A frontier of VC dimension 3 for which no rows are needed either: 8 students with all patterns of
    errors on 3 points, and 40 without; each of the 48 also errs at a point of its own. A student drawn
    from the 40 errs on no more than 1/40 of any distribution on average.

    >>> errors = np.zeros((48, 3 + 48), dtype=bool)
    >>> errors[:8, :3], errors[np.arange(48), 3 + np.arange(48)] = cube, True
    >>> frontier = pareto_frontier(errors, np.zeros(51, dtype=bool))
    >>> len(frontier.functions), frontier.vc_dimension().value
    (48, 3)

    References
    ----------
    Boix-Adsera (2024), Towards a theory of model distillation, arXiv 2403.09053.
    """
    values = check_table(table)
    answers = np.asarray(teacher)
    if answers.shape != values.shape[1:] or answers.dtype != np.bool_:
        found = f"`teacher` of shape {answers.shape} and type {answers.dtype}"
        raise InputError(f"a boolean answer at each of {values.shape[1]} points", found, "give one row")
    errors = (values != answers).astype(np.float32)
    n_errors = errors.sum(axis=1)
    kept = np.ones(values.shape[0], dtype=np.bool_)
    for start in range(0, values.shape[0], _CHUNK):
        part = slice(start, start + _CHUNK)
        shared = errors[part] @ errors.T
        dominated = (shared == n_errors) & (n_errors < n_errors[part, None])
        kept[part] = ~dominated.any(axis=1)
    chosen = values[kept]
    chosen.setflags(write=False)
    return ParetoFrontier(tuple(int(i) for i in np.flatnonzero(kept)), chosen)


@dataclass(frozen=True)
class _Node:
    """A shattered set: the cells it cuts the class into, the points left, and which pairs of them fit."""

    cells: list[NDArray[Any]]
    points: NDArray[Any]
    partners: NDArray[np.bool_]


class _Search:
    """Depth-first search for one shattered set, with a limit on the sets expanded."""

    def __init__(self, max_sets: int) -> None:
        self.max_sets = max_sets
        self.n_searched = 0

    @property
    def spent(self) -> bool:
        """Whether the search gave up."""
        return self.n_searched >= self.max_sets

    def extend(self, node: _Node | None, r: int) -> list[int] | None:
        """Find r >= 2 of the node's points that are shattered within every cell, or None."""
        if node is None or self.spent:
            return None
        self.n_searched += 1
        if r == 2:
            first, second = np.argwhere(node.partners)[0]
            return [int(node.points[first]), int(node.points[second])]
        alive = np.ones(node.points.size, dtype=np.bool_)
        while np.count_nonzero(alive) >= r:
            places = np.flatnonzero(alive)
            degrees = np.count_nonzero(node.partners[np.ix_(places, places)], axis=1)
            point = int(places[np.argmin(degrees)])
            if degrees.min() >= r - 1:
                rest = np.flatnonzero(node.partners[point] & alive)
                found = self.extend(_child(node, point, rest, 2 ** (r - 3)), r - 1)
                if found is not None:
                    return [int(node.points[point]), *found]
            alive[point] = False
        return None


def _root(table: NDArray[np.bool_], r: int) -> _Node | None:
    """Return the empty set as a node from which r >= 2 points are to be added."""
    whole = table.astype(np.float32)
    partners = _pairs_cut(whole, 2 ** (r - 2))
    return _Node([whole], np.arange(table.shape[1]), partners) if partners.any() else None


def _child(node: _Node, point: int, rest: NDArray[Any], least: int) -> _Node | None:
    """Add a point to a node and keep the points `rest`; None once no pair of them fits every cell."""
    cells: list[NDArray[Any]] = []
    partners = node.partners[np.ix_(rest, rest)]
    # Small cells exclude most pairs, so they are split first and often settle the matter alone.
    for cell in sorted(node.cells, key=len):
        on, kept = cell[:, point] > 0, cell[:, rest]
        for half in (kept[on], kept[~on]):
            partners = partners & _pairs_cut(half, least)
            if not partners.any():
                return None
            cells.append(half)
    return _Node(cells, node.points[rest], partners)


def _pairs_cut(cell: NDArray[Any], least: int) -> NDArray[np.bool_]:
    """Tell for each pair of points whether all four value pairs occur at least `least` times in a cell."""
    both = cell.T @ cell
    ones = np.diag(both)
    only = ones[:, None] - both
    neither = cell.shape[0] - ones[None, :] - only
    fewest = np.minimum(np.minimum(both, neither), np.minimum(only, only.T))
    return fewest >= least


def _distinct(table: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Drop equal functions, constant points and points that repeat or mirror another; return columns too."""
    rows = np.unique(table, axis=0)
    signed = rows ^ rows[:1]
    _, first = np.unique(signed, axis=1, return_index=True)
    columns = np.sort(first[signed[:, first].any(axis=0)])
    return rows[:, columns], columns
