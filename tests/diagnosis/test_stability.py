"""Models that answer the same row otherwise: found by asking again, and named where that explains the disagreement."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import limbeck
from limbeck.core import Outputs
from limbeck.diagnosis import Verdict, answered_again

FAST = {"effort": "fast", "max_leaves": 6}
X = np.random.default_rng(0).normal(size=(1200, 3))


def drawn(p, rng, n):
    codes = np.array([rng.choice(len(row), size=n, p=row) for row in p]).ravel()
    return Outputs(codes, np.eye(p.shape[1])[codes])


@given(st.integers(2, 4), st.integers(0, 2**16))
def test_no_student_is_wrong_on_less_than_half_of_the_change(k, seed):
    p = np.random.default_rng(seed).dirichlet(np.full(k, 0.3))
    assert (1 - (p**2).sum()) / 2 <= 1 - p.max() + 1e-12


def test_the_change_of_classes_is_the_share_of_rows():
    rng, p = np.random.default_rng(0), np.array([[0.8, 0.2]])
    found = answered_again(drawn(p, rng, 100_000), drawn(p, rng, 100_000), 0.0)
    assert found.change == found.share == pytest.approx(1 - 0.8**2 - 0.2**2, abs=0.01)


def test_the_last_bits_of_numbers_are_no_change():
    values = np.random.default_rng(0).normal(size=(500, 1))
    wobble = Outputs(None, values * (1 + 1e-5))
    assert answered_again(Outputs(None, values), wobble, float(values.var())).n_changed == 0
    noisy = Outputs(None, values + np.random.default_rng(1).normal(0, 0.5, values.shape))
    noisier = Outputs(None, values + np.random.default_rng(2).normal(0, 0.5, values.shape))
    found = answered_again(noisy, noisier, float(noisy.values.var()))
    assert found.change / 2 == pytest.approx(0.2, abs=0.03)  # a noise of 0.25 in a variance of 1.25


def coin(rng):
    return lambda x: np.where(rng.random(len(x)) < 0.2, x[:, 0] <= 0, x[:, 0] > 0)


def batch_statistics(rng):
    return lambda x: x[:, 0] > np.quantile(x[:, 0], 0.5 + 0.2 * np.sin(len(x)))


def dropout(rng):
    weights = rng.normal(size=(3, 16))
    return lambda x: (np.maximum(x @ weights, 0) * (rng.random((len(x), 16)) < 0.5)).sum(axis=1) - 6


@pytest.mark.parametrize("model", [coin, batch_statistics, dropout])
def test_a_model_that_changes_is_named(model):
    result = limbeck.distill(model(np.random.default_rng(3)), X, **FAST)
    assert result.diagnosis.verdict is Verdict.UNSTABLE
    assert any("of them otherwise" in note for note in result.notes)
    assert any("asked again" in line for line in result.diagnosis.lines)
    assert "evaluation mode" in result.diagnosis.remedy


def test_a_model_that_stays_is_not():
    result = limbeck.distill(lambda x: x[:, 0] * x[:, 1] > 0, X, **FAST, max_queries=1000)
    assert not any("otherwise" in note for note in result.notes)


def test_rows_are_asked_again_in_another_order_and_batch():
    asked = []

    def model(x):
        asked.append(x)
        return x[:, 0] > 0

    result = limbeck.distill(model, X, **FAST, queries=False)
    assert result.ledger.queries == 0  # no row outside the table
    assert [len(x) for x in asked] == [900, 25, 25, 300]
    place = [np.flatnonzero((asked[0] == row).all(axis=1))[0] for row in np.concatenate(asked[1:3])]
    assert place != sorted(place)
