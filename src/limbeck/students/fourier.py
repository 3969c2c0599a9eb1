"""Sparse polynomials of a teacher on bits: the large Fourier coefficients, by queries or from labelled rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import chain, combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limbeck.core import Kind, Literal, as_table
from limbeck.errors import InputError, SearchError
from limbeck.students.base import Schema, two_classes
from limbeck.students.polynomial import SparsePolynomial
from limbeck.theory.binomial import check_open_unit

__all__ = ["bits_of", "fourier_queries", "heavy_polynomial", "low_degree_polynomial"]

_MOST_TERMS = 200_000
_CHUNK = 1 << 22  # numbers held at a time

Ask = Callable[[NDArray[np.int8]], NDArray[np.int8]]
"""From bits (n, d), 0 or 1, to answers (n,), -1 or +1."""


def heavy_polynomial(
    ask: Ask,
    questions: tuple[Literal, ...],
    columns: Schema,
    classes: tuple[Any, ...],
    *,
    threshold: float,
    delta: float,
    rng: np.random.Generator,
    multiples: bool = False,
) -> SparsePolynomial:
    """Find every Fourier coefficient of absolute value at least `threshold`, by queries.

    Halves the sets again and again: with the first j bits in or out of S fixed as A, the total weight
    `W(A) = sum of the squares of the coefficients that begin with A` equals `E f(y z) f(y' z) chi_A(y) chi_A(y')`
    over independent y, y' (j bits) and z (the others). Prefixes of estimated weight below threshold²/2 are
    dropped, and since all weights sum to 1 about 4 / threshold² remain. The survivors' coefficients are then
    estimated afresh. With probability at least 1 - delta every set with a coefficient of at least `threshold` is
    found, and every weight that is returned is within threshold / 4 of its coefficient.

    Where all coefficients of f are multiples of `threshold` (a tree of depth r: 2^(1-r)), say so with `multiples`:
    then the weights are rounded to these, and f is found exactly.

    Parameters
    ----------
    ask : callable
        The teacher over bits 0 and 1, answering -1 for the first class and +1 for the second.
    questions : tuple of Literal, length d
        The question that is true where the bit is 1, for every bit.
    columns, classes
        As in `Student`; two classes.
    threshold : float, in (0, 1]
        Least coefficient that matters.
    delta : float, in (0, 1)
        Probability with which one may be missed.
    rng : numpy.random.Generator
        Source of the queries.
    multiples : bool
        Whether all coefficients are known to be multiples of the threshold.

    Raises
    ------
    SearchError
        More prefixes survive than there can be, which has probability at most delta.

    References
    ----------
    Goldreich and Levin (1989), *A hard-core predicate for all one-way functions*, STOC; Kushilevitz and Mansour
    (1993), *Learning decision trees using the Fourier spectrum*, SIAM J. Comput. 22.
    """
    two_classes(classes, "a polynomial by queries")
    d, most = len(questions), math.floor(4.0 / threshold**2)
    n_search, n_weight = _sample_sizes(d, threshold, delta)
    prefixes = np.zeros((1, 0), np.int8)
    for j in range(1, d + 1):
        children = np.concatenate([np.pad(prefixes, ((0, 0), (0, 1)), constant_values=bit) for bit in (0, 1)])
        prefixes = children[_weights_of_prefixes(ask, children, d, n_search, rng) >= threshold**2 / 2]
        if len(prefixes) > most:
            remedy = "ask for a larger `threshold` or a smaller `delta`, and see that the teacher is deterministic"
            raise SearchError(f"at most {most} sets of bits", f"{len(prefixes)} after bit {j}", remedy)
    bits = rng.integers(2, size=(n_weight, d), dtype=np.int8)
    estimate = _parities(bits, prefixes).T @ ask(bits) / n_weight
    weight = np.round(estimate / threshold) * threshold if multiples else estimate
    kept = np.flatnonzero(np.abs(weight) >= threshold / 2)
    terms = [tuple(int(b) for b in np.flatnonzero(prefixes[t])) for t in kept]
    return _of_signs(questions, terms, weight[kept], classes, columns)


def fourier_queries(n_bits: int, threshold: float, delta: float) -> int:
    """Return the queries that `heavy_polynomial` makes: 2 d n + n'.

    By Hoeffding's inequality n = ceil(32 ln(32 d / (threshold² delta)) / threshold⁴) pairs estimate the weight of
    each prefix within threshold²/4, all at once, with probability at least 1 - delta/2; and
    n' = ceil(32 ln(16 / (threshold² delta)) / threshold²) answers estimate the final weights within threshold/4.

    Examples
    --------
    >>> fourier_queries(10, 0.5, 0.05)
    104856
    """
    n_search, n_weight = _sample_sizes(n_bits, threshold, delta)
    return 2 * n_bits * n_search + n_weight


def low_degree_polynomial(
    rows: Any, answers: ArrayLike, *, degree: int, threshold: float = 0.0, classes: tuple[Any, ...] | None = None
) -> SparsePolynomial:
    """Estimate every Fourier coefficient of at most `degree` bits from labelled uniform rows.

    `w_S = mean of f(x_i) chi_S(x_i)`, for answers of -1 and 1. If the rows are uniform bits and all but epsilon of
    f's squared weight lies on sets of at most `degree` bits, the share of wrong answers is at most
    `epsilon + sum_S (w_S - f_S)²`, and the mean of that sum is at most (number of sets) / n.

    Parameters
    ----------
    rows : Table, DataFrame or array-like, n rows of p two-valued numeric columns
        The rows.
    answers : array-like, shape (n,)
        The teacher's classes, two of them.
    degree : int, at least 0
        Bits in the largest set.
    threshold : float, at least 0
        Estimates below this are dropped.
    classes : tuple of length 2, optional
        The classes in order; those of the answers by default.

    Raises
    ------
    InputError
        Columns that are no bits, other than two classes, or more than 200 000 sets.

    References
    ----------
    Linial, Mansour and Nisan (1993), *Constant depth circuits, Fourier transform, and learnability*, J. ACM 40.
    """
    table, told = as_table(rows), np.asarray(answers)
    questions, bits = bits_of(table)
    classes = two_classes(tuple(np.unique(told).tolist()) if classes is None else classes, "a low-degree polynomial")
    n_terms = sum(math.comb(len(questions), size) for size in range(degree + 1))
    if n_terms > _MOST_TERMS:
        raise InputError(f"at most {_MOST_TERMS} sets of bits", f"{n_terms} of degree {degree}", "lower the degree")
    terms = list(chain.from_iterable(combinations(range(len(questions)), size) for size in range(degree + 1)))
    signs = np.where(told == classes[1], 1.0, -1.0) / table.n_rows
    step = max(1, _CHUNK // (table.n_rows + len(questions)))
    parts = (_indicators(terms[i : i + step], len(questions)) for i in range(0, len(terms), step))
    weight = np.concatenate([_parities(bits, sets).T @ signs for sets in parts])
    kept = np.flatnonzero(np.abs(weight) >= max(threshold, 1e-12))
    return _of_signs(questions, [terms[t] for t in kept], weight[kept], classes, table.schema)


def bits_of(rows: Any) -> tuple[tuple[Literal, ...], NDArray[np.int8]]:
    """Read two-valued columns as bits, 1 for the larger value: the questions, and the bits (n, p).

    Raises
    ------
    InputError
        A column that does not hold one or two numbers.
    """
    table = as_table(rows)
    questions: list[Literal] = []
    bits = np.zeros((table.n_rows, len(table.columns)), np.int8)
    for j, column in enumerate(table.columns):
        values = np.unique(column.values)
        if column.kind is not Kind.NUMERIC or len(values) > 2 or column.missing.any():
            found = f"the column `{column.name}` with other values"
            raise InputError("columns of two numbers each", found, "leave it out, or make it 0 and 1")
        questions.append(Literal.is_value(column.name, float(values[-1])))
        bits[:, j] = column.values == values[-1]
    return tuple(questions), bits


def _sample_sizes(d: int, threshold: float, delta: float) -> tuple[int, int]:
    """Return how many pairs estimate the weights of prefixes, and how many answers the final weights."""
    if not 0.0 < threshold <= 1.0:
        raise InputError("a `threshold` in (0, 1]", f"`threshold={threshold!r}`", "give the least coefficient")
    delta = check_open_unit("delta", delta)
    # On every level at most 2 (4 / threshold²) prefixes are looked at; each estimate may fail on two sides.
    n_prefixes = 2 * math.floor(4.0 / threshold**2) * d
    n_search = math.ceil(32.0 * math.log(2.0 * n_prefixes / (delta / 2.0)) / threshold**4)
    n_weight = math.ceil(32.0 * math.log(2.0 * math.floor(4.0 / threshold**2) / (delta / 2.0)) / threshold**2)
    return n_search, n_weight


def _weights_of_prefixes(
    ask: Ask, prefixes: NDArray[np.int8], d: int, n: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Estimate the Fourier weight of all sets that begin as each prefix does, shape (prefixes,)."""
    j, total = prefixes.shape[1], np.zeros(len(prefixes))
    step = max(1, _CHUNK // (2 * d + 2 * len(prefixes)))
    for start in range(0, n, step):
        size = min(step, n - start)
        first = rng.integers(2, size=(size, d), dtype=np.int8)
        second = np.concatenate([rng.integers(2, size=(size, j), dtype=np.int8), first[:, j:]], axis=1)
        both = np.float64(1.0) * ask(np.concatenate([first, second]))
        total += _parities(first[:, :j] ^ second[:, :j], prefixes).T @ (both[:size] * both[size:])
    return total / n


def _parities(bits: NDArray[np.int8], sets: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return chi_S of every row for every set, shape (n, sets)."""
    return (1.0 - 2.0 * ((bits.astype(np.float32) @ sets.T.astype(np.float32)) % 2)).astype(np.float64)


def _indicators(terms: list[tuple[int, ...]], d: int) -> NDArray[np.int8]:
    """Return sets of bits as rows of 0 and 1, shape (sets, d)."""
    sets = np.zeros((len(terms), d), np.int8)
    for t, term in enumerate(terms):
        sets[t, list(term)] = 1
    return sets


def _of_signs(
    questions: tuple[Literal, ...], terms: list[tuple[int, ...]], weight: NDArray[np.float64],
    classes: tuple[Any, ...], columns: Schema,
) -> SparsePolynomial:  # fmt: skip
    """Return the polynomial whose score of the second class minus that of the first is `sum w_S chi_S`."""
    halves = tuple((-w / 2.0, w / 2.0) for w in weight.tolist())
    return SparsePolynomial(questions, tuple(terms), halves, classes, columns)
