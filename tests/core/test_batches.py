"""The answer for a row is the same alone and in any company, in every kind of rows."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.core import Clause, Kind, Leaf, Literal, Split, Tree, as_table
from limbeck.tables.column_reading import column_of

WORDS = ["a", "b", "True", "1", "2.5"]
MIXED = st.sampled_from(["a", "b", True, False, 1, 1.0, 2.5, None, np.nan, np.int64(1), np.bool_(True), np.str_("a")])
TEXT = st.sampled_from(["a", "b", "1", None])
NUMBER = st.sampled_from([0.0, 1.0, 2.5, None, np.inf])
WHEN = st.sampled_from([pd.Timestamp("2020-01-01"), pd.Timestamp("2021-06-01 12:00"), None])
COLUMNS = (("mixed", Kind.CATEGORICAL), ("text", Kind.CATEGORICAL), ("number", Kind.NUMERIC), ("flag", Kind.NUMERIC))
DATED = (*COLUMNS, ("when", Kind.NUMERIC))
ROWS = st.lists(st.tuples(MIXED, TEXT, NUMBER, st.booleans(), WHEN).map(list), min_size=1, max_size=6)
LITERALS = st.one_of(
    st.builds(Literal.one_of, st.sampled_from(["mixed", "text"]), st.lists(st.sampled_from(WORDS), min_size=1)),
    st.builds(Literal.at_most, st.just("number"), st.sampled_from([0.5, 1.0, 2.5])),
    st.just(Literal.is_value("flag", 1.0)),
    st.builds(Literal.missing, st.sampled_from(["mixed", "text", "number"])),
)
DATES = st.one_of(LITERALS, st.just(Literal.at_most("when", 18_500.0, dated=True)))


def tree_over(literals, columns):
    """A tree that tells all answers to some literals apart."""

    def node(left, number):
        if not left:
            return Leaf((float(number),), 1.0)
        return Split(left[0], node(left[1:], 2 * number + 1), node(left[1:], 2 * number))

    return Tree.from_node(node(literals, 0), classes=None, columns=columns)


def objects(rows):
    array = np.empty((len(rows), len(rows[0])), object)
    for i, row in enumerate(rows):
        array[i, :] = row
    return array


def frame(rows):
    names = [name for name, _ in DATED][: len(rows[0])]
    columns = dict(zip(names, objects(rows).T, strict=True))
    made = pd.DataFrame({name: pd.Series(list(values)) for name, values in columns.items()})
    return made.astype({"mixed": object})


def typed(rows):
    made = frame(rows)
    return made.assign(
        text=made.text.astype("string"), number=made.number.astype("Float64"), flag=made.flag.astype("boolean")
    )


def in_polars(rows):
    schema = {"text": pl.String, "number": pl.Float64, "flag": pl.Boolean, "when": pl.Datetime("us")}
    names = [name for name, _ in DATED][: len(rows[0])]
    data = dict(zip(names, zip(*rows, strict=True), strict=True))
    made = pl.DataFrame({name: list(data[name]) for name in names[1:]}, schema={n: schema[n] for n in names[1:]})
    words = column_of("mixed", objects(rows)[:, 0]).in_words()
    values = [None if code < 0 else words.categories[code] for code in words.values]
    return made.with_columns(pl.Series("mixed", values, dtype=pl.String))


KINDS = {
    "objects": objects,
    "lists": lambda rows: rows,
    "pandas": frame,
    "pandas as inferred": lambda rows: frame(rows).infer_objects().convert_dtypes(),
    "pandas, nullable": typed,
    "pandas, categories": lambda rows: typed(rows).astype({"text": "category"}),
    "polars": in_polars,
    "arrow": lambda rows: in_polars(rows).to_arrow(),
}


# What pandas 2.2 says when it infers the type of a column with an infinity.
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@settings(max_examples=10)
@given(rows=ROWS, literals=st.lists(DATES, min_size=1, max_size=3, unique=True))
def test_rows_are_answered_alone_as_all_together(kind, rows, literals):
    tree = tree_over(literals, DATED)
    together = tree.predict(kind(rows))
    assert np.array_equal(together, np.concatenate([tree.predict(kind([row])) for row in rows]))
    assert np.array_equal(together, np.concatenate([tree.predict(as_table(kind([row]))) for row in rows]))
    paths = np.concatenate([tree.decision_path(kind([row])) for row in rows])
    assert np.array_equal(paths, tree.decision_path(kind(rows)))
    assert np.array_equal(together, tree.predict(objects(rows))), "every kind of rows gives the same answers"
    clause = Clause(tuple((literal, True) for literal in literals))
    named = frame(rows)
    apart = [clause.holds(named.iloc[[i]]) for i in range(len(rows))]
    assert np.array_equal(clause.holds(named), np.concatenate(apart))


@settings(max_examples=10)
@given(rows=st.lists(st.tuples(TEXT.filter(bool), st.floats(0, 3), st.booleans()), min_size=1, max_size=12))
def test_structured_and_masked_arrays_are_answered_row_by_row(rows):
    fields = np.array(rows, dtype=[("text", "U1"), ("number", float), ("flag", bool)])
    literals = [Literal.one_of("text", ["a"]), Literal.at_most("number", 1.5), Literal.is_value("flag", 1)]
    tree = tree_over(literals, COLUMNS[1:])
    mask = [(i % 2 == 0, False, False) for i in range(len(rows))]
    for given_rows in (fields, np.ma.masked_array(fields, mask=mask)):
        apart = [tree.predict(given_rows[i : i + 1]) for i in range(len(rows))]
        assert np.array_equal(tree.predict(given_rows), np.concatenate(apart))
