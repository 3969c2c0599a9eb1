"""The sums of all extensions are those that adding up rows gives, by histograms and by products alike."""

import numpy as np
import pytest

import limbeck.search.histograms as histograms
from limbeck.search import HardLabels, SquaredError, binned_columns
from limbeck.search.histograms import ExtensionSums

N, L, K = 60, 9, 5


def losses():
    rng = np.random.default_rng(0)
    codes, weights = rng.integers(3, size=N), rng.integers(1, 4, N)
    unknown = np.where(rng.random(N) < 0.2, -1, codes)
    return {
        "classes": HardLabels(codes, 3),
        "weighted classes": HardLabels(codes, 3, weights),
        "a class that no row has": HardLabels(codes % 2, 3),
        "a class that is not known": HardLabels(unknown, 3),
        "numbers": SquaredError(rng.normal(size=N), weights),
        "class scores": SquaredError(rng.dirichlet(np.ones(3), size=N)),
    }


@pytest.mark.parametrize("way", ["histograms", "products"])
@pytest.mark.parametrize("kind", losses())
@pytest.mark.parametrize("per_column", [1, 3])
def test_sums_are_those_of_the_rows(monkeypatch, way, kind, per_column):
    dear = "_PER_PRODUCT" if way == "histograms" else "_PER_COUNT"
    monkeypatch.setattr(histograms, dear, 1e9)
    rng = np.random.default_rng(1)
    answers, members, loss = rng.random((N, L)) < 0.4, rng.random((K, N)) < 0.6, losses()[kind]
    members[-1] = False
    columns = binned_columns(answers, np.arange(L) // per_column)
    found = ExtensionSums(answers, loss, columns).of(members.astype(np.uint8))
    added = np.einsum("kn,nl,nd->dkl", members, answers, loss.statistics)
    np.testing.assert_allclose(found, added, rtol=1e-5, atol=1e-5)
