"""A family counted on other rows: the sums of all batches, and options only where they split all rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.core import Literal
from limbeck.search import (
    BeamSettings,
    FamilyCounter,
    HardLabels,
    Impurity,
    SquaredError,
    grow_family,
    row_sets,
    solve_program,
)

LITERALS = tuple(Literal.is_value(f"x{j}", 1.0) for j in range(7))


def grown(answers, loss):
    return grow_family(answers, loss, [Impurity(loss)], BeamSettings(widths=(3, 2), beam=20, max_depth=5))


def counted(family, answers, loss, cuts):
    counter = FamilyCounter(family, loss.statistics.shape[1])
    for rows in np.split(np.arange(len(answers)), cuts):
        counter.add(answers[rows], loss.statistics[rows])
    return counter.counted(family)


def problem(seed, n, numbers, weighted):
    rng = np.random.default_rng(seed)
    answers = rng.random((n, 7)) < rng.random(7)
    weights = rng.integers(1, 90, n) / 4 if weighted else None
    return answers, SquaredError(rng.normal(size=n), weights) if numbers else HardLabels(
        rng.integers(3, size=n), 3, weights
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans(), st.lists(st.integers(0, 90), max_size=4))
def test_counting_the_rows_it_was_grown_on_gives_the_family_back(seed, numbers, weighted, cuts):
    answers, loss = problem(seed, 90, numbers, weighted)
    family = grown(answers, loss)
    again = counted(family, answers, loss, sorted(cuts))
    for one, other in zip(family.levels, again.levels, strict=True):
        np.testing.assert_allclose(other.sums, one.sums, rtol=1e-9, atol=1e-9)
        assert (one.options is None) == (other.options is None)
        if one.options is not None:
            np.testing.assert_array_equal(one.options.literal, other.options.literal)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_every_option_that_stays_splits_all_rows_and_the_trees_cost_what_they_say(seed, numbers):
    answers, loss = problem(seed, 400, numbers, weighted=False)
    part = loss_of_first(loss, 40)
    family = counted(grown(answers[:40], part), answers, loss, [64, 300])
    for level, below in zip(family.levels, family.levels[1:], strict=False):
        o = level.options
        np.testing.assert_allclose(level.sums[o.parent], below.sums[o.yes] + below.sums[o.no], atol=1e-9)
    for point in solve_program(family, LITERALS, loss, max_leaves=8, min_leaf=0.0).points:
        assert cost_below(point.root, np.arange(400), answers, loss) == pytest.approx(point.cost)


def test_clauses_that_only_the_sample_could_not_tell_apart_are_told_apart():
    sample = np.array([[1, 1], [1, 1], [0, 0], [0, 0]], bool)  # both questions split the sample in the same way
    loss = HardLabels([1, 1, 0, 0], 2)
    family = grow_family(sample, loss, [Impurity(loss)], BeamSettings(widths=(2,), beam=5, max_depth=1))
    assert len(family.levels[0].options) == 2
    assert len(row_sets(family.levels[1].members, 4, bool)) == 2
    more = np.vstack([sample, [[0, 1]]])
    kept = counted(family, more, HardLabels([1, 1, 0, 0, 1], 2), []).levels[0].options
    assert kept.literal.tolist() == [0]


def loss_of_first(loss, n):
    if isinstance(loss, SquaredError):
        return SquaredError(loss.statistics[:n, 2])
    return HardLabels(loss.codes[:n], 3)


def cost_below(node, rows, answers, loss):
    if not hasattr(node, "literal"):
        return float(loss.cost(loss.statistics[rows].sum(axis=0)))
    answer = answers[rows, LITERALS.index(node.literal)]
    return cost_below(node.yes, rows[answer], answers, loss) + cost_below(node.no, rows[~answer], answers, loss)
