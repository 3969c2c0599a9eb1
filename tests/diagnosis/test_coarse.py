"""Columns without effect do not hide that the questions are too coarse."""

import numpy as np
import pytest

from limbeck import distill
from limbeck.diagnosis import Verdict


@pytest.mark.parametrize("queries", [True, False])
@pytest.mark.parametrize("idle", [0, 2, 5])
def test_fine_stripes_beside_idle_columns(queries, idle):
    x = np.random.default_rng(idle).uniform(size=(2000, 1 + idle))
    found = distill(lambda r: (np.sin(300 * r[:, 0]) > 0).astype(int), x, max_leaves=8, effort="fast", queries=queries)
    assert found.diagnosis.verdict is Verdict.VOCABULARY_TOO_COARSE


def test_a_column_that_is_asked_about_among_many_that_matter_is_not_too_coarse():
    x = np.random.default_rng(0).normal(size=(1500, 8))
    for queries in (True, False):
        found = distill(lambda r: (r.sum(axis=1) > 0).astype(int), x, max_leaves=4, effort="fast", queries=queries)
        assert found.diagnosis.verdict is Verdict.NOT_TREE_LIKE
