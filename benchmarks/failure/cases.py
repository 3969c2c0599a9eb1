"""One way to fail per case: a teacher, rows, settings, and the verdict that is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.failure.networks import WIDTH, HashedTeacher, OneNumber, trained_network
from benchmarks.paper.random_trees import RandomTree, full_tree, random_bits
from limbeck.diagnosis import Verdict

__all__ = ["CASES", "Case", "Instance"]

N_BITS = 12


@dataclass(frozen=True)
class Instance:
    """What is distilled, and how."""

    teacher: Any
    rows: NDArray[Any]
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A failure, or health.

    Parameters
    ----------
    words : str
        What is done.
    right : Verdict
        What the diagnosis should say.
    make : callable
        Makes an instance from random numbers.
    """

    words: str
    right: Verdict
    make: Callable[[np.random.Generator], Instance]


def _deciding_tree(depth: int, n_variables: int, rng: np.random.Generator) -> RandomTree:
    """A random tree each of whose questions decides something, so that its clauses are what a network must compute."""
    while True:
        tree = full_tree(depth, n_variables, rng)
        if not tree.degenerate:
            return tree


def _labels(tree: RandomTree) -> Callable[[NDArray[Any]], NDArray[np.intp]]:
    return lambda x: (tree.labels(np.asarray(x)) > 0).astype(np.intp)


def _healthy(rng: np.random.Generator) -> Instance:
    tree, rows = _deciding_tree(3, N_BITS, rng), random_bits(1500, N_BITS, rng)
    return Instance(trained_network(tree, random_bits(2000, N_BITS, rng), int(rng.integers(2**31))), rows)


def _one_number(rng: np.random.Generator) -> Instance:
    torch.manual_seed(int(rng.integers(2**31)))  # draws the places of the bits
    return Instance(OneNumber(_deciding_tree(3, N_BITS, rng)), random_bits(1500, N_BITS, rng))


def _hashed(rng: np.random.Generator) -> Instance:
    network = _healthy(rng)
    return Instance(HashedTeacher(network.teacher, rng.normal(size=(WIDTH, 4 * WIDTH))), network.rows)


def _closed(rng: np.random.Generator) -> Instance:
    return Instance(_labels(_deciding_tree(3, N_BITS, rng)), random_bits(1500, N_BITS, rng))


def _smooth(rng: np.random.Generator) -> Instance:
    """A half-space across ten numbers: more leaves help slowly, and no small tree is near."""
    w = rng.normal(size=10)
    return Instance(lambda x: (np.asarray(x) @ w > 0).astype(int), rng.normal(size=(2000, 10)), {"max_leaves": 8})


def _smooth_numbers(rng: np.random.Generator) -> Instance:
    """The same with a number as the answer."""
    w = rng.normal(size=10)
    return Instance(lambda x: np.asarray(x) @ w, rng.normal(size=(2000, 10)), {"max_leaves": 8})


def _parity(rng: np.random.Generator) -> Instance:
    """The parity of ten bits: no tree below 1024 leaves is better than a guess."""
    return Instance(lambda x: (np.asarray(x)[:, :10] > 0).sum(axis=1) % 2, random_bits(2000, N_BITS, rng))


def _coarse(rng: np.random.Generator) -> Instance:
    """Stripes narrower than the two thresholds that each column is allowed."""
    cuts = np.sort(rng.uniform(0, 1, size=(2, 8)), axis=1)

    def stripes(x: Any) -> NDArray[np.intp]:
        x = np.asarray(x)
        first = np.searchsorted(cuts[0], x[:, 0]) % 2
        return np.where(x[:, 2] > 0.5, first, np.searchsorted(cuts[1], x[:, 1]) % 2)

    return Instance(stripes, rng.uniform(size=(2000, 4)), {"thresholds": 2})


def _seldom(rng: np.random.Generator, flagged: float) -> Instance:
    """A parity in a corner, 1.6 % of the rows, which four leaves miss; and a flag on some, which one question finds."""
    order = rng.permutation(N_BITS)

    def teacher(x: Any) -> NDArray[np.intp]:
        flag, corner, hidden = np.split(np.asarray(x)[:, order] > 0, [1, 6], axis=1)
        return (flag[:, 0] | (corner.all(axis=1) & (hidden.sum(axis=1) % 2 == 1))).astype(np.intp)

    rows = random_bits(4000, N_BITS, rng)
    rows[:, order[0]] = np.where(rng.random(4000) < flagged, 1, -1)
    return Instance(teacher, rows, {"max_leaves": 4})


