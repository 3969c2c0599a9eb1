"""The ONNX model of a tree answers float64 rows in onnxruntime as the tree does."""

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from tests.exported import ASKING, TREES, rows_for, trees

from limbeck.core import Kind, Leaf, Literal, Split, Tree
from limbeck.errors import InputError
from limbeck.exports import encoded_rows

MISSING = "(missing)"
RESERVED = {"", "prediction", "probabilities", "leaf"}


def run(tree, rows, **options):
    options.setdefault("missing", MISSING)
    session = onnxruntime.InferenceSession(tree.to_onnx(**options), providers=["CPUExecutionProvider"])
    given = {}
    for each in session.get_inputs():
        if each.name == "rows" and "rows" not in rows:
            given["rows"] = encoded_rows(tree, rows)
        elif each.type == "tensor(double)":
            given[each.name] = rows[each.name].to_numpy(float)[:, None]
        else:
            texts = [options["missing"] if value is None else value for value in rows[each.name]]
            given[each.name] = np.array(texts, dtype=object)[:, None]
    return dict(zip([each.name for each in session.get_outputs()], session.run(None, given), strict=True))


def check(tree, rows, **options):
    found = run(tree, rows, **options)
    assert found["prediction"].tolist() == tree.predict(rows).tolist()
    assert found["leaf"].tolist() == tree.apply(rows).tolist()
    if tree.classes is not None:
        assert np.array_equal(found["probabilities"], tree.predict_scores(rows))


@pytest.mark.parametrize("name", TREES)
def test_every_row_is_answered_as_by_the_tree(name):
    check(TREES[name], rows_for(TREES[name]))


@pytest.mark.parametrize("name", ["numbers", "thresholds", "wide", "list of yes"])
def test_one_matrix_of_numbers_is_answered_too(name):
    check(TREES[name], rows_for(TREES[name]), inputs="matrix")


@settings(max_examples=40)
@given(trees())
def test_no_name_and_no_value_changes_the_model(tree):
    if not RESERVED & {name for name, _ in tree.columns}:
        check(tree, rows_for(tree, 30))


def test_a_plain_ensemble_of_float32_would_change_answers():
    tree = TREES["thresholds"]
    rows = rows_for(tree)
    with np.errstate(over="ignore"):
        rounded = rows.astype(np.float32).astype(float)
    assert (tree.predict(rows) != tree.predict(rounded)).mean() > 0.01


def categories(*texts, name="colour"):
    root = Split(Literal.one_of(name, texts), Leaf((1.0, 0.0), 1.0), Leaf((0.0, 1.0), 1.0))
    return Tree.from_node(root, classes=("a", "b"), columns=((name, Kind.CATEGORICAL),))


@pytest.mark.parametrize(
    ("tree", "options", "message"),
    [
        (categories(""), {}, "stands for a missing category"),
        (categories("red"), {"missing": "red"}, "stands for a missing category"),
        (categories("red"), {"inputs": "matrix"}, "holds text"),
        (categories("red"), {"inputs": "frame"}, "give `columns` or `matrix`"),
        (categories("red", name="leaf"), {}, "rename the column"),
        (categories("red", name=""), {}, "rename the column"),
    ],
)
def test_what_onnx_cannot_say_is_refused(tree, options, message):
    with pytest.raises(InputError, match=message):
        tree.to_onnx(**options)


@pytest.mark.parametrize("name", ASKING)
def test_rows_that_ask_the_model_are_marked(name):
    tree = ASKING[name]
    rows = rows_for(tree, 300)
    found, expected = run(tree, rows), tree.predict(rows)
    assert 0 < found["asks_model"].sum() < len(rows)
    assert found["asks_model"].tolist() == expected.mask.tolist()
    told = ~found["asks_model"]
    assert found["prediction"][told].tolist() == expected[told].tolist()
    if tree.classes is not None:
        assert np.array_equal(found["probabilities"], tree.predict_scores(rows), equal_nan=True)
    else:
        assert np.isnan(found["prediction"][~told]).all()
