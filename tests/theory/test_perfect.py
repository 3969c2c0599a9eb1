import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from limbeck.errors import InputError
from limbeck.theory import MinimaxMixture, distill_perfectly, minimax_mixture, plan_selection, rows_to_certify


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 12), st.floats(0.05, 0.9))
@settings(deadline=None, max_examples=300)
def test_mixture_and_hardest_distribution_prove_each_other(seed: int, g: int, x: int, density: float) -> None:
    errors = np.random.default_rng(seed).random((g, x)) < density
    mixture = minimax_mixture(errors)
    assert mixture.weights.sum() == pytest.approx(1.0)
    assert mixture.hardest.sum() == pytest.approx(1.0)
    assert mixture.error == pytest.approx(float((mixture.weights @ errors).max()))
    # Weak duality makes equality of the two a certificate that both are optimal.
    assert float((errors @ mixture.hardest).min()) == pytest.approx(mixture.error, abs=1e-7)


def test_value_is_zero_exactly_when_one_student_never_errs() -> None:
    errors = np.random.default_rng(0).random((30, 20)) < 0.4
    assert minimax_mixture(errors).error > 0.0
    errors[7] = False
    mixture = minimax_mixture(errors)
    assert mixture.error == pytest.approx(0.0, abs=1e-9)
    assert mixture.weights[7] == pytest.approx(1.0)


@pytest.mark.parametrize("epsilon", [0.2, 0.05, 0.01])
@pytest.mark.parametrize("delta", [0.1, 0.001])
@pytest.mark.parametrize("share", [0.5, 0.25, 0.15])
def test_plan_keeps_its_two_promises(epsilon: float, delta: float, share: float) -> None:
    error = share * epsilon
    plan = plan_selection(epsilon, delta, error)
    passing = stats.binom.cdf(plan.n_allowed, plan.n_rows, epsilon)
    assert passing * plan.n_students <= delta / 4 * (1 + 1e-9)
    # The threshold for good students is not returned; some value between must serve.
    goods = np.linspace(error * 1.001, epsilon, 2000)
    none_good = (error / goods) ** plan.n_students
    fails = stats.binom.sf(plan.n_allowed, plan.n_rows, goods)
    assert (none_good + fails).min() <= delta * 3 / 4 * (1 + 1e-6)


def test_rows_grow_like_log_over_epsilon_and_not_with_the_class() -> None:
    for epsilon in (0.1, 0.01):
        for delta in (0.1, 0.01, 1e-4):
            plan = plan_selection(epsilon, delta)
            assert plan.n_rows <= 16 * math.log(1 / delta) / epsilon
            assert plan.n_rows >= rows_to_certify(epsilon, delta)


def failures(n_allowed_override: int | None, repetitions: int = 400) -> float:
    """Share of runs that return a student of error above epsilon, at a distribution that is hard for it."""
    epsilon, delta = 0.2, 0.05
    rng = np.random.default_rng(1)
    # Student i errs on point i only; the mass sits on few points, so a few students are very bad.
    mass = np.append(np.full(3, 0.3), np.full(27, 0.1 / 27))
    mixture = minimax_mixture(np.eye(30, dtype=bool))
    plan = plan_selection(epsilon, delta, mixture.error)
    bad = 0
    for _ in range(repetitions):
        if n_allowed_override is None:
            points = rng.choice(30, size=plan.n_rows, p=mass)
            table = np.eye(30, dtype=bool)[:, points]
            found = distill_perfectly(mixture, table, epsilon=epsilon, delta=delta, rng=rng)
            bad += mass[found.function] > epsilon
        else:
            bad += mass[rng.choice(30, p=mixture.weights)] > epsilon
    return bad / repetitions


def test_sampler_reaches_epsilon_with_the_promised_probability() -> None:
    assert failures(None) <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / 400)
    # The converse: a single untested draw fails more often than delta.
    assert failures(0) > 0.07


def test_a_mixture_that_errs_almost_never_needs_no_rows() -> None:
    errors = np.vstack([np.zeros(5, bool), np.ones((3, 5), bool)])
    mixture = minimax_mixture(errors)
    found = distill_perfectly(mixture, errors[:, :0], epsilon=0.1, delta=0.05, rng=np.random.default_rng(0))
    assert (found.function, found.passed, found.plan.n_rows) == (0, True, 0)


def test_a_student_that_fails_its_test_is_marked() -> None:
    mixture = MinimaxMixture(np.ones(1), 0.05, np.ones(1))
    table = np.ones((1, plan_selection(0.2, 0.05, 0.05).n_rows), bool)
    found = distill_perfectly(mixture, table, epsilon=0.2, delta=0.05, rng=np.random.default_rng(0))
    assert not found.passed
    assert found.disagreements == table.shape[1]


def test_bad_calls_are_refused() -> None:
    with pytest.raises(InputError, match="larger `epsilon`"):
        plan_selection(0.1, 0.05, 0.06)
    with pytest.raises(InputError):
        plan_selection(0.1, 0.05, -0.1)
    with pytest.raises(InputError):
        minimax_mixture(np.eye(3))
    mixture = minimax_mixture(np.eye(100, dtype=bool))
    rng = np.random.default_rng(0)
    for table in (np.zeros((100, 3), bool), np.zeros((99, 5000), bool), np.zeros(100, bool)):
        with pytest.raises(InputError):
            distill_perfectly(mixture, table, epsilon=0.1, delta=0.05, rng=rng)
