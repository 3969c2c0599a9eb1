"""The hunt for the variables of a junta: pairs of rows that agree on what is known, and searches between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limbeck.juntas.domain import Points
from limbeck.juntas.oracle import Oracle
from limbeck.theory.junta_queries import JuntaPlan

__all__ = ["Found", "Sighting", "hunt_variables"]

_FIRST_BATCH = 4


@dataclass(frozen=True, eq=False)
class Sighting:
    """Two rows that differ in one column only and are answered differently: proof that the column matters.

    Parameters
    ----------
    column : int
        The column.
    points : ndarray of int32, shape (2, p)
        The two rows, as points of the domain.
    codes : ndarray of intp, shape (2,)
        The classes of the two.
    """

    column: int
    points: Points
    codes: NDArray[np.intp]


@dataclass(frozen=True)
class Found:
    """What a hunt found.

    Parameters
    ----------
    sightings : tuple of Sighting
        One for each variable; k + 1 of them when the teacher depends on more than k columns.
    n_pairs : int
        Pairs since the last variable, none of which showed another.
    dismissed : tuple of int
        Columns that matter somewhere, but too seldom to be told from noise.
    """

    sightings: tuple[Sighting, ...]
    n_pairs: int
    dismissed: tuple[int, ...]


def hunt_variables(oracle: Oracle, plan: JuntaPlan, rng: np.random.Generator) -> Found:
    """Find the columns that a teacher depends on, at most k + 1 of them.

    Pairs of rows agree on the variables found and are independent elsewhere, in batches that grow. Where the answers
    of a pair differ, a binary search between its rows finds a new variable. It stops after `plan.pairs(r)` pairs in a
    row without one, r the number found, or at k + 1 variables. The searches of a batch run side by side; at most
    k + 1 - r of them, so that several variables are found in as many passes as one.
    """
    found: dict[int, Sighting] = {}
    dismissed: set[int] = set()
    n_pairs, size = 0, _FIRST_BATCH
    while len(found) <= plan.max_variables and n_pairs < plan.pairs(len(found)):
        size = min(size, plan.pairs(len(found)) - n_pairs, oracle.rows_at_a_time // 2)
        first, second = oracle.domain.draw(size, rng), oracle.domain.draw(size, rng)
        second[:, list(found)] = first[:, list(found)]
        codes = oracle.ask(np.concatenate([first, second]), "pairs").reshape(2, size)
        n_pairs, differ = n_pairs + size, np.flatnonzero(codes[0] != codes[1])
        size *= 2
        if plan.noise == 0.0:
            differ = differ[: plan.max_variables + 1 - len(found)]
        seen = _search(oracle, first[differ], second[differ], codes[:, differ], rng)
        fresh = {s.column: s for s in seen if s.column not in dismissed and s.column not in found}
        if plan.noise > 0.0:
            kept = [s.column for s in fresh.values() if _confirmed(oracle, plan, s, rng)]
            dismissed |= fresh.keys() - set(kept)
            fresh = {column: fresh[column] for column in kept}
        for column in list(fresh)[: plan.max_variables + 1 - len(found)]:
            found[column] = fresh[column]
            n_pairs, size = 0, _FIRST_BATCH
    return Found(tuple(found.values()), n_pairs, tuple(sorted(dismissed)))


def _search(
    oracle: Oracle, first: Points, second: Points, codes: NDArray[np.intp], rng: np.random.Generator
) -> list[Sighting]:
    """Find for each pair with different answers one column that alone changes the answer, ceil(log2 d) queries each.

    Row c of a pair's path takes the first c columns of a random order from the second row. Row `low` is answered as
    the first row is, row `high` otherwise; halving leaves two neighbours.
    """
    n, d = first.shape
    rank = rng.permuted(np.tile(np.arange(d, dtype=np.int32), (n, 1)), axis=1)
    low, high = np.zeros(n, np.intp), np.full(n, d, np.intp)
    at_high = codes[1].copy()
    while True:
        open_ones = np.flatnonzero(high - low > 1)
        if not len(open_ones):
            break
        middle = (low[open_ones] + high[open_ones]) // 2
        mixed = np.where(rank[open_ones] < middle[:, None], second[open_ones], first[open_ones])
        answers = oracle.ask(mixed, "searches")
        same = answers == codes[0, open_ones]
        low[open_ones[same]] = middle[same]
        high[open_ones[~same]], at_high[open_ones[~same]] = middle[~same], answers[~same]
    sightings: list[Sighting] = []
    for i in range(n):
        ends = np.stack([np.where(rank[i] < c, second[i], first[i]) for c in (low[i], high[i])])
        column = int(np.flatnonzero(rank[i] == low[i])[0])
        sightings.append(Sighting(column, ends, np.array([codes[0, i], at_high[i]])))
    return sightings


def _confirmed(oracle: Oracle, plan: JuntaPlan, sighting: Sighting, rng: np.random.Generator) -> bool:
    """Tell whether a column matters on more rows than noise can account for."""
    least, most = plan.signal
    changed, left = 0, plan.confirmations
    while left:
        n = min(left, oracle.rows_at_a_time // 2)
        first = oracle.domain.draw(n, rng)
        second = first.copy()
        first[:, sighting.column] = sighting.points[0, sighting.column]
        second[:, sighting.column] = sighting.points[1, sighting.column]
        codes = oracle.ask(np.concatenate([first, second]), "confirmations").reshape(2, n)
        changed, left = changed + int((codes[0] != codes[1]).sum()), left - n
    return changed >= plan.confirmations * (least + most) / 2.0
