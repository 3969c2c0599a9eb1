"""Rows routed to the leaves of a tree: a walk for a few rows, arithmetic on whole blocks for many.

On a block, every question is answered once for all rows, as a mask of zeros and ones in every bit. From the last inner
node back to the root, the code of a node is then `no ^ (mask & (yes ^ no))`: no branch depends on a row, and each
operation handles as many rows at a time as fit into a register of the processor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core.literal import Literal, Op
from limbeck.tables import Column, Kind
from limbeck.threads import cores, in_parallel

if TYPE_CHECKING:
    from limbeck.core.tree import Tree

__all__ = ["Plan", "plan_of", "route"]

# Up to so many rows, a walk from the root costs less than one NumPy call for each question.
_FEW = 16
# Rows of a block; of a wide array in row order fewer, so that its rows stay in the processor's cache. On much smaller
# blocks the threads wait for each other: each call to NumPy begins and ends under Python's lock.
_BLOCK, _BLOCK_BYTES, _SMALLEST_BLOCK = 1 << 15, 1 << 22, 1 << 12
# From so many rows on, starting threads costs less than it saves.
_MANY = 1 << 17


@dataclass(frozen=True)
class Plan:
    """What routing needs of a tree, as plain Python values.

    Parameters
    ----------
    names : tuple of str
        The columns that are asked about.
    named : tuple of bool
        Whether a column is asked about categories, and so read in words.
    literals : tuple of (Literal, int, Kind or None)
        The questions, each with the place of its column in `names` and the kind of column that it needs, if any.
    steps : tuple
        For each node None (a leaf), or column, operation, number, yes and no.
    codes : tuple
        For each leaf its number as the smallest unsigned integer that holds every node, else None.
    inner : tuple
        The inner nodes, last first: node, question, yes, no, and `yes ^ no` where both are leaves.
    """

    names: tuple[str, ...]
    named: tuple[bool, ...]
    literals: tuple[tuple[Literal, int, Kind | None], ...]
    steps: tuple[tuple[int, Op, float, int, int] | None, ...]
    codes: tuple[NDArray[Any] | None, ...]
    inner: tuple[tuple[int, int, int, int, NDArray[Any] | None], ...]


def plan_of(tree: Tree) -> Plan:
    """Lay out what routing needs."""
    names = tuple(sorted({literal.column for literal in tree.literals}))
    place = {name: j for j, name in enumerate(names)}
    nodes = list(zip(tree.question.tolist(), tree.yes.tolist(), tree.no.tolist(), strict=True))
    dtype = np.min_scalar_type(len(nodes) - 1)
    codes = tuple(np.array(node, dtype) if q < 0 else None for node, (q, _, _) in enumerate(nodes))
    by_name = {literal.column for literal in tree.literals if literal.op is Op.ONE_OF}
    return Plan(
        names,
        tuple(name in by_name for name in names),
        tuple((literal, place[literal.column], _kind(literal)) for literal in tree.literals),
        tuple(None if q < 0 else (*_step(tree.literals[q], place), yes, no) for q, yes, no in nodes),
        codes,
        tuple(
            (node, q, yes, no, None if codes[yes] is None or codes[no] is None else np.array(yes ^ no, dtype))
            for node, (q, yes, no) in reversed(list(enumerate(nodes)))
            if q >= 0
        ),
    )


def route(plan: Plan, columns: Sequence[Column], n_rows: int, given: NDArray[Any]) -> NDArray[Any]:
    """Return for every row what is given for its leaf.

    Parameters
    ----------
    plan : Plan
        The tree.
    columns : sequence of Column
        The columns `plan.names`, n rows each; numbers of any type.
    n_rows : int
        Number of rows, n.
    given : ndarray, shape (nodes,) or (nodes, c)
        What a row gets at each node.

    Raises
    ------
    InputError
        A column of another type than a question about it needs.
    """
    # In words as a whole, so that blocks of a column do not differ in their categories.
    columns = [c.in_words() if named else c for c, named in zip(columns, plan.named, strict=True)]
    for literal, place, kind in plan.literals:
        column = columns[place]
        if kind is not None and (column.kind is not kind or column.dates != literal.dated or column.unread):
            literal.holds(column)  # words the error; a column without any value passes
    if n_rows <= _FEW and all(column.kind is Kind.NUMERIC for column in columns):
        return given[_walked(plan, columns, n_rows)]
    result = np.empty((n_rows, *given.shape[1:]), given.dtype)
    workers = min(cores(), 8) if n_rows >= _MANY else 1
    edges = [n_rows * i // workers for i in range(workers + 1)]
    size = _block_size(columns)

    def fill(part: tuple[int, int]) -> None:
        for start in range(part[0], part[1], size):
            stop = min(start + size, part[1])
            codes = _codes(plan, columns, start, stop)
            # Every code is a node; `clip` only spares NumPy a copy of the result.
            np.take(given, codes, axis=0, out=result[start:stop], mode="clip")

    for _ in in_parallel(fill, list(pairwise(edges)), workers=workers):
        pass
    return result


def _step(literal: Literal, place: dict[str, int]) -> tuple[int, Op, float]:
    """Return the column, the operation and the number of a question; a concept is a column that is 1."""
    if literal.op is Op.CONCEPT:
        return place[literal.column], Op.IS, 1.0
    return place[literal.column], literal.op, literal.number


def _kind(literal: Literal) -> Kind | None:
    """Return the kind of column that a question needs; whether a value is missing can be asked of both."""
    if literal.op is Op.MISSING:
        return None
    return Kind.CATEGORICAL if literal.op is Op.ONE_OF else Kind.NUMERIC


def _walked(plan: Plan, columns: Sequence[Column], n_rows: int) -> list[int]:
    """Return the leaf of each of a few rows of numbers."""
    values = [column.values.astype(np.float64, copy=False).tolist() for column in columns]
    return [_leaf(plan.steps, values, i) for i in range(n_rows)]


def _leaf(steps: Sequence[tuple[int, Op, float, int, int] | None], values: list[list[float]], i: int) -> int:
    """Walk from the root to a leaf."""
    node = 0
    while (step := steps[node]) is not None:
        place, op, number, yes, no = step
        value = values[place][i]
        if op is Op.AT_MOST:
            node = yes if value <= number else no
        elif op is Op.IS:
            node = yes if value == number else no
        else:  # NaN differs from itself; a column of numbers without any value answers no to the rest
            node = yes if op is Op.MISSING and value != value else no
    return node


def _codes(plan: Plan, columns: Sequence[Column], start: int, stop: int) -> NDArray[Any]:
    """Return the leaf of every row of a block as a small unsigned integer."""
    if not plan.inner:
        return np.zeros(stop - start, np.uint8)
    codes: list[Any] = list(plan.codes)
    masks = _masks(plan, columns, start, stop)
    for node, question, yes, no, both in plan.inner:
        if both is not None:
            mixed = np.bitwise_and(masks[question], both)
        else:
            mixed = np.bitwise_xor(codes[yes], codes[no])
            np.bitwise_and(mixed, masks[question], mixed)
        codes[node] = np.bitwise_xor(mixed, codes[no], mixed)
    return codes[0]


def _masks(plan: Plan, columns: Sequence[Column], start: int, stop: int) -> NDArray[Any]:
    """Answer every question for a block: all bits set where it holds, else none; shape (l, rows)."""
    parts = [_part(column, start, stop) for column in columns]
    answers = np.empty((len(plan.literals), stop - start), dtype=bool)
    for (literal, place, kind), answer in zip(plan.literals, answers, strict=True):
        part, column, op = parts[place], columns[place], literal.op
        if kind is not None and column.kind is not kind:
            answer[:] = False
        elif op is Op.AT_MOST:
            np.less_equal(part, literal.number, answer)
        elif op is Op.IS or op is Op.CONCEPT:
            np.equal(part, 1.0 if op is Op.CONCEPT else literal.number, answer)
        else:
            answer[:] = literal.holds(Column(column.name, column.kind, part, column.categories))
    dtype = np.min_scalar_type(len(plan.steps) - 1)
    bits = answers.view(dtype) if dtype.itemsize == 1 else answers.astype(dtype)
    return np.negative(bits, out=bits)


def _part(column: Column, start: int, stop: int) -> NDArray[Any]:
    """Return the values of a block side by side in memory, numbers as float64."""
    part = column.values[start:stop]
    return np.ascontiguousarray(part, np.float64 if column.kind is Kind.NUMERIC else None)


def _block_size(columns: Sequence[Column]) -> int:
    """Return how many rows of the widest-spread column to handle at a time."""
    stride = max((abs(column.values.strides[0]) for column in columns), default=8)
    return min(_BLOCK, max(_SMALLEST_BLOCK, _BLOCK_BYTES // max(stride, 8)))
