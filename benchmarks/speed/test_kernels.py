"""The hot kernels under pytest-benchmark: `python -m pytest benchmarks/speed --benchmark-only`."""

from __future__ import annotations

import numpy as np
import pytest

from limbeck.core import Kind, Leaf, Literal, Split, Tree
from limbeck.probes import batch_scores, choose_penalty, fit_features, prepare, prepare_extensions
from limbeck.search import BeamSettings, DepthTwoKernel, HardLabels, Impurity, grow_family, solve_program


@pytest.fixture(scope="module")
def bits():
    return np.random.default_rng(0).random((4000, 100)) < 0.5


@pytest.fixture(scope="module")
def loss(bits):
    return HardLabels((bits[:, 0] ^ bits[:, 1] ^ bits[:, 2]).astype(int), 2)


def test_depth_two_kernel(benchmark, bits, loss):
    members = np.packbits(np.ones((1, len(bits)), bool), axis=1)
    pairs = benchmark(DepthTwoKernel(bits, loss).solve, members, np.zeros(1, int))
    assert pairs.cost.shape == (1, 3)


def test_beam(benchmark, bits, loss):
    settings = BeamSettings(max_depth=5, beam=500, pair_clauses=0)
    family = benchmark.pedantic(grow_family, (bits, loss, [Impurity(loss)], settings), rounds=3)
    assert len(family.levels) == 6


def test_program(benchmark, bits, loss):
    family = grow_family(bits, loss, [Impurity(loss)], BeamSettings(max_depth=6, pair_clauses=0))
    literals = tuple(Literal.is_value(f"x{j}", 1) for j in range(bits.shape[1]))
    frontier = benchmark(solve_program, family, literals, loss, max_leaves=32)
    assert frontier.points[0].n_leaves == 1


def test_probe_extensions(benchmark, bits):
    rng = np.random.default_rng(1)
    activations = np.maximum(rng.normal(size=(2000, 100)) @ rng.normal(size=(100, 400)), 0).astype(np.float32)
    features = fit_features(activations, max_eigenpairs=64)
    probe = prepare_extensions(prepare(features, choose_penalty(features, bits[:2000, :4])))
    members = np.random.default_rng(2).random((50, 2000)) < 0.25
    yes, no = benchmark(batch_scores, probe, members, bits[:2000].astype(np.float32))
    assert yes.shape == no.shape == (50, 100)


@pytest.mark.parametrize("n", [1, 1000, 1_000_000])
def test_tree_predict(benchmark, n):
    def grow(depth, j=0):
        if depth == 0:
            return Leaf((0.3, 0.7), 1.0)
        below = grow(depth - 1, 2 * j + 1), grow(depth - 1, 2 * j + 2)
        return Split(Literal.at_most(f"x{j % 20}", 0.1 * depth), *below)

    columns = tuple((f"x{j}", Kind.NUMERIC) for j in range(20))
    tree = Tree.from_node(grow(4), classes=(0, 1), columns=columns)
    rows = np.random.default_rng(0).normal(size=(n, 20))
    assert len(benchmark.pedantic(tree.predict, (rows,), rounds=5)) == n
