"""Controls over the tree's own columns: other answers to the very questions of a clause, read by probes as short."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limbeck.probes import fit_features, prepare_path, same_column_clauses, score_groups, score_short

CUBE = np.array(list(product((False, True), repeat=3)))


def of_cube(copies=20):
    return np.repeat(CUBE, copies, axis=0)


def leaves(bits):
    """x0 ? x1 : x2, leaf by leaf."""
    return np.where(bits[:, 0], 2 + bits[:, 1], bits[:, 2])


def test_controls_are_other_answers_to_the_same_questions_that_the_tree_does_not_tell():
    bits = of_cube()
    clause = bits[:, 0] & bits[:, 1]
    found = same_column_clauses(bits, [[0, 1]], clause[:, None], leaves(bits), 2, np.random.default_rng(0))
    assert found.found.tolist() == [True]
    others = {tuple(~bits[:, 0] & bits[:, 1]), tuple(~bits[:, 0] & ~bits[:, 1])}
    assert {tuple(found.holds[:, 0, k]) for k in range(2)} == others


def test_a_tree_that_tells_all_four_cells_has_no_controls():
    bits = of_cube()
    clause = bits[:, 0] & bits[:, 1]
    cells = 2 * bits[:, 0] + bits[:, 1]
    found = same_column_clauses(bits, [[0, 1]], clause[:, None], cells, 2, np.random.default_rng(0))
    assert not found.found.any()


@given(st.sets(st.sampled_from([(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]), min_size=1))
def test_any_set_of_parities_holds_a_clause_and_its_controls_alike(sets):
    """A Fourier expansion cannot hold one answer to some questions better than another answer to the same."""
    bits = of_cube()
    signs = 2.0 * bits - 1
    held = np.column_stack([signs[:, list(some)].prod(axis=1) for some in sets]).astype(np.float32)
    clause = (bits[:, 0] & bits[:, 1])[:, None]
    beside = same_column_clauses(bits, [[0, 1]], clause, leaves(bits), 2, np.random.default_rng(0)).holds[:, 0]
    _, own, others = score_short(prepare_path(fit_features(held)), clause, np.array([2]), beside)
    assert others.r_squared == pytest.approx(own.r_squared[0], abs=1e-6)


def test_short_probes_read_nearly_as_well_and_are_the_shortest_that_do():
    rng = np.random.default_rng(1)
    held = rng.normal(size=(200, 30)).astype(np.float32) * np.logspace(0, -2, 30, dtype=np.float32)
    targets, groups = held[:, :6] + held[:, 20:26] + rng.normal(size=(200, 6)) / 100, np.array([1, 1, 1, 2, 2, 2])
    path = prepare_path(fit_features(held))
    best, short, beside = score_short(path, targets, groups, targets)
    alone = score_groups(path, targets, groups)
    assert np.array_equal(best.share, alone.share)
    np.testing.assert_allclose(best.r_squared, alone.r_squared, atol=1e-12)
    assert np.array_equal(beside.r_squared, short.r_squared)
    for group in (1, 2):
        at = groups == group
        assert short.r_squared[at].mean() >= 0.9 * best.r_squared[at].mean()
        longer = path.penalty / path.features.eigval[0] > short.share[at][0] * 1.01
        alone = [
            score_groups(prepare_path(fit_features(held), shares=[share]), targets[:, at], groups[at]).r_squared.mean()
            for share in path.penalty[longer] / path.features.eigval[0]
        ]
        assert all(value < 0.9 * best.r_squared[at].mean() for value in alone)
        assert (short.norm[at] <= best.norm[at] + 1e-9).all()
