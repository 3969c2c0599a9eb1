"""The Python source of a tree answers as the tree does, and says nothing but the tree."""

import ast

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from tests.exported import ASKING, HOSTILE, TREES, rows_for, trees

from limbeck.core import Kind, Leaf, Literal, Split, Tree
from limbeck.errors import InputError
from limbeck.exports.python import python_text


def loaded(source):
    namespace = {}
    exec(compile(source, "exported", "exec"), namespace)
    return namespace["predict"]


def answers(tree, rows, **options):
    predict = loaded(tree.to_python(**options))
    return [predict(row) for row in rows.to_dict("records")]


@pytest.mark.parametrize("name", TREES)
def test_every_row_is_answered_as_by_the_tree(name):
    tree = TREES[name]
    rows = rows_for(tree)
    assert answers(tree, rows) == tree.predict(rows).tolist()


def test_it_can_answer_with_the_leaf():
    tree = TREES["mixed"]
    rows = rows_for(tree, 200)
    assert answers(tree, rows, answer="leaf") == tree.apply(rows).tolist()
    with pytest.raises(InputError, match="give `prediction` or `leaf`"):
        tree.to_python(answer="probabilities")


@settings(max_examples=60)
@given(trees())
def test_no_name_and_no_value_changes_the_program(tree):
    source = tree.to_python()
    rows = rows_for(tree, 50)
    assert [loaded(source)(row) for row in rows.to_dict("records")] == tree.predict(rows).tolist()
    allowed = (
        ast.Module, ast.Expr, ast.FunctionDef, ast.arguments, ast.arg, ast.If, ast.Return, ast.Compare, ast.Constant,
        ast.UnaryOp, ast.Call, ast.Name, ast.Tuple, ast.expr_context, ast.cmpop, ast.unaryop,
    )  # fmt: skip
    body = source.split("\n\n\ndef _")[0]
    assert all(isinstance(node, allowed) for node in ast.walk(ast.parse(body)))
    assert {n.id for n in ast.walk(ast.parse(body)) if isinstance(n, ast.Name)} <= {"_given", "_number", "_text", "row"}


@pytest.mark.parametrize("text", [*HOSTILE, "\0", "\ud800"])
def test_text_is_read_back_and_nothing_hides_in_it(text):
    written = python_text(text)
    assert ast.literal_eval(written) == text
    assert written.isprintable()


def test_missing_values_of_every_kind_and_values_of_the_wrong_kind():
    tree = TREES["regression"]
    predict = loaded(tree.to_python())
    row = rows_for(tree, 1).to_dict("records")[0]
    missing = [predict({**row, "age": value, "job": value}) for value in (None, np.nan, pd.NA, pd.NaT)]
    frame = pd.DataFrame([row]).astype({"job": object, "home": object}).assign(age=np.nan, job=None)
    assert missing == tree.predict(frame).tolist() * 4
    narrow = loaded(TREES["thresholds"].to_python())
    wide = {f"x{j}": np.float32(0.1) for j in range(14)}
    assert narrow(wide) == narrow({name: float(value) for name, value in wide.items()})
    with pytest.raises(KeyError):
        predict({})
    with pytest.raises(TypeError, match="text where a number is needed"):
        narrow(dict.fromkeys(wide, "5"))


def test_numbers_in_a_column_of_words_are_called_as_in_the_tree():
    rows = pd.DataFrame({"c": pd.Series(["x", True, 1, 1.0, 2.5, None, np.float64(1)], dtype=object)})
    root = Split(Literal.one_of("c", ["1", "True"]), Leaf((1.0,), 1), Leaf((0.0,), 1))
    tree = Tree.from_node(root, classes=None, columns=(("c", Kind.CATEGORICAL),))
    assert answers(tree, rows) == tree.predict(rows).tolist()
    assert tree.predict(rows).tolist() == [0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0]


def flag_tree(*values):
    root = Split(Literal.one_of("flag", values), Leaf((1.0, 0.0), 1.0), Leaf((0.0, 1.0), 1.0))
    return Tree.from_node(root, classes=("yes", "no"), columns=(("flag", Kind.CATEGORICAL),))


def test_booleans_and_numbers_in_a_column_of_categories_are_read_as_the_tree_reads_them():
    values = [True, False, np.True_, "True", "maybe", 1, 1.0, np.int64(1), np.float64(1.5), None]
    for tree in (flag_tree("True"), flag_tree("1", "1.5"), flag_tree("1.0", "False")):
        predict = loaded(tree.to_python())
        # Beside a text, so that the column of the frame is one of categories.
        expected = [tree.predict(pd.DataFrame({"flag": np.array([v, "x"], object)}))[0] for v in values]
        assert [predict({"flag": value}) for value in values] == expected
    with pytest.raises(TypeError, match="category"):
        loaded(flag_tree("True").to_python())({"flag": b"True"})


@pytest.mark.parametrize("name", ASKING)
def test_rows_that_ask_the_model_get_none(name):
    tree = ASKING[name]
    rows = rows_for(tree, 300)
    assert None in answers(tree, rows)
    assert answers(tree, rows) == tree.predict(rows).tolist()
