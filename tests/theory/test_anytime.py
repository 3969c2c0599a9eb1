import itertools
import json
import math

import numpy as np
import pytest

from limbeck.errors import InputError
from limbeck.theory import (
    AnytimeMonitor,
    Verdict,
    anytime_rows_to_certify,
    certify_stream,
    error_lower_limit,
    error_upper_limit,
    rows_to_certify,
)
from limbeck.theory.betting import log_evidence_above, log_evidence_below

REPETITIONS = 10_000
SLACK = 4.0 * math.sqrt(0.05 * 0.95 / REPETITIONS)


def decisions(epsilon: float, error: float, n_rows: int, repetitions: int) -> tuple[float, float]:
    """Shares of streams that are ever certified, and ever refuted, within n_rows: the worst stopping time."""
    rng = np.random.default_rng(10)
    rows = np.arange(1, n_rows + 1)
    low, high = np.zeros(n_rows), np.zeros(n_rows)
    # Rows and disagreements decide everything, so both verdicts are boundaries on the count at each n.
    for i, n in enumerate(rows):
        seen = np.arange(n + 1)
        low[i] = np.count_nonzero(log_evidence_below(seen, n, epsilon) >= math.log(20)) - 1
        high[i] = n + 1 - np.count_nonzero(log_evidence_above(seen, n, epsilon) >= math.log(20))
    certified = refuted = 0
    for _ in range(repetitions // 500):
        seen = np.cumsum(rng.random((500, n_rows)) < error, axis=1)
        at_low, at_high = seen <= low, seen >= high
        when_low = np.where(at_low.any(axis=1), at_low.argmax(axis=1), n_rows)
        when_high = np.where(at_high.any(axis=1), at_high.argmax(axis=1), n_rows)
        certified += int(np.sum(when_low < when_high))
        refuted += int(np.sum(when_high < when_low))
    return certified / repetitions, refuted / repetitions


@pytest.mark.parametrize(("epsilon", "error"), [(0.1, 0.1001), (0.1, 0.12), (0.02, 0.0201), (0.5, 0.51)])
def test_simulated_false_certification_at_the_worst_stopping_time(epsilon: float, error: float) -> None:
    certified, _ = decisions(epsilon, error, n_rows=1000, repetitions=REPETITIONS)
    assert certified <= 0.05 + SLACK


@pytest.mark.parametrize(("epsilon", "error"), [(0.1, 0.1), (0.1, 0.08), (0.02, 0.0199)])
def test_simulated_false_refutation_at_the_worst_stopping_time(epsilon: float, error: float) -> None:
    _, refuted = decisions(epsilon, error, n_rows=1000, repetitions=REPETITIONS)
    assert refuted <= 0.05 + SLACK


def ever_certified(epsilon: float, error: float, n_rows: int, boundary) -> float:
    """Exact chance that a stream is certified at some n <= n_rows, by recursion over (n, disagreements)."""
    chance, total = np.array([1.0]), 0.0
    for n in range(1, n_rows + 1):
        chance = np.append(chance * (1 - error), 0.0) + np.append(0.0, chance * error)
        stops = boundary(np.arange(n + 1), n, epsilon)
        total += float(chance[stops].sum())
        chance[stops] = 0.0
    return total


@pytest.mark.parametrize(("epsilon", "error"), [(0.1, 0.1), (0.05, 0.06), (0.3, 0.3)])
def test_exact_false_certification_and_its_failing_converse(epsilon: float, error: float) -> None:
    exact = ever_certified(epsilon, error, 1500, lambda k, n, e: log_evidence_below(k, n, e) >= math.log(20))
    assert exact <= 0.05
    # Looking at the fixed-n certificate after every row instead breaks the claim.
    peeking = ever_certified(epsilon, error, 1500, lambda k, n, e: error_upper_limit(k, n, 0.05) <= e)
    assert peeking > 0.05
    if error == epsilon:
        assert peeking > 0.15


@pytest.mark.parametrize("epsilon", [0.01, 0.05, 0.1])
@pytest.mark.parametrize("delta", [0.05, 0.01])
def test_a_perfect_tree_needs_at_most_half_as_many_rows_again(epsilon: float, delta: float) -> None:
    claim = AnytimeMonitor(epsilon, delta, 10**6).update(np.zeros(5000, bool)).claim()
    assert claim.verdict is Verdict.CERTIFIED
    assert claim.n_rows == anytime_rows_to_certify(epsilon, delta)
    assert claim.n_rows <= 1.5 * rows_to_certify(epsilon, delta)
    # What it pays is what its documentation says.
    assert claim.n_rows <= rows_to_certify(epsilon, delta) * (1 + math.log(2) / math.log(1 / delta)) + 1


def test_clear_cases_are_decided_and_batches_do_not_matter() -> None:
    rng = np.random.default_rng(11)
    for error, expected in ((0.0, Verdict.CERTIFIED), (0.02, Verdict.CERTIFIED), (0.2, Verdict.REFUTED)):
        stream = rng.random(30_000) < error
        whole = AnytimeMonitor(0.05, 0.05, 30_000).update(stream).claim()
        pieces = certify_stream(np.array_split(stream, 3000), epsilon=0.05, budget=30_000)
        assert whole.verdict is expected
        assert whole == pieces


def test_stops_at_the_deciding_row_and_never_looks_further() -> None:
    taken = 0

    def batches():
        nonlocal taken
        while True:
            taken += 1
            yield np.zeros(10, bool)

    claim = certify_stream(batches(), epsilon=0.05, budget=10_000)
    assert taken == math.ceil(claim.n_rows / 10)
    monitor = AnytimeMonitor(0.05, 0.05, 10_000).update(np.zeros(500, bool))
    assert monitor.update(np.ones(500, bool)).claim() == claim


def test_budget_and_end_of_the_stream() -> None:
    spent = certify_stream(itertools.repeat([False, True, False]), epsilon=0.3, budget=20)
    assert spent.verdict is Verdict.BUDGET_SPENT
    assert spent.n_rows == 20
    assert "raise the budget" in str(spent)
    early = certify_stream([[False] * 5, []], epsilon=0.3, budget=20)
    assert early.verdict is Verdict.UNDECIDED
    assert (early.error_lower, early.n_rows) == (0.0, 5)
    assert AnytimeMonitor(0.3, 0.05, 20).limits == (0.0, 1.0)


def test_limits_enclose_the_fixed_ones_and_agree_with_the_verdict() -> None:
    rng = np.random.default_rng(12)
    for error in (0.0, 0.03, 0.3, 1.0):
        claim = AnytimeMonitor(0.1, 0.05, 2000).update(rng.random(2000) < error).claim()
        counts = (claim.disagreements, claim.n_rows)
        assert claim.error_lower <= error_lower_limit(*counts, 0.05) + 1e-12
        assert claim.error_limit >= error_upper_limit(*counts, 0.05) - 1e-12
        assert (claim.verdict is Verdict.CERTIFIED) == (claim.error_limit <= 0.1)
        assert (claim.verdict is Verdict.REFUTED) == (claim.error_lower >= 0.1)


def test_text_and_record() -> None:
    claim = certify_stream([[False] * 100], epsilon=0.05, budget=500, rows="rows drawn from the warehouse")
    assert all(sentence in str(claim) for sentence in claim.hypotheses)
    assert "warehouse" in str(claim)
    record = json.loads(json.dumps(claim.to_dict()))
    assert record["verdict"] == "certified"
    assert record["error_limit"] <= 0.05
    assert len({verdict.text for verdict in Verdict}) == len(Verdict)


@pytest.mark.parametrize("options", [(0.0, 0.05, 9), (0.1, 1.0, 9), (0.1, 0.05, 0), (math.nan, 0.05, 9)])
def test_bad_numbers_are_refused(options: tuple) -> None:
    with pytest.raises(InputError):
        AnytimeMonitor(*options)


@pytest.mark.parametrize("batch", [[0, 1], [[True]], [0.5]])
def test_bad_batches_are_refused(batch: list) -> None:
    with pytest.raises(InputError):
        AnytimeMonitor(0.1, 0.05, 9).update(batch)
