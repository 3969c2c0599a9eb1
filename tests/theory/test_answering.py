"""How delta is shared, and how many rows certify a target among answered rows."""

import math

import pytest

from limbeck.theory import rows_to_answer
from limbeck.theory.answering import levels_of
from limbeck.theory.binomial import error_upper_limit

DELTA = 0.05


def test_the_levels_use_all_of_delta():
    for_share, for_error = levels_of(DELTA)
    assert (1 - for_share) * (1 - for_error) == pytest.approx(1 - DELTA)
    assert for_share + for_error > DELTA  # more than a union bound would allow


def test_rows_needed_would_do():
    n = rows_to_answer(0.05, DELTA, answered=0.5, error=0.02)
    answered = n // 2
    assert error_upper_limit(math.floor(0.02 * answered), answered, levels_of(DELTA)[1]) <= 0.05
    fewer = int(0.9 * answered)
    assert error_upper_limit(math.ceil(0.02 * fewer), fewer, levels_of(DELTA)[1]) > 0.05
    assert rows_to_answer(0.05, DELTA, answered=0.5, error=0.05) is None
