import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from limbeck.errors import InputError
from limbeck.probes import concatenate, fit_features, fit_side_by_side


def gram(activations):
    centred = activations - activations.mean(axis=0)
    return centred @ centred.T


@given(n=st.integers(1, 12), m=st.integers(1, 12), rank=st.integers(1, 4), seed=st.integers(0, 10**6))
@hypothesis_settings(deadline=None, max_examples=60)
def test_eigenpairs_rebuild_the_centred_gram_matrix(n, m, rank, seed):
    rng = np.random.default_rng(seed)
    activations = rng.standard_normal((n, rank)) @ rng.standard_normal((rank, m)) + rng.standard_normal(m)
    features = fit_features(activations)
    eigvec, eigval = features.eigvec, features.eigval
    assert features.n_eigenpairs <= min(rank, max(n - 1, 0), m)
    assert np.allclose(eigvec * eigval @ eigvec.T, gram(activations), atol=1e-10)
    assert np.allclose(eigvec.T @ eigvec, np.eye(len(eigval)), atol=1e-9)
    assert np.abs(eigvec.sum(axis=0)).max(initial=0.0) < 1e-10
    assert (np.diff(eigval) <= 0).all()
    assert np.allclose(features.mean, activations.mean(axis=0))


@pytest.mark.parametrize("shape", [(300, 40), (40, 300)], ids=["tall", "wide"])
def test_small_directions_keep_their_orthogonality(shape):
    rng = np.random.default_rng(0)
    activations = rng.standard_normal(shape) * np.logspace(0, -5, shape[1]) + 3.0
    features = fit_features(activations)
    eigvec = features.eigvec
    assert features.n_eigenpairs >= min(shape) - 1
    assert np.allclose(eigvec.T @ eigvec, np.eye(features.n_eigenpairs), atol=1e-9)
    assert np.abs(eigvec.sum(axis=0)).max() < 1e-9
    singular = np.linalg.svd(activations - activations.mean(axis=0), compute_uv=False)
    # A Gram matrix knows an eigenvalue to rounding of the largest one, and no better.
    gap = np.abs(features.eigval - singular[: features.n_eigenpairs] ** 2)
    assert (gap <= 1e-12 * features.eigval[0]).all()


def test_blocks_of_rows_and_columns_change_nothing():
    rng = np.random.default_rng(1)
    activations = rng.standard_normal((2500, 3)).astype(np.float32)
    expected = np.linalg.eigvalsh(np.cov(activations.astype(np.float64).T, bias=True))[::-1] * 2500
    assert np.allclose(fit_features(activations).eigval, expected)
    wide = fit_features(np.ascontiguousarray(activations.T)).eigval
    assert np.allclose(wide, np.linalg.eigvalsh(gram(activations.T.astype(np.float64)))[::-1][:2])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(6, 9), (9, 6), (1, 4), (1, 1)])
@pytest.mark.parametrize("tolerance", [None, 0.0])
def test_constant_activations_have_no_eigenpair(dtype, shape, tolerance):
    constant = np.broadcast_to(np.linspace(0.1, 7.3, shape[1], dtype=dtype), shape)
    assert fit_features(constant, tolerance=tolerance).n_eigenpairs == 0
    assert fit_features(np.zeros(shape, dtype=dtype)).n_eigenpairs == 0


def test_two_rows_have_one_eigenpair():
    features = fit_features(np.array([[1.0, 2.0, 2.0], [1.0, 0.0, 2.0]]))
    assert features.eigval == pytest.approx([2.0])
    assert np.abs(features.eigvec) == pytest.approx(np.full((2, 1), 0.5**0.5))


def test_float32_rounding_noise_is_dropped_and_kept_on_demand():
    rng = np.random.default_rng(2)
    exact = rng.standard_normal((80, 5)) @ rng.standard_normal((5, 200)) + 1000.0
    rounded = exact.astype(np.float32)
    assert fit_features(rounded).n_eigenpairs == 5
    assert fit_features(rounded, tolerance=0.0).n_eigenpairs > 40


def test_cap_and_tolerance_keep_the_largest():
    activations = np.random.default_rng(3).standard_normal((30, 10)) * np.logspace(0, -3, 10)
    full = fit_features(activations)
    capped = fit_features(activations, max_eigenpairs=4)
    assert capped.eigval == pytest.approx(full.eigval[:4])
    cut = fit_features(activations, tolerance=1e-3)
    assert cut.n_eigenpairs == (full.eigval > 1e-3 * full.eigval[0]).sum() < 10


def test_concatenated_layers_carry_equal_variance():
    rng = np.random.default_rng(4)
    loud, quiet = 1e4 * rng.standard_normal((50, 30)), 1e-3 * rng.standard_normal((50, 2))
    joined = concatenate({"loud": loud, "quiet": quiet, "constant": np.full((50, 3), 2.5)})
    assert joined.shape == (50, 35)
    assert joined.dtype == np.float32
    variance = joined.astype(np.float64).var(axis=0)
    assert variance[:30].sum() * 50 == pytest.approx(50, rel=1e-5)
    assert variance[30:32].sum() == pytest.approx(1.0, rel=1e-5)
    assert (joined[:, 32:] == 0).all()
    # Side by side without scaling, the loud layer alone decides the leading directions.
    raw = fit_features(np.hstack([loud, quiet]), max_eigenpairs=2).eigvec
    fair = fit_features(joined, max_eigenpairs=2).eigvec
    direction = quiet[:, 0] - quiet[:, 0].mean()
    share = [np.linalg.norm(u.T @ direction) / np.linalg.norm(direction) for u in (raw, fair)]
    assert share[0] < 0.4 < 0.7 < share[1]


@pytest.mark.parametrize("widths", [(3, 2), (30, 2), (40, 70)], ids=["narrow", "one wide", "wide"])
def test_layers_side_by_side_need_not_be_set_side_by_side(widths):
    rng = np.random.default_rng(5)
    layers = {str(m): (10.0 * m * rng.standard_normal((30, m))).astype(np.float32) for m in widths}
    one, other = fit_side_by_side(layers, max_eigenpairs=4), fit_features(concatenate(layers), max_eigenpairs=4)
    assert one.n_activations == other.n_activations == sum(widths)
    assert np.allclose(one.eigval, other.eigval, rtol=1e-5)
    assert np.allclose(np.abs((one.eigvec * other.eigvec).sum(axis=0)), 1.0, atol=1e-5)
    assert np.allclose(one.mean, other.mean, atol=1e-5)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fit_features(np.ones(3)), "shape (3,)"),
        (lambda: fit_features(np.ones((3, 0))), "shape (3, 0)"),
        (lambda: fit_features(np.ones((3, 2), dtype=int)), "int64"),
        (lambda: fit_features(np.array([[np.nan, 1.0]])), "1 values that are not finite"),
        (lambda: fit_features(np.ones((3, 2)), max_eigenpairs=0), "`max_eigenpairs=0`"),
        (lambda: fit_features(np.ones((3, 2)), tolerance=1.0), "`tolerance=1.0`"),
        (lambda: concatenate({}), "shapes {}"),
        (lambda: fit_side_by_side({}), "shapes {}"),
        (lambda: concatenate({"a": np.ones((2, 1)), "b": np.ones((3, 1))}), "'b': (3, 1)"),
    ],
)
def test_what_cannot_be_used_is_refused(call, words):
    with pytest.raises(InputError) as error:
        call()
    assert words in str(error.value)
