"""Single runs of the theorem's search, on compiled and on trained networks, each as plain figures."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from benchmarks.paper.compiled import compile_tree
from benchmarks.paper.random_trees import LEAF, RandomTree, full_tree, random_bits
from limbeck import as_teacher
from limbeck.core import as_table
from limbeck.probes import ALL_LAYERS, concatenate, energy, fit_features, passing_error, radius_needed
from limbeck.reductions import distill_represented
from limbeck.reductions.theorem import clauses_of

__all__ = ["bites_from", "growth_run", "needed_lengths", "trained_run"]

N_FRESH = 20_000
COMPILED_ROWS = 4000
TRAINED_ROWS = 8192
MOST_CLAUSES = 20_000
WIDTH, MOST_STEPS, LEAST_LOSS = 64, 8000, 2e-4

Record = dict[str, Any]


def deciding_tree(depth: int, n_bits: int, seed: int) -> RandomTree:
    """Draw full trees until every question decides something: then all clauses of inner nodes are needed."""
    rng = np.random.default_rng([seed, depth, n_bits])
    while True:
        tree = full_tree(depth, n_bits, rng)
        if all(decides(tree, node, random_bits(256, n_bits, rng)) for node in np.flatnonzero(tree.variable != LEAF)):
            return tree


def decides(tree: RandomTree, node: int, rows: NDArray[np.int8]) -> bool:
    """Whether the answer to a node's question changes the label of some row that reaches the node."""
    variables, signs = tree.clauses()[node]
    rows[:, list(variables)] = signs
    other = rows.copy()
    other[:, tree.variable[node]] *= -1
    return bool((tree.labels(rows) != tree.labels(other)).any())


def growth_run(depth: int, n_bits: int, seed: int, length: float = 1.0) -> Record:
    """Search a compiled network, at one Bτ for all numbers of bits."""
    tree = deciding_tree(depth, n_bits, seed)
    network = compile_tree(tree, np.random.default_rng(seed))
    rows = random_bits(COMPILED_ROWS, n_bits, np.random.default_rng([seed, 1]))
    return searched(network, tree, rows, depth, seed, length=length, layers=["mixed"])


def trained_run(depth: int, n_bits: int, seed: int) -> Record:
    """Train a network of two layers on a tree, measure what its clauses need, and search with Bτ doubled."""
    tree = deciding_tree(depth, n_bits, seed)
    network = trained(tree, seed)
    n_rows = 2**n_bits if 2**n_bits <= TRAINED_ROWS else None
    rows = every_row(n_bits) if n_rows else random_bits(TRAINED_ROWS, n_bits, np.random.default_rng([seed, 1]))
    return {"needed": needed_lengths(network, tree, rows), **searched(network, tree, rows, depth, seed)}


def searched(
    network: nn.Module, tree: RandomTree, rows: NDArray[np.int8], depth: int, seed: int, **settings: Any
) -> Record:
    """Run the search and compare its tree with the network on fresh rows."""
    fresh = random_bits(N_FRESH, tree.n_variables, np.random.default_rng([seed, 2]))
    answers = as_teacher(network).predict(as_table(fresh)).ravel() > 0
    begin = time.perf_counter()
    found = distill_represented(
        network, rows, max_depth=depth, max_leaves=2**depth, task="binary", most_clauses=MOST_CLAUSES, **settings
    )
    seconds = time.perf_counter() - begin
    told = found.tree.predict(fresh) == found.tree.classes[-1]
    return {
        "depth": depth, "bits": tree.n_variables, "seed": seed, "seconds": seconds, **found.to_dict(),
        "fidelity": float((told == answers).mean()),
        "right": float(((tree.labels(fresh).ravel() > 0) == answers).mean()),
    }  # fmt: skip


def needed_lengths(network: nn.Module, tree: RandomTree, rows: NDArray[np.int8]) -> dict[str, dict[int, float]]:
    """Bτ that the clauses of the tree's inner nodes need: the largest of each depth, in each layer."""
    found: dict[str, dict[int, float]] = {}
    inner = {r: inner_clauses(tree, rows, r) for r in range(1, tree.depth)}
    layers = as_teacher(network).activations(as_table(rows))
    for layer, values in {**layers, ALL_LAYERS: concatenate(layers)}.items():
        features = fit_features(values)
        root = math.sqrt(energy(features))
        found[layer] = {
            r: root * float(radius_needed(features, holds, passing_error(r)).max()) for r, holds in inner.items()
        }
    return found


def inner_clauses(tree: RandomTree, rows: NDArray[np.int8], depth: int) -> NDArray[np.bool_]:
    """Truth of the clauses of one depth, which in a full tree are inner nodes above its last level."""
    some = [(rows[:, list(v)] == np.array(s)).all(axis=1) for v, s in tree.clauses() if len(v) == depth]
    return np.column_stack(some)


def bites_from(depth: int, bound: float) -> int:
    """Number of bits from which on more clauses exist than can pass."""
    n_bits = depth
    while clauses_of(depth, n_bits) <= bound:
        n_bits = n_bits + 1 + n_bits // 50
    return n_bits


def every_row(n_bits: int) -> NDArray[np.int8]:
    """All rows of -1 and 1."""
    return (2 * (np.arange(2**n_bits)[:, None] >> np.arange(n_bits) & 1) - 1).astype(np.int8)


def trained(tree: RandomTree, seed: int) -> nn.Module:
    """Two hidden layers of 64 units, Adam on fresh rows until the loss is small."""
    torch.manual_seed(seed)
    d, rng = tree.n_variables, np.random.default_rng([seed, 3])
    network = nn.Sequential(
        nn.Linear(d, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 1)
    )  # fmt: skip
    optimiser = torch.optim.Adam(network.parameters(), 2e-3)
    mean = 1.0
    for _ in range(MOST_STEPS):
        rows = random_bits(256, d, rng)
        labels = torch.from_numpy((tree.labels(rows).ravel() > 0).astype(np.float32))
        loss = nn.functional.binary_cross_entropy_with_logits(network(torch.from_numpy(rows).float())[:, 0], labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        mean = 0.99 * mean + 0.01 * float(loss.detach())
        if mean < LEAST_LOSS:
            break
    return network.eval()
