"""The depth-2 kernel finds what trying every pair of literals finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.search import DepthTwoKernel, HardLabels, PairMemory, SquaredError, best_costs_by_enumeration, row_sets

N, L, K = 9, 3, 4


@st.composite
def instances(draw):
    """Draw answers, a loss with a way to restrict it to some rows, clauses and the least weight of a leaf."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    answers = rng.random((N, L)) < draw(st.sampled_from([0.3, 0.5, 0.8]))
    weights = rng.integers(1, 4, N) if draw(st.booleans()) else np.ones(N)
    kind = draw(st.sampled_from(["hard", "hard without gini", "numbers", "soft"]))
    if kind.startswith("hard"):
        codes, eta = rng.integers(3, size=N), 0.0 if "without" in kind else None
        loss = HardLabels(codes, 3, weights, eta=eta)

        def restricted(rows):
            return HardLabels(codes[rows], 3, weights[rows], eta=loss.eta)
    else:
        targets = rng.normal(size=N) if kind == "numbers" else rng.dirichlet(np.ones(3), size=N)
        loss = SquaredError(targets, weights)

        def restricted(rows):
            return SquaredError(targets[rows], weights[rows])

    clauses = rng.random((K, N)) < 0.7
    clauses[:, 0] = True
    return answers, loss, restricted, clauses, draw(st.sampled_from([1.0, 2.0, 3.0]))


def recomputed(answers, loss, rows, literals, min_leaf):
    """Return the cost of the subtree that three literals describe, and its leaves."""
    first, *seconds = literals
    leaves = []
    for second, side in zip(seconds, (rows & answers[:, first], rows & ~answers[:, first]), strict=True):
        leaves += [side] if second < 0 else [side & answers[:, second], side & ~answers[:, second]]
    sums = np.array([loss.statistics[leaf].sum(axis=0) for leaf in leaves]).T
    assert (loss.weight(sums) >= min_leaf).all()
    return float(loss.cost(sums).sum()), len(leaves)


@settings(max_examples=60)
@given(instances())
def test_the_kernel_finds_the_best_subtree_below_every_clause(instance):
    answers, loss, restricted, clauses, min_leaf = instance
    found = DepthTwoKernel(answers, loss, min_leaf).solve(np.packbits(clauses, axis=1), np.arange(K))
    assert found.clause.tolist() == list(range(K))
    for c, rows in enumerate(clauses):
        at = np.flatnonzero(rows)
        part = restricted(at)
        best = best_costs_by_enumeration(answers[at], part, max_leaves=4, max_depth=2, min_leaf=min_leaf)
        leaf = float(part.cost(part.total)) if float(part.weight(part.total)) >= min_leaf else np.inf
        assert np.minimum(leaf, found.cost[c]) == pytest.approx(best[1:], rel=1e-6, abs=1e-6)
        for size, (cost, literals) in enumerate(zip(found.cost[c], found.literals[c], strict=True), start=2):
            if np.isinf(cost):
                assert (literals == -1).all()
            else:
                again, n_leaves = recomputed(answers, loss, rows, literals, min_leaf)
                assert again == pytest.approx(cost, rel=1e-9, abs=1e-9)
                assert n_leaves <= size


@settings(max_examples=40)
@given(instances())
def test_a_cap_on_the_literals_costs_at_most_optimality(instance):
    answers, loss, _, clauses, min_leaf = instance
    members = np.packbits(clauses, axis=1)
    exact = DepthTwoKernel(answers, loss, min_leaf).solve(members, np.arange(K))
    capped = DepthTwoKernel(answers, loss, min_leaf, max_literals=2).solve(members, np.arange(K))
    assert (capped.cost >= exact.cost - 1e-9).all()
    for c, rows in enumerate(clauses):
        for cost, literals in zip(capped.cost[c], capped.literals[c], strict=True):
            assert len({j for j in literals.tolist() if j >= 0}) <= 2
            if np.isfinite(cost):
                assert recomputed(answers, loss, rows, literals, min_leaf)[0] == pytest.approx(cost, abs=1e-9)


def test_the_cap_keeps_the_literals_that_matter():
    rng = np.random.default_rng(0)
    answers = rng.random((400, 30)) < 0.5
    y = 2.0 * answers[:, 17] + answers[:, 4]
    capped = DepthTwoKernel(answers, SquaredError(y), max_literals=3)
    found = capped.solve(np.packbits(np.ones((1, 400), bool), axis=1), np.arange(1))
    assert found.cost[0, 2] == pytest.approx(0.0, abs=1e-9)
    assert set(found.literals[0, 2].tolist()) == {17, 4}


