"""Limits of all classes hold together, and a tree is called better than one answer only if it is."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binomtest

from limbeck.theory import ByClass, agreement_by_class


@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_counts_and_limits_are_those_of_the_definitions(pairs):
    teacher, tree = (np.array(side) for side in zip(*pairs, strict=True))
    if (teacher < 0).all():
        return
    found = agreement_by_class(teacher, tree, "abcd", 0.1)
    occur = [len(set(teacher.tolist())), len(set(tree.tolist()))]
    for code, c in enumerate(found.classes[:4]):
        n, k, m = (teacher == code).sum(), ((teacher == code) & (tree == code)).sum(), (tree == code).sum()
        assert (c.n_rows, c.found, c.answered) == (n, k, m)
        for of, limit, kinds in ((n, c.recall_limit, occur[0]), (m, c.precision_limit, occur[1])):
            assert limit == pytest.approx(beta.ppf(0.05 / kinds, k, of - k + 1) if k else 0.0, abs=1e-9)
    assert sum(n for *_, n in found.confusion) == (teacher != tree).sum()
    assert sum(c.n_rows for c in found.classes) == len(pairs)
    assert ByClass.from_dict(json.loads(json.dumps(found.to_dict()))) == found


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60))
def test_the_p_value_is_the_largest_sign_test(pairs):
    teacher, tree = (np.array(side) for side in zip(*pairs, strict=True))
    found, right = agreement_by_class(teacher, tree, "abc", 0.05), teacher == tree
    tests = []
    for code in range(3):
        wins, losses = (right & (teacher != code)).sum(), (~right & (teacher == code)).sum()
        tests.append(binomtest(wins, wins + losses, 0.5, "greater").pvalue if wins + losses else 1.0)
    assert found.p_value == pytest.approx(max(tests))


@pytest.mark.parametrize("shares", [(0.97, 0.03), (0.5, 0.5), (0.9, 0.06, 0.03, 0.01)])
@pytest.mark.parametrize("recall", [0.15, 0.6, 0.95])
def test_all_limits_hold_together(shares, recall):
    """At delta = 0.2, more than 240 of 1 000 draws would fail with probability 1e-3, if as many failed as may."""
    rng, c, n, delta = np.random.default_rng(int(100 * recall) + len(shares)), len(shares), 300, 0.2
    shares = np.array(shares)
    given_class = np.full((c, c), (1 - recall) / (c - 1)) + np.eye(c) * (recall - (1 - recall) / (c - 1))
    precision = shares * recall / (shares @ given_class)
    failed = 0
    for _ in range(1000):
        teacher = rng.choice(c, n, p=shares)
        tree = (rng.random(n)[:, None] > given_class.cumsum(axis=1)[teacher]).sum(axis=1).clip(max=c - 1)
        found = agreement_by_class(teacher, tree, range(c), delta)
        pairs = zip(found.classes, precision, strict=True)
        failed += any(c.recall_limit > recall or c.precision_limit > true for c, true in pairs)
    assert failed <= 240


@pytest.mark.parametrize("positives", [0.02, 0.1, 0.4])
def test_no_better_is_seldom_called_better(positives):
    """A tree that is right as often as one answer, by other rows: wins and losses are equally likely."""
    rng, called = np.random.default_rng(int(100 * positives)), 0
    for _ in range(1000):
        teacher = (rng.random(500) < positives).astype(int)
        # It finds a third of the positives, and as many others are wrong.
        tree = np.where(teacher == 1, rng.random(500) < 1 / 3, rng.random(500) < positives / 3 / (1 - positives))
        called += agreement_by_class(teacher, tree.astype(int), (0, 1), 0.05).better
    # 50 are allowed on average; 74 or more would come with probability 1e-3.
    assert called <= 73


def test_better_is_called_where_it_is():
    teacher = np.repeat([0, 1], [970, 30])
    tree = np.where(np.arange(1000) < 975, 0, 1)
    assert agreement_by_class(teacher, tree, (0, 1), 0.05).better
    assert not agreement_by_class(teacher, np.zeros(1000, int), (0, 1), 0.05).better


def test_a_hostile_label_is_shown_and_cut():
    found = agreement_by_class(np.array([0, 1]), np.array([0, 1]), ("\u202ea\n", "x" * 99), 0.05)
    assert found.classes[0].name == "`\\u202ea\\n`"
    assert len(found.classes[1].name) == 42
