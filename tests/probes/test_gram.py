import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from limbeck.probes import concatenate, fit_features
from limbeck.probes.gram import Gram


@given(n=st.integers(2, 12), widths=st.lists(st.integers(1, 20), min_size=1, max_size=4), seed=st.integers(0, 10**6))
@hypothesis_settings(deadline=None, max_examples=60)
def test_products_of_layers_side_by_side_are_those_of_the_layers_set_side_by_side(n, widths, seed):
    rng = np.random.default_rng(seed)
    layers = [(rng.normal(size=(n, m)) + rng.normal(size=m)) * 10.0 ** rng.integers(-3, 4) for m in widths]
    layers.append(np.broadcast_to(rng.normal(size=3), (n, 3)))  # a constant layer becomes zeros
    whole, *others = (Gram.of(layer).of_variance_one() for layer in layers)
    for other in others:
        whole = whole.beside(other)
    expected = Gram.of(concatenate({str(place): layer for place, layer in enumerate(layers)}))
    assert whole.shape == expected.shape
    assert np.allclose(whole.products, expected.products, atol=1e-4 * len(widths) * n)
    assert np.allclose(whole.mean, expected.mean, atol=1e-4)
    assert whole.square == pytest.approx(expected.square, rel=1e-5)


@pytest.mark.parametrize("tolerance", [None, 0.0, 1e-3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_features_of_products_are_those_of_the_layer(dtype, tolerance):
    layer = (np.random.default_rng(0).normal(size=(20, 40)) * np.logspace(0, -6, 40) + 3.0).astype(dtype)
    one, other = (fit_features(given, tolerance=tolerance) for given in (layer, Gram.of(layer)))
    assert (one.eigval == other.eigval).all()
    assert (one.n_rows, one.n_activations) == (20, 40)
    assert other.n_activations == 40


def test_products_know_the_size_of_the_numbers_and_how_they_were_stored():
    layer = np.random.default_rng(1).normal(size=(30, 50)).astype(np.float32) + np.float32(100)
    gram = Gram.of(layer)
    assert gram.square == pytest.approx(float(np.square(layer.astype(np.float64)).sum()))
    assert gram.eps == np.finfo(np.float32).eps
    assert gram.beside(Gram.of(layer.astype(np.float64))).eps == gram.eps


def test_products_of_more_columns_than_one_block_are_all_there():
    layer = np.random.default_rng(2).normal(size=(5, 2500))
    centred = layer - layer.mean(axis=0)
    assert np.allclose(Gram.of(layer).products, centred @ centred.T)
