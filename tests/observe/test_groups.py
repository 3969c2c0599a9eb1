import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limbeck.core import as_table
from limbeck.errors import InputError
from limbeck.observe import fold_rows, group_numbers, one_row_each, split_rows, stretches
from limbeck.theory import certify_disagreements

GROUPS = st.lists(st.integers(0, 12), min_size=2, max_size=80).map(lambda g: np.unique(g, return_inverse=True)[1])


@given(GROUPS, st.integers(0, 99), st.floats(0, 0.9), st.floats(0, 0.9))
def test_no_group_is_split(groups: np.ndarray, seed: int, certificate: float, validation: float) -> None:
    rng = np.random.default_rng(seed)
    split = split_rows(len(groups), rng=rng, certificate=certificate, validation=validation, groups=groups)
    parts = [split.fit, split.validation, split.certificate]
    assert sorted(np.concatenate(parts)) == list(range(len(groups)))
    assert len(split.fit)
    owners = [set(groups[part]) for part in parts]
    assert sum(map(len, owners)) == len(set(groups))
    for fold in fold_rows(len(groups), rng=rng, validation=validation, groups=groups):
        assert not set(groups[fold.fit]) & set(groups[fold.validation])
        assert sorted([*fold.fit, *fold.validation]) == list(range(len(groups)))
        assert len(fold.fit)


def test_groups_of_one_row_are_rows() -> None:
    found = []
    for groups in (None, np.arange(97)):
        rng = np.random.default_rng(3)
        split = split_rows(97, rng=rng, groups=groups)
        held = [fold.validation for fold in fold_rows(97, rng=rng, groups=groups)]
        found.append([split.fit, split.validation, split.certificate, *held])
    assert all((a == b).all() for a, b in zip(*found, strict=True))


def test_each_row_of_a_group_is_drawn_as_often() -> None:
    groups, rng = np.array([0, 0, 0, 0, 1]), np.random.default_rng(0)
    drawn = [one_row_each(groups, np.arange(5), rng) for _ in range(4000)]
    assert all(len(rows) == 2 for rows in drawn)
    assert abs(np.bincount(np.concatenate(drawn), minlength=5)[:4] - 1000).max() < 150


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("alike", [0.0, 0.5, 1.0])
def test_simulated_coverage_for_a_fresh_group_and_its_failing_converse(share: float, alike: float) -> None:
    """Groups of 1 to 30 rows; a group is wrong on all its rows with chance `alike`, else row by row."""
    rng, missed, naive = np.random.default_rng(1), 0, 0
    repetitions = 600
    for _ in range(repetitions):
        groups = np.repeat(np.arange(60), rng.integers(1, 31, 60))
        whole = rng.random(60) < alike
        wrong = np.where(whole[groups], (rng.random(60) < share)[groups], rng.random(len(groups)) < share)
        drawn = one_row_each(groups, np.arange(len(groups)), rng)
        missed += certify_disagreements(wrong[drawn]).error_limit < share
        naive += certify_disagreements(wrong).error_limit < share
    assert missed / repetitions <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / repetitions)
    if alike == 1.0:
        assert naive / repetitions > 0.15


def test_names_of_groups() -> None:
    table = as_table(np.zeros((4, 2)))
    for values in (
        ["b", "a", "b", "c"],
        [7, 3, 7, 1.5],
        np.array([2, 0, 2, 1]),
        [("x", 1), ("y", 1), ("x", 1), "z"],
    ):
        numbers, same = group_numbers(values, table)
        assert numbers.tolist() == [0, 1, 0, 2]
        assert same is table
    numbers, rest = group_numbers("x1", as_table([[1.0, 5.0], [2.0, 6.0], [3.0, 5.0]]))
    assert numbers.tolist() == [0, 1, 0]
    assert rest.names == ("x0",)
    assert rest.native.shape == (3, 1)


@pytest.mark.parametrize(
    "groups",
    [
        [1, 2],
        [1, 2, None, 3],
        [1.0, 2.0, float("nan"), 3.0],
        [1, 1, 1, 1],
        "x9",
        7,
        [[1], [2], [3], [4]],
        [{}, 1, 2, 3],
    ],
)
def test_groups_that_cannot_be_used(groups) -> None:
    with pytest.raises(InputError):
        group_numbers(groups, as_table(np.zeros((4, 2))))


def test_stretches_keep_equal_times_together_and_in_order() -> None:
    when = np.random.default_rng(0).integers(0, 300, 1000).astype(float)
    number = stretches(when)
    assert 15 <= number.max() + 1 <= 20
    order = np.argsort(when, kind="stable")
    assert (np.diff(number[order]) >= 0).all()
    assert all(len(set(number[when == t])) == 1 for t in set(when))
