import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.errors import InputError
from limbeck.theory import certify_disagreements, trusted_leaves

REPETITIONS = 10_000


@given(st.integers(0, 10**6), st.floats(0.01, 0.5), st.floats(0.001, 0.5))
@settings(deadline=None, max_examples=100)
def test_holm_trusts_at_least_the_leaves_with_small_limits(seed: int, epsilon: float, delta: float) -> None:
    rng = np.random.default_rng(seed)
    leaf = rng.integers(0, 6, 400)
    certificate = certify_disagreements(rng.random(400) < 0.02 * leaf, leaf, delta=delta)
    by_limit = {leaf.leaf for leaf in certificate.leaves if leaf.error_limit < epsilon * (1 - 1e-9)}
    assert by_limit <= set(trusted_leaves(certificate, epsilon).leaves)


def false_trust(step_down: bool) -> float:
    """Share of draws in which some leaf of error just above 0.1 is trusted to 0.1; nine leaves are fine."""
    rng = np.random.default_rng(3)
    errors = np.array([0.0] * 3 + [0.1001] * 6)
    leaf = np.repeat(np.arange(9), 60)
    wrong = 0
    for _ in range(REPETITIONS // 10):
        certificate = certify_disagreements(rng.random(leaf.size) < errors[leaf], leaf)
        if step_down:
            trusted = trusted_leaves(certificate, 0.1).leaves
        else:
            trusted = [v.leaf for v in certificate.leaves if 0.9**v.n_rows <= 0.05 or v.disagreements <= 2]
        wrong += any(errors[v] > 0.1 for v in trusted)
    return wrong / (REPETITIONS // 10)


def test_no_leaf_is_trusted_wrongly_more_often_than_delta() -> None:
    assert false_trust(step_down=True) <= 0.05 + 4 * math.sqrt(0.05 * 0.95 * 10 / REPETITIONS)
    # The converse: testing every leaf at the whole delta (here: at most 2 of 60) trusts wrongly more often.
    assert false_trust(step_down=False) > 0.1


def test_holm_is_sharper_than_the_limits() -> None:
    leaf = np.repeat([1, 2], [100, 40])
    certificate = certify_disagreements(np.zeros(140, bool), leaf)
    epsilon = 0.08
    assert [v.leaf for v in certificate.leaves if v.error_limit <= epsilon] == [1]
    assert trusted_leaves(certificate, epsilon).leaves == (1, 2)


def test_claim_prints_what_it_rests_on() -> None:
    certificate = certify_disagreements(np.zeros(100, bool), np.repeat([1, 2], [90, 10]), leaf_ids=[1, 2, 3])
    claim = trusted_leaves(certificate, 0.1)
    assert claim.leaves == (1,)
    assert claim.share_of_rows == 0.9
    assert all(sentence in str(claim) for sentence in claim.hypotheses)
    assert "fixed before" in str(claim)
    assert json.loads(json.dumps(claim.to_dict()))["leaves"] == [1]
    assert "none" in str(trusted_leaves(certificate, 0.001))


def test_needs_leaves_and_an_epsilon() -> None:
    whole = certify_disagreements(np.zeros(10, bool))
    with pytest.raises(InputError, match="leaf of each row"):
        trusted_leaves(whole, 0.1)
    with pytest.raises(InputError):
        trusted_leaves(certify_disagreements(np.zeros(10, bool), np.zeros(10, int)), 0.0)
