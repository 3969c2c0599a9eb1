"""The theorem's test: leave-one-out errors by refitting, norms that are enough, and the bound with what it rests on."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.errors import InputError
from limbeck.probes import (
    energy,
    fit_ball,
    fit_features,
    left_out_error,
    most_passing,
    norm_needed,
    passing_error,
    radius_needed,
)


def refitted_error(activations, target, penalty):
    """The same by leaving out one row after the other."""
    lost = []
    for i in range(len(target)):
        rest = np.arange(len(target)) != i
        centre, mean = activations[rest].mean(axis=0), target[rest].mean()
        x = activations[rest] - centre
        w = np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ (target[rest] - mean))
        lost.append((target[i] - mean - (activations[i] - centre) @ w) ** 2)
    return np.mean(lost)


@given(n=st.integers(4, 15), m=st.integers(1, 20), log_penalty=st.floats(-2, 2), seed=st.integers(0, 10**6))
@settings(deadline=None, max_examples=25)
def test_left_out_errors_are_those_of_refitting_and_never_below_the_fitted_ones(n, m, log_penalty, seed):
    rng = np.random.default_rng(seed)
    activations, targets, penalty = rng.normal(size=(n, m)), rng.normal(size=(n, 2)), 10.0**log_penalty
    features = fit_features(activations)
    found = left_out_error(features, targets, np.array([penalty, 2 * penalty]))
    wanted = [
        refitted_error(activations, targets[:, 0], penalty),
        refitted_error(activations, targets[:, 1], 2 * penalty),
    ]
    assert found == pytest.approx(wanted, rel=1e-6)
    for j, radius in enumerate(norm_needed(features, targets[:, [j]], (j + 1) * penalty)[0] for j in (0, 1)):
        assert fit_ball(features, targets[:, j], radius).mse[0] <= found[j] * (1 + 1e-9)


def test_a_row_that_decides_itself_is_not_told_by_the_others():
    features = fit_features(np.random.default_rng(0).normal(size=(8, 20)))
    target = np.arange(8.0)
    assert fit_ball(features, target, np.inf).mse[0] < 1e-12
    assert left_out_error(features, target, 0.0).tolist() == [np.inf]


def test_the_norm_that_is_needed_is_enough_and_less_is_not():
    rng = np.random.default_rng(1)
    activations = rng.normal(size=(300, 6))
    targets = np.column_stack([activations[:, 0] > 0, activations[:, 1] * activations[:, 2] > 0])
    features = fit_features(activations)
    needed = radius_needed(features, targets, tolerance=0.12)
    assert np.isfinite(needed).tolist() == [True, False]
    assert left_out_error(features, targets[:, 0], fit_ball(features, targets[:, 0], needed[0]).penalty)[0] <= 0.12
    less = fit_ball(features, targets[:, 0], 0.7 * needed[0])
    assert left_out_error(features, targets[:, 0], less.penalty)[0] > 0.12


def cube_and_clauses(d, r):
    """All rows of d bits, and all clauses of r literals on them."""
    cube = np.array(list(product([0, 1], repeat=d)), bool)
    some = [
        (cube[:, list(bits)] == signs).all(axis=1)
        for bits in combinations(range(d), r)
        for signs in product([False, True], repeat=r)
    ]
    return cube, np.column_stack(some)


@pytest.mark.parametrize("r", [1, 2])
def test_on_uniform_bits_no_more_clauses_pass_than_the_bound_lets(r):
    cube, clauses = cube_and_clauses(9, r)
    rng = np.random.default_rng(r)
    layer = np.hstack([np.maximum(cube @ rng.normal(size=(9, 30)), 0), 3.0 * clauses[:, [1, 6]]])
    features = fit_features(layer)
    for length in (0.3, 1.0, 3.0, 10.0):
        radius = length / np.sqrt(energy(features))
        penalty = fit_ball(features, clauses, radius).penalty
        passed = (left_out_error(features, clauses, penalty) <= passing_error(r)).sum()
        assert passed <= most_passing(r, length)
    assert np.isfinite(radius_needed(features, clauses[:, [1, 6]], passing_error(r))).all()


def test_without_uniform_bits_the_bound_is_false():
    """Where all bits are one bit, a single unit represents every literal, however many there are."""
    layer = np.array([[0.0], [1.0]]).repeat(50, axis=0)
    features, literals = fit_features(layer), np.repeat(layer > 0, 200, axis=1)
    length = radius_needed(features, literals, passing_error(1)).max() * np.sqrt(energy(features))
    assert literals.shape[1] == 200 > most_passing(1, length)


def test_counts_out_of_range_are_refused():
    with pytest.raises(InputError, match="`depth=0`"):
        most_passing(0, 1.0)
    with pytest.raises(InputError, match="`length=-1"):
        most_passing(1, -1.0)
