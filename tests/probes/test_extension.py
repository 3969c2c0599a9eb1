import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.errors import InputError
from limbeck.probes import batch_scores, extension, extension_scores, fit_features, prepare, prepare_extensions, scores


def relu_layer(rng, n, p, m):
    """Random bits and a random ReLU layer on them."""
    bits = rng.random((n, p)) < 0.5
    signs = 2.0 * bits - 1.0
    hidden = signs @ rng.standard_normal((p, m)) / np.sqrt(p) + 0.3 * rng.standard_normal(m)
    return bits, np.maximum(hidden, 0).astype(np.float32)


def random_members(rng, literals, k, most=4):
    """Conjunctions of up to `most` literals, TRUE first."""
    n, width = literals.shape
    members = np.ones((k, n), dtype=bool)
    for clause in members[1:]:
        for column in rng.choice(width, rng.integers(1, most + 1), replace=False):
            clause &= literals[:, column] ^ bool(rng.integers(2))
    return members


def reference(probe, members, literals):
    """Both children written out as targets and scored by the float64 reference."""
    yes = members[:, :, np.newaxis] & literals
    no = members[:, :, np.newaxis] & ~literals
    return tuple(
        scores(probe, both.transpose(1, 0, 2).reshape(len(literals), -1)).reshape(len(members), -1)
        for both in (yes, no)
    )


@given(
    n=st.integers(2, 60),
    m=st.integers(1, 80),
    log_penalty=st.floats(-8, 1),
    seed=st.integers(0, 10**6),
)
@settings(deadline=None, max_examples=60)
def test_kernel_agrees_with_the_reference_at_any_penalty(n, m, log_penalty, seed):
    rng = np.random.default_rng(seed)
    literals, activations = relu_layer(rng, n, 6, m)
    features = fit_features(activations)
    top = features.eigval[0] if features.n_eigenpairs else 1.0
    probe = prepare(features, 10.0**log_penalty * top)
    members = random_members(rng, literals, 5)
    found = batch_scores(prepare_extensions(probe), members, literals, workers=1)
    for got, expected in zip(found, reference(probe, members, literals), strict=True):
        # Relative to Σρ²/Σ(..)² = 1 − R², which is many thousands at the smallest penalties.
        assert (np.abs(got - expected) <= 1e-4 * np.maximum(1.0, 1.0 - expected)).all()


@pytest.mark.parametrize("share", [1e-6, 1e-4, 1e-2, 1.0])
def test_float32_kernel_is_within_a_ten_thousandth(share):
    rng = np.random.default_rng(0)
    literals, activations = relu_layer(rng, 3000, 20, 60)
    features = fit_features(activations)
    probe = prepare(features, share * features.eigval[0])
    kernel = prepare_extensions(probe)
    assert kernel.factor.dtype == np.float32
    members = random_members(rng, literals, 12, most=8)
    members = np.vstack([members, np.arange(3000) == 5, np.arange(3000) != 5])  # one row, all but one
    found = batch_scores(kernel, members, literals.astype(np.float32))
    for got, expected in zip(found, reference(probe, members, literals), strict=True):
        assert np.abs(got - expected).max() < 1e-4


def test_float64_without_tolerance_is_exact():
    rng = np.random.default_rng(1)
    literals, activations = relu_layer(rng, 120, 10, 300)
    features = fit_features(activations)
    probe = prepare(features, 1e-2 * features.eigval[0])
    kernel = prepare_extensions(probe, tolerance=0.0, dtype=np.float64)
    members = random_members(rng, literals, 8)
    found = batch_scores(kernel, members, literals)
    for got, expected in zip(found, reference(probe, members, literals), strict=True):
        assert np.abs(got - expected).max() < 1e-9


def test_high_leverage_needs_residuals_of_their_own(monkeypatch):
    rng = np.random.default_rng(2)
    literals, activations = relu_layer(rng, 300, 10, 40)
    activations = np.hstack([activations, 30.0 * np.eye(300, 3, dtype=np.float32)])  # 3 rows stand alone
    features = fit_features(activations)
    probe = prepare(features, 1e-6 * features.eigval[0])
    members = random_members(rng, literals, 6)
    expected = reference(probe, members, literals)

    def worst(kernel):
        found = batch_scores(kernel, members, literals)
        return max((np.abs(a - b) / np.maximum(1.0, 1.0 - b)).max() for a, b in zip(found, expected, strict=True))

    assert probe.slack.min() < 1e-4
    kernel = prepare_extensions(probe)
    assert kernel.factor.shape[1] <= 2 * features.n_eigenpairs + 5
    assert worst(kernel) < 1e-4
    monkeypatch.setattr(extension, "_LARGEST_BASE", np.inf)
    assert worst(prepare_extensions(probe, dtype=np.float32)) > 1e-3


