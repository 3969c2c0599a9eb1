"""Learners from labelled rows: against exhaustive oracles, and where they must fail."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from limbeck.core import Vocabulary
from limbeck.errors import InputError, SearchError
from limbeck.students import fit_threshold, greedy_tree, search_junta

BITS = np.random.default_rng(0).integers(2, size=(120, 7))


def test_the_junta_search_finds_the_set_with_the_fewest_errors():
    rng = np.random.default_rng(1)
    answers = (BITS[:, 1] & BITS[:, 5]) ^ (rng.random(120) < 0.1)

    def errors(columns):
        keys = pd.Series([tuple(row) for row in BITS[:, columns].tolist()])
        return sum(min(g.mean(), 1 - g.mean()) * len(g) for _, g in pd.Series(answers).groupby(keys))

    found = search_junta(BITS, answers.astype(int), n_variables=2)
    best = min(errors(list(some)) for some in combinations(range(7), 2))
    assert (found.predict(BITS) != answers).sum() == pytest.approx(best)
    assert found.variables == ("x1", "x5")


def test_the_junta_search_takes_frames_and_three_classes_and_ends_when_told():
    frame = pd.DataFrame({"c": ["a", "b", "b", "a"] * 9, "n": [1, 2, 3, 4] * 9, "z": [5, 6] * 18})
    told = np.where(frame["c"] == "a", "one", np.where(frame["n"] < 2.5, "two", "three"))
    assert search_junta(frame, told, n_variables=2).predict(frame).tolist() == told.tolist()
    with pytest.raises(SearchError, match="a caller that stopped it"):
        search_junta(BITS, BITS[:, 0], n_variables=1, keep_going=lambda: False)
    with pytest.raises(SearchError, match="sets of questions"):
        search_junta(np.random.default_rng(0).integers(2, size=(80, 300)), [0, 1] * 40, n_variables=5)


def test_the_greedy_tree_is_scikit_learns_and_parity_defeats_it():
    told = np.where(BITS[:, 0] == 1, "x", np.where(BITS[:, 3] == 1, "y", "z"))
    tree = greedy_tree(BITS, told, max_leaves=3)
    assert tree.n_leaves == 3
    assert tree.predict(BITS).tolist() == told.tolist()
    rows = np.random.default_rng(2).integers(2, size=(4000, 40))
    parity = rows[:, :4].sum(axis=1) % 2
    assert (greedy_tree(rows, parity, max_leaves=16).predict(rows) == parity).mean() < 0.7


def test_thresholds_of_two_classes_three_classes_one_class_and_numbers():
    votes = (BITS[:, :3].sum(axis=1) >= 2).astype(int)
    assert (fit_threshold(BITS, votes, inverse_penalty=1e4).predict(BITS) == votes).all()
    three = np.array(["p", "q", "r"])[np.minimum(BITS[:, 0] + BITS[:, 1], 2)]
    assert (fit_threshold(BITS, three, inverse_penalty=1e4).predict(BITS) == three).all()
    assert set(fit_threshold(BITS, ["q"] * 120, classes=("p", "q")).predict(BITS)) == {"q"}
    numbers = 3.0 * BITS[:, 2] - 1.0
    assert np.allclose(fit_threshold(BITS, numbers, inverse_penalty=1e8).predict(BITS), numbers, atol=1e-4)


@pytest.mark.parametrize("learn", [fit_threshold, greedy_tree, search_junta])
def test_one_answer_a_row(learn):
    more = {greedy_tree: {"max_leaves": 3}, search_junta: {"n_variables": 1}}.get(learn, {})
    with pytest.raises(InputError, match="`answers` of shape"):
        learn(BITS, [0, 1], **more)


def test_a_vocabulary_of_ones_own():
    words = Vocabulary(Vocabulary.fit(BITS).literals[:1])
    assert len(fit_threshold(BITS, BITS[:, 0], vocabulary=words).questions) == 1
    assert greedy_tree(BITS, BITS[:, 1], max_leaves=4, vocabulary=words).n_leaves <= 2
