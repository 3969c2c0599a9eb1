"""Interventions in closed form: exact where a linear layer is the only way through, and not where there is a bypass."""

import numpy as np
import pytest
from scipy.stats import binomtest

from limbeck.causal import (
    Ending,
    Node,
    Trial,
    corrected,
    exact_share,
    examine_layer,
    finished,
    fit_subspace,
    holm,
    interchange,
    pairs_of_rows,
    random_subspace,
    tallied,
    units_heard,
)

N = 600


def bits_and_leaves(rng, n=N):
    """Six bits, and the leaves of x0 ? (x1 ? a : b) : (x2 ? b : a)."""
    bits = rng.integers(2, size=(n, 6))
    x0, x1, x2 = bits[:, 0] == 1, bits[:, 1] == 1, bits[:, 2] == 1
    return bits, np.column_stack([x0 & x1, x0 & ~x1, ~x0 & x2, ~x0 & ~x2])


def readout(weights, bypass=None):
    """A computation that ends in a linear map of the layer, and of something beside it where there is a bypass."""

    def finish(rows, values):
        scores = values @ weights
        if bypass is not None:
            scores = scores + bypass[rows]
        return Ending(scores.argmax(axis=1), scores)

    return finish


def trial_of(bits, leaves, natural, rng, nodes=()):
    same = np.column_stack([bits[:, 0] & bits[:, 2], bits[:, 0] & (1 - bits[:, 2]), bits[:, 1] & bits[:, 2]]) == 1
    tree = natural.answers.copy()
    return Trial(leaves, same, natural, tree, tuple(nodes), *pairs_of_rows(len(bits), rng), read=lambda s: s.argmax(1))


@pytest.mark.parametrize("seed", range(5))
def test_a_linear_layer_that_is_the_only_way_through_is_moved_exactly(seed):
    rng = np.random.default_rng(seed)
    bits, leaves = bits_and_leaves(rng)
    mixing = rng.normal(size=(10, 12))
    hidden = np.column_stack([leaves, bits]) @ mixing  # clauses and bits, in no units of their own
    decide = np.linalg.pinv(np.column_stack([leaves, bits]) @ mixing) @ (leaves @ np.eye(2)[[0, 1, 1, 0]])
    finish = readout(decide)
    natural = finish(np.arange(N), hidden)
    np.testing.assert_array_equal(natural.answers, leaves @ [0, 1, 1, 0])
    trial = trial_of(bits, leaves, natural, rng)
    space = fit_subspace(hidden[trial.fit], leaves[trial.fit])
    ended = finish(trial.base, space.swapped(hidden[trial.base], hidden[trial.source]))
    np.testing.assert_allclose(ended.scores, natural.scores[trial.source], atol=1e-3)
    found = examine_layer("hidden", hidden, finish, trial, rng)
    assert found.clauses.changed.value == found.clauses.kept.value == found.whole.changed.value == 1
    assert found.rank == 3
    assert found.reaches
    assert not found.bypassed
    assert found.shift == pytest.approx(1, abs=0.3)


@pytest.mark.parametrize("seed", range(5))
def test_with_a_bypass_it_is_not_and_the_words_say_so(seed):
    rng = np.random.default_rng(seed)
    bits, leaves = bits_and_leaves(rng)
    hidden = np.column_stack([leaves, bits]).astype(float)
    answers = leaves @ [0, 1, 1, 0]
    weights = np.vstack([np.eye(2)[[0, 1, 1, 0]], np.zeros((6, 2))])
    finish = readout(weights, bypass=3.0 * np.eye(2)[answers])
    trial = trial_of(bits, leaves, finish(np.arange(N), hidden), rng)
    found = examine_layer("hidden", hidden, finish, trial, rng)
    assert found.reaches
    assert found.bypassed
    assert not found.used
    assert found.clauses.changed.value == 0
    assert "way around" in found.words


def test_a_layer_that_nothing_reads_does_not_reach_the_output():
    rng = np.random.default_rng(0)
    bits, leaves = bits_and_leaves(rng)
    hidden = leaves.astype(float)
    finish = readout(np.zeros((4, 2)), bypass=np.eye(2)[leaves @ [0, 1, 1, 0]])
    found = examine_layer("dead", hidden, finish, trial_of(bits, leaves, finish(np.arange(N), hidden), rng), rng)
    assert not found.reaches
    assert not found.used
    assert found.words == "what it holds does not reach the output"


def test_what_is_read_becomes_what_the_source_reads_and_nothing_shorter_does():
    rng = np.random.default_rng(0)
    held = rng.normal(size=(300, 5)) @ rng.normal(size=(5, 5))
    target = held[:, :2] @ rng.normal(size=(2, 2)) + 0.1 * rng.normal(size=(300, 2))
    space = fit_subspace(held, target)
    base, source = held[:40], held[40:80]
    moved = space.swapped(base, source)
    np.testing.assert_allclose(moved @ space.reads, source @ space.reads, atol=1e-8)
    inverse = np.linalg.inv(np.cov(held.T))
    for _ in range(20):  # any other move with these readings is longer in Mahalanobis distance
        free = rng.normal(size=5)
        free -= space.reads @ np.linalg.lstsq(space.reads, free, rcond=None)[0]
        other = moved + 0.1 * free - base
        move = moved - base
        assert (np.einsum("ni,ij,nj->n", move, inverse, move) <= np.einsum("ni,ij,nj->n", other, inverse, other)).all()


