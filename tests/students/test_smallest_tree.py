"""The smallest tree of a table, against trying all trees."""

from itertools import product

import numpy as np
import pytest

from limbeck.core import Kind, Literal
from limbeck.errors import SearchError
from limbeck.search import HardLabels, best_costs_by_enumeration
from limbeck.students import Junta, tree_from_junta


def junta(k, codes, classes=(0, 1)):
    questions = tuple(Literal.is_value(f"x{j}", 1) for j in range(k))
    columns = tuple((f"x{j}", Kind.NUMERIC) for j in range(k))
    patterns = tuple(product((False, True), repeat=k))
    return Junta(questions, patterns, tuple(codes), (1.0,) * len(patterns), classes, columns)


@pytest.mark.parametrize("seed", range(25))
def test_it_answers_as_the_table_does_and_no_smaller_tree_can(seed):
    codes = np.random.default_rng(seed).integers(3, size=8).tolist()
    table = junta(3, codes, ("p", "q", "r"))
    tree = tree_from_junta(table)
    rows = np.array(table.patterns, float)
    assert tree.predict(rows).tolist() == table.predict(rows).tolist()
    costs = best_costs_by_enumeration(
        np.array(table.patterns), HardLabels(codes, 3, eta=0.0), max_leaves=8, max_depth=3
    )
    assert tree.n_leaves == 1 + int((costs > 0).sum())


@pytest.mark.parametrize(("k", "codes", "leaves"), [(5, None, 32), (4, [0] * 16, 1), (4, [0] * 15 + [1], 5)])
def test_parity_constant_and_conjunction(k, codes, leaves):
    table = junta(k, [sum(p) % 2 for p in product((0, 1), repeat=k)] if codes is None else codes)
    assert tree_from_junta(table).n_leaves == leaves


def test_a_table_without_a_question_and_one_that_is_too_large():
    assert tree_from_junta(junta(0, [1])).n_leaves == 1
    with pytest.raises(SearchError, match="256 combinations"):
        tree_from_junta(junta(9, [0] * 512))
