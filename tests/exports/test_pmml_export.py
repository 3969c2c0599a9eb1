"""The PMML document of a tree answers in JPMML, the reference evaluator, as the tree does."""

import math
import shutil
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from tests.exported import ASKING, TREES, XML_TEXT, rows_for, trees

from limbeck.core import Kind, Leaf, Literal, Split, Tree
from limbeck.errors import InputError

needs_java = pytest.mark.skipif(
    shutil.which("java") is None, reason="no `java` for JPMML: apt install default-jre-headless"
)
NAMESPACE = {"p": "http://www.dmg.org/PMML-4_4"}


@pytest.fixture(scope="session")
def evaluate(tmp_path_factory):
    """Return a function that evaluates a document on rows."""
    jpmml = pytest.importorskip("jpmml_evaluator", reason="no JPMML: pip install jpmml-evaluator")
    file = tmp_path_factory.mktemp("pmml") / "tree.pmml"

    def call(tree, rows):
        file.write_text(tree.to_pmml(), encoding="utf-8")
        evaluator = jpmml.make_evaluator(str(file)).verify()
        plain = rows.astype(object).where(rows.notna(), None)
        return evaluator.evaluateAll(plain)["prediction"].tolist()

    return call


@needs_java
@pytest.mark.parametrize("name", TREES)
def test_every_row_is_answered_as_by_the_tree(name, evaluate):
    tree = TREES[name]
    rows = rows_for(tree)
    assert evaluate(tree, rows) == tree.predict(rows).tolist()


def interpreted(document, rows):
    """Answer rows by the text of the standard alone, without a tool."""
    root = ElementTree.fromstring(document)
    model = root.find("p:TreeModel", NAMESPACE)
    types = {field.get("name"): field.get("dataType") for field in root.iter(f"{{{NAMESPACE['p']}}}DataField")}

    def truth(predicate, row):
        kind = predicate.tag.partition("}")[2]
        if kind in ("True", "False"):
            return kind == "True"
        if kind == "CompoundPredicate":
            assert predicate.get("booleanOperator") == "or"
            return any(truth(part, row) for part in predicate)
        value, operator = row[predicate.get("field")], predicate.get("operator")
        missing = value is None or (isinstance(value, float) and math.isnan(value))
        if operator in ("isMissing", "isNotMissing") or missing:
            return missing == (operator == "isMissing") and (operator.startswith("is") or not missing)
        wanted = predicate.get("value")
        wanted = float(wanted) if types[predicate.get("field")] == "double" else wanted
        return value <= wanted if operator == "lessOrEqual" else value == wanted

    def answer(node, row):
        children = node.findall("p:Node", NAMESPACE)
        if not children:
            return node.get("score")
        return answer(next(child for child in children if truth(child[0], row)), row)

    assert model.get("missingValueStrategy") == "none"
    return [answer(model.find("p:Node", NAMESPACE), row) for row in rows.to_dict("records")]


@settings(max_examples=60)
@given(trees(text=XML_TEXT))
def test_no_name_and_no_value_changes_the_document(tree):
    if "prediction" in dict(tree.columns):
        return
    rows = rows_for(tree, 30)
    kind = float if tree.classes is None else str
    assert [kind(score) for score in interpreted(tree.to_pmml(), rows)] == tree.predict(rows).tolist()


def test_the_shares_of_the_classes_are_at_the_leaves():
    tree = TREES["mixed"]
    nodes = list(ElementTree.fromstring(tree.to_pmml()).iter(f"{{{NAMESPACE['p']}}}Node"))
    assert sorted(int(node.get("id")) for node in nodes) == list(range(tree.n_nodes))
    for node in nodes:
        shares = node.findall("p:ScoreDistribution", NAMESPACE)
        if shares:
            expected = dict(zip(tree.classes, tree.value[int(node.get("id"))].tolist(), strict=True))
            assert {s.get("value"): float(s.get("probability")) for s in shares} == expected


def test_what_xml_cannot_hold_and_a_taken_target_are_refused():
    def tree(name, value):
        root = Split(Literal.one_of(name, [value]), Leaf((1.0, 0.0), 1.0), Leaf((0.0, 1.0), 1.0))
        return Tree.from_node(root, classes=("a", "b"), columns=((name, Kind.CATEGORICAL),))

    for name, value in (("a\0", "b"), ("a", "\x1b"), ("a", "\ud800"), ("\uffff", "b")):
        with pytest.raises(InputError, match=r"U\+"):
            tree(name, value).to_pmml()
    with pytest.raises(InputError, match="another `target`"):
        tree("prediction", "x").to_pmml()
    assert 'name="answer"' in tree("prediction", "x").to_pmml(target="answer")


def test_the_interpreter_can_tell_a_wrong_tree():
    tree = TREES["thresholds"]
    rows = rows_for(tree, 500)
    document = tree.to_pmml().replace("lessOrEqual", "equal")
    assert not np.array_equal([float(score) for score in interpreted(document, rows)], tree.predict(rows))
    assert pd.isna(rows).to_numpy().any()


@needs_java
@pytest.mark.parametrize("name", ASKING)
def test_rows_that_ask_the_model_get_no_prediction(name, evaluate):
    tree = ASKING[name]
    rows = rows_for(tree, 300)
    found = [None if value is None or value != value else value for value in evaluate(tree, rows)]
    assert None in found
    assert found == tree.predict(rows).tolist()
