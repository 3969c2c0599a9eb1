"""The shortest rule set that keeps a stated fidelity, by integer programming over parts of given rules."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from limbeck.core import Clause, as_table
from limbeck.errors import InputError, SearchError
from limbeck.students.rule_set import RuleSet

__all__ = ["shortest_rules"]

_MOST_CANDIDATES = 3000


def shortest_rules(rules: RuleSet, rows: Any, answers: ArrayLike, *, fidelity: float) -> RuleSet:
    """Find the rule set with the fewest literals that agrees with a teacher on a share of some rows.

    The candidates are the given rules and every rule that is left when some of their literals are dropped. Among
    all sets of candidates with at least `fidelity` agreement on the rows the one with the fewest literals is
    found, exactly, as a covering problem with a budget of errors. The agreement is on the rows that were given, so
    that a certificate needs others.

    Parameters
    ----------
    rules : RuleSet
        Where the candidates come from.
    rows : Table, DataFrame or array-like, n rows
        Rows on which the fidelity is to hold.
    answers : array-like, shape (n,)
        The teacher's class of every row.
    fidelity : float, in (0, 1]
        Agreement to keep.

    Raises
    ------
    InputError
        A fidelity out of range, answers of other classes, or candidates that cannot reach the fidelity.
    SearchError
        The integer program could not be solved.

    Examples
    --------
    >>> from limbeck.core import Literal
    >>> a, b = Literal.is_value("x0", 1), Literal.is_value("x1", 1)
    >>> both = RuleSet((Clause(((a, True), (b, True))),), (0, 1), as_table([[0, 0]]).schema)
    >>> rows = [[0, 0], [0, 1], [1, 0], [1, 1]] * 5
    >>> print(shortest_rules(both, rows, both.predict(rows), fidelity=0.75))
    always 0
    """
    table, told = as_table(rows), np.asarray(answers)
    if not 0.0 < fidelity <= 1.0:
        raise InputError("a `fidelity` in (0, 1]", f"`fidelity={fidelity!r}`", "give a share such as 0.95")
    if told.shape != (table.n_rows,) or not set(np.unique(told).tolist()) <= set(rules.classes):
        found = f"shape {told.shape} with the classes {np.unique(told).tolist()[:8]}"
        raise InputError(f"one of the classes {rules.classes} for each of {table.n_rows} rows", found, "give those")
    candidates, holds = _candidates(rules, table)
    positive = told == rules.classes[1]
    allowed = np.floor((1.0 - fidelity) * table.n_rows + 1e-9)
    chosen = _cover(holds, positive, np.array([max(len(c), 0.01) for c in candidates]), allowed)
    if chosen is None:
        best = float((rules.predict(table) == told).mean())
        found = f"candidates that cannot reach it; the given rules agree on {best:.4g}"
        raise InputError(
            f"a fidelity of {fidelity:g} on {table.n_rows} rows", found, "ask for less, or give more rules"
        )
    return replace(rules, clauses=tuple(candidates[j] for j in chosen))


def _candidates(rules: RuleSet, table: Any) -> tuple[list[Clause], NDArray[np.bool_]]:
    """Return the parts of the rules, the shortest of those that hold on the same rows, and where they hold, (n, t)."""
    parts: dict[frozenset[Any], Clause] = {}
    longest = max((len(clause) for clause in rules.clauses), default=0)
    for size in range(longest + 1):
        for clause in rules.clauses:
            for terms in combinations(clause.terms, size):
                parts.setdefault(frozenset(terms), Clause(terms))
                if len(parts) > _MOST_CANDIDATES:
                    return _distinct([*parts.values(), *rules.clauses], table)
    return _distinct(list(parts.values()), table)


def _distinct(clauses: list[Clause], table: Any) -> tuple[list[Clause], NDArray[np.bool_]]:
    """Keep one clause, the first, of those that hold on the same rows."""
    kept: dict[bytes, tuple[Clause, NDArray[np.bool_]]] = {}
    for clause in clauses:
        held = clause.holds(table)
        kept.setdefault(np.packbits(held).tobytes(), (clause, held))
    pairs = list(kept.values())
    holds = np.column_stack([held for _, held in pairs]) if pairs else np.zeros((table.n_rows, 0), bool)
    return [clause for clause, _ in pairs], holds


def _cover(
    holds: NDArray[np.bool_], positive: NDArray[np.bool_], cost: NDArray[np.float64], allowed: float
) -> list[int] | None:
    """Choose columns of least cost such that "some chosen one holds" differs from `positive` on few rows."""
    if positive.sum() <= allowed or not len(cost):
        return [] if positive.sum() <= allowed else None
    # Rows that the same candidates hold on are one, with a weight.
    keyed = np.column_stack([positive, holds])
    groups, weight = np.unique(np.packbits(keyed, axis=1), axis=0, return_counts=True)
    groups = np.unpackbits(groups, axis=1, count=keyed.shape[1]).astype(bool)
    yes, held = groups[:, 0], groups[:, 1:]
    t, g = len(cost), len(groups)
    wrong = sparse.csr_array(np.eye(g)[yes])
    # A row of the class is right when some candidate holds; one of the other class is wrong as soon as one does.
    missed = sparse.hstack([sparse.csr_array(held[yes].astype(float)), wrong])
    row, column = np.nonzero(held & ~yes[:, None])
    ones = np.ones(len(row))
    place = np.arange(len(row))
    false_alarm = sparse.csr_array(
        (np.concatenate([-ones, ones]), (np.concatenate([place, place]), np.concatenate([column, t + row]))),
        shape=(len(row), t + g),
    )
    budget = np.concatenate([np.zeros(t), weight])[None, :]
    limits = [LinearConstraint(missed, lb=1.0), LinearConstraint(budget, ub=allowed)]
    limits += [LinearConstraint(false_alarm, lb=0.0)] if len(row) else []
    solved = milp(
        np.concatenate([cost, np.zeros(g)]),
        constraints=limits,
        bounds=Bounds(0, 1),
        integrality=np.concatenate([np.ones(t), np.zeros(g)]),
    )
    if solved.status == 2:  # no set of candidates makes so few errors
        return None
    if solved.x is None:
        raise SearchError("the shortest rule set", f"a solver that ended with: {solved.message}", "give fewer rows")
    return [int(j) for j in np.flatnonzero(solved.x[:t] > 0.5)]