def test_dropped_pairs_cost_no_more_than_the_tolerance():
    rng = np.random.default_rng(3)
    literals, activations = relu_layer(rng, 400, 12, 100)
    features = fit_features(activations)
    probe = prepare(features, 1e-2 * features.eigval[0])
    members = random_members(rng, literals, 10)
    expected = reference(probe, members, literals)
    widths = []
    for tolerance in (1e-1, 1e-2, 1e-3):
        kernel = prepare_extensions(probe, tolerance=tolerance, dtype=np.float64)
        found = batch_scores(kernel, members, literals)
        assert max(np.abs(a - b).max() for a, b in zip(found, expected, strict=True)) <= tolerance
        widths.append(kernel.factor.shape[1])
    assert widths == sorted(widths)
    assert widths[0] < widths[2] <= 2 * features.n_eigenpairs + 2


def test_one_clause_at_a_time_equals_the_batch():
    rng = np.random.default_rng(4)
    literals, activations = relu_layer(rng, 500, 15, 30)
    kernel = prepare_extensions(prepare(fit_features(activations), 5.0))
    members = random_members(rng, literals, 20)
    batch = batch_scores(kernel, members, literals)
    for clause, row in enumerate(members):
        rows = np.flatnonzero(row)
        for got, expected in zip(extension_scores(kernel, rows, literals[rows]), batch, strict=True):
            assert np.allclose(got, expected[clause], atol=1e-5)


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("tile", [64, 10_000])
def test_tiles_threads_and_memory_batches_change_nothing(monkeypatch, workers, tile):
    rng = np.random.default_rng(5)
    literals, activations = relu_layer(rng, 300, 9, 20)
    kernel = prepare_extensions(prepare(fit_features(activations), 5.0), dtype=np.float64)
    members = random_members(rng, literals, 11)
    whole = batch_scores(kernel, members, literals, workers=1)
    monkeypatch.setattr(extension, "_TILE", tile)
    monkeypatch.setattr(extension, "_BATCH_BYTES", 40_000)
    parts = batch_scores(kernel, members, literals, workers=workers)
    assert all(np.allclose(a, b, atol=1e-10) for a, b in zip(whole, parts, strict=True))


def test_children_without_rows_or_with_all_rows_score_zero():
    rng = np.random.default_rng(6)
    _, activations = relu_layer(rng, 50, 8, 10)
    kernel = prepare_extensions(prepare(fit_features(activations), 1.0))
    literals = np.column_stack([np.ones(50, bool), np.zeros(50, bool)])
    yes, no = batch_scores(kernel, np.vstack([np.ones(50, bool), np.zeros(50, bool)]), literals)
    assert (yes == 0).all()
    assert (no == 0).all()
    yes, no = extension_scores(kernel, np.empty(0, dtype=np.intp), literals[:0])
    assert yes.tolist() == no.tolist() == [0.0, 0.0]
    assert batch_scores(kernel, np.empty((0, 50), bool), literals)[0].shape == (0, 2)


def test_constant_activations_score_nothing():
    literals = np.random.default_rng(7).random((40, 5)) < 0.5
    kernel = prepare_extensions(prepare(fit_features(np.ones((40, 3))), 1.0))
    yes, no = batch_scores(kernel, np.ones((1, 40), bool), literals)
    assert np.abs(np.vstack([yes, no])).max() < 1e-6


def test_shapes_that_do_not_fit_are_refused():
    kernel = prepare_extensions(prepare(fit_features(np.eye(4)), 1.0))
    with pytest.raises(InputError, match="3 `rows`"):
        extension_scores(kernel, np.arange(3), np.ones((2, 5)))
    with pytest.raises(InputError, match="for 4 rows"):
        batch_scores(kernel, np.ones((2, 5), bool), np.ones((4, 3)))
