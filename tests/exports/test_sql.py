"""The CASE of a tree answers in SQLite, DuckDB and PostgreSQL as the tree does."""

import csv
import io
import itertools
import math
import sqlite3

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.exported import ASKING, HOSTILE, TREES, rows_for, trees
from tests.exports import postgres

from limbeck.core import Kind, Leaf, Literal, Split, Tree
from limbeck.errors import InputError
from limbeck.exports.sql_dialects import DIALECTS

needs_postgres = pytest.mark.skipif(
    postgres.tools() is None, reason="no PostgreSQL server: apt install postgresql (its user `postgres`, for root)"
)


def names_for(tree, dialect):
    """Give names that the database can tell apart and keep to the columns that it could not."""
    same = DIALECTS[dialect].same_name
    seen, names = set(), {}
    for j, (name, _) in enumerate(tree.columns):
        if same(name) in seen or not name or (dialect == "postgresql" and len(name.encode()) > 63):
            names[name] = f"column {j}"
        seen.add(same(name))
    return names


def declared(tree, dialect, names):
    quote, kinds = DIALECTS[dialect].identifier, {Kind.NUMERIC: DIALECTS[dialect].double, Kind.CATEGORICAL: "TEXT"}
    return ", ".join(f"{quote(names.get(name, name))} {kinds[kind]}" for name, kind in tree.columns)


def cells(rows):
    """Return the rows as lists of plain values, None for what is missing."""
    plain = rows.astype(object).to_numpy().tolist()
    return [[None if isinstance(v, float) and math.isnan(v) else v for v in row] for row in plain]


def of_sqlite(jobs):
    for tree, rows in jobs:
        with sqlite3.connect(":memory:") as base:
            names = names_for(tree, "sqlite")
            base.execute(f"CREATE TABLE rows (i INTEGER PRIMARY KEY, {declared(tree, 'sqlite', names)})")
            marks = ", ".join("?" * (1 + len(tree.columns)))
            base.executemany(f"INSERT INTO rows VALUES ({marks})", [[i, *row] for i, row in enumerate(cells(rows))])
            found = base.execute(f"SELECT {tree.to_sql(dialect='sqlite', names=names)} FROM rows ORDER BY i")
            yield [answer for (answer,) in found.fetchall()]
        base.close()


def of_duckdb(jobs):
    with duckdb.connect() as base:
        for tree, rows in jobs:
            names = names_for(tree, "duckdb")
            base.execute(f"CREATE OR REPLACE TABLE rows (i INTEGER, {declared(tree, 'duckdb', names)})")
            # By place: names of the frame never meet those of the table. NaN stays NaN here, beside NULL.
            frame = rows.set_axis([f"c{j}" for j in range(rows.shape[1])], axis=1)
            texts = [f"c{j}" for j, (_, kind) in enumerate(tree.columns) if kind is Kind.CATEGORICAL]
            frame = frame.assign(**{c: pd.array(frame[c], dtype="string") for c in texts})
            frame.insert(0, "i", np.arange(len(rows)))
            base.register("given", frame)
            base.execute("INSERT INTO rows SELECT * FROM given")
            found = base.execute(f"SELECT {tree.to_sql(dialect='duckdb', names=names)} FROM rows ORDER BY i")
            yield [answer for (answer,) in found.fetchall()]


