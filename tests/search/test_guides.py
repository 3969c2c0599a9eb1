"""Each guide scores what it says it scores; influence alone finds what label gain cannot see."""

import numpy as np
import pytest

from limbeck.core import Kind, Literal, Tree
from limbeck.probes import fit_features, prepare, prepare_extensions, scores
from limbeck.search import (
    Agreement,
    BeamSettings,
    ClauseBatch,
    HardLabels,
    Impurity,
    Influence,
    LinearRepresentation,
    SquaredError,
    grow_family,
    solve_program,
)


def bits(n, p, seed=0):
    return np.random.default_rng(seed).random((n, p)) < 0.5


def batch_of(members, answers, loss):
    """Return a batch with its sums by their definition."""
    yes = np.einsum("kn,nl,nd->dkl", members, answers, loss.statistics).astype(float)
    no = np.einsum("kn,nl,nd->dkl", members, ~answers, loss.statistics).astype(float)
    return ClauseBatch(np.arange(len(members)), members, yes, no)


def influence_of(function, x):
    """Return the influence guide of a function of bits, every bit of every row flipped."""
    n, p = x.shape
    change = np.zeros((n, p), np.float32)
    for j in range(p):
        flipped = x.copy()
        flipped[:, j] = ~flipped[:, j]
        change[:, j] = function(flipped) != function(x)
    return Influence(np.arange(n), change, np.ones((n, p), np.float32))


def test_label_gain_is_the_loss_that_a_split_saves():
    answers, members = bits(40, 5), bits(3, 40, seed=1)
    rng = np.random.default_rng(2)
    for loss in (HardLabels(rng.integers(3, size=40), 3), SquaredError(rng.normal(size=40))):
        batch = batch_of(members, answers, loss)
        for guide, measure in ((Impurity(loss), loss.impurity), (Agreement(loss), loss.cost)):
            found = guide.scores(batch)
            for k in range(3):
                for j in range(5):
                    sides = [members[k] & answers[:, j], members[k] & ~answers[:, j]]
                    parts = [float(measure(loss.statistics[side].sum(axis=0))) for side in sides]
                    assert found[k, j] == pytest.approx(-sum(parts), rel=1e-5, abs=1e-5)


def test_the_influence_of_a_bit_is_how_often_it_matters_under_the_clause():
    x = bits(500, 6)

    def function(rows):
        return np.where(rows[:, 0], rows[:, 1], rows[:, 2] & rows[:, 3])

    guide = influence_of(function, x)
    members = np.stack([np.ones(500, bool), x[:, 0], ~x[:, 0]])
    found = guide.scores(batch_of(members, x, HardLabels(function(x).astype(int), 2)))
    expected = np.array([guide.change[rows].mean(axis=0) ** 2 for rows in members])
    assert found == pytest.approx(expected, rel=1e-5)
    assert found[1].tolist() == pytest.approx([found[1, 0], 1.0, 0.0, 0.0, 0.0, 0.0])
    assert found[2, 1] == 0.0


def test_among_thresholds_the_one_that_the_changes_cross_scores_best():
    """Answers change only with the middle threshold; the outer two flip without it, or seldom."""
    change = np.array([[0, 1, 0], [0, 1, 0], [0, 0, 0], [1, 1, 1]], np.float32)
    flip = np.array([[0, 1, 0], [0, 1, 0], [1, 0, 1], [1, 1, 1]], np.float32)
    guide = Influence(np.arange(4), change, flip)
    answers = bits(4, 3)
    found = guide.scores(batch_of(np.ones((1, 4), bool), answers, HardLabels([0, 1, 0, 1], 2)))
    assert found[0] == pytest.approx([1 / 2 / 4, 9 / 3 / 4, 1 / 2 / 4])


def test_influence_of_rows_that_were_not_changed_is_nothing():
    guide = Influence(np.array([0, 1]), np.ones((2, 3), np.float32), np.ones((2, 3), np.float32))
    members = np.array([[False, False, True, True]])
    assert guide.scores(batch_of(members, bits(4, 3), HardLabels([0, 1, 0, 1], 2))).tolist() == [[0.0, 0.0, 0.0]]


def test_influence_alone_finds_the_parity_of_two_bits_among_twenty():
    x = bits(300, 20)

    def parity(rows):
        return rows[:, 7] ^ rows[:, 13]

    loss = HardLabels(parity(x).astype(int), 2)
    settings = BeamSettings((2, 1), 10, 2, 1.0, 0)
    literals = tuple(Literal.is_value(f"x{j}", 1.0) for j in range(20))
    columns = tuple((literal.column, Kind.NUMERIC) for literal in literals)

    def agreement(guide):
        family = grow_family(x, loss, [guide], settings)
        root = solve_program(family, literals, loss, max_leaves=4).points[-1].root
        fresh = bits(2000, 20, seed=9)
        tree = Tree.from_node(root, classes=(0, 1), columns=columns)
        return (tree.predict(fresh.astype(float)) == parity(fresh)).mean()

    assert agreement(influence_of(parity, x)) == 1.0
    assert agreement(Impurity(loss)) < 0.7, "the same places given to label gain find nothing"


def test_linear_representation_is_the_mean_score_of_both_children():
    rng = np.random.default_rng(3)
    answers = bits(120, 5, seed=4)
    activations = answers[:, :3] @ rng.normal(size=(3, 8)) + 0.3 * rng.normal(size=(120, 8))
    rows = np.arange(0, 120, 2)
    features = fit_features(activations[rows].astype(np.float32))
    guide = LinearRepresentation(rows, prepare_extensions(prepare(features, 1.0)), answers[rows].astype(np.float32))
    members = np.stack([np.ones(120, bool), answers[:, 0]])
    found = guide.scores(batch_of(members, answers, HardLabels(answers[:, 0].astype(int), 2)))
    for k, j in ((0, 1), (0, 4), (1, 1), (1, 2), (1, 3)):
        children = np.stack([members[k] & answers[:, j], members[k] & ~answers[:, j]], axis=1)[rows]
        assert found[k, j] == pytest.approx(scores(prepare(features, 1.0), children.astype(float)).mean(), abs=1e-4)
    assert found[0, :3].min() > found[0, 3:].max(), "the bits that the activations hold come first"


def test_every_guide_says_what_it_goes_by():
    loss = HardLabels([0, 1], 2)
    guides = [Impurity(loss), Agreement(loss), influence_of(lambda x: x[:, 0], bits(4, 2))]
    assert len({guide.name for guide in guides} | {"linear representation"}) == 4