def test_layers_wider_than_there_are_rows_and_constant_ones():
    rng = np.random.default_rng(0)
    bits, leaves = bits_and_leaves(rng, 120)
    wide = np.column_stack([leaves, bits]) @ rng.normal(size=(10, 400))
    space = fit_subspace(wide, leaves)
    np.testing.assert_allclose(
        space.swapped(wide[:60], wide[60:]) @ space.reads, wide[60:] @ space.reads, rtol=1e-6, atol=1e-6
    )
    assert fit_subspace(np.ones((120, 3)), leaves).rank == 0
    assert fit_subspace(wide, np.ones((120, 2))).rank == 0
    assert random_subspace(wide, 2, rng).rank == 2


def test_a_node_follows_beyond_the_linear_baseline_only_where_something_gates_it():
    rng = np.random.default_rng(0)
    bits, leaves = bits_and_leaves(rng, 2000)
    low, high = bits[:, 1], 1 - bits[:, 2]  # what the two subtrees answer, on every row
    hidden = np.column_stack([bits[:, 0], low, high]).astype(float)

    def gated(rows, values):
        scores = np.where(values[:, 0] > 0.5, values[:, 1], values[:, 2])
        scores = np.column_stack([0.5 - scores, scores - 0.5])
        return Ending(scores.argmax(axis=1), scores)

    natural = gated(np.arange(2000), hidden)
    node = Node(1, "x0 = 1", bits[:, 0] == 1, low)
    trial = trial_of(bits, leaves, natural, rng, [node])
    swap = (found := examine_layer("hidden", hidden, gated, trial, rng)).nodes[0].swap
    assert swap.changed.value > 0.95
    assert swap.kept.value > 0.95
    linear = found.nodes[0].linear
    assert linear is not None
    assert min(linear.changed.value, linear.kept.value) < 0.9


def test_numbers_follow_by_the_share_of_the_change():
    before, wanted = np.array([0.0, 0.0, 1.0, 1.0]), np.array([1.0, 0.0, 0.0, 1.0])
    whole = tallied(before, wanted, wanted)
    assert (whole.changed.value, whole.kept.value, whole.followed) == (1, 1, 1)
    none = tallied(before, before, wanted)
    assert (none.changed.value, none.kept.value, none.followed) == (0, 1, 0)
    assert tallied(before, before + 0.3 * (wanted - before), wanted).followed == pytest.approx(0.3)
    near = tallied(before, before, before + np.array([1.0, 0.01, -0.01, 0.0]))  # of these only the first should move
    assert (near.changed.n, near.kept.n, near.kept.right) == (1, 3, 3)
    assert tallied(before, before + 3.0 * (wanted - before), wanted).changed.value == 0  # far beyond is no following


def test_intervals_and_corrected_p_values_are_exact():
    found = exact_share(np.arange(20) < 17)
    interval = binomtest(17, 20).proportion_ci(0.95, "exact")
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert exact_share(np.zeros(0, bool)).high == 1
    p = [0.04, 0.01, 0.03, 0.2]
    expected = [max(sorted(p)[j] * (4 - j) for j in range(sorted(p).index(value) + 1)) for value in p]
    np.testing.assert_allclose(holm(p), expected)
    rng = np.random.default_rng(0)
    bits, leaves = bits_and_leaves(rng)
    finish = readout(np.eye(2)[[0, 1, 1, 0]])
    trial = trial_of(bits, leaves, finish(np.arange(N), leaves.astype(float)), rng)
    use = examine_layer("a", leaves.astype(float), finish, trial, rng)
    n, right = use.clauses.changed.n, use.clauses.changed.right
    assert use.p_value == pytest.approx(binomtest(right, n, 0.5, "greater").pvalue)
    assert corrected([use, use])[0].p_value == pytest.approx(2 * use.p_value)


def test_units_that_nothing_reads_are_not_heard_alone_and_in_wide_layers():
    rng = np.random.default_rng(0)
    for m in (12, 1000):
        held = rng.normal(size=(40, m))
        weights = np.where(np.arange(m) < m // 2, rng.choice([-1.0, 1.0], size=m), 0.0)[:, None]

        def finish(rows, values, weights=weights):
            return Ending((values @ weights)[:, 0], values @ weights)

        rows = np.arange(20)
        heard = units_heard(finish, held, rows, rows + 20, finish(rows, held[rows]))
        assert heard[: m // 2].mean() > 0.9
        assert not heard[m // 2 + 4 :].any()


@pytest.mark.parametrize("vote", [0.0, 0.01, 0.3])
def test_units_that_are_outvoted_are_not_heard(vote):
    """One unit decides, the other votes beside it: no matter how large its values are, it changes no answer."""
    rng = np.random.default_rng(0)
    held = np.column_stack([rng.choice([-1.0, 1.0], size=400), 100 * rng.choice([-1.0, 1.0], size=400)])

    def finish(rows, values):
        score = values @ np.array([[1.0], [vote / 100]])
        return Ending((score[:, 0] > 0).astype(int), score)

    rows = np.arange(200)
    assert units_heard(finish, held, rows, rows + 200, finish(rows, held[rows])).tolist() == [True, False]


def test_each_row_has_one_use():
    fit, base, source = pairs_of_rows(101, np.random.default_rng(0))
    every = np.concatenate([fit, base, source])
    assert len(np.unique(every)) == len(every) == 100
    assert len(base) == len(source) == 25


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_moves_that_are_run_together_end_as_each_does_alone(monkeypatch, at_once):
    rng = np.random.default_rng(0)
    finish = readout(rng.normal(size=(3, 2)), bypass=rng.normal(size=(20, 2)))
    moves = [(rng.permutation(20)[:k], rng.normal(size=(k, 3))) for k in (2, 0, 2, 1)]
    monkeypatch.setattr(interchange, "_AT_ONCE", at_once)
    for ending, (rows, values) in zip(finished(finish, moves), moves, strict=True):
        alone = finish(rows, values)
        assert ending.answers.tolist() == alone.answers.tolist()
        np.testing.assert_allclose(ending.scores, alone.scores)
