"""Fourier coefficients by queries and from rows, against the expansion of the function itself."""

from itertools import product

import numpy as np
import pytest
from tests.students.shelf import QUESTIONS, random_tree

from limbeck.core import Kind, Literal
from limbeck.errors import InputError, SearchError
from limbeck.students import bits_of, fourier_queries, heavy_polynomial, low_degree_polynomial, polynomial_from_tree

D = 6
QUESTIONS_OF_BITS = tuple(Literal.is_value(f"x{j}", 1) for j in range(D))
COLUMNS = tuple((f"x{j}", Kind.NUMERIC) for j in range(D))
EVERY = np.array(list(product((0, 1), repeat=D)), np.int8)


def spectrum(signs):
    """All coefficients of a function given on `EVERY`, by the definition."""
    return {
        tuple(np.flatnonzero(s).tolist()): float((signs * (1 - 2 * ((EVERY @ s) % 2))).mean())
        for s in np.array(list(product((0, 1), repeat=D)))
    }


def asked(function):
    calls = []

    def ask(bits):
        calls.append(len(bits))
        return function(bits).astype(np.int8)

    return ask, calls


def found_by_queries(function, threshold, *, delta=0.05, seed=0, multiples=False):
    ask, calls = asked(function)
    rng = np.random.default_rng(seed)
    found = heavy_polynomial(
        ask, QUESTIONS_OF_BITS, COLUMNS, (0, 1), threshold=threshold, delta=delta, rng=rng, multiples=multiples
    )
    return {term: weight[1] * 2 for term, weight in zip(found.terms, found.weights, strict=True)}, sum(calls), found


@pytest.mark.parametrize("seed", range(3))
def test_a_tree_of_depth_two_is_found_exactly_with_the_queries_that_were_said(seed):
    tree = random_tree(QUESTIONS["bits"], np.random.default_rng(seed + 10), depth=2)
    weights, queries, found = found_by_queries(lambda x: 2 * tree.predict(_named(tree, x)) - 1, 0.5, multiples=True)
    exact = spectrum(2 * tree.predict(_named(tree, EVERY)) - 1)
    assert weights == pytest.approx({term: w for term, w in exact.items() if w})
    assert queries == fourier_queries(D, 0.5, 0.05)
    assert found.predict(EVERY).tolist() == tree.predict(_named(tree, EVERY)).tolist()


def _named(tree, bits):
    """The columns that a tree has, out of the six."""
    return bits[:, [int(name[1:]) for name, _ in tree.columns]]


def test_every_large_coefficient_is_found_and_every_weight_is_near_its_coefficient():
    noise = np.random.default_rng(0).random(64) < 0.12

    def function(bits):
        place = bits @ (1 << np.arange(D)[::-1])
        return np.where(noise[place], -1, 1) * (1 - 2 * (bits[:, 1] ^ bits[:, 4]).astype(int))

    exact = spectrum(function(EVERY))
    for seed in range(5):
        weights, _, _ = found_by_queries(function, 0.5, seed=seed)
        assert {term for term, w in exact.items() if abs(w) >= 0.5} <= set(weights)
        assert all(abs(w - exact[term]) <= 0.125 for term, w in weights.items())


def test_coefficients_below_the_threshold_are_missed():
    """The hypothesis on the size is needed: the AND of four bits has coefficients of 1/8, and at 1/2 only 1 is seen."""
    weights, _, _ = found_by_queries(lambda x: 2 * x[:, :4].all(axis=1).astype(int) - 1, 0.5)
    assert set(weights) == {()}


def test_a_teacher_that_answers_at_random_is_refused():
    rng = np.random.default_rng(0)
    found, _, _ = found_by_queries(lambda x: 2 * rng.integers(2, size=len(x)) - 1, 0.5)
    assert found == {}
    with pytest.raises(InputError, match="`threshold`"):
        fourier_queries(5, 0.0, 0.05)


def test_more_prefixes_than_there_can_be_end_the_search():
    """Answers that break the algebra (here +1 to everything but scaled) must not run on for ever."""
    with pytest.raises(SearchError, match="sets of bits"):
        heavy_polynomial(
            lambda bits: np.full(len(bits), 4, np.int8), QUESTIONS_OF_BITS, COLUMNS, (0, 1),
            threshold=1.0, delta=0.5, rng=_Fixed(),
        )  # fmt: skip


class _Fixed:
    """A generator that always draws zeros, so that every parity looks alike."""

    def integers(self, high, *, size, dtype):
        return np.zeros(size, dtype)


def test_from_all_rows_the_low_degree_weights_are_the_coefficients():
    tree = random_tree(QUESTIONS["bits"], np.random.default_rng(4), depth=3)
    answers = tree.predict(_named(tree, EVERY))
    found = low_degree_polynomial(EVERY, answers, degree=3)
    exact = spectrum(2 * answers - 1)
    assert {t: w[1] * 2 for t, w in zip(found.terms, found.weights, strict=True)} == pytest.approx(
        {t: w for t, w in exact.items() if abs(w) > 1e-12}
    )
    assert found.predict(EVERY).tolist() == polynomial_from_tree(tree).predict(_named(tree, EVERY)).tolist()
    parity = EVERY[:, :4].sum(axis=1) % 2
    assert low_degree_polynomial(EVERY, parity, degree=3).n_terms == 0


def test_what_is_no_bit_and_what_is_too_much():
    assert bits_of([[0, -1], [5, -1]])[1].tolist() == [[0, 1], [1, 1]]
    with pytest.raises(InputError, match="two numbers"):
        bits_of([[0], [1], [2]])
    with pytest.raises(InputError, match="sets of bits"):
        low_degree_polynomial(np.eye(200, dtype=int), [0, 1] * 100, degree=4)
    with pytest.raises(InputError, match="takes two classes"):
        low_degree_polynomial(EVERY, [0, 1, 2, 3] * 16, degree=1)
