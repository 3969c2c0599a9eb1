"""A tree is judged beside the best single answer, and class by class."""

import numpy as np
import pytest

from limbeck import distill
from limbeck.diagnosis import Verdict


def tail(cut):
    return lambda x: (np.asarray(x)[:, 0] > cut).astype(int)


def rows(n=3000, seed=0, p=4):
    return np.random.default_rng(seed).normal(size=(n, p))


def flagged(n=6000, seed=0):
    """A seldom flag, and eleven bits."""
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.random(n) < 0.012, rng.integers(2, size=(n, 11))]).astype(int)


def partly(x):
    """Some 3 % positives: the flag, which one question finds, and a parity in a corner, which few leaves do not."""
    x = np.asarray(x)
    return ((x[:, 0] == 1) | ((x[:, 1:6] == 1).all(axis=1) & (x[:, 6:].sum(axis=1) % 2 == 1))).astype(int)


def test_a_constant_tree_is_no_better_than_one_answer():
    found = distill(tail(2.0), rows(), max_leaves=1, effort="fast")
    assert found.certificate.error_limit < 0.05
    assert found.diagnosis.verdict is Verdict.NO_BETTER
    assert "use the tree" not in str(found.diagnosis)
    assert "class_weight" in found.diagnosis.remedy
    assert "recall of `1`" in str(found.diagnosis)
    assert any("rare" in note and "class_weight" in note for note in found.notes)


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_nor_one_that_is_not_faithful(share):
    cut = np.quantile(rows()[:, 0], 1 - share)
    assert distill(tail(cut), rows(), max_leaves=1, effort="fast").diagnosis.verdict is Verdict.NO_BETTER
    assert (
        distill(lambda x: x[:, 0] + x[:, 1], rows(), max_leaves=1, effort="fast").diagnosis.verdict is Verdict.NO_BETTER
    )


def test_a_missed_class_is_named_and_a_found_one_is_not():
    found = distill(partly, flagged(), max_leaves=2, effort="fast")
    assert found.diagnosis.verdict is Verdict.RARE_CLASS
    assert "`1`" in found.diagnosis.remedy
    assert "use the tree" not in str(found.diagnosis)
    assert distill(tail(2.0), rows(6000), max_leaves=2, effort="fast").diagnosis.verdict is Verdict.FAITHFUL


def test_without_certificate_rows_the_validation_rows_say_the_same():
    found = distill(partly, flagged(), max_leaves=2, effort="fast", certificate=0.0)
    assert found.diagnosis.verdict is Verdict.RARE_CLASS
    assert "recall of `1`, validation" in str(found.diagnosis)


def test_classes_that_were_asked_to_count_alike_are_judged_so():
    found = distill(tail(1.8), rows(6000), max_leaves=2, effort="fast", class_weight="balanced")
    assert found.diagnosis.verdict is not Verdict.NO_BETTER
    assert found.weighted_by == ("class_weight='balanced'",)


def test_counts_are_rows_whatever_the_weights():
    x = rows()
    positives = int(tail(2.0)(x).sum())
    for given in ({"class_weight": "balanced"}, {"sample_weight": np.random.default_rng(0).random(len(x)) * 7}):
        found = distill(tail(2.0), x, max_leaves=4, effort="fast", certificate=0.0, **given)
        for point in found.frontier:
            tree = point.tree
            leaf = tree.apply(x)
            assert tree.n_rows[tree.leaves].tolist() == [(leaf == node).sum() for node in tree.leaves]
            assert round(float(tree.shares[0, 1] * tree.n_rows[0])) == positives
        assert "weighted" in str(found)


def test_shown_sizes_are_better_by_what_is_shown():
    x = rows(300)
    for given in ({"class_weight": "balanced"}, {"monotone": {"x0": 1, "x1": 1}}):
        found = distill(lambda r: ((r[:, 0] > 1.8) | (r.sum(axis=1) > 4)).astype(int), x, max_leaves=12, **given)
        figures = [(point.fit_fidelity, point.validation_fidelity) for point in found.frontier]
        for i, (fit, held) in enumerate(figures):
            assert all(fit > smaller or held > smaller_held for smaller, smaller_held in figures[:i])
        assert "sizes that are no better than a smaller one are left out" in " ".join(str(found).split())
