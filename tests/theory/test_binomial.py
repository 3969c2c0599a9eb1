import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq

from limbeck.errors import InputError
from limbeck.theory import error_lower_limit, error_upper_limit, rows_to_certify
from limbeck.theory.binomial import error_p_value

ERRORS = (0.002, 0.01, 0.05, 0.3, 0.9)
REPETITIONS = 10_000


def monte_carlo_slack(delta: float) -> float:
    """Four standard errors of a share of `REPETITIONS` when the true share is delta."""
    return 4.0 * math.sqrt(delta * (1.0 - delta) / REPETITIONS)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("n_rows", [1, 17, 200])
def test_exact_coverage_of_both_limits_is_at_least_one_minus_delta(error: float, n_rows: int) -> None:
    seen = np.arange(n_rows + 1)
    chance = stats.binom.pmf(seen, n_rows, error)
    for delta in (0.2, 0.05, 1e-4):
        assert chance[error_upper_limit(seen, n_rows, delta) < error].sum() <= delta * (1 + 1e-9)
        assert chance[error_lower_limit(seen, n_rows, delta) > error].sum() <= delta * (1 + 1e-9)


@pytest.mark.parametrize("error", ERRORS)
def test_simulated_coverage_of_the_upper_limit(error: float) -> None:
    seen = np.random.default_rng(0).binomial(300, error, REPETITIONS)
    missed = np.mean(error_upper_limit(seen, 300, 0.05) < error)
    assert missed <= 0.05 + monte_carlo_slack(0.05)


@pytest.mark.parametrize("error", ERRORS)
def test_the_observed_error_alone_is_no_limit(error: float) -> None:
    seen = np.random.default_rng(0).binomial(300, error, REPETITIONS)
    assert np.mean(seen / 300 < error) > 0.3


@given(st.integers(1, 400), st.data(), st.floats(1e-6, 0.5))
@settings(deadline=None, max_examples=100)
def test_limits_equal_the_roots_of_the_binomial_tail(n_rows: int, data: st.DataObject, delta: float) -> None:
    seen = data.draw(st.integers(0, n_rows - 1))
    root = brentq(lambda p: stats.binom.cdf(seen, n_rows, p) - delta, 0.0, 1.0, xtol=1e-14)
    assert error_upper_limit(seen, n_rows, delta) == pytest.approx(root, rel=1e-7, abs=1e-12)
    mirrored = 1.0 - error_upper_limit(n_rows - seen, n_rows, delta)
    assert error_lower_limit(seen, n_rows, delta) == pytest.approx(mirrored, rel=1e-7, abs=1e-12)


@given(st.integers(0, 200), st.integers(0, 200), st.floats(0.001, 0.9), st.floats(0.001, 0.5))
@settings(deadline=None, max_examples=200)
def test_p_value_is_the_binomial_tail_and_the_dual_of_the_limit(
    seen: int, agreed: int, epsilon: float, delta: float
) -> None:
    n_rows = seen + agreed
    p_value = float(error_p_value(seen, n_rows, epsilon))
    assert p_value == pytest.approx(stats.binom.cdf(seen, n_rows, epsilon), rel=1e-7, abs=1e-14)
    limit = error_upper_limit(seen, n_rows, delta)
    if not math.isclose(limit, epsilon, rel_tol=1e-9):
        assert (p_value <= delta) == (limit <= epsilon)


def test_closed_forms_and_ends() -> None:
    assert error_upper_limit(0, 30, 0.05) == pytest.approx(1 - 0.05 ** (1 / 30), rel=1e-14)
    assert error_upper_limit(0, 10**12, 0.05) == pytest.approx(-math.log(0.05) / 1e12, rel=1e-9)
    assert error_upper_limit([0, 5], [0, 5], 0.05).tolist() == [1.0, 1.0]
    assert error_lower_limit(5, 5, 0.05) == pytest.approx(0.05 ** (1 / 5), rel=1e-12)
    assert isinstance(error_upper_limit(1, 9, 0.1), float)
    assert error_upper_limit(np.arange(3)[:, None], np.array([10, 20]), 0.1).shape == (3, 2)


@given(st.floats(1e-4, 0.95), st.floats(1e-8, 0.9), st.integers(0, 40))
@settings(deadline=None, max_examples=200)
def test_rows_to_certify_is_safe_and_smallest(epsilon: float, delta: float, seen: int) -> None:
    n_rows = rows_to_certify(epsilon, delta, seen)
    assert error_upper_limit(seen, n_rows, delta) <= epsilon
    assert n_rows == seen + 1 or error_upper_limit(seen, n_rows - 1, delta) > epsilon


def test_rows_without_a_disagreement_follow_the_closed_form() -> None:
    for epsilon in (0.5, 0.1, 0.01, 1e-5):
        closed = math.log(0.05) / math.log1p(-epsilon)
        assert rows_to_certify(epsilon, 0.05) == math.ceil(closed)
        assert rows_to_certify(epsilon, 0.05) <= math.log(1 / 0.05) / epsilon + 1


@pytest.mark.parametrize(
    "call",
    [
        lambda: error_upper_limit(3, 2, 0.05),
        lambda: error_upper_limit(-1, 2, 0.05),
        lambda: error_upper_limit([0.5], 2, 0.05),
        lambda: error_upper_limit(0, math.nan, 0.05),
        lambda: error_lower_limit(0, 2, 0.0),
        lambda: error_upper_limit(0, 2, math.nan),
        lambda: error_p_value(0, 2, 1.0),
        lambda: rows_to_certify(0.0, 0.05),
        lambda: rows_to_certify(0.1, 0.05, -1),
        lambda: rows_to_certify(1e-17, 0.05),
    ],
)
def test_bad_numbers_are_refused(call) -> None:
    with pytest.raises(InputError, match="to fix it"):
        call()
