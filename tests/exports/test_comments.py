"""A comment at the top of an export stays a comment, whatever it holds, and changes nothing else."""

import ast
import io
import sqlite3
import tokenize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exported import TREES

import limbeck

ATTACKS = (
    "*/ int hacked(void) { return 1; } /*",
    "\nimport os",
    "\r\nhacked = 1",
    "\u2028hacked()",
    "??/",
    "ends in a backslash \\",
    '"""; hacked = 1',
    "coding: utf-7",
    "</script><script>hacked()</script>",
    "<!-- --> \x1b[2J \u202e",
    "'; DROP TABLE rows; --",
    "\ud800",
)
TREE = TREES["mixed"]
LINES = st.lists(st.text(max_size=40) | st.sampled_from(ATTACKS), max_size=4)


def python_tokens(source):
    kinds = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE)
    return [t.string for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type not in kinds]


@given(LINES)
def test_python_reads_the_same_with_and_without(about):
    plain, remarked = TREE.to_python(), TREE.to_python(about=about)
    remarked.encode()  # no lone surrogate
    assert ast.dump(ast.parse(remarked)) == ast.dump(ast.parse(plain))
    assert python_tokens(remarked) == python_tokens(plain)
    assert remarked.splitlines()[:1] == plain.splitlines()[:1]
    assert not any("coding" in line for line in remarked.splitlines()[:2])


@given(LINES)
def test_c_ends_its_comment_where_limbeck_does(about):
    plain, remarked = TREE.to_c(), TREE.to_c(about=about)
    assert remarked.isascii()
    start, comment = remarked.split("*/", 1)[0], plain.split("*/", 1)[0]
    assert remarked[len(start) :] == plain[len(comment) :]
    assert start.count("/*") == 1
    assert "??" not in start
    assert not any(line.endswith("\\") for line in start.splitlines())


@given(LINES)
def test_javascript_and_sql_stay_on_their_lines(about):
    for mark, plain, remarked in (
        ("// ", TREE.to_javascript(), TREE.to_javascript(about=about)),
        ("-- ", TREE.to_sql(), TREE.to_sql(about=about)),
    ):
        extra = len(remarked.split("\n")) - len(plain.split("\n"))
        assert extra == len(about)
        first = 1 if mark == "// " else 0
        lines = remarked.split("\n")
        assert all(line.startswith(mark.strip()) for line in lines[first : first + extra])
        assert lines[:first] + lines[first + extra :] == plain.split("\n")
        assert "\u2028" not in remarked
        assert mark == "-- " or "<" not in "".join(lines[first : first + extra])


def test_a_database_takes_the_expression_with_its_comment():
    tree = TREES["constant"]
    with sqlite3.connect(":memory:") as base:
        (found,) = base.execute(f"SELECT\n{tree.to_sql(dialect='sqlite', about=ATTACKS[:-1])}\nAS answer").fetchone()
    assert found == tree.predict([[0.0] * len(tree.columns)])[0]


def test_a_result_says_of_which_model_it_is_what_its_columns_mean_and_what_is_certified(tmp_path):
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"age": rng.integers(18, 80, 400), "job": rng.choice(["baker", "smith"], 400), "idle": 0})
    result = limbeck.distill(lambda r: (r.age > 40) & (r.job == "baker"), rows, max_leaves=4, effort="fast")
    told = result.about()
    assert told[0] == "Model: function <lambda>"
    assert "Column age: a number" in told
    assert any(line.startswith("Column job: text; asked about: ") for line in told)
    assert not any("idle" in line for line in told)
    assert any(line.startswith("Certified with probability at least 0.95") for line in told)
    smaller = result.about(result.frontier[0].tree)
    assert smaller[-1] == f"No certificate: it is about the tree of {result.tree.n_leaves} leaves that was chosen."
    assert "Certified" in result.tree.to_c(about=told)


@pytest.mark.parametrize("form", ["python", "c"])
def test_without_lines_nothing_is_added(form):
    write = getattr(TREE, f"to_{form}")
    assert write(about=()) == write()
