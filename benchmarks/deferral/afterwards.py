"""Trees that were fitted to be right everywhere, whose less sure leaves are then left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.deferral.measured import Measured
from benchmarks.tables.problems import Problem
from limbeck import distill
from limbeck.core import Tree, as_table
from limbeck.deferral import OperatingPoint
from limbeck.passes.operating import Judge, in_turn
from limbeck.students import greedy_tree
from limbeck.theory import DeferralCertificate, certify_deferral

__all__ = ["cart_trees", "left_out", "limbeck_trees"]

DELTA = 0.05


def limbeck_trees(problem: Problem, leaves: int, effort: str) -> list[Tree]:
    """Return limbeck's frontier on the rows that fit."""
    result = distill(
        problem.teacher.for_limbeck(), problem.fit, max_leaves=leaves, certificate=0.0, effort=effort,
        random_state=problem.seed,
    )  # fmt: skip
    return [point.tree for point in result.frontier]


def cart_trees(problem: Problem, leaves: int) -> list[Tree]:
    """Return CART's tree of every size on the rows that fit."""
    return [greedy_tree(problem.fit, problem.fit_labels, max_leaves=size) for size in range(2, leaves + 1)]


def left_out(problem: Problem, trees: Sequence[Tree], leaves: int, target: float) -> Measured:
    """Leave leaves out, as the validation rows choose, and certify on the test rows.

    Candidates are the trees of every size up to `leaves`, each with its leaves from the purest on the validation rows
    to the least pure. They are chosen, with room for the certificate, and certified in turn just as limbeck's own are.
    """
    candidates: dict[OperatingPoint, tuple[Tree, NDArray[np.bool_]]] = {}
    for tree in trees:
        if tree.n_leaves <= leaves:
            candidates |= _nested(tree, problem)
    chosen = [picks[-1] for picks in in_turn(Judge(target, DELTA, len(problem.test)), [list(candidates)])]
    kept: DeferralCertificate | None = None
    for point in chosen:
        claim = _certified(problem, *candidates[point], target, len(chosen))
        if kept is not None and not claim.keeps_target:
            break
        kept = claim
        if not claim.keeps_target:
            break
    assert kept is not None, "there is one candidate at least"
    return Measured.of(kept)


def _nested(tree: Tree, problem: Problem) -> dict[OperatingPoint, tuple[Tree, NDArray[np.bool_]]]:
    """Return the leaves of a tree one by one, the purest on the validation rows first, with what these say."""
    leaf = tree.apply(as_table(problem.validation))
    wrong = tree.answers[leaf] != problem.validation_labels
    n = np.bincount(leaf, minlength=tree.n_nodes)
    k = np.bincount(leaf[wrong], minlength=tree.n_nodes)
    order = sorted(tree.leaves.tolist(), key=lambda v: (k[v] + 1) / (n[v] + 2))
    found: dict[OperatingPoint, tuple[Tree, NDArray[np.bool_]]] = {}
    answering = np.zeros(tree.n_nodes, bool)
    for leaf_id in order:
        answering = answering.copy()
        answering[leaf_id] = True
        counts = int(n[answering].sum()), int(k[answering].sum())
        found[OperatingPoint(tree.n_leaves, 0.0, len(leaf), *counts)] = tree, answering
    return found


def _certified(
    problem: Problem, tree: Tree, answering: NDArray[np.bool_], target: float, n_claims: int
) -> DeferralCertificate:
    leaf = tree.apply(as_table(problem.test))
    differ = tree.answers[leaf] != problem.test_labels
    return certify_deferral(differ, answering[leaf], target=target, delta=DELTA, n_claims=n_claims)