def of_postgresql(jobs, place):
    parts = []
    for j, (tree, rows) in enumerate(jobs):
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for i, row in enumerate(rows.astype(object).to_numpy().tolist()):
            # None is NULL; NaN stays NaN, which PostgreSQL has beside it.
            writer.writerow([i, *("\\N!" if v is None else repr(v) if isinstance(v, float) else v for v in row)])
        (place / f"rows{j}.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
        names = names_for(tree, "postgresql")
        forced = ", ".join(DIALECTS["postgresql"].identifier(names.get(name, name)) for name, _ in tree.columns)
        parts += [
            f"CREATE TABLE rows{j} (i INTEGER, {declared(tree, 'postgresql', names)});",
            f"COPY rows{j} FROM '{place}/rows{j}.csv' (FORMAT csv, NULL '\\N!', FORCE_NULL ({forced}));",
            f"COPY (SELECT answer FROM (SELECT i, {tree.to_sql(names=names)} AS answer FROM rows{j}) AS a ORDER BY i)"
            f" TO '{place}/answers{j}.csv' (FORMAT csv, FORCE_QUOTE *);",
        ]
    with postgres.server(place) as run:
        done = run("\n".join(parts))
        assert done.returncode == 0, done.stderr
    for j, (tree, _) in enumerate(jobs):
        with open(place / f"answers{j}.csv", encoding="utf-8", newline="") as file:
            yield [answer_of(tree, cell) for (cell,) in csv.reader(file)]


def answer_of(tree, cell):
    """Read a cell in the type of the tree's answers."""
    kind = float if tree.classes is None else type(tree.classes[0])
    return cell == "t" if kind is bool else kind(cell)


def everything():
    return [(tree, rows_for(tree)) for tree in TREES.values()]


def check(jobs, found):
    for (tree, rows), answers in zip(jobs, found, strict=True):
        assert answers == tree.predict(rows).tolist(), tree.columns


def test_sqlite_answers_every_row_as_the_tree_does():
    jobs = everything()
    check(jobs, of_sqlite(jobs))


def test_duckdb_answers_every_row_as_the_tree_does():
    jobs = everything()
    check(jobs, of_duckdb(jobs))


BATCHES = st.lists(trees(), min_size=20, max_size=30)
BATCH = settings(max_examples=2, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


@BATCH
@given(BATCHES)
def test_no_name_and_no_value_changes_what_sqlite_and_duckdb_do(drawn):
    jobs = [(tree, rows_for(tree, 30)) for tree in drawn]
    check(jobs, of_sqlite(jobs))
    check(jobs, of_duckdb(jobs))


@needs_postgres
def test_postgresql_answers_every_row_as_the_tree_does_whatever_it_is_called(tmp_path):
    fuzzed = []

    @settings(BATCH, max_examples=1)
    @given(BATCHES)
    def draw(drawn):
        fuzzed.extend((tree, rows_for(tree, 30)) for tree in drawn)

    draw()
    jobs = everything() + fuzzed
    check(jobs, of_postgresql(jobs, tmp_path))


def simple(*names, texts=("red",)):
    node = Leaf((1.0, 0.0), 1.0)
    for name in names:
        node = Split(Literal.one_of(name, list(texts)), Leaf((0.0, 1.0), 1.0), node)
    return Tree.from_node(node, classes=("a", "b"), columns=tuple((name, Kind.CATEGORICAL) for name in names))


def test_a_column_that_is_not_there_is_an_error_of_the_database_not_a_text():
    sql = TREES["mixed"].to_sql(dialect="sqlite")
    with sqlite3.connect(":memory:") as base:
        base.execute("CREATE TABLE rows (other REAL)")
        with pytest.raises(sqlite3.OperationalError, match="no such column"):
            base.execute(f"SELECT {sql} FROM rows")
    base.close()


# Texts that one collation or another takes for one: case, accents, blanks at the end, width, composed letters.
ALIKE = [
    "red",
    "RED",
    "Red",
    "red ",
    "rèd",
    "re\u0301d",
    "r\u00e9d",
    "ｒｅｄ",
    "straße",
    "strasse",
    "it's",
    "🌳",
    "🌲",
    "",
]


def alike_tree(value):
    root = Split(Literal.one_of("e", [value]), Leaf((1.0, 0.0), 1.0), Leaf((0.0, 1.0), 1.0))
    return Tree.from_node(root, classes=("a", "b"), columns=(("e", Kind.CATEGORICAL),))


def expected_of(tree):
    return tree.predict(pd.DataFrame({"e": ALIKE})).tolist()


@pytest.mark.parametrize("collation", ["NOCASE", "RTRIM", "BINARY"])
def test_sqlite_compares_letter_by_letter_under_every_collation(collation):
    with sqlite3.connect(":memory:") as base:
        base.execute(f"CREATE TABLE rows (i INTEGER, e TEXT COLLATE {collation})")
        base.executemany("INSERT INTO rows VALUES (?, ?)", list(enumerate(ALIKE)))
        for value in ALIKE:
            tree = alike_tree(value)
            found = base.execute(f"SELECT {tree.to_sql(dialect='sqlite')} FROM rows ORDER BY i").fetchall()
            assert [answer for (answer,) in found] == expected_of(tree)
    base.close()


@pytest.mark.parametrize("declared_as", ["COLLATE nocase", "COLLATE noaccent", "COLLATE nocase.noaccent", ""])
@pytest.mark.parametrize("default", ["", "nocase.noaccent"])
def test_duckdb_compares_letter_by_letter_under_every_collation(declared_as, default):
    with duckdb.connect() as base:
        base.execute(f"SET default_collation = '{default}'")
        base.execute(f"CREATE TABLE rows (i INTEGER, e VARCHAR {declared_as})")
        base.executemany("INSERT INTO rows VALUES (?, ?)", list(enumerate(ALIKE)))
        for value in ALIKE:
            tree = alike_tree(value)
            found = base.execute(f"SELECT {tree.to_sql(dialect='duckdb')} FROM rows ORDER BY i").fetchall()
            assert [answer for (answer,) in found] == expected_of(tree)


def test_duckdb_refuses_a_column_that_is_no_text():
    with duckdb.connect() as base:
        base.execute("CREATE TABLE rows AS SELECT true AS e")
        with pytest.raises(duckdb.BinderException):
            base.execute(f"SELECT {alike_tree('True').to_sql(dialect='duckdb')} FROM rows")


@needs_postgres
def test_postgresql_compares_letter_by_letter_under_every_collation_and_type_of_text(tmp_path):
    types = {"t0": "text", "t1": "varchar(20)", "t2": "citext", "t3": "text COLLATE blind", "t4": "name"}
    parts = [
        "CREATE EXTENSION citext;",
        "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level1', deterministic = false);",
        f"CREATE TABLE rows (i int, {', '.join(f'{name} {kind}' for name, kind in types.items())}, yes boolean);",
    ]
    for i, value in enumerate(ALIKE):
        text = DIALECTS["postgresql"].text(value)
        parts.append(f"INSERT INTO rows VALUES ({i}, {', '.join([text] * len(types))}, true);")
    columns = [alike_tree(value).to_sql(names={"e": name}) for name in types for value in ALIKE]
    parts.append(f"COPY (SELECT {', '.join(columns)} FROM rows ORDER BY i) TO '{tmp_path}/found.csv' (FORMAT csv);")
    with postgres.server(tmp_path) as run:
        done = run("\n".join(parts))
        assert done.returncode == 0, done.stderr
        assert run(f"SELECT {alike_tree('True').to_sql(names={'e': 'yes'})} FROM rows").returncode != 0
    with open(tmp_path / "found.csv", encoding="utf-8", newline="") as file:
        found = np.array(list(csv.reader(file))).T.tolist()
    assert found == [expected_of(alike_tree(value)) for _ in types for value in ALIKE]


def test_names_and_a_table_can_be_given():
    sql = simple("colour", "shape").to_sql(names={"colour": "col"}, table="t")
    assert """textcat("t"."col", '') COLLATE "C" = 'red'""" in sql
    assert """textcat("t"."shape", '') COLLATE "C" = """ in sql


def test_the_leaf_is_answered_too():
    tree = TREES["mixed"]
    rows = rows_for(tree, 300)
    with sqlite3.connect(":memory:") as base:
        base.execute(f"CREATE TABLE rows ({declared(tree, 'sqlite', {})})")
        base.executemany(f"INSERT INTO rows VALUES ({', '.join('?' * len(tree.columns))})", cells(rows))
        found = base.execute(f"SELECT {tree.to_sql(dialect='sqlite', answer='leaf')} FROM rows").fetchall()
    base.close()
    assert [leaf for (leaf,) in found] == tree.apply(rows).tolist()


@pytest.mark.parametrize(
    ("tree", "options", "message"),
    [
        (simple("a"), {"dialect": "oracle"}, "give one of `postgresql`, `sqlite`, `duckdb`"),
        (simple("a", "A"), {"dialect": "sqlite"}, "in case only"),
        (simple("a", "A"), {"dialect": "duckdb"}, "in case only"),
        (simple("x" * 63 + "a", "x" * 63 + "b"), {}, "in the part that is kept"),
        (simple("a\0"), {}, r"U\+0000"),
        (simple("a", texts=["\0"]), {}, r"U\+0000"),
        (simple("a", texts=["\ud800"]), {"dialect": "sqlite"}, r"U\+D800"),
        (simple(""), {}, "a column without a name"),
        (simple("a"), {"names": {"b": "c"}}, "name its own columns"),
    ],
)
def test_what_the_database_cannot_hold_is_refused(tree, options, message):
    with pytest.raises(InputError, match=message):
        tree.to_sql(**options)


@given(st.floats(allow_nan=False))
def test_sqlite_reads_every_number_as_it_was(number):
    with sqlite3.connect(":memory:") as base:
        (found,) = base.execute(f"SELECT {DIALECTS['sqlite'].number(number)}").fetchone()
    base.close()
    assert found == number


@pytest.mark.parametrize(("dialect", "text"), list(itertools.product(["sqlite", "duckdb"], HOSTILE)))
def test_text_is_read_back(dialect, text):
    sql = f"SELECT {DIALECTS[dialect].text(text)}"
    with sqlite3.connect(":memory:") if dialect == "sqlite" else duckdb.connect() as base:
        assert base.execute(sql).fetchall() == [(text,)]
    base.close()


@pytest.mark.parametrize("found_by", [of_sqlite, of_duckdb])
def test_rows_that_ask_the_model_get_null(found_by):
    jobs = [(tree, rows_for(tree, 300)) for tree in ASKING.values()]
    for (tree, rows), found in zip(jobs, found_by(jobs), strict=True):
        told = [None if cell is None else answer_of(tree, cell) for cell in found]
        assert None in told
        assert told == tree.predict(rows).tolist()