def test_parity_of_two_is_found_where_neither_literal_helps_alone():
    rng = np.random.default_rng(1)
    answers = rng.random((300, 40)) < 0.5
    loss = HardLabels((answers[:, 11] ^ answers[:, 29]).astype(int), 2)
    found = DepthTwoKernel(answers, loss).solve(np.packbits(np.ones((1, 300), bool), axis=1), np.arange(1))
    assert found.cost[0, 2] == 0.0
    assert found.cost[0, 1] > 50
    assert set(found.literals[0, 2].tolist()) == {11, 29}


def test_single_precision_counts_as_double_precision_does():
    """With whole weights and no Gini share both are exact; the costs must be equal, not near."""
    rng = np.random.default_rng(2)
    answers = rng.random((5000, 12)) < 0.5
    codes = rng.integers(3, size=5000)
    single, double = HardLabels(codes, 3, eta=0.0), HardLabels(codes, 3, eta=0.0)
    double.exact_in_single = False
    members = np.packbits(rng.random((5, 5000)) < 0.8, axis=1)
    one, two = (DepthTwoKernel(answers, loss).solve(members, np.arange(5)) for loss in (single, double))
    assert np.array_equal(one.cost, two.cost)


def test_more_leaves_are_used_only_when_they_help():
    answers = np.array([[True, True], [True, False], [False, True], [False, False]])
    found = DepthTwoKernel(answers, HardLabels([1, 1, 0, 0], 2)).solve(
        np.packbits(np.ones((1, 4), bool), axis=1), np.arange(1)
    )
    assert found.literals[0].tolist() == [[0, -1, -1]] * 3


def test_the_clauses_that_are_named_are_solved_in_their_order_until_told_to_stop():
    rng = np.random.default_rng(3)
    answers = rng.random((50, 4)) < 0.5
    kernel = DepthTwoKernel(answers, HardLabels(rng.integers(2, size=50), 2))
    members = np.packbits(rng.random((6, 50)) < 0.9, axis=1)
    whole = kernel.solve(members, np.array([4, 0, 2]))
    assert whole.clause.tolist() == [4, 0, 2]
    # Whichever clause meets the "no", also the first one of two that are asked about at a time.
    for replies in ([True, True], [False, True, True], [True, False, True]):
        left = iter(replies)
        stopped = kernel.solve(members, np.array([4, 0, 2]), lambda left=left: next(left, False))
        assert len(stopped.clause) == 2
        for place, clause in enumerate(stopped.clause.tolist()):
            at = whole.clause.tolist().index(clause)
            assert np.array_equal(stopped.cost[place], whole.cost[at])
            assert np.array_equal(stopped.literals[place], whole.literals[at])
    none = kernel.solve(members, np.array([4]), lambda: False)
    assert none.cost.shape == (0, 3)
    assert none.literals.shape == (0, 3, 3)


def test_without_literals_nothing_can_be_split():
    kernel = DepthTwoKernel(np.empty((5, 0), bool), HardLabels([0, 1, 0, 1, 0], 2))
    found = kernel.solve(np.packbits(np.ones((1, 5), bool), axis=1), np.arange(1))
    assert np.isinf(found.cost).all()
    assert (found.literals == -1).all()


def test_row_sets_unpack_what_was_packed():
    rows = np.random.default_rng(4).random((3, 13)) < 0.5
    assert np.array_equal(row_sets(np.packbits(rows, axis=1), 13, np.bool_), rows)


def test_what_was_solved_is_remembered_by_the_rows_of_a_clause():
    rng = np.random.default_rng(5)
    answers, members = rng.random((60, 6)) < 0.5, np.packbits(rng.random((8, 60)) < 0.6, axis=1)
    loss, memory = HardLabels(rng.integers(3, size=60), 3), PairMemory()
    kernel = DepthTwoKernel(answers, loss)
    memory.solved(kernel, members, np.array([1, 4, 6]))
    clause, replies = np.array([4, 0, 1, 3, 6]), [True, True]
    known = memory.solved(kernel, members, clause, lambda: bool(replies.pop()))  # of two clauses alone
    whole = kernel.solve(members, clause)
    for name in ("clause", "cost", "literals"):
        np.testing.assert_array_equal(getattr(known, name), getattr(whole, name))
    again = memory.solved(kernel, members[[3, 5, 0]], np.array([2, 1, 0]), lambda: False)
    np.testing.assert_array_equal(again.clause, [2, 0])
    np.testing.assert_array_equal(again.cost, whole.cost[[1, 3]])
    none = memory.solved(kernel, members, np.array([5]), lambda: False)
    assert none.cost.shape == (0, 3)
    assert none.literals.shape == (0, 3, 3)
