"""Cells stand for every possible row, and boxes of cells decide what clauses cover."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.core import Cells, Clause, Column, Kind, Literal, Table, covers

LITERALS = (
    Literal.at_most("x", 1.0), Literal.at_most("x", 2.5), Literal.is_value("x", 2.0), Literal.missing("x"),
    Literal.one_of("c", ["red"]), Literal.one_of("c", ["red", "blue"]), Literal.missing("c"),
    Literal.is_value("b", 1.0), Literal.concept("z"),
)  # fmt: skip


def table(n, rng):
    """Rows of every kind, gaps and odd values included."""
    x = rng.choice([-np.inf, 0.0, 1.0, 1.0 + 1e-9, 2.0, 2.5, 2.6, 1e300, np.nan], n)
    c = Column("c", Kind.CATEGORICAL, rng.integers(-1, 3, n).astype(np.int32), ("red", "blue", "grey"))
    b, z = (Column(name, Kind.NUMERIC, rng.choice([0.0, 1.0, np.nan], n)) for name in "bz")
    return Table((Column("x", Kind.NUMERIC, x), c, b, z), None, n)


def answers(rows):
    return np.column_stack([literal.holds(rows[literal.column]) for literal in LITERALS])


def test_every_row_lies_in_a_cell_and_every_cell_has_a_row():
    seen = {tuple(row) for row in answers(table(60_000, np.random.default_rng(0))).tolist()}
    cells = Cells.of(LITERALS)
    assert {tuple(row.tolist()) for row in cells.rows()} == seen
    assert cells.n_rows == len(seen)


clauses = st.lists(
    st.lists(st.tuples(st.sampled_from(LITERALS), st.booleans()), max_size=4).map(lambda t: Clause(tuple(t))),
    max_size=5,
)


@settings(max_examples=150)
@given(clauses, clauses.filter(bool))
def test_covering_is_decided_as_by_trying_every_cell(cover, some):
    cells = Cells.of(LITERALS)
    rows = np.array(list(cells.rows()))

    def held(clause):
        wanted = [rows[:, cells.literals.index(literal)] == answer for literal, answer in clause.terms]
        return np.logical_and.reduce(wanted) if wanted else np.ones(len(rows), bool)

    by_trying = not (held(some[0]) & ~np.logical_or.reduce([np.zeros(len(rows), bool), *map(held, cover)])).any()
    assert covers([cells.box(clause) for clause in cover], cells.box(some[0])) == by_trying
