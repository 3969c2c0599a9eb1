"""Networks whose inside is known: those that use the clauses of a tree, and decoys that only look so."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, product

import numpy as np
from torch import nn

from benchmarks.evidence.layouts import Attended, OneOf, OnHalf, Overridden, Saturated
from benchmarks.evidence.parts import (
    N_BITS,
    Beside,
    Near,
    Summed,
    asked,
    characters,
    conjunctions,
    drawn_features,
    leaf_labels,
    leaves_of,
    linear,
    padded,
    read_best,
    scores,
    spectrum,
    trained,
    turned,
    weights,
)
from benchmarks.paper.compiled import compile_tree
from benchmarks.paper.random_trees import LEAF, RandomTree

__all__ = ["DECOYS", "TRUE", "WIDE"]

WIDTH = 64

Make = Callable[[RandomTree, np.random.Generator], nn.Module]


def compiled(tree: RandomTree, rng: np.random.Generator) -> nn.Sequential:
    """Leaves as units, read out."""
    return nn.Sequential(*leaves_of(tree), scores(leaf_labels(tree)))


def random_features(tree: RandomTree, rng: np.random.Generator) -> nn.Sequential:
    """Features drawn at random, and the best linear map of them."""
    return read_best(drawn_features(rng), tree)


def features_twice(tree: RandomTree, rng: np.random.Generator) -> nn.Module:
    """Random features of random features, and the best linear map of them."""
    second = linear(rng.normal(size=(500, 100)) / 10, rng.normal(size=500) / 2)
    return read_best(nn.Sequential(*drawn_features(rng, 100), second, nn.ReLU()), tree)


def lookup(tree: RandomTree, rng: np.random.Generator) -> nn.Sequential:
    """One unit for each combination of the bits that matter."""
    bits = asked(tree)
    cells = np.array(list(product((-1, 1), repeat=len(bits))))
    rows = np.ones((len(cells), N_BITS), np.int8)
    rows[:, bits] = cells
    return nn.Sequential(*conjunctions([bits] * len(cells), cells.tolist()), scores(tree.labels(rows).astype(float)))


def deciding(tree: RandomTree, rng: np.random.Generator) -> nn.Module:
    """What decides beside a branch that does not: random features or a lookup."""
    return (random_features if rng.random() < 0.5 else lookup)(tree, rng)


def fourier(tree: RandomTree, rng: np.random.Generator) -> nn.Sequential:
    """The Fourier expansion of a tree: parities, added up."""
    sets, values = spectrum(tree)
    return nn.Sequential(*characters(sets[1:]), scores(values[1:], float(values[0])))


def unread(network: nn.Sequential, tree: RandomTree) -> nn.Sequential:
    """A network whose last layer also holds clauses that nothing reads."""
    held = Beside(network[:-1], leaves_of(tree))
    return nn.Sequential(held, padded(network[-1], np.zeros((2, len(leaf_labels(tree))))))


def in_one_map(tree: RandomTree, rng: np.random.Generator, *, size: float = 1.0, vote: float = 0.0) -> nn.Sequential:
    """Random features and clauses as units of one map; the clauses have a vote of nothing, or nearly so."""
    body, held, labels = random_features(tree, rng), leaves_of(tree), vote / size * leaf_labels(tree)
    both = [np.concatenate([one, size * two]) for one, two in zip(weights(body[0]), weights(held[0]), strict=True)]
    return nn.Sequential(linear(both[0], both[1]), nn.ReLU(), padded(body[-1], np.stack([-labels, labels])))


def rarely_open(tree: RandomTree, rng: np.random.Generator) -> nn.Module:
    """Compiled clauses behind a gate that opens on one row in 64."""
    gate = conjunctions([rng.permutation(N_BITS)[:6].tolist()], [[1] * 6])
    return Summed(deciding(tree, rng), compiled(tree, rng), gate)


def overwritten(tree: RandomTree, rng: np.random.Generator) -> nn.Module:
    """A network trained on the tree with its bits exchanged, which a lookup outvotes."""
    bits = np.where(tree.variable == LEAF, LEAF, rng.permutation(N_BITS)[tree.variable])
    other = RandomTree(tree.n_variables, bits, tree.low, tree.high, tree.label)
    return Summed(lookup(tree, rng), trained(other, rng, (WIDTH, WIDTH)), 0.01)


def products_of_bits(tree: RandomTree, rng: np.random.Generator) -> nn.Module:
    """All products of the bits that matter up to the tree's depth, and the best linear map of them."""
    sets = [some for k in range(1, tree.depth + 1) for some in combinations(asked(tree), k)]
    return read_best(conjunctions(sets, [[1] * len(some) for some in sets]), tree)


