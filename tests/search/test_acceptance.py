"""The theorem's acceptance rule: it recovers a tree that the features compute, and keeps few clauses of any width."""

import numpy as np
import pytest

from limbeck.probe import fit_features
from limbeck.search import BeamSettings, Impurity, PassingProbe, grow_family
from limbeck.solve import HardLabels, solve_program

N_ROWS, N_BITS = 1500, 16
RNG = np.random.default_rng(0)
BITS = RNG.random((N_ROWS, N_BITS)) < 0.5
# x0 ? x1 xor x2 : x3, and the clauses of all nodes of that tree.
LABELS = np.where(BITS[:, 0], BITS[:, 1] ^ BITS[:, 2], BITS[:, 3])
CLAUSES = np.column_stack(
    [
        *(BITS[:, 0] == a for a in (True, False)),
        *((BITS[:, 0]) & (BITS[:, 1] == a) for a in (True, False)),
        *((~BITS[:, 0]) & (BITS[:, 3] == a) for a in (True, False)),
        *((BITS[:, 0]) & (BITS[:, 1] == a) & (BITS[:, 2] == b) for a in (True, False) for b in (True, False)),
    ]
)


def searched(features, radius, tolerance):
    loss = HardLabels(LABELS.astype(int), 2)
    settings = BeamSettings(widths=(N_BITS,), beam=10_000, max_depth=3, pair_clauses=0)
    passing = PassingProbe(fit_features(features), np.arange(N_ROWS), radius, tolerance)
    family = grow_family(BITS, loss, [Impurity(loss)], settings, priority=passing)
    extended = sum(len(np.unique(level.options.parent)) for level in family.levels if level.options is not None)
    return solve_program(family, tuple(range(N_BITS)), loss, max_leaves=8), extended


def test_clauses_that_the_features_compute_are_kept_and_few_others():
    rotation = np.linalg.qr(RNG.normal(size=(CLAUSES.shape[1], CLAUSES.shape[1])))[0]
    frontier, extended = searched(CLAUSES @ rotation, radius=3.0, tolerance=1 / 256)
    assert int(frontier.best(6).cost) == 0
    assert frontier.best(6).n_leaves == 6
    assert extended <= CLAUSES.shape[1] + 1


@pytest.mark.parametrize("radius", [0.05, 3.0])
def test_without_the_norm_or_the_features_nothing_passes(radius):
    features = CLAUSES.astype(float) if radius < 1 else RNG.normal(size=(N_ROWS, 12))
    frontier, extended = searched(features, radius=radius, tolerance=1 / 256)
    assert extended == 1  # the clause of every row, which is constant
    assert frontier.points[-1].n_leaves <= 2


def test_without_the_bound_on_the_norm_too_many_features_pass_everything():
    features = RNG.normal(size=(N_ROWS, 2 * N_ROWS))  # more features than rows: everything is linear on the sample
    passing = PassingProbe(fit_features(features), np.arange(N_ROWS), np.inf, 1 / 256)
    assert np.isfinite(passing(BITS.T)).all()
    bounded = PassingProbe(fit_features(features), np.arange(N_ROWS), 0.1, 1 / 256)
    assert np.isneginf(bounded(BITS.T)).all()
