"""What is probed: the same concept as a column, an array, a clause and a function of raw rows; and what is refused."""

import numpy as np
import pandas as pd
import pytest
from sklearn.neural_network import MLPClassifier

from limbeck import probe
from limbeck.core import Clause, Literal
from limbeck.errors import InputError
from limbeck.probes import CONCEPT

X = np.random.default_rng(0).integers(2, size=(500, 8))
BOTH = X[:, 0] & X[:, 1]
CLAUSE = Clause(((Literal.is_value("x0", 1), True), (Literal.is_value("x1", 1), True)))
NETWORK = MLPClassifier((24,), solver="lbfgs", random_state=0, max_iter=500).fit(X, BOTH ^ X[:, 2])
ASKED = {"n_rows": 300, "redraws": 1, "bootstrap": 50}


def test_a_concept_is_the_same_however_it_is_given():
    seen = []

    def both(rows):
        seen.append(rows)
        return rows[:, 0] & rows[:, 1]

    by_array, by_list, by_function = (
        probe(NETWORK, X, {"both": given}, **ASKED) for given in (BOTH, (BOTH == 1).tolist(), both)
    )
    assert by_array == by_list == by_function
    assert seen[0].shape == (300, 8)
    frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(8)]).assign(both=BOTH)
    network = MLPClassifier((24,), solver="lbfgs", random_state=0, max_iter=500).fit(frame.iloc[:, :8], BOTH ^ X[:, 2])
    by_column = probe(network, frame, {"both": "both"}, **ASKED)
    by_clause = probe(network, frame.drop(columns="both"), {"both": CLAUSE}, **ASKED)
    assert by_column.clauses[0].label == by_clause.clauses[0].label == by_array.clauses[0].label == "both"
    assert by_column.clauses[0].r_squared == pytest.approx(by_array.clauses[0].r_squared)
    assert (by_column.clauses[0].depth, by_clause.clauses[0].depth) == (CONCEPT, 2)


def test_a_concept_that_is_held_stands_above_functions_of_like_complexity():
    """A single input beside it, which a wide layer holds anyway, would have hidden that."""
    network = MLPClassifier((24,), solver="lbfgs", random_state=0, max_iter=500).fit(X, BOTH)
    found = probe(network, X, {"both": BOTH, "first": X[:, 0]}, **ASKED)
    both, first = found.clauses
    assert both.held.value > 0.9
    assert both.above_random.low > 0.1
    assert first.above_random.high < 0.05  # a single input stands beside single inputs
    assert "trees of as many leaves as the concept takes" in str(found)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"odd": BOTH[:10]}, "10 for 500 rows"),
        ({"odd": BOTH * 2}, "`2`"),
        ({"odd": np.column_stack([BOTH, BOTH])}, r"shape \(500, 2\)"),
        ({"odd": lambda rows: rows[:5, 0]}, r"shape \(5,\)"),
        ({"odd": ["a"] * 500}, "`a`"),
        ({}, "no clause"),
        ([3], "3"),
    ],
)
def test_what_is_no_concept_is_refused(given, words):
    with pytest.raises(InputError, match=words):
        probe(NETWORK, X, given, **ASKED)
