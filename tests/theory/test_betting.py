import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from limbeck.theory import anytime_rows_to_certify
from limbeck.theory.betting import log_evidence_above, log_evidence_below

EPSILONS = (0.01, 0.1, 0.5)


@pytest.mark.parametrize("epsilon", EPSILONS)
def test_capital_is_a_fair_bet_at_epsilon_and_an_unfair_one_beyond(epsilon: float) -> None:
    n_rows = 40
    seen = np.arange(n_rows + 1)
    below = np.exp(log_evidence_below(seen, n_rows, epsilon))
    above = np.exp(log_evidence_above(seen, n_rows, epsilon))
    at = stats.binom.pmf(seen, n_rows, epsilon)
    assert at @ below == pytest.approx(1.0, rel=1e-9)
    assert at @ above == pytest.approx(1.0, rel=1e-9)
    assert stats.binom.pmf(seen, n_rows, epsilon * 1.1) @ below < 1.0
    assert stats.binom.pmf(seen, n_rows, epsilon * 0.9) @ above < 1.0
    # The converse: on the other side of epsilon the bettor gains.
    assert stats.binom.pmf(seen, n_rows, epsilon * 0.5) @ below > 1.0
    assert stats.binom.pmf(seen, n_rows, min(epsilon * 1.9, 1.0)) @ above > 1.0


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0.001, 0.99), st.floats(0.001, 0.99))
@settings(deadline=None, max_examples=200)
def test_capital_is_monotone_in_epsilon(seen: int, agreed: int, one: float, other: float) -> None:
    low, high = sorted((one, other))
    n_rows = seen + agreed
    assert log_evidence_below(seen, n_rows, low) <= log_evidence_below(seen, n_rows, high) + 1e-9
    assert log_evidence_above(seen, n_rows, low) >= log_evidence_above(seen, n_rows, high) - 1e-9


def stopping_time(epsilon: float, error: float, n_rows: int) -> float:
    """Exact mean number of rows at which the bettor against "error >= epsilon" reaches 20, by recursion."""
    chance, mean = np.ones(1), 0.0
    for n in range(1, n_rows):
        mean += float(chance.sum())
        chance = np.append(chance * (1 - error), 0.0) + np.append(0.0, chance * error)
        live = np.flatnonzero(chance > 1e-13)
        if not live.size:
            break
        chance[live[log_evidence_below(live, n, epsilon) >= np.log(20)]] = 0.0
    return mean


def truncated_beta(seen: np.ndarray, n_rows: int, epsilon: float) -> np.ndarray:
    """The capital of a mixture over errors below epsilon, of density Beta(1/2, 1/2), in closed form."""
    a, b = seen + 0.5, n_rows - seen + 0.5
    mixed = special.betaln(a, b) + np.log(special.betainc(a, b, epsilon))
    whole = special.betaln(0.5, 0.5) + np.log(special.betainc(0.5, 0.5, epsilon))
    return mixed - whole - seen * np.log(epsilon) - (n_rows - seen) * np.log1p(-epsilon)


@pytest.mark.parametrize(("epsilon", "error", "most"), [(0.05, 0.025, 452.2), (0.1, 0.05, 216.9)])
def test_mean_stopping_times_reach_those_of_the_beta_mixture(epsilon: float, error: float, most: float) -> None:
    assert stopping_time(epsilon, error, 2500) <= most
    # A perfect tree needs fewer rows than with that mixture.
    perfect = anytime_rows_to_certify(epsilon, 0.05)
    assert truncated_beta(np.zeros(1), perfect, epsilon)[0] < np.log(20)


def test_stopping_times_of_the_recursion_are_those_of_a_simulation() -> None:
    rng, epsilon, error = np.random.default_rng(0), 0.1, 0.05
    stops = []
    for _ in range(225):
        seen = np.cumsum(rng.random(1500) < error)
        stops.append(1 + int(np.argmax(log_evidence_below(seen, np.arange(1, 1501), epsilon) >= np.log(20))))
    assert abs(np.mean(stops) - stopping_time(epsilon, error, 1500)) < 4 * np.std(stops) / 15
