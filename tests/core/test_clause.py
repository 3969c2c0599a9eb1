"""A clause is the AND of its terms."""

import json

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from limbeck.core import Clause, Literal, as_table

TABLE = as_table(
    pd.DataFrame(
        {
            "n": [0.0, 1.0, 2.0, 3.0, np.nan, np.nan, 1.0, 2.0],
            "b": [0, 1, 0, 1, 0, 1, 1, 0],
            "c": ["red", "blue", None, "red", "blue", None, "red", "green"],
        }
    )
)
LITERALS = st.one_of(
    st.builds(Literal.at_most, st.just("n"), st.sampled_from([0.0, 0.5, 1.0, 2.0])),
    st.builds(Literal.is_value, st.just("b"), st.just(1.0)),
    st.builds(Literal.one_of, st.just("c"), st.lists(st.sampled_from(["red", "blue", "other"]), min_size=1)),
    st.builds(Literal.missing, st.sampled_from(["n", "c"])),
)
TERMS = st.lists(st.tuples(LITERALS, st.booleans()), max_size=4).map(tuple)


@given(TERMS)
def test_a_clause_holds_where_all_its_terms_do(terms):
    expected = [
        all(literal.holds(TABLE[literal.column])[i] == answer for literal, answer in terms) for i in range(TABLE.n_rows)
    ]
    assert Clause(terms).holds(TABLE).tolist() == expected


@given(TERMS, LITERALS)
def test_the_two_extensions_of_a_clause_share_its_rows(terms, literal):
    clause = Clause(terms)
    yes, no = clause.extended(literal, True), clause.extended(literal, False)
    assert len(yes) == len(clause) + 1
    assert (yes.holds(TABLE) ^ no.holds(TABLE)).tolist() == clause.holds(TABLE).tolist()


@given(TERMS)
def test_a_clause_survives_json_exactly(terms):
    clause = Clause(terms)
    assert Clause.from_dict(json.loads(json.dumps(clause.to_dict()))) == clause


def test_the_text_names_every_term():
    clause = Clause(((Literal.at_most("n", 1.0), False), (Literal.missing("c"), True)))
    assert str(clause) == "n > 1 and c is missing"
    assert str(Clause()) == "every row"
    assert Clause().holds(TABLE).all()
