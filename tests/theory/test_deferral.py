"""The joint certificate: exact, not wasteful, and void without its hypotheses."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from limbeck.errors import InputError
from limbeck.theory import DeferralCertificate, certify_deferral, certify_trusted
from limbeck.theory.answering import levels_of
from limbeck.theory.binomial import error_lower_limit, error_upper_limit

DELTA = 0.05


def missed(n, share, error, *, for_share, for_error):
    """Return the exact probability that one of the two limits fails, over all (answered, differ)."""
    total = 0.0
    for a in range(n + 1):
        chance = binom.pmf(a, n, share)
        if error_lower_limit(a, n, for_share) > share:
            total += chance
            continue
        k = np.arange(a + 1)
        total += chance * binom.pmf(k, a, error)[error_upper_limit(k, a, for_error) < error].sum()
    return total


@pytest.mark.parametrize("share", [0.05, 0.6, 0.98])
@pytest.mark.parametrize("error", [0.005, 0.03, 0.2])
def test_both_limits_hold_at_once_by_enumeration(share, error):
    for_share, for_error = levels_of(DELTA)
    assert missed(60, share, error, for_share=for_share, for_error=for_error) <= DELTA


def test_with_delta_for_each_limit_they_do_not_hold_at_once():
    worst = max(
        missed(60, s, e, for_share=DELTA, for_error=DELTA) for s in (0.55, 0.6, 0.65) for e in (0.08, 0.1, 0.12)
    )
    assert worst > DELTA


def in_turn(rng, errors, n, target):
    """Try trees in their order, as `distill` does; return the true error of the one that is kept, and its limit."""
    kept = None
    for error in errors:
        differ = rng.random(n) < error
        claim = certify_deferral(differ, np.ones(n, bool), target=target, n_claims=len(errors))
        if kept is not None and not claim.keeps_target:
            break
        kept = error, claim.error_limit
        if not claim.keeps_target:
            break
    return kept


def test_the_last_of_several_trees_that_pass_in_turn_keeps_its_limit():
    rng = np.random.default_rng(0)
    runs = [in_turn(rng, (0.001, 0.03, 0.02, 0.025), 300, 0.02) for _ in range(1500)]
    assert np.mean([limit < error for error, limit in runs]) <= DELTA + 3 * math.sqrt(DELTA / 1500)
    assert np.mean([limit <= 0.02 for _, limit in runs]) > 0.9  # the first is certified nearly always


def test_the_best_of_several_trees_by_the_same_rows_does_not_keep_its_limit():
    rng, failed = np.random.default_rng(0), 0
    for _ in range(300):
        claims = [certify_deferral(rng.random(300) < 0.03, np.ones(300, bool)) for _ in range(8)]
        failed += min(claim.error_limit for claim in claims) < 0.03
    assert failed / 300 > 2 * DELTA


def test_leaves_that_are_trusted_keep_the_target_together():
    rng, failed, answered = np.random.default_rng(1), 0, []
    share, error = np.array([0.3, 0.3, 0.2, 0.2]), np.array([0.005, 0.02, 0.04, 0.3])
    for _ in range(1000):
        leaf = rng.choice(4, 1500, p=share)
        known = {v: (float(share[v]), float(error[v] * rng.uniform(0.3, 1.5))) for v in range(4)}
        claim = certify_trusted(rng.random(1500) < error[leaf], leaf, known, target=0.03)
        chosen = np.setdiff1d(np.arange(4), claim.asking)
        true = (share[chosen] @ error[chosen]) / max(share[chosen].sum(), 1e-9)
        failed += true > claim.error_limit or claim.answered_limit > share[chosen].sum()
        answered.append(claim.answered)
    assert failed / 1000 <= DELTA + 3 * math.sqrt(DELTA / 1000)
    assert np.mean(answered) > 0.5


def test_leaf_limits_hold_for_whichever_tree_is_kept_and_would_not_with_all_of_delta_for_each():
    rng, failed, n = np.random.default_rng(2), np.zeros(2), 600
    leaf, every = np.zeros(n, int), np.ones(n, bool)
    for _ in range(1200):
        for error in (0.005, 0.0201):  # the second passes by chance alone, and then its limit is below its error
            differ = rng.random(n) < error
            claim = certify_deferral(differ, every, leaf, target=0.02, n_claims=2)
            if error > 0.01 and not claim.keeps_target:
                break
            alone = error_upper_limit(claim.disagreements, n, DELTA)
            missed_by = np.array([claim.leaves[0].error_limit, alone]) < error
        failed += missed_by
    assert failed[0] / 1200 <= DELTA < failed[1] / 1200


def test_leaf_limits_and_counts_are_about_answered_rows_only():
    leaf = np.array([1, 1, 1, 2, 2, 3])
    claim = certify_deferral(np.array([1, 0, 0, 1, 1, 1], bool), leaf == 1, leaf, leaf_ids=[1])
    assert (claim.n_answered, claim.disagreements) == (3, 1)
    assert [(entry.leaf, entry.n_rows, entry.disagreements) for entry in claim.leaves] == [(1, 3, 1)]


def test_a_tree_that_answers_nothing_claims_nothing():
    claim = certify_deferral(np.zeros(10, bool), np.zeros(10, bool), target=0.02)
    assert (claim.answered_limit, claim.error_limit, claim.keeps_target, claim.rows_needed) == (0.0, 1.0, False, None)
    assert "no row was answered" in str(claim)


def test_a_saved_claim_is_read_back_and_one_that_was_changed_is_refused():
    differ = np.arange(80) < 3
    claim = certify_deferral(differ, np.arange(80) < 70, np.arange(80) % 4, target=0.05, n_claims=2)
    assert DeferralCertificate.from_dict(claim.to_dict()) == claim
    for name, value in (("error_limit", 0.01), ("answered_limit", 0.99), ("disagreements", 1)):
        with pytest.raises(InputError):
            DeferralCertificate.from_dict(claim.to_dict() | {name: value})
