"""Exact rewritings are the same function on every possible row; what is simplified can lose nothing more."""

from dataclasses import replace

import numpy as np
import pytest
from tests.students.shelf import QUESTIONS, random_tree

from limbeck.core import Cells, Clause, Column, Kind, Leaf, Literal, Split, Table, Tree
from limbeck.errors import InputError
from limbeck.students import (
    junta_from_tree,
    list_from_tree,
    polynomial_from_tree,
    rules_from_tree,
    simplified_list,
    simplified_rules,
)


def every_row(questions):
    """One row for each combination of answers that is possible."""
    cells = Cells.of(questions)
    columns = []
    grid = np.indices([len(answers) for answers in cells.answers]).reshape(len(cells.columns), -1)
    for name, place, answers in zip(cells.columns, grid, cells.answers, strict=True):
        columns.append(_with_answers(name, [q for q in questions if q.column == name], answers, cells)[place])
    return dict(zip(cells.columns, columns, strict=True))


def _with_answers(name, literals, answers, cells):
    """Find for every cell a value that gives its answers."""
    text = any(literal.values for literal in literals)
    values = ["red", "blue", "grey", None] if text else [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 0.25, 1.25, 2.25, np.nan]
    own = [cells.literals.index(literal) for literal in literals]
    found = []
    for row in answers[:, own]:
        for value in values:
            column = _column(name, [value], text)
            if [bool(literal.holds(column)[0]) for literal in literals] == row.tolist():
                found.append(value)
                break
        else:
            raise AssertionError(f"no value of {name} gives {row}")
    return np.array(found, object if text else float)


def _column(name, values, text):
    if not text:
        return Column(name, Kind.NUMERIC, np.array(values, float))
    known = ("red", "blue", "grey")
    codes = np.array([-1 if value is None else known.index(value) for value in values], np.int32)
    return Column(name, Kind.CATEGORICAL, codes, known)


def table_of(questions):
    values = every_row(questions)
    columns = tuple(_column(name, v.tolist(), v.dtype == object) for name, v in values.items())
    return Table(columns, None, len(columns[0].values))


ROWS = {name: table_of(questions) for name, questions in QUESTIONS.items()}
SEEDS = range(12)


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("seed", SEEDS)
def test_all_rewritings_of_a_tree_of_two_classes_are_the_tree(name, seed):
    rng = np.random.default_rng(seed)
    tree = random_tree(QUESTIONS[name], rng, classes=("no", "yes"))
    rows = ROWS[name]
    wanted = tree.predict(rows).tolist()
    rules, steps = rules_from_tree(tree), list_from_tree(tree)
    for student in (
        steps, simplified_list(steps), rules, simplified_rules(rules), polynomial_from_tree(tree), junta_from_tree(tree)
    ):  # fmt: skip
        assert student.predict(rows).tolist() == wanted, student.kind
    assert simplified_rules(rules).n_terms <= rules.n_terms


@pytest.mark.parametrize("classes", [("p", "q", "r"), None])
@pytest.mark.parametrize("seed", SEEDS)
def test_rewritings_of_three_classes_and_of_numbers(classes, seed):
    tree = random_tree(QUESTIONS["mixed"], np.random.default_rng(seed), classes=classes)
    rows = ROWS["mixed"]
    students = [list_from_tree(tree), simplified_list(list_from_tree(tree)), polynomial_from_tree(tree)]
    students += [] if classes is None else [junta_from_tree(tree)]
    for student in students:
        if classes is None:
            assert np.allclose(student.predict(rows), tree.predict(rows), atol=1e-12, rtol=0)
        else:
            assert student.predict(rows).tolist() == tree.predict(rows).tolist()
    with pytest.raises(InputError, match="takes two classes"):
        rules_from_tree(tree)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_literal_and_no_rule_of_a_simplified_set_can_go(seed):
    rules = simplified_rules(rules_from_tree(random_tree(QUESTIONS["mixed"], np.random.default_rng(seed))))
    rows = ROWS["mixed"]
    wanted = rules.holds(rows)
    for i, clause in enumerate(rules.clauses):
        others = rules.clauses[:i] + rules.clauses[i + 1 :]
        assert (replace(rules, clauses=others).holds(rows) != wanted).any()
        for term in clause.terms:
            shorter = Clause(tuple(other for other in clause.terms if other != term))
            assert (replace(rules, clauses=(*others, shorter)).holds(rows) != wanted).any()


def test_the_polynomial_of_a_tree_is_short_where_the_theorem_says():
    """At most s 2^r parities, and the absolute weights of a score sum to at most s."""
    for seed in SEEDS:
        tree = random_tree(QUESTIONS["bits"], np.random.default_rng(seed), depth=5)
        found = polynomial_from_tree(tree)
        assert found.n_terms <= tree.n_leaves * 2**tree.depth
        assert np.abs(np.array(found.weights)).sum(axis=0).max() <= tree.n_leaves
        assert found.degree <= tree.depth


def test_limits_of_size():
    chain = Leaf((1.0, 0.0), 1.0)
    for j in range(17):
        chain = Split(Literal.is_value(f"x{j}", 1), Leaf((0.0, 1.0), 1.0), chain)
    tree = Tree.from_node(chain, classes=(0, 1), columns=tuple((f"x{j}", Kind.NUMERIC) for j in range(17)))
    with pytest.raises(InputError, match="65536 parities"):
        polynomial_from_tree(tree)
    with pytest.raises(InputError, match="4096 combinations"):
        junta_from_tree(tree)
    assert len(simplified_list(list_from_tree(tree)).clauses) == 17
    assert all(len(clause) == 1 for clause in simplified_rules(rules_from_tree(tree)).clauses)
