"""A loss of sums is the loss of the rows behind them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limbeck.errors import InputError
from limbeck.search import HardLabels, SquaredError

CODES = st.lists(st.integers(0, 3), min_size=1, max_size=15)
NUMBERS = st.floats(-100, 100)
WHOLE = st.integers(0, 4)


@st.composite
def weighted(draw, values):
    """Draw rows with weights that are not all 0."""
    rows = draw(st.lists(values, min_size=1, max_size=12))
    weights = draw(st.lists(st.floats(0, 5), min_size=len(rows), max_size=len(rows)))
    weights[0] = max(weights[0], 0.5)
    return np.array(rows), np.array(weights)


@given(weighted(st.integers(0, 3)), st.sampled_from([0.0, 0.01, 0.5]))
def test_the_cost_of_classes_is_the_weight_of_the_others_and_a_share_of_gini(rows, eta):
    codes, w = rows
    loss = HardLabels(codes, 4, w, eta=eta)
    by_class = np.array([w[codes == y].sum() for y in range(4)])
    gini = w.sum() * (1 - ((by_class / w.sum()) ** 2).sum())
    assert float(loss.weight(loss.total)) == pytest.approx(w.sum())
    assert float(loss.impurity(loss.total)) == pytest.approx(gini)
    assert float(loss.cost(loss.total)) == pytest.approx(w.sum() - by_class.max() + eta * gini)
    assert loss.value(loss.total) == pytest.approx(tuple(by_class / w.sum()))


@given(weighted(st.tuples(NUMBERS, NUMBERS)))
def test_the_cost_of_numbers_is_the_squared_distance_to_their_mean(rows):
    y, w = rows
    loss = SquaredError(y, w)
    mean = np.average(y, axis=0, weights=w)
    expected = (w[:, None] * (y - mean) ** 2).sum()
    assert float(loss.weight(loss.total)) == pytest.approx(w.sum())
    assert float(loss.cost(loss.total)) == pytest.approx(expected, abs=1e-7)
    assert loss.value(loss.total) == pytest.approx(tuple(mean), abs=1e-9)
    assert float(loss.impurity(loss.total)) == float(loss.cost(loss.total))


@given(CODES, st.data())
def test_the_default_share_of_gini_never_outweighs_one_disagreement(codes, data):
    """The program minimises disagreements first: the impurities of any leaves add up to less than one row."""
    weights = np.array(data.draw(st.lists(WHOLE, min_size=len(codes), max_size=len(codes))))
    weights[0] += 1
    loss = HardLabels(codes, 4, weights)
    leaf = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(codes), max_size=len(codes))))
    sums = np.array([loss.statistics[leaf == v].sum(axis=0) for v in range(4)]).T
    wrong = sums.sum(axis=0) - sums.max(axis=0)
    extra = float((loss.cost(sums) - wrong).sum())
    assert -1e-9 <= extra <= 0.25 + 1e-9


@given(CODES, st.data())
def test_impurity_never_rises_when_a_leaf_is_split(codes, data):
    some = np.array(data.draw(st.lists(st.booleans(), min_size=len(codes), max_size=len(codes))))
    for loss in (HardLabels(codes, 4), SquaredError(np.array(codes, float))):
        whole, yes = loss.total, loss.statistics[some].sum(axis=0)
        parts = float(loss.impurity(yes)) + float(loss.impurity(whole - yes))
        assert parts <= float(loss.impurity(whole)) + 1e-9
        assert float(loss.cost(yes)) + float(loss.cost(whole - yes)) <= float(loss.cost(whole)) + 1e-9


def test_sums_may_have_any_shape_behind_their_first_axis():
    rng = np.random.default_rng(0)
    for loss in (HardLabels(rng.integers(3, size=30), 3), SquaredError(rng.normal(size=(30, 2)))):
        leaves = rng.integers(6, size=30)
        sums = np.array([loss.statistics[leaves == v].sum(axis=0) for v in range(6)]).T.reshape(-1, 2, 3)
        for of in (loss.cost, loss.impurity, loss.weight):
            each = [[float(of(sums[:, i, j])) for j in range(3)] for i in range(2)]
            assert of(sums) == pytest.approx(np.array(each))


def test_numbers_far_from_zero_lose_no_digits():
    y = np.array([0.0, 1.0, 2.0, 5.0])
    near, far = SquaredError(y), SquaredError(y + 1e9)
    assert float(far.cost(far.total)) == pytest.approx(float(near.cost(near.total)), rel=1e-6)
    assert far.value(far.total)[0] == pytest.approx(1e9 + 2.0, abs=1e-6)


def test_an_empty_leaf_costs_nothing_and_has_a_value():
    hard, squares = HardLabels([0, 1], 2), SquaredError([3.0, 5.0])
    assert float(hard.cost(np.zeros(2))) == 0.0
    assert hard.value(np.zeros(2)) == (0.5, 0.5)
    assert float(squares.cost(np.zeros(3))) == 0.0
    assert squares.value(np.zeros(3)) == (4.0,)


def test_single_precision_is_allowed_for_whole_weights_only():
    assert HardLabels([0, 1], 2).exact_in_single
    assert HardLabels([0, 1], 2, [3, 0]).exact_in_single
    assert not HardLabels([0, 1], 2, [0.5, 1]).exact_in_single
    assert not HardLabels([0, 1], 2, [2.0**24, 1]).exact_in_single
    assert not SquaredError([0.0, 1.0]).exact_in_single


def test_a_class_that_is_not_known_belongs_to_none():
    loss = HardLabels([-1, 0, 1], 2)
    assert loss.statistics.tolist() == [[0, 0], [1, 0], [0, 1]]


@pytest.mark.parametrize("weights", [[1.0], [1.0, -1.0], [np.nan, 1.0], [np.inf, 1.0], [0.0, 0.0], [[1.0, 1.0]]])
def test_bad_weights_are_refused(weights):
    for make in (lambda: HardLabels([0, 1], 2, weights), lambda: SquaredError([0.0, 1.0], weights)):
        with pytest.raises(InputError, match="sample_weight") as caught:
            make()
        assert caught.value.found
