import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from limbeck.errors import InputError
from limbeck.theory import certify_weighted, error_upper_limit
from limbeck.theory.betting import log_evidence_above, log_evidence_below

EPSILONS = (0.01, 0.1, 0.5)
REPETITIONS = 10_000


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


def test_weighted_limit_covers_in_every_exact_world() -> None:
    """Sum over all outcomes of rows of two kinds: (weight 1, error a) and (weight 4, error b)."""
    n_rows, heavy = 30, 0.3
    for a, b in ((0.0, 0.05), (0.1, 0.1), (0.3, 0.02), (0.02, 0.5)):
        truth = ((1 - heavy) * a + heavy * 4 * b) / (1 - heavy + 4 * heavy)
        kinds = [(1 - heavy) * (1 - a), (1 - heavy) * a, heavy * (1 - b), heavy * b]
        missed = 0.0
        limits: dict[tuple[int, int, int], float] = {}
        for counts in itertools.product(range(7), range(n_rows + 1), range(7)):
            light_wrong, heavy_right, heavy_wrong = counts
            rest = n_rows - sum(counts)
            # Outcomes with 7 or more errors of one kind have limits far above the truth; see the check.
            if rest < 0 or light_wrong + heavy_wrong > 3:
                continue
            chance = stats.multinomial.pmf([rest, light_wrong, heavy_right, heavy_wrong], n_rows, kinds)
            if chance < 1e-7:
                continue
            losses = np.repeat([0.0, 1.0, 0.0, 1.0], [rest, *counts])
            weights = np.repeat([1.0, 1.0, 4.0, 4.0], [rest, *counts])
            limits[counts] = certify_weighted(losses, weights, max_weight=4.0).error_limit
            missed += chance * (limits[counts] < truth)
        assert missed <= 0.05
        assert max(limits.values()) > truth


@pytest.mark.parametrize("error", [0.01, 0.05, 0.2])
def test_simulated_coverage_under_continuous_weights(error: float) -> None:
    rng = np.random.default_rng(6)
    repetitions = 500
    # Error falls with weight, so that the unweighted error is too high and the weighted one is the claim.
    missed, naive = 0, 0
    for _ in range(repetitions):
        w = rng.random(200)
        z = rng.random(200) < error * (0.5 + w)
        truth = error * (0.5 * 0.5 + 1 / 3) / 0.5
        missed += certify_weighted(z, w, max_weight=1.0).error_limit < truth
        naive += error_upper_limit(int(z.sum()), 200, 0.05) < truth
    assert missed / repetitions <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / repetitions)
    if error == 0.2:
        # The converse: the unweighted certificate does not cover the weighted error.
        assert naive / repetitions > 0.1


def test_a_hidden_heavy_row_breaks_the_claim_that_trusts_the_largest_weight_seen() -> None:
    rng = np.random.default_rng(7)
    # One row in 300 weighs 300 and is always wrong: about half of the weight, rarely seen in 60 rows.
    truth = (300 / 300) / (299 / 300 + 300 / 300)
    missed = {True: 0, False: 0}
    for _ in range(300):
        heavy = rng.random(60) < 1 / 300
        weights = np.where(heavy, 300.0, 1.0)
        for known in (True, False):
            limit = certify_weighted(heavy, weights, max_weight=300.0 if known else None).error_limit
            missed[known] += limit < truth
    assert missed[True] == 0
    assert missed[False] / 300 > 0.5


def test_equal_weights_cost_at_most_two_thirds_over_clopper_pearson() -> None:
    for seen in (0, 3, 20):
        limit = certify_weighted(np.arange(400) < seen, np.ones(400)).error_limit
        exact = error_upper_limit(seen, 400, 0.05)
        assert exact <= limit <= 1.65 * exact


def test_no_wider_than_hoeffding_or_empirical_bernstein() -> None:
    rng = np.random.default_rng(8)
    n_rows = 500
    for scale in (0.02, 0.1, 0.5):
        z = rng.random(n_rows) * scale
        limit = certify_weighted(z, np.ones(n_rows), max_weight=1.0).error_limit
        hoeffding = z.mean() + math.sqrt(math.log(20) / (2 * n_rows))
        # Maurer and Pontil (2009), theorem 4.
        spread = math.sqrt(2 * z.var(ddof=1) * math.log(40) / n_rows)
        bernstein = z.mean() + spread + 7 * math.log(40) / (3 * (n_rows - 1))
        assert limit <= min(hoeffding, bernstein)


def test_scaling_all_weights_changes_nothing_and_claims_print() -> None:
    rng = np.random.default_rng(9)
    z, w = rng.random(50) < 0.2, rng.random(50)
    one, other = certify_weighted(z, w), certify_weighted(z, 7 * w)
    assert one.error_limit == pytest.approx(other.error_limit, rel=1e-9)
    assert one.error == pytest.approx(float(w[z].sum() / w.sum()))
    assert all(sentence in str(one) for sentence in one.hypotheses)
    assert "which no data can verify" in str(one)
    assert "as given" in str(certify_weighted(z, w, max_weight=1.0))
    assert json.loads(json.dumps(one.to_dict()))["n_rows"] == 50
    assert certify_weighted(z, w, n_claims=9).error_limit > one.error_limit
    assert certify_weighted(np.ones(5), np.ones(5)).error_limit == 1.0


@pytest.mark.parametrize(
    ("losses", "weights", "options"),
    [
        ([], [], {}),
        ([0.0], [1.0, 1.0], {}),
        ([2.0], [1.0], {}),
        ([math.nan], [1.0], {}),
        ([0.0], [-1.0], {}),
        ([0.0], [math.inf], {}),
        ([0.0, 0.0], [0.0, 0.0], {}),
        ([0.0], [2.0], {"max_weight": 1.0}),
        ([0.0], [2.0], {"max_weight": math.inf}),
        ([0.0], [2.0], {"delta": 0.0}),
        ([0.0], [2.0], {"n_claims": 0}),
    ],
)
def test_bad_columns_are_refused(losses: list, weights: list, options: dict) -> None:
    with pytest.raises(InputError):
        certify_weighted(losses, weights, **options)
