"""Edges that are known and not executable here, each with the reason."""

from __future__ import annotations

import math

from limbeck.reductions.graph import Cost, Edge, Kind, Promise, Setting

__all__ = ["KNOWN"]


def _log_size_search(s: Setting) -> Cost:
    return Cost(labelled=s.n_columns ** math.log2(max(s.n_leaves, 2)) / s.epsilon, operations=math.inf)


def _fast_junta_search(s: Setting) -> Cost:
    return Cost(labelled=2.0**s.n_variables, operations=s.n_columns ** (0.61 * s.n_variables))


KNOWN = (
    Edge(
        "rows", "tree", Kind.LEARNING, Promise.MEASURED, "a tree of s leaves is right on all rows",
        "d^O(log s) rows and time: the best that is known for random rows",
        _log_size_search, "Ehrenfeucht and Haussler 1989",
        why_not="the exponent makes it slower than the exact solvers at sizes where it could run",
    ),
    Edge(
        "rows", "junta", Kind.LEARNING, Promise.MEASURED, "uniform bits; the rows are a k-junta's",
        "time d^(0.61 k)", _fast_junta_search, "Valiant 2015",
        why_not="it gains by fast matrix multiplication, at sizes far past those where trying all sets still ends",
    ),
    Edge(
        "rules", "tree", Kind.REWRITING, Promise.EXACT, "two classes",
        "exponential: x1 x2 or x3 x4 or ... has at least 2^m leaves",
        lambda s: Cost(operations=2.0**s.n_leaves), "elementary",
        why_not="no small tree exists for some small rule sets; go through `model` and learn one that errs a little",
    ),
    Edge(
        "list", "rules", Kind.REWRITING, Promise.EXACT, "two classes",
        "exponential: each clause with the negations of all before it, multiplied out",
        lambda s: Cost(operations=2.0**s.n_leaves), "Rivest 1987",
        why_not="lists of clauses of two literals hold functions that need 2^m rules, as not (x1 x2 or x3 x4 or ...)",
    ),
    Edge(
        "threshold", "tree", Kind.REWRITING, Promise.EXACT, "",
        "exponential: the majority of d bits has at least 2^(d/2) leaves",
        lambda s: Cost(operations=2.0 ** (s.n_columns / 2)), "elementary",
        why_not="no small tree exists for the majority; go through `model` and learn one that errs a little",
    ),
)  # fmt: skip
