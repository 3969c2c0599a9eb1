import dataclasses
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.errors import InputError
from limbeck.theory import Certificate, certify_disagreements, error_upper_limit
from limbeck.theory.wording import at_most_text

REPETITIONS = 10_000
SLACK = 4.0 * math.sqrt(0.05 * 0.95 / REPETITIONS)


def random_certificate(seed: int, **options) -> Certificate:
    rng = np.random.default_rng(seed)
    return certify_disagreements(rng.random(200) < 0.1, rng.integers(3, 7, 200), **options)


@pytest.mark.parametrize("leaf_errors", [(0.0, 0.02, 0.1, 0.5), (0.05,) * 8, (0.01, 0.01, 0.6)])
def test_leaf_limits_hold_all_at_once(leaf_errors: tuple[float, ...]) -> None:
    rng = np.random.default_rng(1)
    errors = np.array(leaf_errors)
    shares = np.arange(1, errors.size + 1) / np.arange(1, errors.size + 1).sum()
    n_rows = rng.multinomial(150, shares, REPETITIONS)
    seen = rng.binomial(n_rows, errors)
    # The level of certify_disagreements, spelled out: delta over the number of leaves that were reached.
    levels = 0.05 / (n_rows > 0).sum(axis=1)
    limits = np.empty(n_rows.shape)
    for level in np.unique(levels):
        at = levels == level
        limits[at] = error_upper_limit(seen[at], n_rows[at], float(level))
    assert np.mean(np.any(limits < errors, axis=1)) <= 0.05 + SLACK


def test_leaf_limits_are_the_ones_simulated_above() -> None:
    certificate = random_certificate(0, leaf_ids=[1, 3, 4, 5, 6], delta=0.1)
    assert [leaf.leaf for leaf in certificate.leaves] == [1, 3, 4, 5, 6]
    assert certificate.leaves[0].error_limit == 1.0
    assert sum(leaf.n_rows for leaf in certificate.leaves) == 200
    assert sum(leaf.disagreements for leaf in certificate.leaves) == certificate.disagreements
    for leaf in certificate.leaves[1:]:
        assert leaf.error_limit == error_upper_limit(leaf.disagreements, leaf.n_rows, 0.1 / 4)


def missed_by_best_of_twenty(n_claims: int) -> float:
    """Share of draws in which the best of 20 trees of error 0.1 gets a limit below 0.1."""
    best = np.random.default_rng(2).binomial(300, 0.1, (REPETITIONS, 20)).min(axis=1)
    limits = np.array([certify_disagreements(np.arange(300) < k, n_claims=n_claims).error_limit for k in range(61)])
    return float(np.mean(limits[best] < 0.1))


def test_choosing_on_the_certificate_rows_needs_the_union_bound() -> None:
    assert missed_by_best_of_twenty(n_claims=20) <= 0.05 + SLACK
    # The converse: with the choice kept quiet the claim fails far more often than delta.
    assert missed_by_best_of_twenty(n_claims=1) > 0.3


def test_the_limit_is_clopper_pearson_at_the_shared_level() -> None:
    certificate = random_certificate(1, n_claims=5, delta=0.2)
    assert certificate.error_limit == error_upper_limit(certificate.disagreements, 200, 0.2 / 5)
    assert certificate.fidelity == 1 - certificate.disagreements / 200
    assert certificate.fidelity_limit == 1 - certificate.error_limit
    with pytest.raises(dataclasses.FrozenInstanceError):
        certificate.delta = 0.5  # type: ignore[misc]


@given(st.integers(0, 10**6), st.integers(1, 9), st.floats(1e-6, 0.9))
@settings(deadline=None, max_examples=50)
def test_record_survives_json(seed: int, n_claims: int, delta: float) -> None:
    certificate = random_certificate(seed, n_claims=n_claims, delta=delta)
    assert Certificate.from_dict(json.loads(json.dumps(certificate.to_dict()))) == certificate


@pytest.mark.parametrize(
    "change",
    [
        {"error_limit": 0.001},
        {"error_limit": math.nan},
        {"disagreements": 0},
        {"disagreements": 201},
        {"n_rows": 4000},
        {"delta": "small"},
        {"leaves": [{"leaf": 3}]},
        {"leaves": None},
    ],
)
def test_a_record_that_does_not_follow_from_its_counts_is_refused(change: dict) -> None:
    record = {**random_certificate(0).to_dict(), **change}
    with pytest.raises(InputError):
        Certificate.from_dict(record)


def test_text_carries_number_and_hypotheses() -> None:
    certificate = random_certificate(0, rows="200 rows split off first", n_claims=3)
    text = str(certificate)
    assert at_most_text(certificate.error_limit) in text
    assert all(sentence in text for sentence in certificate.hypotheses)
    for words in ("200 rows split off first", "n = 200", "delta = 0.05", "independent", "3 finished trees"):
        assert words in text
    assert "leaf" not in str(certify_disagreements(np.zeros(9, bool)))


@given(st.floats(1e-12, 1.0))
@settings(deadline=None)
def test_printed_limit_is_never_below_the_limit(limit: float) -> None:
    printed = float(at_most_text(limit).removeprefix("error at most "))
    assert limit * (1 - 1e-9) <= printed <= min(limit * 1.011, 1.0)


@pytest.mark.parametrize(
    ("disagree", "options"),
    [
        (np.zeros(0, bool), {}),
        (np.zeros(3, int), {}),
        (np.zeros((3, 1), bool), {}),
        (np.zeros(3, bool), {"delta": 0.0}),
        (np.zeros(3, bool), {"n_claims": 0}),
        (np.zeros(3, bool), {"leaf": [1, 2]}),
        (np.zeros(3, bool), {"leaf": [1.0, 2.0, 3.0]}),
        (np.zeros(3, bool), {"leaf": [1, 2, 3], "leaf_ids": [1, 2]}),
    ],
)
def test_bad_rows_are_refused(disagree: np.ndarray, options: dict) -> None:
    with pytest.raises(InputError):
        certify_disagreements(disagree, **options)