def _rare(rng: np.random.Generator) -> Instance:
    return _seldom(rng, rng.uniform(0.009, 0.014))


def _one_answer(rng: np.random.Generator) -> Instance:
    return _seldom(rng, 0.0)


def _tiny(rng: np.random.Generator) -> Instance:
    return Instance(_labels(_deciding_tree(3, N_BITS, rng)), random_bits(50, N_BITS, rng))


def _starved(rng: np.random.Generator) -> Instance:
    """Rows enough for a certificate of some width, and far too few for 16 leaves over 24 bits without queries."""
    return Instance(_labels(_deciding_tree(4, 24, rng)), random_bits(240, 24, rng), {"queries": False})


def _shifted(rng: np.random.Generator) -> Instance:
    """The first bit is seldom set in the table, and mostly set where the tree is to be used; a tree waits below it."""
    common, seldom = _deciding_tree(2, N_BITS, rng), _deciding_tree(2, N_BITS, rng)

    def teacher(x: Any) -> NDArray[np.intp]:
        x = np.asarray(x)
        return np.where(x[:, -1] > 0, _labels(seldom)(x[:, :N_BITS]), _labels(common)(x[:, :N_BITS]))

    def rows(n: int, p: float) -> NDArray[np.int8]:
        last = np.where(rng.random(n) < p, 1, -1).astype(np.int8)
        return np.column_stack([random_bits(n, N_BITS, rng), last])

    return Instance(teacher, rows(1500, 0.02), {"max_leaves": 4, "certificate_rows": rows(400, 0.8)})


def _customers(rng: np.random.Generator) -> Instance:
    """Eighty customers of twenty near-equal rows each, of which some fit and others certify."""
    rows = rng.normal(size=(80, 1, 3)) + 0.02 * rng.normal(size=(80, 20, 3))
    return Instance(_region, rows.reshape(-1, 3)[rng.permutation(1600)])


def _walk(rng: np.random.Generator) -> Instance:
    """A random walk: each row follows from the one before."""
    rows = np.cumsum(rng.normal(size=(1500, 4)), axis=0)
    return Instance(lambda x: _region(np.asarray(x) / 20), rows)


def _region(x: Any) -> NDArray[np.intp]:
    x = np.asarray(x)
    return (np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] > 0.2).astype(np.intp)


def _unstable(rng: np.random.Generator) -> Instance:
    """A tree that answers otherwise in 15 % of all cases, whatever the row, as with dropout left on."""
    tree = _labels(_deciding_tree(3, N_BITS, rng))
    return Instance(lambda x: tree(x) ^ (rng.random(len(x)) < 0.15), random_bits(1500, N_BITS, rng))


CASES: dict[str, Case] = {
    "healthy": Case("network trained on a tree", Verdict.COMPUTED_INSIDE, _healthy),
    "one number": Case("network that packs its bits into one number", Verdict.NOT_REPRESENTED, _one_number),
    "hash": Case("trained network behind a random hash", Verdict.NOT_REPRESENTED, _hashed),
    "closed": Case("function that computes a tree", Verdict.FAITHFUL, _closed),
    "smooth": Case("half-space in ten numbers, 8 leaves", Verdict.NOT_TREE_LIKE, _smooth),
    "smooth numbers": Case("linear function of ten numbers, 8 leaves", Verdict.NOT_TREE_LIKE, _smooth_numbers),
    "parity": Case("parity of ten bits", Verdict.NOT_TREE_LIKE, _parity),
    "coarse": Case("narrow stripes, two thresholds a column", Verdict.VOCABULARY_TOO_COARSE, _coarse),
    "rare class": Case("3 % of one class, less than half of it found", Verdict.RARE_CLASS, _rare),
    "one answer": Case("2 % of one class, none of it found", Verdict.NO_BETTER, _one_answer),
    "tiny": Case("50 rows", Verdict.TOO_FEW_ROWS, _tiny),
    "starved": Case("240 rows for 16 leaves over 24 bits, no queries", Verdict.TOO_FEW_ROWS, _starved),
    "unstable": Case("tree that tosses a coin in 15 % of all cases", Verdict.UNSTABLE, _unstable),
    "shifted": Case("certificate rows from another distribution", Verdict.SHIFTED_ROWS, _shifted),
    "customers": Case("20 near-equal rows of each of 80 customers", Verdict.DEPENDENT_ROWS, _customers),
    "walk": Case("random walk in time", Verdict.DEPENDENT_ROWS, _walk),
}
