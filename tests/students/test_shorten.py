"""The shortest rule set, against trying every set of candidates."""

from itertools import combinations

import numpy as np
import pytest
from tests.students.shelf import QUESTIONS, random_tree

from limbeck.core import Clause, Literal, as_table
from limbeck.errors import InputError
from limbeck.students import RuleSet, rules_from_tree, shortest_rules

ROWS = np.random.default_rng(0).integers(2, size=(80, 6))


def by_trying(rules, answers, fidelity):
    """The least number of literals of any set of parts of the rules that agrees often enough."""
    table = as_table(ROWS)
    parts = {Clause(terms) for c in rules.clauses for r in range(len(c) + 1) for terms in combinations(c.terms, r)}
    held = {clause: clause.holds(table) for clause in parts}
    best = None
    for size in range(len(rules.clauses) + 1):
        for some in combinations(held, size):
            told = np.logical_or.reduce([np.zeros(len(ROWS), bool), *(held[c] for c in some)])
            length = sum(max(len(c), 0.01) for c in some)
            if (told == answers).mean() >= fidelity - 1e-12 and (best is None or length < best):
                best = length
    return best


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("fidelity", [1.0, 0.9, 0.7])
def test_it_is_the_shortest_set_of_parts(seed, fidelity):
    rng = np.random.default_rng(seed)
    tree = random_tree(QUESTIONS["bits"], rng, depth=2)
    rules = rules_from_tree(tree)
    answers = rules.holds(as_table(ROWS)) ^ (rng.random(80) < 0.05)
    if (rules.holds(as_table(ROWS)) == answers).mean() < fidelity:
        fidelity = float((rules.holds(as_table(ROWS)) == answers).mean())
    found = shortest_rules(rules, ROWS, answers.astype(int), fidelity=fidelity)
    assert (found.predict(ROWS) == answers).mean() >= fidelity
    assert sum(max(len(c), 0.01) for c in found.clauses) == pytest.approx(by_trying(rules, answers, fidelity))


def test_less_fidelity_is_never_longer_and_saves_something():
    tree = random_tree(QUESTIONS["bits"], np.random.default_rng(5), depth=4)
    rules, told = rules_from_tree(tree), tree.predict(ROWS)
    lengths = [shortest_rules(rules, ROWS, told, fidelity=f).n_terms for f in (1.0, 0.95, 0.9, 0.8)]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] > lengths[-1]


def test_what_cannot_be():
    rules = RuleSet((Clause(((Literal.is_value("x0", 1), True),)),), (0, 1), as_table(ROWS).schema)
    with pytest.raises(InputError, match="the given rules agree on"):
        shortest_rules(rules, ROWS, 1 - ROWS[:, 0] * ROWS[:, 1], fidelity=1.0)
    with pytest.raises(InputError, match="`fidelity` in"):
        shortest_rules(rules, ROWS, ROWS[:, 0], fidelity=0.0)
    with pytest.raises(InputError, match="classes"):
        shortest_rules(rules, ROWS, ROWS[:, 0] + 5, fidelity=1.0)
