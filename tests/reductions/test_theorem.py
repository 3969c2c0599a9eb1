"""The theorem, run on networks: the promise, what breaks it, and the edge of the web."""

import json
from itertools import product

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier

from limbeck.core import Kind, Leaf, Literal, Split, Tree
from limbeck.errors import InputError, SearchError
from limbeck.reductions import Route, Setting, distill_represented, routes, run
from limbeck.reductions.theorem import THEOREM
from limbeck.students import compile_tree

D = 8
EVERY = np.array(list(product((0, 1), repeat=D)))
BIT = [Literal.is_value(f"x{j}", 1) for j in range(D)]
NO, YES = Leaf((1.0, 0.0), 1.0), Leaf((0.0, 1.0), 1.0)
ROOT = Split(BIT[0], Split(BIT[1], Split(BIT[2], YES, NO), Split(BIT[3], YES, NO)), Split(BIT[4], NO, YES))
TREE = Tree.from_node(ROOT, classes=(0, 1), columns=tuple((f"x{j}", Kind.NUMERIC) for j in range(D)))
NETWORK = compile_tree(TREE, EVERY, rng=np.random.default_rng(0))


def drawn(n, d=D, seed=1):
    return np.random.default_rng(seed).integers(2, size=(n, d))


def test_on_all_rows_the_tree_of_a_compiled_network_is_found_and_the_counts_keep_the_bound():
    found = distill_represented(NETWORK, EVERY, layers=["mixed"])
    assert found.whole
    assert (found.disagreements, found.gap, found.beyond) == (0, 0.0, "")
    assert (found.tree.predict(EVERY) == TREE.predict(EVERY)).all()
    assert found.length <= 2.0
    assert all(d.passed <= min(d.bound, d.probed) <= d.all for d in found.depths)
    assert found.depths[1].passed < found.depths[1].all / 5
    assert found.promise.startswith("wrong on 0 of all 256 rows; no tree")
    assert "on uniform bits" not in found.promise
    assert json.loads(json.dumps(found.to_dict()))["depths"][0]["all"] == 2 * D


def test_classes_keep_the_order_of_the_model():
    other = Tree.from_node(ROOT, classes=("yes", "no"), columns=TREE.columns)
    found = distill_represented(compile_tree(other, EVERY), EVERY, layers=["mixed"])
    assert found.disagreements == 0
    assert found.tree.classes == ("yes", "no")
    assert (found.tree.predict(EVERY) == other.predict(EVERY)).all()


def test_where_no_clause_is_represented_no_tree_is_found():
    """A unit that is the parity of four bits is right, and represents no clause of one or two of them."""
    parity = MLPClassifier((2,), max_iter=1)
    with pytest.warns(UserWarning, match="converge"):
        parity.fit(EVERY, EVERY[:, :4].sum(axis=1) % 2)
    ramp = np.zeros((D, 5))
    ramp[:4] = 1.0
    parity.coefs_ = [ramp, np.array([[1.0, -2.0, 2.0, -2.0, 2.0]]).T]
    parity.intercepts_ = [-np.arange(5.0), np.array([-0.5])]
    parity.n_layers_, parity.hidden_layer_sizes = 3, (5,)
    assert (parity.predict(EVERY) == EVERY[:, :4].sum(axis=1) % 2).all()
    found = distill_represented(parity, EVERY, max_depth=4, max_leaves=16, most_clauses=5000)
    assert found.disagreements == 128
    with pytest.raises(SearchError, match=r"0\.4\d+ of the rows wrong"):
        run(Route(THEOREM, Setting(n_columns=D, depth=4, n_leaves=16)), parity, drawn(600))


def test_with_drawn_rows_the_promise_carries_a_gap_that_shrinks():
    few, many = (distill_represented(NETWORK, drawn(n), layers=["mixed"], delta=0.1) for n in (500, 2000))
    assert not few.whole
    assert 0 < many.gap == pytest.approx(few.gap / 2)
    assert "probability at least 0.9" in few.promise
    assert many.disagreements == 0


def test_rows_that_are_no_uniform_bits_are_refused():
    rows = drawn(600)
    with pytest.raises(InputError, match="bits 0 and 3 go together"):
        distill_represented(NETWORK, np.where(np.arange(D) == 3, rows[:, :1], rows))
    with pytest.raises(InputError, match="bit 2 is not balanced"):
        distill_represented(NETWORK, np.where(np.arange(D) == 2, rows | drawn(600, seed=2), rows))
    with pytest.raises(InputError, match="with other values"):
        distill_represented(NETWORK, rows * np.arange(1, 601)[:, None])
    with pytest.raises(InputError, match="which has none"):
        distill_represented(lambda x: x[:, 0], rows)


def test_too_many_clauses_are_refused_with_the_number_that_might_pass():
    with pytest.raises(SearchError, match=r"of 16 clauses of 1 literal.* up to 112 might pass"):
        distill_represented(NETWORK, EVERY, length=50.0, layers=["mixed"], most_clauses=20, max_depth=3)


def test_the_edge_runs_and_its_route_is_certified():
    route = next(r for r in routes("network", "tree", Setting(n_columns=D)) if r.edges == THEOREM)
    result = run(route, NETWORK, drawn(800))
    assert (result.student.predict(EVERY) == TREE.predict(EVERY)).all()
    assert result.ledger[0].basis.startswith("measured: 0 of")
    assert not result.contradicted


def test_its_cost_is_polynomial_in_the_columns_and_grows_with_the_norm():
    steps = [THEOREM[0].cost(Setting(n_columns=d, length=2.0)).operations for d in (1000, 2000, 4000)]
    assert steps[1] / steps[0] == pytest.approx(2.0, rel=0.1)  # the clauses that can pass do not depend on d
    assert steps[2] / steps[1] == pytest.approx(2.0, rel=0.1)
    assert THEOREM[0].cost(Setting(n_columns=1000, length=4.0)).operations > steps[0]
    with pytest.raises(InputError, match="`length"):
        Setting(length=0.0)
