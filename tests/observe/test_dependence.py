import numpy as np
import pandas as pd
import pytest

from limbeck import distill
from limbeck.core import as_table, mean_ranks
from limbeck.diagnosis import Verdict
from limbeck.observe import dependence, dependence_of

RNG = np.random.default_rng


def customers(n: int, size: int, noise: float, *, columns: int = 3, seed: int = 0) -> np.ndarray:
    rng = RNG(seed)
    rows = rng.normal(size=(n, 1, columns)) + noise * rng.normal(size=(n, size, columns))
    return rows.reshape(-1, columns)[rng.permutation(n * size)]


def mixed(seed: int) -> pd.DataFrame:
    """Customers with columns of text, and one of small counts."""
    rng = RNG(seed)
    rows = pd.DataFrame(rng.normal(size=(80, 3)).repeat(20, axis=0) + 0.02 * rng.normal(size=(1600, 3)))
    rows.columns = ["a", "b", "c"]
    rows["kind"], rows["visits"] = rng.choice(list("xyz"), 80).repeat(20), rng.integers(5, size=1600)
    return rows.sample(frac=1.0, random_state=seed)


def of_many_sizes(seed: int) -> np.ndarray:
    rng = RNG(seed)
    rows = rng.normal(size=(150, 3)).repeat(rng.geometric(0.1, 150), axis=0)
    return rng.permutation(rows + 0.02 * rng.normal(size=rows.shape))


def oversampled(seed: int) -> np.ndarray:
    rng = RNG(seed)
    rows = rng.normal(size=(1500, 5))
    return rng.permutation(np.concatenate([rows, *[rows[rows[:, 0] > 1.2]] * 6]))


DEPENDENT = {
    "20 a customer": lambda s: customers(80, 20, 0.02, seed=s),
    "20 a customer, more noise": lambda s: customers(80, 20, 0.05, seed=s),
    "5 a customer": lambda s: customers(300, 5, 0.02, seed=s),
    "2 a customer": lambda s: customers(600, 2, 0.01, seed=s),
    "10 columns": lambda s: customers(80, 20, 0.1, columns=10, seed=s),
    "copies": lambda s: customers(80, 20, 0.0, seed=s),
    "mixed columns": mixed,
    "many sizes": of_many_sizes,
    "oversampled": oversampled,
    "random walk": lambda s: RNG(s).normal(size=(1500, 4)).cumsum(axis=0),
}
INDEPENDENT = {
    "normal": lambda s: RNG(s).normal(size=(1200, 4)),
    "ten columns": lambda s: RNG(s).normal(size=(1200, 10)),
    "heavy tails": lambda s: RNG(s).standard_cauchy(size=(1200, 3)),
    "bits": lambda s: RNG(s).integers(2, size=(1200, 8)),
    "counts": lambda s: RNG(s).poisson(3.0, size=(1200, 3)),
    "rounded": lambda s: RNG(s).normal(size=(1200, 3)).round(1),
    "a line in space": lambda s: np.stack([np.sin(k * RNG(s).random(1200)) for k in (1, 7, 9)], axis=1),
    "few clusters": lambda s: (
        RNG(s).normal(size=(8, 4))[RNG(s).integers(8, size=1200)] + 0.1 * RNG(s).normal(size=(1200, 4))
    ),
    "ordered by a column": lambda s: (lambda x: x[x[:, 0].argsort()])(RNG(s).normal(size=(1200, 3))),
    "mostly zero": lambda s: RNG(s).normal(size=(1200, 4)) * (RNG(s).random((1200, 4)) < 0.2),
    "text": lambda s: pd.DataFrame(RNG(s).choice(list("abcd"), size=(1200, 5))),
    "few rows": lambda s: RNG(s).normal(size=(20, 3)),
}


@pytest.mark.parametrize("name", DEPENDENT)
def test_dependent_rows_are_told(name: str) -> None:
    for seed in range(3):
        found = dependence_of(as_table(DEPENDENT[name](seed)), RNG(seed))
        assert found is not None
        assert ("time" in found.words) == (name == "random walk")
        assert "groups=" in found.remedy


@pytest.mark.parametrize("name", INDEPENDENT)
def test_independent_rows_are_not_suspected(name: str) -> None:
    for seed in range(3):
        assert dependence_of(as_table(INDEPENDENT[name](seed)), RNG(seed)) is None


def test_a_walk_whose_order_is_lost_is_not_seen() -> None:
    rows = RNG(0).permutation(RNG(0).normal(size=(1500, 4)).cumsum(axis=0))
    assert dependence_of(as_table(rows), RNG(0)) is None


def test_a_distillation_says_so_unless_groups_are_named() -> None:
    rng = RNG(0)
    rows = rng.normal(size=(60, 3)).repeat(10, axis=0) + 0.01 * rng.normal(size=(600, 3))

    def model(x: np.ndarray) -> np.ndarray:
        return (x[:, 0] > 0).astype(int)

    found = distill(model, rows, max_leaves=2, effort="fast")
    assert found.diagnosis is not None
    assert found.diagnosis.verdict is Verdict.DEPENDENT_ROWS
    assert "near-equal" in found.diagnosis.lines[0]
    assert "groups=" in found.diagnosis.remedy
    assert any("do not look independent" in note for note in found.notes)
    named = distill(model, rows, max_leaves=2, effort="fast", groups=np.arange(60).repeat(10))
    assert named.diagnosis is not None
    assert named.diagnosis.verdict is not Verdict.DEPENDENT_ROWS
    assert not any("independent" in note for note in named.notes)


def test_neighbours_are_those_of_all_distances():
    rng = np.random.default_rng(0)
    places = np.stack([2.0 * mean_ranks(rng.normal(size=500)) for _ in range(9)], axis=1)
    asked = np.sort(rng.permutation(500)[:70])
    apart = np.sqrt(((places[asked, None] - places) ** 2).sum(axis=2))
    apart[np.arange(70), asked] = np.inf
    distances, nearest = dependence._neighbours(places, asked, 8)
    assert (distances == np.sort(apart, axis=1)[:, :8]).all()
    assert (apart[np.arange(70), nearest] == distances[:, 0]).all()
