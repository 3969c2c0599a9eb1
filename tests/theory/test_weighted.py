import json
import math

import numpy as np
import pytest

from limbeck.errors import InputError
from limbeck.theory import certify_weighted, error_upper_limit


@pytest.mark.parametrize("error", [0.01, 0.05, 0.2])
def test_simulated_coverage_under_continuous_weights(error: float) -> None:
    rng = np.random.default_rng(6)
    repetitions = 300
    # Error falls with weight, so that the unweighted error is too high and the weighted one is the claim.
    missed, naive = 0, 0
    for _ in range(repetitions):
        w = rng.random(200)
        z = rng.random(200) < error * (0.5 + w)
        truth = error * (0.5 / 5 + 1 / 6) / (1 / 5)
        claim = certify_weighted(z, w**4, max_weight=1.0)
        assert claim.kept is None
        missed += claim.error_limit < truth
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


@pytest.mark.parametrize(("seen", "n_rows"), [(0, 1), (5, 200), (200, 200)])
@pytest.mark.parametrize("weight", [1.0, 1e308, 1e-320])
def test_equal_weights_give_clopper_pearson(seen: int, n_rows: int, weight: float) -> None:
    claim = certify_weighted(np.arange(n_rows) < seen, np.full(n_rows, weight))
    assert claim.error_limit == error_upper_limit(seen, n_rows, 0.05)
    assert (claim.disagreements, claim.kept) == (seen, n_rows)
    assert claim.error == pytest.approx(seen / n_rows)
    assert claim.effective_rows == pytest.approx(n_rows)


@pytest.mark.parametrize("error", [0.005, 0.05, 0.2])
def test_simulated_coverage_of_thinned_rows(error: float) -> None:
    """Weights 1 and 2, and an error that differs between them; the claim is about the weighted one."""
    rng, repetitions = np.random.default_rng(4), 1500
    truth = (0.5 * error + 2 * 0.5 * 1.5 * error) / 1.5
    limits, unweighted = np.zeros(repetitions), 0
    for i in range(repetitions):
        w = rng.choice([1.0, 2.0], 500)
        z = rng.random(500) < np.where(w > 1, 1.5, 1.0) * error
        claim = certify_weighted(z, w, max_weight=2.0, random_state=i)
        assert claim.kept is not None
        limits[i] = claim.error_limit
        unweighted += error_upper_limit(int(z.sum()), 500, 0.05) < truth
    missed = np.mean(limits < truth)
    # At the least error no disagreement at all still gives a limit above it.
    assert (error < 0.01) == (missed < 0.01)
    assert missed <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / repetitions)
    # What they cost, beside all the rows counted alike: three quarters of the rows are kept.
    assert limits.mean() < 1.03 * np.mean([error_upper_limit(int(k), 375, 0.05) for k in rng.binomial(375, truth, 999)])
    if error == 0.2:
        assert unweighted / repetitions > 0.06


def test_the_choice_looks_at_the_weights_only() -> None:
    rng = np.random.default_rng(5)
    for weights in (rng.choice([1.0, 2.0], 300), np.minimum(rng.lognormal(size=300), 10.0)):
        claims = [certify_weighted(rng.random(300) < p, weights, random_state=3) for p in (0.0, 0.1, 0.9)]
        assert len({claim.kept for claim in claims}) == 1
    assert claims[0].kept is None


@pytest.mark.parametrize("weights", [[1e-300, 1e308], [1e-320, 1e-320], [5e-324, 1e308], [0.0, 1e-320]])
@pytest.mark.parametrize("losses", [[False, True], [True, False], [0.3, 0.1]])
@pytest.mark.parametrize("delta", [1e-240, 0.05, 1 - 1e-15])
def test_extreme_weights_and_deltas_give_sound_numbers(weights: list, losses: list, delta: float) -> None:
    for bound in (None, 1.7e308):
        claim = certify_weighted(losses, weights, max_weight=bound, delta=delta)
        numbers = np.array([claim.error_limit, claim.error, claim.effective_rows])
        assert np.isfinite(numbers).all()
        assert 0.0 <= claim.error_limit <= 1.0
        assert 0.0 <= claim.error <= 1.0
        assert 1.0 <= claim.effective_rows <= 2.0


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
