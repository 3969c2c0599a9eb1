import numpy as np
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from limbeck.probes import fit_features, prepare_path, score_groups, score_short
from limbeck.probes.path import NEARLY, _read

GROUPS = np.repeat([1, 2, 3], 3)


def layer_and_targets(n, m, scale, noise, seed):
    rng = np.random.default_rng(seed)
    phi = rng.normal(size=(n, m)) * np.logspace(0, -scale, m)
    phi[0] *= 10.0 ** rng.integers(0, 3)  # a row that decides its own prediction
    targets = phi[:, rng.integers(m, size=9)] + noise * rng.normal(size=(n, 9))
    targets[:, 3:6] = targets[:, 3:6] > 0
    return prepare_path(fit_features(phi)), targets


@given(
    n=st.integers(4, 30), m=st.integers(1, 40), scale=st.sampled_from([0.0, 1.0, 4.0]),
    noise=st.sampled_from([0.0, 0.1, 3.0]), seed=st.integers(0, 10**6),
)  # fmt: skip
@hypothesis_settings(deadline=None, max_examples=60)
def test_penalties_that_are_not_tried_would_not_have_been_chosen(n, m, scale, noise, seed):
    path, targets = layer_and_targets(n, m, scale, noise, seed)
    read = _read(path, targets)
    varied = read.spread > 0
    every = np.array([read.some(varied).r_squared(place) for place in range(len(path.penalty))])
    assert (every <= read.some(varied).most()).all()
    best, short, _ = score_short(path, targets, GROUPS, targets)
    again = score_groups(path, targets, GROUPS)
    for own in (np.equal(GROUPS, group) for group in np.unique(GROUPS[varied])):
        mean = every[:, own[varied]].mean(axis=1)
        for found, enough in ((best, 1.0), (again, 1.0), (short, NEARLY)):
            share = found.share[own]
            place = int(np.argmin(np.abs(path.penalty / path.features.eigval[0] - share[0])))
            least = min(enough * mean.max(), mean.max())
            assert (share == share[0]).all()
            assert mean[place] >= least - 1e-9
            assert (mean[:place] < least + 1e-9).all()
