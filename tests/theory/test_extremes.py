"""Numbers at the ends of float64: an error that says so, or a sound number, never NaN."""

import itertools
import math

import numpy as np
import pytest

from limbeck.errors import InputError
from limbeck.theory import (
    AnytimeMonitor,
    agnostic_gap,
    agnostic_rows,
    anytime_rows_to_certify,
    certify_disagreements,
    certify_tolerance,
    error_lower_limit,
    error_upper_limit,
    junta_class,
    plan_samples,
    rows_to_certify,
    tree_class,
    trusted_leaves,
)

ENDS = (5e-324, 1e-320, 1e-300, 1e-240, 1e-17, 0.5, 1 - 1e-16, 1.0, 1e308, math.inf, math.nan)
CALLS = {
    "upper": lambda p, q: [error_upper_limit(k, 9, p) for k in (0, 4, 9)],
    "lower": lambda p, q: [error_lower_limit(k, 9, p) for k in (0, 4, 9)],
    "certify": lambda p, q: [certify_disagreements([True, False] * 9, [1, 2] * 9, delta=p).error_limit],
    "claims": lambda p, q: [certify_disagreements([True, False], delta=p, n_claims=2**53).error_limit],
    "trust": lambda p, q: trusted_leaves(certify_disagreements([False] * 9, [1] * 9, delta=p), q).leaves,
    "tolerance": lambda p, q: [certify_tolerance(range(9), epsilon=q, delta=p).n_beyond],
    "anytime": lambda p, q: AnytimeMonitor(q, p, 99).update([True, False, False] * 33).limits,
    "rows": lambda p, q: [rows_to_certify(q, p)],
    "anytime rows": lambda p, q: [anytime_rows_to_certify(q, p)],
    "gap": lambda p, q: [agnostic_gap(9, 3.0, p)],
    "agnostic": lambda p, q: [agnostic_rows(q, p, 3.0)],
    "trees": lambda p, q: [row.n_rows for row in plan_samples(tree_class(4, 9), epsilon=q, delta=p).table],
    "juntas": lambda p, q: [row.n_rows for row in plan_samples(junta_class(2, 9), epsilon=q, delta=p).table],
}


@pytest.mark.parametrize("name", CALLS)
def test_probabilities_at_the_ends_are_refused_or_sound(name: str) -> None:
    for delta, epsilon in itertools.product(ENDS, ENDS):
        try:
            found = np.array(CALLS[name](delta, epsilon), np.float64)
        except InputError:
            continue
        assert np.isfinite(found).all(), (delta, epsilon)
        assert (found >= 0).all(), (delta, epsilon)


@pytest.mark.parametrize("n_claims", [0, -1, 1.5, 2**53 + 2, 1e308, math.inf, math.nan])
def test_counts_at_the_ends_are_refused(n_claims: float) -> None:
    with pytest.raises(InputError):
        certify_disagreements([True, False], n_claims=n_claims)
