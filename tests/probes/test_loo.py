import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.errors import InputError
from limbeck.probes import best_penalty, choose_penalty, fit_features, loo, prepare, prepare_path, scores


def refitted_r2(activations, target, penalty):
    """Fit n ridge probes with free intercept, each without one row, by solving the augmented system."""
    n, m = activations.shape
    target = target.astype(float)
    lost = guess = 0.0
    for i in range(n):
        rest = np.arange(n) != i
        phi, g = activations[rest], target[rest]
        design = np.vstack([phi - phi.mean(axis=0), np.sqrt(penalty) * np.eye(m)])
        w = np.linalg.lstsq(design, np.concatenate([g - g.mean(), np.zeros(m)]), rcond=None)[0]
        prediction = g.mean() + (activations[i] - phi.mean(axis=0)) @ w
        lost += (target[i] - prediction) ** 2
        guess += (target[i] - g.mean()) ** 2
    return 1.0 - lost / guess


@given(
    n=st.integers(3, 14),
    m=st.integers(1, 16),
    log_penalty=st.floats(-4, 2),
    boolean=st.booleans(),
    seed=st.integers(0, 10**6),
)
@settings(deadline=None, max_examples=60)
def test_closed_form_equals_refitting_without_each_row(n, m, log_penalty, boolean, seed):
    rng = np.random.default_rng(seed)
    activations = rng.standard_normal((n, m)) + 5.0
    targets = rng.standard_normal((n, 3))
    if boolean:
        targets = targets > 0
        targets[0], targets[1] = True, False
    features = fit_features(activations)
    penalty = 10.0**log_penalty * features.eigval[0]
    found = scores(prepare(features, penalty), targets)
    expected = [refitted_r2(activations, target, penalty) for target in targets.T]
    assert np.allclose(found, expected, atol=1e-8, rtol=1e-8)


def test_equality_fails_when_the_mean_is_forgotten():
    rng = np.random.default_rng(0)
    activations, target = rng.standard_normal((8, 3)) + 5.0, rng.random(8) > 0.5
    features = fit_features(activations)
    probe = prepare(features, 1.0)
    leverage_without_mean = np.einsum("ij,ij,j->i", features.eigvec, features.eigvec, probe.shrinkage)
    gap = target - target.mean()
    residual = gap - features.eigvec @ (probe.shrinkage * (features.eigvec.T @ gap))
    wrong = 1 - (residual / (1 - leverage_without_mean)) @ (residual / (1 - leverage_without_mean)) / (
        gap @ gap * (8 / 7) ** 2
    )
    right = refitted_r2(activations, target, 1.0)
    assert scores(probe, target) == pytest.approx([right], abs=1e-10)
    assert abs(wrong - right) > 1e-3


def test_smallest_allowed_penalty_still_equals_refitting():
    rng = np.random.default_rng(1)
    activations = rng.standard_normal((10, 30))  # more activations than rows: leverages within 1e-8 of 1
    features = fit_features(activations)
    penalty = 1e-8 * features.eigval[0]
    targets = rng.random((10, 4)) > 0.5
    probe = prepare(features, penalty)
    assert probe.slack.max() < 1e-6
    expected = [refitted_r2(activations, target, penalty) for target in targets.T]
    assert np.allclose(scores(probe, targets), expected, rtol=1e-5, atol=1e-5)
    with pytest.raises(InputError, match="penalty"):
        prepare(features, 1e-10 * features.eigval[0])


def test_constant_targets_and_constant_activations_score_zero_or_below():
    rng = np.random.default_rng(2)
    activations = rng.standard_normal((12, 4))
    constant = np.column_stack([np.zeros(12), np.ones(12), np.full(12, 0.1)])
    assert (scores(prepare(fit_features(activations), 1.0), constant) == 0.0).all()
    nothing = prepare(fit_features(np.ones((12, 4))), 1.0)
    assert scores(nothing, rng.random(12) > 0.5) == pytest.approx([0.0], abs=1e-12)


def test_batches_of_targets_agree_with_single_targets(monkeypatch):
    rng = np.random.default_rng(3)
    probe = prepare(fit_features(rng.standard_normal((20, 6))), 1.0)
    targets = rng.random((20, 7)) > 0.4
    whole = scores(probe, targets)
    monkeypatch.setattr(loo, "_BATCH", 40)
    assert np.allclose(scores(probe, targets), whole)
    assert scores(probe, targets[:, :0]).shape == (0,)


def test_shift_and_scale_of_a_target_leave_its_score():
    rng = np.random.default_rng(4)
    probe = prepare(fit_features(rng.standard_normal((25, 6))), 0.3)
    target = rng.random(25) > 0.5
    same = scores(probe, np.column_stack([target, ~target, 3.0 * target - 7.0]))
    assert same == pytest.approx(np.full(3, same[0]))


def test_chosen_penalty_is_the_best_of_the_grid():
    rng = np.random.default_rng(5)
    activations = rng.standard_normal((60, 40)) * np.logspace(0, -2, 40)
    features = fit_features(activations)
    targets = activations[:, :3] + 0.5 * rng.standard_normal((60, 3)) > 0
    grid = np.logspace(-8, 1, 19)
    means = [scores(prepare(features, g * features.eigval[0]), targets).mean() for g in grid]
    chosen = choose_penalty(features, targets)
    assert chosen == pytest.approx(grid[int(np.argmax(means))] * features.eigval[0])
    assert choose_penalty(features, np.column_stack([targets, np.ones(60)])) == chosen


def test_clean_targets_want_less_penalty_than_noise():
    rng = np.random.default_rng(6)
    activations = rng.standard_normal((80, 10))
    features = fit_features(activations)
    clean = choose_penalty(features, activations @ rng.standard_normal(10))
    noise = choose_penalty(features, rng.standard_normal((80, 20)))
    assert clean < 1e-3 * noise
    assert noise > features.eigval[0]


def test_penalty_without_anything_to_choose_from():
    features = fit_features(np.random.default_rng(7).standard_normal((9, 3)))
    assert choose_penalty(features, np.ones(9)) == pytest.approx(10 * features.eigval[0])
    assert choose_penalty(fit_features(np.ones((9, 3))), np.arange(9)) == 1.0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda f: prepare(f, 0.0), "`penalty=0`"),
        (lambda f: prepare(f, float("nan")), "`penalty=nan`"),
        (lambda f: prepare(fit_features(np.ones((1, 2))), 1.0), "1 row"),
        (lambda f: scores(prepare(f, 1.0), np.ones(4)), "shape (4,) for 5 rows"),
        (lambda f: choose_penalty(f, np.ones(5), grid=()), "`grid=()`"),
        (lambda f: choose_penalty(f, np.arange(5), grid=(1e-12,)), "1e-12"),
    ],
)
def test_what_cannot_be_probed_is_refused(call, words):
    features = fit_features(np.random.default_rng(8).standard_normal((5, 2)))
    with pytest.raises(InputError) as error:
        call(features)
    assert words in str(error.value)


def test_a_path_that_was_prepared_chooses_the_same_penalty():
    rng = np.random.default_rng(5)
    phi = rng.standard_normal((60, 8)) * np.logspace(0, -3, 8)
    features, targets = fit_features(phi), np.column_stack([phi[:, 0] > 0, phi[:, 5] > 0, np.ones(60)])
    assert best_penalty(prepare_path(features), targets) == pytest.approx(choose_penalty(features, targets))
