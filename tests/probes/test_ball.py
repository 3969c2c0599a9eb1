from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from limbeck.errors import InputError
from limbeck.probes import fit_ball, fit_features, norm_needed


def descended_mse(activations, target, radius):
    """The same minimum by a general constrained optimiser."""
    phi = activations - activations.mean(axis=0)
    gap = target - target.mean()
    answer = minimize(
        lambda w: np.mean((phi @ w - gap) ** 2),
        np.zeros(phi.shape[1]),
        jac=lambda w: 2 * phi.T @ (phi @ w - gap) / len(gap),
        constraints={"type": "ineq", "fun": lambda w: radius**2 - w @ w, "jac": lambda w: -2 * w},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    return answer.fun


@given(n=st.integers(4, 20), m=st.integers(1, 6), log_radius=st.floats(-1.5, 1.0), seed=st.integers(0, 10**6))
@settings(deadline=None, max_examples=30)
def test_minimum_equals_that_of_a_general_optimiser(n, m, log_radius, seed):
    rng = np.random.default_rng(seed)
    activations, target = rng.standard_normal((n, m)) + 2.0, rng.standard_normal(n)
    radius = 10.0**log_radius
    found = fit_ball(fit_features(activations), target, radius)
    assert found.mse[0] == pytest.approx(descended_mse(activations, target, radius), abs=1e-6)


@given(
    n=st.integers(2, 30),
    m=st.integers(1, 40),
    log_radius=st.floats(-4, 5),
    decay=st.floats(0, 4),
    seed=st.integers(0, 10**6),
)
@settings(deadline=None, max_examples=100)
def test_conditions_of_karush_kuhn_and_tucker(n, m, log_radius, decay, seed):
    rng = np.random.default_rng(seed)
    activations = rng.standard_normal((n, m)) * np.logspace(0, -decay, m)
    targets = rng.random((n, 5)) < 0.5
    radius = 10.0**log_radius
    features = fit_features(activations)
    found = fit_ball(features, targets, radius)
    assert (found.penalty >= 0).all()
    assert (found.norm <= radius * (1 + 1e-9)).all()
    bound = found.penalty > 0
    assert np.allclose(found.norm[bound], radius, rtol=1e-9)  # complementary slackness
    phi, gap = activations - features.mean, targets - targets.mean(axis=0)
    alpha = features.eigvec.T @ gap
    right = phi.T @ features.eigvec / np.sqrt(features.eigval)
    s = np.sqrt(features.eigval)[:, np.newaxis]
    w = right @ (s * alpha / (s**2 + found.penalty))
    gradient = phi.T @ (phi @ w - gap) + found.penalty * w  # stationarity
    assert np.abs(gradient).max(initial=0.0) < 1e-6 * max(1.0, np.abs(phi).max() * n)
    assert found.mse == pytest.approx(np.square(phi @ w - gap).mean(axis=0), rel=1e-5, abs=1e-8)


def test_error_falls_with_the_radius_down_to_least_squares():
    rng = np.random.default_rng(0)
    activations, target = rng.standard_normal((40, 8)), rng.standard_normal(40)
    features = fit_features(activations)
    mse = [fit_ball(features, target, radius).mse[0] for radius in (1e-3, 0.05, 0.1, 0.3, 10.0, np.inf)]
    assert (np.diff(mse) <= 1e-15).all()
    phi, gap = activations - activations.mean(axis=0), target - target.mean()
    residual = gap - phi @ np.linalg.lstsq(phi, gap, rcond=None)[0]
    assert mse[-1] == pytest.approx(np.mean(residual**2))
    assert mse[0] == pytest.approx(gap.var(), rel=1e-2)


def test_norm_needed_matches_the_ridge_solution():
    rng = np.random.default_rng(1)
    activations, targets = rng.standard_normal((30, 7)), rng.standard_normal((30, 3))
    features = fit_features(activations)
    phi, gap = activations - activations.mean(axis=0), targets - targets.mean(axis=0)
    for penalty in (0.0, 0.5, 20.0):
        w = np.linalg.solve(phi.T @ phi + penalty * np.eye(7), phi.T @ gap)
        assert norm_needed(features, targets, penalty) == pytest.approx(np.linalg.norm(w, axis=0))
    needed = norm_needed(features, targets, 0.5)
    for target, radius in zip(targets.T, needed, strict=True):
        assert fit_ball(features, target, radius).penalty == pytest.approx([0.5], rel=1e-8)


def cube_and_clauses(p, k):
    """All 2^p inputs of ±1 and the truth of all k-literal clauses on them."""
    cube = np.array(list(product([-1.0, 1.0], repeat=p)))
    clauses = [
        (cube[:, list(variables)] == signs).all(axis=1)
        for variables in combinations(range(p), k)
        for signs in product([-1.0, 1.0], repeat=k)
    ]
    return cube, np.column_stack(clauses)


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("scale", [0.05, 0.2, 1.0])
def test_few_clauses_pass_the_probe_of_bounded_norm(k, scale):
    p = 10
    cube, clauses = cube_and_clauses(p, k)
    rng = np.random.default_rng(k)
    random = np.maximum(cube @ rng.standard_normal((p, 20)), 0) / 20
    activations = scale * np.hstack([random, clauses[:, [0, 5, 9]]])  # three clauses are really inside
    energy = np.square(activations).sum(axis=1).mean()  # B²
    features = fit_features(activations)
    for radius in (0.5, 1.01 / scale, 3.0):
        mse = fit_ball(features, clauses, radius).mse
        passed = (np.sqrt(mse) <= 2.0**-k / 2).sum()
        assert passed <= 4 * 8**k * energy * radius**2
    assert (fit_ball(features, clauses[:, [0, 5, 9]], 1.01 / scale).mse < 1e-12).all()


def test_bound_on_represented_clauses_can_bite():
    p, k = 12, 2
    cube, clauses = cube_and_clauses(p, k)
    activations = 1.0 * clauses[:, [3, 50]]
    radius, energy = 0.8, np.square(activations).sum(axis=1).mean()
    limit = 4 * 8**k * energy * radius**2
    passed = np.sqrt(fit_ball(fit_features(activations), clauses, radius).mse) <= 2.0**-k / 2
    assert np.flatnonzero(passed).tolist() == [3, 50]
    assert len(clauses.T) > limit > passed.sum()
    assert len(cube) == 2**p


def test_without_the_norm_bound_every_clause_passes_on_a_sample():
    p, k, n = 10, 2, 60
    _, clauses = cube_and_clauses(p, k)
    rng = np.random.default_rng(3)
    clauses = clauses[rng.choice(2**p, n, replace=False)]
    activations = 0.01 * rng.standard_normal((n, 2 * n))  # noise that knows nothing of the clauses
    energy, features = np.square(activations).sum(axis=1).mean(), fit_features(activations)
    threshold, radius = 2.0**-k / 2, 1.0
    free = np.sqrt(fit_ball(features, clauses, np.inf).mse)
    assert (free <= threshold).all()
    assert clauses.shape[1] > 4 * 8**k * energy * radius**2
    bounded = np.sqrt(fit_ball(features, clauses, radius).mse)
    assert (bounded <= threshold).sum() <= 4 * 8**k * energy * radius**2


def test_constant_targets_activations_and_single_rows_need_no_weight():
    features = fit_features(np.random.default_rng(4).standard_normal((10, 3)))
    found = fit_ball(features, np.ones((10, 2)), 1.0)
    assert (found.norm == 0).all()
    assert (found.mse == 0).all()
    assert (norm_needed(features, np.ones((10, 2)), 0.1) == 0).all()
    nothing = fit_ball(fit_features(np.ones((4, 3))), np.array([0, 0, 1, 1]), 1.0)
    assert nothing.mse == pytest.approx([0.25])
    assert nothing.norm.tolist() == nothing.penalty.tolist() == [0.0]


def test_settings_out_of_range_are_refused():
    features = fit_features(np.eye(3))
    with pytest.raises(InputError, match="`radius=0"):
        fit_ball(features, np.arange(3), 0.0)
    with pytest.raises(InputError, match="`penalty=-1"):
        norm_needed(features, np.arange(3), -1.0)
    with pytest.raises(InputError, match="for 3 rows"):
        fit_ball(features, np.arange(4), 1.0)
