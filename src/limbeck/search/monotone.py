"""Trees whose answer never falls, or never rises, when the value of a column does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Clause, Leaf, Literal, Node, Op, Split, representatives
from limbeck.search.isotonic import isotonic

__all__ = ["leaf_order", "monotone_tree"]


def monotone_tree(root: Node, signs: Mapping[str, int]) -> Node:
    """Change the leaves' values as little as makes the tree monotone, and join leaves that become one.

    For two classes the score of the second one never falls; with the scores, the class keeps the order too. The
    questions stay as they are, so that this is the best monotone tree with these questions, by squared error of the
    leaves' values and, for two classes, by agreement. Leaves that ask the model stand outside the order: what the model
    says is its own, and only the tree's answers are compared with each other.

    Parameters
    ----------
    root : Node
        A tree of numbers or of two classes.
    signs : mapping of str to {1, -1}
        Numeric columns, and whether the answer may not fall (1) or not rise (-1) when the column's value rises.

    Examples
    --------
    >>> up = Split(Literal.at_most("x", 1.0), Leaf((5.0,), 1.0), Leaf((2.0,), 2.0))
    >>> monotone_tree(up, {"x": -1}) == up, monotone_tree(up, {"x": 1})
    (True, Leaf(value=(3.0,), n_rows=3.0, defers=False))
    """
    leaves = list(_leaves(root, Clause()))
    below = leaf_order([clause for _, clause in leaves], signs)
    answers = np.array([not leaf.defers for leaf, _ in leaves])
    below &= (answers[:, None] & answers) | np.eye(len(leaves), dtype=bool)
    score = np.array([leaf.value[-1] for leaf, _ in leaves])
    if not (below & (score[:, None] > score)).any():
        return root
    weights = np.array([max(leaf.n_rows, np.finfo(float).tiny) for leaf, _ in leaves])
    return _revalued(root, iter(isotonic(score, weights, below).tolist()))


def leaf_order(clauses: Sequence[Clause], signs: Mapping[str, int]) -> NDArray[np.bool_]:
    """Tell which leaf may not answer more than which other, shape (m, m).

    `[i, j]` holds when some row of leaf i comes to leaf j by raising (for -1: lowering) columns of `signs` alone. A
    missing value is neither raised nor comes about. A yes/no question `x = 1` has but one other value, a lower one.

    Parameters
    ----------
    clauses : sequence of Clause, length m
        The leaves.
    signs : mapping of str to {1, -1}
        As in `monotone_tree`.
    """
    below = np.ones((len(clauses), len(clauses)), bool)
    literals = dict.fromkeys(literal for clause in clauses for literal, _ in clause.terms)
    for name in dict.fromkeys(literal.column for literal in literals):
        asked = [literal for literal in literals if literal.column == name]
        values, allowed = _allowed(name, asked, clauses)
        if name not in signs:
            below &= allowed.astype(float) @ allowed.T > 0
            continue
        missing = np.isnan(values)
        rising = signs[name] * values
        lowest = np.where(allowed & ~missing, rising, np.inf).min(axis=1, initial=np.inf)
        highest = np.where(allowed & ~missing, rising, -np.inf).max(axis=1, initial=-np.inf)
        absent = allowed[:, missing].any(axis=1, keepdims=True)
        below &= (lowest[:, None] <= highest) | (absent & absent.T)
    return below


def _allowed(
    name: str, asked: Sequence[Literal], clauses: Sequence[Clause]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return values of a column that stand for all, and which of them each clause allows, shape (m, values)."""
    column = representatives(name, asked)
    at = [literal.number for literal in asked if literal.op is Op.IS]
    if at:
        column = column.take(np.flatnonzero(np.isnan(column.values) | (column.values <= max(at))))
    holds = {literal: literal.holds(column) for literal in asked}
    allowed = np.ones((len(clauses), len(column.values)), bool)
    for row, clause in zip(allowed, clauses, strict=True):
        for literal, answer in clause.terms:
            if literal.column == name:
                row &= holds[literal] == answer
    return column.values.astype(np.float64), allowed


def _leaves(node: Node, clause: Clause) -> list[tuple[Leaf, Clause]]:
    """Return the leaves with their clauses."""
    if isinstance(node, Leaf):
        return [(node, clause)]
    yes, no = clause.extended(node.literal, True), clause.extended(node.literal, False)
    return _leaves(node.yes, yes) + _leaves(node.no, no)


def _revalued(node: Node, scores: Iterator[float]) -> Node:
    """Give the leaves, in order, other values; where both sides of a question are then one leaf, the question goes."""
    if isinstance(node, Leaf):
        score = next(scores)
        return replace(node, value=(score,) if len(node.value) == 1 else (1.0 - score, score))
    yes = _revalued(node.yes, scores)
    no = _revalued(node.no, scores)
    if isinstance(yes, Leaf) and isinstance(no, Leaf) and (yes.value, yes.defers) == (no.value, no.defers):
        return replace(yes, n_rows=yes.n_rows + no.n_rows)
    return Split(node.literal, yes, no)