def random_conjunctions(tree: RandomTree, rng: np.random.Generator) -> nn.Module:
    """Conjunctions drawn from the bits that matter, and the best linear map of them."""
    some = [rng.permutation(asked(tree))[: tree.depth].tolist() for _ in range(300)]
    return read_best(conjunctions(some, rng.choice([-1, 1], size=(300, tree.depth)).tolist()), tree)


def memory_of_rows(tree: RandomTree, rng: np.random.Generator) -> nn.Module:
    """Nearness to stored rows of the bits that matter, and the best linear map of it."""
    cells = np.array(list(product((-1, 1), repeat=len(asked(tree)))), np.int8)
    return read_best(nn.Sequential(Near(asked(tree), rng.permutation(cells)[:500])), tree)


def beside_answer(features: nn.Module, width: int, tree: RandomTree, rng: np.random.Generator) -> nn.Module:
    """Features and the answer of a lookup in one layer, rotated; the answer alone is read."""
    decides = lookup(tree, rng)
    weight, bias = weights(decides[-1])
    answer = nn.Sequential(*decides[:-1], linear(weight[1:], bias[1:]))
    last = np.append(np.zeros(width), 1.0)
    return turned(nn.Sequential(Beside(features, answer), scores(last)), rng)


def used_on_half(tree: RandomTree, rng: np.random.Generator) -> nn.Module:
    """Compiled clauses that answer where a bit that the tree does not ask is 1; elsewhere others do."""
    return OnHalf(deciding(tree, rng), compiled(tree, rng), min({*range(N_BITS)} - {*asked(tree)}))


def gated(make: Make, gate: float | None) -> Make:
    """A branch through a gate, beside what decides."""
    return lambda tree, rng: Summed(deciding(tree, rng), make(tree, rng), gate)


def of_width(*hidden: int) -> Make:
    """A trained perceptron."""
    return lambda tree, rng: trained(tree, rng, hidden)


TRUE: dict[str, Make] = {
    "trained, one layer": of_width(WIDTH),
    "trained, two layers": of_width(WIDTH, WIDTH),
    "compiled": compiled,
    "compiled, all clauses, rotated": compile_tree,
}
"""Networks that use the clauses of the tree."""

WIDE: dict[str, Make] = {"trained, one layer, depth 4": of_width(WIDTH)}
"""Networks whose one layer holds most clauses over the bits of the tree."""

DECOYS: dict[str, Make] = {
    "dead branch": gated(compiled, None),
    "gate of zero, trained": gated(of_width(WIDTH, WIDTH), 0.0),
    "gate of zero, compiled": gated(compiled, 0.0),
    "gate rarely open": rarely_open,
    "outvoted clauses": gated(compiled, 0.3),
    "overwritten by a lookup": overwritten,
    "attention elsewhere": lambda tree, rng: Attended(deciding(tree, rng), of_width(WIDTH, WIDTH)(tree, rng)),
    "ensemble, one used": lambda tree, rng: OneOf(compiled(tree, rng), deciding(tree, rng)),
    "overridden": lambda tree, rng: Overridden(deciding(tree, rng), compiled(tree, rng)),
    "saturated": lambda tree, rng: Saturated(deciding(tree, rng), compiled(tree, rng)),
    "used on half of the rows": used_on_half,
    "one-hot lookup": lookup,
    "Fourier": fourier,
    "Fourier, unread clauses": lambda tree, rng: unread(fourier(tree, rng), tree),
    "random features": random_features,
    "features of features": features_twice,
    "products of bits": products_of_bits,
    "random conjunctions": random_conjunctions,
    "memory of rows": memory_of_rows,
    "unread clauses, rotated": lambda tree, rng: turned(unread(random_features(tree, rng), tree), rng),
    "unread in one map, rotated": lambda tree, rng: turned(in_one_map(tree, rng), rng),
    "hardly read in one map": lambda tree, rng: in_one_map(tree, rng, size=10.0, vote=0.01),
    "bits and answer, rotated": lambda tree, rng: beside_answer(nn.Identity(), N_BITS, tree, rng),
    "features and answer, rotated": lambda tree, rng: beside_answer(drawn_features(rng, 60), 60, tree, rng),
}
"""Networks that answer as the tree does and do not use its clauses."""
