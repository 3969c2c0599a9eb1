"""The theorem's search against enumerating all clauses and all trees, on every row of a few bits."""

from itertools import combinations, product

import numpy as np
import pytest

from limbeck.core import Literal
from limbeck.errors import InputError
from limbeck.probes import energy, fit_features, most_passing
from limbeck.search import HardLabels, PassingProbe, grow_represented_family, row_sets, solve_program

D = 6
CUBE = np.array(list(product([0, 1], repeat=D)), bool)
LABELS = np.where(CUBE[:, 0], CUBE[:, 1] ^ CUBE[:, 2], CUBE[:, 3] & CUBE[:, 4]).astype(int)
QUESTIONS = tuple(Literal.is_value(f"x{j}", 1) for j in range(D))


def clause(terms):
    return np.all([CUBE[:, bit] == sign for bit, sign in terms], axis=0)


def layer_of(name):
    rng = np.random.default_rng(3)
    if name == "compiled":  # the clauses of the inner nodes, mixed
        inner = [[(0, 1)], [(0, 1), (1, 1)], [(0, 1), (1, 0)], [(0, 0)], [(0, 0), (3, 1)]]
        return np.column_stack([clause(terms) for terms in inner]) @ np.linalg.qr(rng.normal(size=(5, 5)))[0]
    if name == "random":
        return np.maximum(CUBE @ rng.normal(size=(D, 24)) + rng.normal(size=24), 0)
    return np.column_stack([clause([(0, 1), (1, 1), (2, 1)]), clause([(3, 1), (4, 1)])]).astype(float)


def enumerated(passing, max_depth):
    """All clauses that pass and whose terms can be put in an order in which every prefix passes, level by level."""
    reached, counts = {frozenset()}, []
    for r in range(1, max_depth):
        every = [
            frozenset(zip(bits, signs, strict=True))
            for bits in combinations(range(D), r)
            for signs in product([0, 1], repeat=r)
        ]
        tested = [terms for terms in every if any(terms - {term} in reached for term in terms)]
        kept = {terms for terms in tested if passing(clause(terms)[:, np.newaxis], r)[0]}
        counts.append((len(tested), len(kept)))
        reached |= kept
    return reached, counts


def least_wrong(rows, terms, depth, reached):
    """Rows that the best tree below a clause gets wrong, by trying every question at every node that passed."""
    labels = LABELS[rows]
    best = min(int((labels == 0).sum()), int((labels == 1).sum()))
    if depth and terms in reached:
        for bit in {bit for bit in range(D) if (bit, 0) not in terms and (bit, 1) not in terms}:
            sides = (least_wrong(rows & (CUBE[:, bit] == s), terms | {(bit, s)}, depth - 1, reached) for s in (0, 1))
            best = min(best, sum(sides))
    return best


@pytest.mark.parametrize("name", ["compiled", "random", "two units"])
@pytest.mark.parametrize("length", [0.5, 1.5, 6.0])
def test_the_search_finds_what_enumerating_all_clauses_and_trees_finds(name, length):
    features = fit_features(layer_of(name))
    passing = PassingProbe(features, length / np.sqrt(energy(features)))
    loss = HardLabels(LABELS, 2)
    grown = grow_represented_family(CUBE, loss, passing, max_depth=3)
    reached, counts = enumerated(passing, 3)
    counts = counts[: len(grown.probed)]  # nothing is tested below a level on which nothing passed
    assert list(zip(grown.probed, grown.passed, strict=True)) == counts
    assert all(passed <= most_passing(r, length) for r, passed in enumerate(grown.passed, start=1))
    frontier = solve_program(grown.family, QUESTIONS, loss, max_leaves=8)
    assert int(frontier.best(8).cost) == least_wrong(np.ones(len(CUBE), bool), frozenset(), 3, reached)
    for level in grown.family.levels:
        assert (level.sums == row_sets(level.members, len(CUBE), np.bool_) @ loss.statistics).all()


def test_a_network_that_holds_the_clauses_gives_its_tree_and_one_that_does_not_gives_none():
    loss = HardLabels(LABELS, 2)
    costs = {}
    for name in ("compiled", "two units"):
        features = fit_features(layer_of(name))
        passing = PassingProbe(features, 2.0 / np.sqrt(energy(features)))
        grown = grow_represented_family(CUBE, loss, passing, max_depth=3)
        costs[name] = int(solve_program(grown.family, QUESTIONS, loss, max_leaves=8).best(8).cost)
    assert costs["compiled"] == 0
    assert costs["two units"] > 0


def test_a_search_that_would_test_too_many_clauses_stops_and_says_how_many():
    grown = grow_represented_family(
        CUBE, HardLabels(LABELS, 2), lambda holds, depth: np.ones(holds.shape[1], bool), max_depth=4, most_clauses=500
    )
    assert (grown.probed, grown.passed) == ((12, 60), (12, 60))
    assert grown.stopped == 2 * 60 * D
    assert not grown.family.complete
    with pytest.raises(InputError, match="`max_depth=0`"):
        grow_represented_family(CUBE, HardLabels(LABELS, 2), lambda holds, depth: holds[0], max_depth=0)
