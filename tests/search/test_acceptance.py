"""The theorem's acceptance rule: what passes by norm, by features and by chance."""

import numpy as np
import pytest

from limbeck.probes import fit_features
from limbeck.search import PassingProbe

N_ROWS, N_BITS = 1500, 16
RNG = np.random.default_rng(0)
BITS = RNG.random((N_ROWS, N_BITS)) < 0.5
CLAUSES = np.column_stack([BITS[:, 0] & BITS[:, 1], BITS[:, 0] & ~BITS[:, 1], ~BITS[:, 0] & BITS[:, 3]])


def test_what_the_features_compute_passes_and_nothing_else():
    rotation = np.linalg.qr(RNG.normal(size=(3, 3)))[0]
    passing = PassingProbe(fit_features(CLAUSES @ rotation), radius=1.01)
    assert passing(CLAUSES, 2).all()
    assert passing(BITS, 1).tolist() == [True] + 15 * [False]  # x0 is the sum of the first two
    assert not passing(BITS[:, 1:2] & BITS[:, 3:6], 2).any()


@pytest.mark.parametrize("radius", [0.05, 3.0])
def test_without_the_norm_or_the_features_nothing_passes(radius):
    features = CLAUSES.astype(float) if radius < 1 else RNG.normal(size=(N_ROWS, 12))
    assert not PassingProbe(fit_features(features), radius)(CLAUSES, 2).any()


@pytest.mark.parametrize("radius", [0.1, 10.0, np.inf])
def test_more_features_than_rows_let_nothing_pass_by_chance(radius):
    features = RNG.normal(size=(N_ROWS // 5, 2 * N_ROWS // 5))  # everything is linear on the rows that are fitted
    assert not PassingProbe(fit_features(features), radius)(BITS[: N_ROWS // 5], 1).any()
