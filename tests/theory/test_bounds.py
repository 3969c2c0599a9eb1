import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.errors import InputError
from limbeck.theory import agnostic_gap, agnostic_rows
from limbeck.theory.bounds import learning_rows, vc_gap, vc_rows


@given(st.floats(0.005, 0.9), st.floats(1e-6, 0.5), st.floats(0.0, 500.0), st.integers(0, 300))
@settings(deadline=None, max_examples=200)
def test_inverses_are_safe_and_smallest(epsilon: float, delta: float, log_size: float, vc: int) -> None:
    n = agnostic_rows(epsilon, delta, log_size)
    assert agnostic_gap(n, log_size, delta) <= epsilon
    assert n == 1 or agnostic_gap(n - 1, log_size, delta) > epsilon
    n = vc_rows(epsilon, delta, vc)
    assert vc_gap(n, vc, delta) <= epsilon
    assert n == 1 or vc_gap(n - 1, vc, delta) > epsilon


def test_best_of_many_stays_within_the_gap() -> None:
    rng = np.random.default_rng(0)
    n_rows, n_students, repetitions = 200, 64, 2000
    errors = np.linspace(0.2, 0.4, n_students)
    gap = agnostic_gap(n_rows, math.log(n_students), 0.05)
    exceeded = 0
    for _ in range(repetitions):
        seen = rng.binomial(n_rows, errors)
        chosen = seen.argmin()
        exceeded += errors[chosen] - errors.min() > gap
    assert exceeded / repetitions <= 0.05


def test_the_gap_without_the_union_bound_fails() -> None:
    rng = np.random.default_rng(1)
    n_rows, repetitions = 50, 2000
    # 2000 coins of error 1/2 and one of error 0.32: the best-looking coin beats it.
    seen = rng.binomial(n_rows, np.append(np.full(2000, 0.5), 0.32), (repetitions, 2001))
    lost = np.where(seen.argmin(axis=1) < 2000, 0.18, 0.0)
    single = agnostic_gap(n_rows, 1e-9, 0.05)
    assert np.mean(lost > agnostic_gap(n_rows, math.log(2001), 0.05)) <= 0.05
    # The deviation bound for one student, without ln |G|, is exceeded by the observed errors themselves.
    deviation = 0.5 - seen[:, :-1].min(axis=1) / n_rows
    assert np.mean(deviation > single / 2) > 0.9
    assert np.mean(deviation > agnostic_gap(n_rows, math.log(2001), 0.05) - single / 2) <= 0.05


@given(st.floats(0.005, 0.9), st.floats(1e-200, 0.5), st.floats(0.1, 500.0))
@settings(deadline=None, max_examples=100)
def test_agnostic_rows_are_the_closed_form(epsilon: float, delta: float, log_size: float) -> None:
    root = math.sqrt(log_size + math.log(2 / delta)) + math.sqrt(math.log(2 / delta))
    assert agnostic_rows(epsilon, delta, log_size) in {math.ceil(root**2 / (2 * epsilon**2)) + i for i in (-1, 0, 1)}


def test_ends() -> None:
    assert agnostic_gap(5, 0.0, 0.05) == 0.0
    assert agnostic_gap(5, 100.0, 0.05) == 1.0
    assert vc_gap(5, 0, 0.05) == 0.0
    assert vc_gap(5, 6, 0.05) == 1.0
    assert learning_rows(0.05, 0.05, 1) == 0
    assert learning_rows(0.05, 0.6, 50) >= 0


def best_learner_failure(n_rows: int, mass: np.ndarray, epsilon: float) -> float:
    """Exact failure chance of an optimal learner when all labels of the points are fair coins.

    Seen points are known and unseen ones can only be guessed, so the error is that of the wrong guesses.
    """
    total = 0.0
    points = range(mass.size)
    for seen in itertools.product([False, True], repeat=mass.size):
        # Chance that exactly these points are seen, by inclusion and exclusion over subsets of them.
        inside = [i for i in points if seen[i]]
        chance = 0.0
        for r in range(len(inside) + 1):
            for subset in itertools.combinations(inside, r):
                chance += (-1) ** (len(inside) - r) * mass[list(subset)].sum() ** n_rows
        unseen = [i for i in points if not seen[i]]
        wrong = [
            mass[[i for i, bit in zip(unseen, bits, strict=True) if bit]].sum()
            for bits in itertools.product([0, 1], repeat=len(unseen))
        ]
        total += chance * float(np.mean(np.array(wrong) > epsilon))
    return total


@pytest.mark.parametrize(("epsilon", "delta", "vc"), [(0.1, 0.05, 5), (0.05, 0.05, 8), (0.05, 0.2, 8), (0.02, 0.2, 7)])
def test_no_learner_succeeds_with_fewer_rows(epsilon: float, delta: float, vc: int) -> None:
    n = learning_rows(epsilon, delta, vc) - 1
    worst = best_learner_failure(n, np.array([epsilon * 1.0001, 1 - epsilon * 1.0001]), epsilon)
    for rare in np.linspace(1.1 * epsilon, min(8 * epsilon, 1.0), 15):
        mass = np.append(1 - rare, np.full(vc - 1, rare / (vc - 1)))
        worst = max(worst, best_learner_failure(n, mass, epsilon))
    assert worst > delta


def test_lower_bound_is_below_the_upper_bound_and_above_the_textbook_one() -> None:
    for vc in (2, 10, 100, 1000):
        for epsilon, delta in itertools.product((0.1, 0.01), (0.05, 0.009)):
            least = learning_rows(epsilon, delta, vc)
            # Consistent learners over 2^vc functions on vc points: the class that is hardest to learn.
            assert least <= math.ceil((vc * math.log(2) + math.log(1 / delta)) / epsilon)
            # Ehrenfeucht et al. (1989), stated for epsilon <= 1/8 and delta <= 1/100.
            assert least >= (vc - 1) / (32 * epsilon)


@pytest.mark.parametrize(
    "call",
    [
        lambda: agnostic_gap(0, 1.0, 0.05),
        lambda: agnostic_gap(5, -1.0, 0.05),
        lambda: agnostic_gap(5, math.inf, 0.05),
        lambda: agnostic_gap(5, 1.0, 0.0),
        lambda: agnostic_rows(0.0, 0.05, 1.0),
        lambda: vc_gap(5, -1, 0.05),
        lambda: vc_rows(1.0, 0.05, 3),
        lambda: learning_rows(0.0, 0.05, 3),
    ],
)
def test_bad_numbers_are_refused(call) -> None:
    with pytest.raises(InputError):
        call()
