"""What a teacher's numbers measure changes no tree: not their size, and not their zero."""

import json

import numpy as np
import pytest

from limbeck import Distillation, distill
from limbeck.certificates import agreement
from limbeck.core import Outputs
from limbeck.distillation import Status
from limbeck.report import report_html

ROWS = np.random.default_rng(0).normal(size=(300, 3))


def model(rows):
    """Numbers of few digits, so that none is lost among the smallest that there are."""
    return np.round((np.where(rows[:, 0] > 0, 3, 1) + rows[:, 1] * (rows[:, 2] > 0)) * 64) / 64


def distilled(change, rows=ROWS, **settings):
    return distill(lambda q: change(model(q)), rows, **{"effort": "fast", "max_leaves": 5, **settings})


@pytest.fixture(scope="module")
def plain():
    return distilled(lambda y: y)


@pytest.mark.parametrize("k", [-1060, -560, -30, 1, 64, 500, 1021])
def test_numbers_times_a_power_of_two_give_the_same_trees(plain, k):
    scaled = distilled(lambda y: np.ldexp(y, k))
    assert len(scaled.frontier) == len(plain.frontier)
    for one, other in zip(plain.frontier, scaled.frontier, strict=True):
        assert (np.ldexp(one.tree.value, k) == other.tree.value).all()
        assert {**one.tree.to_dict(), "value": 0} == {**other.tree.to_dict(), "value": 0}
        assert (one.fit_fidelity, one.validation_fidelity) == (other.fit_fidelity, other.validation_fidelity)
    assert np.ldexp(plain.certificate.tolerance, k) == scaled.certificate.tolerance
    assert plain.baseline == scaled.baseline
    again = Distillation.from_dict(json.loads(json.dumps(scaled.to_dict(), allow_nan=False)))
    assert again.tree == scaled.tree
    assert str(scaled)
    assert "NaN" not in report_html(scaled).split("<script")[0]


@pytest.mark.parametrize("shift", [1.0, -1e6, 1e9])
def test_numbers_plus_a_constant_give_the_same_tree(plain, shift):
    shifted = distilled(lambda y: y + shift)
    assert shifted.tree.literals == plain.tree.literals
    assert (shifted.tree.question == plain.tree.question).all()
    assert np.allclose(shifted.tree.value - shift, plain.tree.value, rtol=0, atol=1e-15 * abs(shift) + 1e-12)
    # Numbers that differ are shown as different, however far from 0 they are.
    leaves = [line for line in shifted.tree.to_text().splitlines() if "rows)" in line]
    assert len({line.split()[-3] for line in leaves}) == len(leaves)


def test_a_thorough_search_on_synthetic_rows_gives_the_same_tree_in_any_unit():
    asked = {"effort": "normal", "max_leaves": 3, "thresholds": 4, "max_depth": 2}
    one, other = (distilled(lambda y, k=k: np.ldexp(y, k), rows=ROWS[:90], **asked) for k in (0, -700))
    assert (np.ldexp(one.tree.value, -700) == other.tree.value).all()
    assert one.tree.literals == other.tree.literals


def test_a_tree_that_is_grown_on_fresh_rows_has_the_numbers_of_the_teacher():
    bits = np.random.default_rng(0).integers(2, size=(300, 6))
    asked = {"sampler": "uniform bits", "max_leaves": 4, "effort": "fast"}
    found = distill(lambda x: 3e40 * (x[:, 0] & x[:, 1]) + 1e40, bits, **asked)
    assert found.predict(bits) == pytest.approx(np.where(bits[:, 0] & bits[:, 1], 4e40, 1e40))


@pytest.mark.parametrize("value", [0.0, 0.1, 1e-170, 1e300])
def test_a_constant_teacher_is_one_leaf_of_its_number(value):
    found = distilled(lambda y: np.full(len(y), value))
    assert found.status is Status.CONSTANT
    assert found.tree.value.tolist() == [[value]]


def test_r_squared_is_relative_to_the_spread_of_the_numbers():
    values = np.array([1.0, 2.0, 3.0, 4.0])
    for k in (-1070, 0, 1020):
        scaled = Outputs(None, np.ldexp(values, k)[:, None])
        assert agreement(np.ldexp(np.ones(4), k), scaled) == pytest.approx(0.2)
    equal = Outputs(None, np.full((3, 1), 1e-170))
    assert agreement(np.zeros(3), equal) == 1
    assert agreement(np.full(3, 1e-180), equal) == 0


def test_numbers_further_apart_than_float64_holds_are_no_finite_tolerance():
    found = distilled(lambda y: np.where(y > 2, 1.7e308, -1.7e308), max_leaves=2, min_leaf=1000.0)
    assert np.isfinite(found.tree.value).all()
    json.dumps(found.to_dict(), allow_nan=False)
    assert np.isinf(found.certificate.tolerance)
    assert "larger than float64 holds" in str(found.certificate)
