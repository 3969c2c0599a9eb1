"""Distillations whose leaves may ask the model."""

import sys

import numpy as np
import pytest

import limbeck
from limbeck.deferral import OperatingPoint
from limbeck.distillation import Distillation
from limbeck.errors import InputError
from limbeck.passes.deferring import _around_target
from limbeck.theory import DeferralCertificate

ROWS = np.random.default_rng(0).normal(size=(1600, 4))


def hard_in_part(x):
    """Answer by one threshold where x0 is positive, and as no small tree does elsewhere."""
    return np.where(x[:, 0] > 0, x[:, 1] > 0, np.sin(40 * x[:, 2]) > 0).astype(int)


def numbers(x):
    return np.where(x[:, 0] > 0, 5.0 + (x[:, 1] > 0), 3 * np.sin(40 * x[:, 2]))


def defers(result, rows):
    return result.predict(rows).mask


@pytest.mark.parametrize("settings", [{}, {"loss": "soft"}, {"class_weight": "balanced"}, {"monotone": {"x1": 1}}])
def test_leaves_ask_where_no_small_tree_follows_and_answer_elsewhere(settings):
    result = limbeck.distill(hard_in_part, ROWS, max_leaves=4, effort="fast", defer=0.05, **settings)
    claim = result.certificate
    assert isinstance(claim, DeferralCertificate)
    assert claim.keeps_target
    assert 0.4 < claim.answered < 0.6
    fresh = np.random.default_rng(1).normal(size=(4000, 4))
    asks = defers(result, fresh)
    assert (asks == (fresh[:, 0] <= 0)).mean() > 0.97
    told = result.predict(fresh)
    assert (told[~asks] != hard_in_part(fresh)[~asks]).mean() <= claim.error_limit
    whole = result.predict(fresh, model=hard_in_part)
    assert (whole == hard_in_part(fresh))[asks].all()


def test_prices_stand_closer_where_trees_begin_to_differ_too_often():
    shares = {None: 90, 0.5: 70, 0.25: 20, 0.125: 4, 0.0625: 6}
    points = [OperatingPoint(4, price, 1000, 900, differ) for price, differ in shares.items()]
    assert _around_target(points, 0.05) == (0.3125, 0.375, 0.4375)
    assert _around_target(points, 0.005) == (0.15625, 0.1875, 0.21875)
    assert _around_target(points[2:], 0.05) == ()
    assert _around_target([], 0.05) == ()


def test_numbers_agree_within_a_tolerance():
    result = limbeck.distill(numbers, ROWS, max_leaves=4, effort="fast", defer=0.05, tolerance=0.25)
    assert result.certificate.keeps_target
    assert "more than 0.25 apart" in str(result.certificate)
    assert 0.4 < result.certificate.answered < 0.6
    assert result.deferral.tolerance == 0.25
    scaled = limbeck.distill(
        lambda x: 1024 * numbers(x), ROWS, max_leaves=4, effort="fast", defer=0.05, tolerance=256.0
    )
    assert scaled.tree.to_node().literal == result.tree.to_node().literal
    assert (defers(scaled, ROWS) == defers(result, ROWS)).all()


def test_groups_are_the_draws_and_no_group_is_split():
    groups = np.repeat(np.arange(400), 4)
    result = limbeck.distill(hard_in_part, ROWS, max_leaves=4, effort="fast", defer=0.1, groups=groups)
    assert isinstance(result.certificate, DeferralCertificate)
    assert result.certificate.n_rows == 100


def test_a_model_that_a_tree_follows_is_answered_everywhere():
    result = limbeck.distill(lambda x: x[:, 0], (ROWS > 0).astype(int), max_leaves=4, effort="fast", defer=0.02)
    assert result.tree.defers is None
    assert result.certificate.n_answered == result.certificate.n_rows


def test_a_target_that_nothing_keeps_is_said_to_be_missed():
    result = limbeck.distill(lambda x: np.sin(40 * x[:, 2]) > 0, ROWS[:300], max_leaves=3, effort="fast", defer=0.01)
    assert not result.certificate.keeps_target
    assert "not shown" in str(result)


def test_every_size_of_the_frontier_is_an_operating_point():
    result = limbeck.distill(hard_in_part, ROWS, max_leaves=8, effort="fast", defer=0.05)
    assert result.frontier[-1].tree is result.tree
    assert all(point.operating is not None for point in result.frontier)
    assert (np.diff([point.n_leaves for point in result.frontier]) > 0).all()
    again = Distillation.from_dict(result.to_dict())
    assert again.to_dict() == result.to_dict()
    assert again.deferral == result.deferral


def test_without_being_asked_the_curve_is_told_and_no_leaf_asks():
    result = limbeck.distill(hard_in_part, ROWS, max_leaves=4, effort="fast")
    assert result.tree.defers is None
    assert result.deferral.target is None
    assert 0.4 < result.deferral.at(0.05).answered < 0.6
    assert "Answer, or ask the model" in str(result)


def test_the_curve_changes_nothing_else(monkeypatch):
    one = limbeck.distill(hard_in_part, ROWS[:500], max_leaves=4)
    monkeypatch.setattr(sys.modules["limbeck.distill"], "trade_off", lambda run, fitted: None)
    other = limbeck.distill(hard_in_part, ROWS[:500], max_leaves=4)
    assert one.frontier == other.frontier
    assert one.certificate == other.certificate


def test_a_sampler_and_values_out_of_range_are_refused():
    for settings in ({"defer": 0.0}, {"defer": 1.0}, {"tolerance": -1.0}, {"defer": 0.1, "tolerance": 0.1}):
        with pytest.raises(InputError):
            limbeck.distill(hard_in_part, ROWS[:100], effort="fast", **settings)
    bits = np.random.default_rng(0).integers(2, size=(100, 4))
    with pytest.raises(InputError, match="sampler"):
        limbeck.distill(lambda x: x[:, 0], bits, defer=0.1, sampler="uniform bits")
