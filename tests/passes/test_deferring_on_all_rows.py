"""Trees that may ask the model, of more rows than a search sees: counted and solved on all of them, at every price."""

import numpy as np
import pytest

from limbeck import distill
from limbeck.core import OutputReading
from limbeck.errors import InputError
from limbeck.passes import counting, streaming
from limbeck.search import FamilyCounter, HardLabels, solve_program
from limbeck.theory import DeferralCertificate

ROWS = np.random.default_rng(0).normal(size=(4000, 4))
ASKED = {"max_leaves": 4, "effort": "fast", "defer": 0.05}


def hard_in_part(x):
    """Answer by one threshold where x0 is positive, and as no small tree does elsewhere."""
    return np.where(x[:, 0] > 0, x[:, 1] > 0, np.sin(40 * x[:, 2]) > 0).astype(int)


def numbers(x):
    return np.where(x[:, 0] > 0, 5.0 + (x[:, 1] > 0), 3 * np.sin(40 * x[:, 2]))


def cut(rows, n_parts):
    return [rows[part] for part in np.array_split(np.arange(len(rows)), n_parts)]


@pytest.fixture(autouse=True)
def small_sample(monkeypatch):
    monkeypatch.setattr(streaming, "MOST_SEARCHED", 800)
    monkeypatch.setattr(counting, "MOST_SEARCHED", 800)
    monkeypatch.setattr(streaming, "MOST_CERTIFICATE", 600)


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("model", "more"), [(hard_in_part, {}), (hard_in_part, {"loss": "soft"}), (numbers, {"tolerance": 0.25})]
)
def test_tree_counts_and_certificate_are_the_same_bits_however_rows_are_cut(model, more):
    found = []
    for rows in ([ROWS], cut(np.random.default_rng(1).permutation(ROWS), 20)):
        result = distill(model, rows, **ASKED, **more)
        found.append([(p.tree.to_dict(), p.fit_fidelity, p.operating) for p in result.frontier] + [result.certificate])
    assert found[0] == found[1]
    assert isinstance(result.certificate, DeferralCertificate)
    assert result.certificate.keeps_target
    assert 0.4 < result.certificate.answered < 0.6
    assert (result.tree.asking_at([]).predict(ROWS) == result.predict(ROWS).data)[~result.predict(ROWS).mask].all()


@pytest.mark.parametrize("in_batches", [True, False])
def test_every_row_that_fits_is_counted_and_what_is_asked_counts_as_agreement(in_batches):
    fresh = np.random.default_rng(1).normal(size=(600, 4))
    rows = cut(ROWS, 5) if in_batches else ROWS
    result = distill(hard_in_part, rows, certificate_rows=fresh, **ASKED)
    assert result.certificate.keeps_target
    for point in result.frontier:
        leaf = point.tree.apply(ROWS)
        assert (
            point.tree.n_rows[point.tree.leaves].tolist()
            == np.bincount(leaf, minlength=point.tree.n_nodes)[point.tree.leaves].tolist()
        )
        told = point.tree.predict(ROWS, deferred=-1)
        assert point.fit_fidelity == pytest.approx(((told == -1) | (told == hard_in_part(ROWS))).mean())


def test_no_tree_over_the_clauses_is_better_at_the_price(monkeypatch):
    """Oracle: the family counted on all rows at once, from one array, and solved at the price; costs from answers."""
    seen, plain = {}, streaming.solved_on_counts

    def watched(run, fitted, counts, sums):
        seen.update(counts=counts, result=plain(run, fitted, counts, sums))
        return seen["result"]

    monkeypatch.setattr(streaming, "solved_on_counts", watched)
    distill(hard_in_part, cut(ROWS, 9), **{**ASKED, "max_leaves": 6}, certificate=0.0)
    told, counts = hard_in_part(ROWS), seen["counts"]
    loss = HardLabels(OutputReading.fixed_on(told).read(told).codes, 2)
    counter = FamilyCounter(counts.family, 2)
    counter.add(counts.vocabulary.evaluate(ROWS), loss.statistics)
    family = counter.counted(counts.family)
    assert seen["result"].priced
    for priced in seen["result"].priced:
        oracle = solve_program(family, counts.vocabulary.literals, loss.priced(priced.price), max_leaves=6)
        for size, point in zip(priced.sizes, priced.points, strict=True):
            assert point.n_leaves <= size
            answers = point.tree.predict(ROWS, deferred=-1)
            asks = answers == -1
            cost = priced.price * asks.sum() + (answers[~asks] != told[~asks]).sum()
            # What breaks ties is less than the price of a quarter of a row.
            assert cost <= oracle.best(size).cost + priced.price / 2


def test_without_time_to_count_the_trees_of_the_sample_ask(monkeypatch):
    monkeypatch.setattr(streaming.Run, "keep_going", lambda self, during: during != "counting")
    result = distill(hard_in_part, cut(ROWS, 4), **ASKED)
    assert result.ledger.fit_rows == 800
    assert result.certificate.keeps_target
    assert result.tree.asking.size


def test_a_sampler_beside_batches_is_refused():
    with pytest.raises(InputError, match="a `sampler`, which takes all rows at once"):
        distill(hard_in_part, cut(ROWS, 4), sampler=lambda n, rng: rng.normal(size=(n, 4)), **ASKED)
