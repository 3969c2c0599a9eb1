"""Every kind of random state gives a seed that can be written down."""

import numpy as np
import pytest

from limbeck import distill
from limbeck.core import seed_of
from limbeck.errors import InputError
from limbeck.settings import Settings


def test_a_whole_number_is_its_own_seed_and_a_source_gives_the_next_one():
    assert seed_of(np.int64(5)) == 5
    source = np.random.default_rng(0)
    assert len({seed_of(source), seed_of(source), seed_of(np.random.RandomState(0))}) == 3
    assert seed_of(None) >= 0


@pytest.mark.parametrize("state", [-1, 1.5, True, "0"])
def test_what_is_no_random_state_is_refused(state):
    with pytest.raises(InputError, match="random_state"):
        Settings(random_state=state)


def test_a_result_without_a_seed_names_the_one_that_was_drawn():
    rows = np.random.default_rng(0).normal(size=(120, 3))
    asked = {"effort": "fast", "max_leaves": 3, "certificate": 0.5}
    found = distill(lambda q: q[:, 0] > 0, rows, random_state=None, **asked)
    again = distill(lambda q: q[:, 0] > 0, rows, random_state=found.settings["random_state"], **asked)
    assert again.tree == found.tree
