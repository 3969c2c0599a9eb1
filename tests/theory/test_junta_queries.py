"""The numbers of the proof, against every function of few bits."""

import math
from itertools import product

import numpy as np
import pytest

from limbeck.errors import InputError
from limbeck.theory import JuntaPlan, junta_query_bound


def least_change(k, r):
    """The least chance that a pair shows a new variable, over all functions of k bits and r found relevant ones."""
    rows = np.array(list(product((0, 1), repeat=k)))
    least = 1.0
    for code in range(2 ** (2**k)):
        answers = np.array([code >> i & 1 for i in range(2**k)]).reshape((2,) * k)
        relevant = [j for j in range(k) if (np.take(answers, 0, j) != np.take(answers, 1, j)).any()]
        if len(relevant) <= r:
            continue
        # Variables are symmetric over all functions, so the first r may be those that were found.
        share = answers.reshape(2**r, -1).mean(axis=1) if set(range(r)) < set(relevant) else None
        if share is not None:
            least = min(least, float((2 * share * (1 - share)).mean()))
    assert len(rows) == 2**k
    return least


@pytest.mark.parametrize(("k", "r"), [(1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2)])
def test_the_chance_of_a_pair_holds_for_every_function(k, r):
    assert least_change(k, r) >= JuntaPlan(k, 100, 0.05).change(r) - 1e-12


def test_and_it_is_tight():
    """The AND of k bits with none found, and a variable that matters under one setting of the k - 1 found."""
    for k in (1, 2, 3):
        assert least_change(k, 0) == pytest.approx(JuntaPlan(k, 100, 0.05).change(0))
        assert least_change(k, k - 1) == pytest.approx(JuntaPlan(k, 100, 0.05).change(k - 1))


@pytest.mark.parametrize("k", range(1, 11))
def test_the_pairs_keep_each_stop_within_its_share_of_delta_and_no_more(k):
    plan = JuntaPlan(k, 1000, 0.1)
    for r in range(k + 1):
        stop = math.log1p(-plan.change(r))
        assert plan.pairs(r) * stop <= math.log(0.1 / (k + 1)) < (plan.pairs(r) - 1) * stop


@pytest.mark.parametrize(("k", "d", "delta"), [(1, 2, 0.3), (3, 100, 0.05), (5, 10_000, 0.05), (8, 10**6, 1e-4)])
def test_the_bound_is_below_the_formula_that_is_quoted(k, d, delta):
    quoted = 2 * (k + 1) * 2**k * math.log((k + 1) / delta) + (k + 1) * (3 + math.log2(d)) + 2**k
    assert junta_query_bound(k, d, delta=delta) <= quoted


def test_noise_costs_confirmations_and_fillings_and_has_an_end():
    plan = JuntaPlan(3, 100, 0.05, noise=0.02)
    assert plan.confirmations > 0
    assert plan.table_fillings % 2 == 1
    assert plan.change(0) < JuntaPlan(3, 100, 0.05).change(0)
    most = JuntaPlan(3, 100, 0.05).most_noise
    assert most == min(2**-3 / 4, 1 / (2 * 7 + 4))
    least, largest = JuntaPlan(3, 100, 0.05, noise=most).signal
    assert least > 2 * largest
    end = plan.end_of_signal
    assert most < end
    least, largest = JuntaPlan(3, 100, 0.05, noise=0.999 * end).signal
    assert least > largest
    assert JuntaPlan(3, 100, 0.05, noise=0.999 * end).confirmations > 0
    with pytest.raises(InputError, match="`noise`"):
        JuntaPlan(3, 100, 0.05, noise=end)


@pytest.mark.parametrize("wrong", [(0, 9, 0.1), (17, 99, 0.1), (2, 0, 0.1), (2, 9, 0.0), (2, 9, 1.0), (2.5, 9, 0.1)])
def test_numbers_out_of_range(wrong):
    with pytest.raises(InputError):
        JuntaPlan(*wrong)
