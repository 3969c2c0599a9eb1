import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from limbeck.errors import InputError
from limbeck.theory import ToleranceCertificate, certify_tolerance, certify_within, error_upper_limit, rows_to_certify

REPETITIONS = 10_000
SLACK = 4.0 * math.sqrt(0.05 * 0.95 / REPETITIONS)


def position(n_rows: int, epsilon: float, delta: float) -> int:
    """Index, among n sorted gaps, of the one that is certified."""
    claim = certify_tolerance(np.arange(n_rows), epsilon=epsilon, delta=delta)
    return int(claim.tolerance)


@pytest.mark.parametrize(
    ("law", "name"),
    [
        (stats.expon(), "continuous"),
        (stats.poisson(1.3), "tied"),
        (stats.bernoulli(0.1), "two values, one with chance exactly epsilon"),
        (stats.cauchy(loc=50), "heavy tails"),
    ],
)
@pytest.mark.parametrize("epsilon", [0.1, 0.03])
def test_simulated_coverage(law, name: str, epsilon: float) -> None:
    gaps = np.abs(law.rvs(size=(REPETITIONS, 150), random_state=np.random.default_rng(4)))
    tolerance = np.sort(gaps, axis=1)[:, position(150, epsilon, 0.05)]
    inside = law.cdf(tolerance) - law.cdf(-tolerance - 1e-9)
    # The slack lets an exact 0.9 that float arithmetic put just below 0.9 count as kept.
    assert np.mean(inside < 1 - epsilon - 1e-12) <= 0.05 + SLACK, name


@given(st.integers(1, 300), st.floats(0.005, 0.9), st.floats(0.001, 0.5))
@settings(deadline=None, max_examples=200)
def test_order_statistic_is_the_smallest_with_exact_coverage(n_rows: int, epsilon: float, delta: float) -> None:
    # Share below the i-th of n uniform order statistics is Beta(i, n + 1 - i); scipy.stats is the oracle.
    failing = stats.beta.cdf(1 - epsilon, np.arange(1, n_rows + 1), np.arange(n_rows, 0, -1))
    good = np.flatnonzero(failing <= delta)
    claim = certify_tolerance(np.arange(n_rows), epsilon=epsilon, delta=delta)
    if np.isclose(failing, delta, rtol=1e-9).any():
        return
    assert claim.tolerance == (good[0] if good.size else math.inf)
    assert math.isinf(claim.tolerance) == (n_rows < claim.rows_needed)


def test_the_empirical_quantile_is_no_tolerance_limit() -> None:
    gaps = np.sort(np.random.default_rng(5).random((REPETITIONS, 150)), axis=1)
    assert np.mean(gaps[:, math.ceil(0.9 * 150) - 1] < 0.9) > 0.4


def test_ties_count_only_what_is_strictly_beyond() -> None:
    claim = certify_tolerance([1.0] * 99 + [2.0], epsilon=0.1)
    assert claim.tolerance == 1.0
    assert claim.n_beyond == 1


def test_text_and_record() -> None:
    claim = certify_tolerance(np.linspace(0, 1, 101), epsilon=0.1, n_claims=2, rows="101 rows apart")
    assert all(sentence in str(claim) for sentence in claim.hypotheses)
    assert "90% of fresh rows" in str(claim)
    record = json.loads(json.dumps(claim.to_dict()))
    assert record["tolerance"] == claim.tolerance
    short = certify_tolerance([0.5], epsilon=0.01)
    assert short.to_dict()["tolerance"] is None
    assert f"takes {rows_to_certify(0.01, 0.05)} rows" in str(short)


@pytest.mark.parametrize("gaps", [np.linspace(0, 1, 101), [0.5]])
def test_record_survives_json_with_a_finite_and_an_infinite_tolerance(gaps) -> None:
    claim = certify_tolerance(gaps, epsilon=0.1)
    record = json.loads(json.dumps(claim.to_dict()))
    assert ToleranceCertificate.from_dict(record) == claim
    del record["n_rows"]
    with pytest.raises(InputError, match="n_rows"):
        ToleranceCertificate.from_dict(record)


def test_within_is_clopper_pearson_on_the_event() -> None:
    gaps = np.array([0.0, 0.5, 0.51, 2.0] * 10)
    certificate = certify_within(gaps, 0.5, np.repeat([1, 2], 20), delta=0.1)
    assert certificate.disagreements == 20
    assert certificate.error_limit == error_upper_limit(20, 40, 0.1)
    assert len(certificate.leaves) == 2
    assert "more than 0.5 apart" in str(certificate)


@pytest.mark.parametrize("gaps", [[], [[1.0]], [-1.0], [math.nan], [math.inf]])
def test_bad_gaps_are_refused(gaps: list) -> None:
    with pytest.raises(InputError):
        certify_tolerance(gaps)
    with pytest.raises(InputError):
        certify_within(gaps, 0.5)


@pytest.mark.parametrize("options", [{"epsilon": 0.0}, {"delta": 1.0}, {"n_claims": 0}, {"n_claims": 1.5}])
def test_bad_numbers_are_refused(options: dict) -> None:
    with pytest.raises(InputError):
        certify_tolerance([1.0, 2.0], **options)


@pytest.mark.parametrize("tolerance", [-0.1, math.nan, math.inf])
def test_bad_tolerance_is_refused(tolerance: float) -> None:
    with pytest.raises(InputError):
        certify_within([1.0], tolerance)
