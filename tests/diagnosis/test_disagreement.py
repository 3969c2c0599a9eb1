import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import fisher_exact

from limbeck.core import Clause, Literal, Outputs
from limbeck.diagnosis.disagreement import Region, RowGroups, vocabulary_floor, worst_region


def classes(codes):
    return Outputs(np.asarray(codes, np.intp), np.zeros((len(codes), 1)))


def grouped(answers):
    groups = {}
    for i, row in enumerate(np.asarray(answers).tolist()):
        groups.setdefault(tuple(row), []).append(i)
    return list(groups.values())


@given(st.integers(0, 3).flatmap(lambda width: arrays(bool, (12, width))), arrays(int, 12, elements=st.integers(-1, 2)))
def test_the_floor_of_classes_equals_counting_group_by_group(answers, codes):
    wrong = left_out = 0.0
    for group in grouped(answers):
        labels = codes[group].tolist()
        wrong += len(labels) - max(labels.count(y) for y in labels)
        for i, y in enumerate(labels):
            others = labels[:i] + labels[i + 1 :]
            if others:
                most = max(others.count(z) for z in others)
                tied = [z for z in set(others) if others.count(z) == most]
                left_out += 1 - (y in tied) / len(tied)
    floor = vocabulary_floor(answers, classes(codes))
    assert floor.least == pytest.approx(wrong / 12)
    assert floor.left_out == pytest.approx(left_out / 12)
    assert floor.n_grouped == sum(len(group) for group in grouped(answers) if len(group) > 1)


@given(arrays(bool, (10, 2)), arrays(float, 10, elements=st.floats(-5, 5)))
def test_the_floor_of_numbers_equals_the_variance_within_groups(answers, values):
    floor = vocabulary_floor(answers, Outputs(None, values[:, None]))
    total = ((values - values.mean()) ** 2).sum()
    if total < 1e-9:
        return
    within = sum(((values[group] - values[group].mean()) ** 2).sum() for group in grouped(answers))
    refits = sum(
        (values[i] - values[[j for j in group if j != i]].mean()) ** 2
        for group in grouped(answers)
        for i in group
        if len(group) > 1
    )
    assert floor.least == pytest.approx(within / total, abs=1e-9)
    assert floor.left_out == pytest.approx(refits / total, abs=1e-9)


def test_the_two_floors_lie_on_either_side_of_the_truth():
    # In each of 400 groups of 3 rows the teacher answers 1 with probability 0.3: no tree errs on less than 0.3.
    rng = np.random.default_rng(0)
    cell = np.repeat(np.arange(400), 3)
    answers = (cell[:, None] >> np.arange(9)) & 1 == 1
    floor = vocabulary_floor(answers, classes(rng.random(1200) < 0.3))
    assert floor.least < 0.3 < floor.left_out
    assert floor.n_grouped == floor.n_rows == 1200


def test_rows_alone_in_their_group_count_as_reproduced():
    floor = vocabulary_floor(np.eye(5, dtype=bool), classes([0, 1, 0, 1, 0]))
    assert floor.least == floor.left_out == floor.n_grouped == 0


@given(arrays(float, 30, elements=st.integers(0, 9)), st.lists(st.integers(-1, 9), min_size=1, max_size=9))
def test_rows_between_thresholds_are_those_that_answer_alike(values, thresholds):
    below, outputs = values[:, None] <= np.array(thresholds), classes(values % 3)
    grouped, alike = RowGroups.between_thresholds(below, outputs), RowGroups.alike(below, outputs)
    assert np.array_equal(grouped.group, alike.group)
    assert grouped.floor() == vocabulary_floor(below, outputs)


def clause(name):
    return Clause(((Literal.is_value(name, 1), True),))


@given(arrays(bool, (60, 4)), arrays(float, 60, elements=st.sampled_from([0.0, 0.5, 1.0])), st.integers(0, 60))
def test_the_region_explains_most_of_the_variance_and_holds_much_of_it(holds, loss, n_inside):
    loss = np.where(np.arange(60) < n_inside, loss, 0.0)
    holds[:, 0] |= np.arange(60) < n_inside
    clauses = [clause(f"x{j}") for j in range(4)]
    found = worst_region(clauses, holds, loss)
    if np.count_nonzero(loss) < 5:
        assert found is None
    if found is None:
        return
    explained = {}
    for j in range(4):
        inside = holds[:, j]
        share = loss[inside].sum() / loss.sum()
        high = loss > (np.median(loss) if (loss == 0.5).any() else 0)
        counts = [[(high & side).sum(), (~high & side).sum()] for side in (inside, ~inside)]
        chance = fisher_exact(counts, alternative="greater").pvalue
        if inside.sum() < 60 and share >= 0.25 and np.count_nonzero(loss[inside]) >= 5 and chance <= 0.001 / 4:
            fitted = np.where(inside, loss[inside].mean(), loss[~inside].mean())
            explained[j] = ((fitted - loss.mean()) ** 2).sum()
    j = clauses.index(found.clause)
    assert explained[j] <= max(explained.values()) + 1e-9
    assert found.n_rows == holds[:, j].sum()
    assert found.loss == pytest.approx(loss[holds[:, j]].mean())
    assert found.share == pytest.approx(loss[holds[:, j]].sum() / loss.sum())


def test_a_group_by_chance_and_a_single_far_off_row_are_no_region():
    rng = np.random.default_rng(0)
    clauses, named = [clause(f"x{j}") for j in range(20)], 0
    for _ in range(200):
        holds = rng.random((400, 20)) < rng.random(20)
        named += worst_region(clauses, holds, (rng.random(400) < 0.1).astype(float)) is not None
    # At a level of 0.001 for all clauses together, 4 of 200 would come with probability 1e-4.
    assert named <= 3
    far, half = np.ones(400), np.arange(400) < 200
    far[7] = 1e6
    assert worst_region([clause("x0")], half[:, None], far) is None
    assert worst_region([clause("x0")], half[:, None], np.where(half, 1.0, 0.1)) is not None


def test_a_region_round_trips():
    region = Region(clause("x1"), 10, 0.5, 0.9, 40)
    assert Region.from_dict(json.loads(json.dumps(region.to_dict()))) == region
    assert "x1 = 1" in str(region)
    assert "n = 40" in str(region)
