"""Rows are split into disjoint sets that cover the table."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limbeck.observe import split_rows

SHARES = st.floats(0, 0.49)


@given(st.integers(1, 500), SHARES, SHARES, st.integers(0, 100))
def test_the_sets_are_disjoint_cover_the_rows_and_have_the_sizes_asked_for(n, certificate, validation, seed):
    split = split_rows(n, rng=np.random.default_rng(seed), certificate=certificate, validation=validation)
    sets = [split.fit, split.validation, split.certificate]
    assert sorted(np.concatenate(sets).tolist()) == list(range(n))
    assert all((np.diff(rows) > 0).all() for rows in sets)
    assert len(split.fit) >= 1
    assert len(split.certificate) == min(int(np.ceil(certificate * n)), n - 1)
    assert len(split.validation) <= validation * n
    assert len(split.validation) >= validation * n - 1 or len(split.fit) == 1


@pytest.mark.parametrize(("n", "sizes"), [(1, (1, 0, 0)), (2, (1, 0, 1)), (3, (2, 0, 1)), (20, (12, 3, 5))])
def test_the_smallest_tables_keep_a_row_that_fits(n, sizes):
    split = split_rows(n, rng=np.random.default_rng(0))
    assert (len(split.fit), len(split.validation), len(split.certificate)) == sizes


def test_nothing_is_set_aside_when_nothing_is_asked_for():
    split = split_rows(10, rng=np.random.default_rng(0), certificate=0.0, validation=0.0)
    assert split.fit.tolist() == list(range(10))


def test_large_tables_set_aside_no_more_than_is_useful():
    split = split_rows(
        100_000, rng=np.random.default_rng(0), max_certificate=700, max_validation=300, certificate=0.3, validation=0.3
    )
    assert (len(split.certificate), len(split.validation), len(split.fit)) == (700, 300, 99_000)


def test_the_split_is_drawn_from_the_generator_and_uniform():
    same = [split_rows(50, rng=np.random.default_rng(5)).certificate.tolist() for _ in range(2)]
    assert same[0] == same[1]
    assert same[0] != split_rows(50, rng=np.random.default_rng(6)).certificate.tolist()
    rng = np.random.default_rng(7)
    counts = np.zeros(20)
    for _ in range(2000):
        counts[split_rows(20, rng=rng).certificate] += 1
    # Binomial(2000, 1/4) per row: 5 standard deviations either side.
    assert np.abs(counts - 500).max() < 5 * np.sqrt(2000 * 0.25 * 0.75)
