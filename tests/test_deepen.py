import numpy as np
import pytest

from limbeck import distill

N_BITS = 40


def full_tree(x):
    """A tree of depth 7 in which every node asks a bit of its own level's block and every leaf has its own label."""
    node = np.zeros(len(x), int)
    for level in range(7):
        node = 2 * node + (x[np.arange(len(x)), 5 * level + node % 5] > 0)
    return (node * 2654435761 >> 7) % 2


def bits(n, seed):
    return np.random.default_rng(seed).integers(2, size=(n, N_BITS)) * 2 - 1


SETTINGS = {
    "max_leaves": 256, "max_depth": 12, "certificate": 0, "validation": 0, "fresh_rows": 200, "max_queries": 2_000_000,
}  # fmt: skip


def test_fresh_rows_recover_a_tree_that_a_fixed_table_cannot():
    rows, fresh = bits(300, 0), bits(5000, 1)
    starved = distill(full_tree, rows, **SETTINGS)
    grown = distill(full_tree, rows, sampler="uniform bits", **SETTINGS)
    assert (starved.predict(fresh) == full_tree(fresh)).mean() < 0.9
    assert (grown.predict(fresh) == full_tree(fresh)).mean() > 0.995


def test_a_users_sampler_serves_as_well():
    def sample(n, rng):
        return rng.integers(2, size=(n, N_BITS)) * 2 - 1

    result = distill(full_tree, bits(300, 0), sampler=sample, **(SETTINGS | {"max_leaves": 40}))
    assert 16 < result.tree.n_leaves <= 40
    sizes = [point.n_leaves for point in result.frontier]
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("max_leaves", [1, 20])
def test_limits_hold_and_queries_are_counted(max_leaves):
    asked = []

    def teacher(x):
        asked.append(len(x))
        return full_tree(x)

    options = SETTINGS | {"max_leaves": max_leaves, "max_depth": 6}
    result = distill(teacher, bits(300, 0), sampler="uniform bits", **options)
    assert result.tree.n_leaves <= max_leaves
    assert result.tree.depth <= 6
    # Some 50 rows are asked about again; equal rows once.
    assert sum(asked) <= 300 + 50 + result.ledger.queries


def test_numbers_grow_too():
    def teacher(x):
        return full_tree(x) * 2.0 + x[:, 0]

    rows, fresh = bits(300, 0), bits(4000, 1)
    result = distill(teacher, rows, sampler="uniform bits", **SETTINGS)
    gap = result.predict(fresh) - teacher(fresh)
    assert (gap**2).mean() < 0.05 * teacher(fresh).var()
