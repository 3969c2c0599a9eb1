"""A tree as a PMML document."""

from __future__ import annotations

import math
from typing import Any
from xml.etree import ElementTree

from limbeck.core import Kind, Literal, Op, Tree, refuse_dates
from limbeck.errors import InputError
from limbeck.exports.quoting import refuse_characters
from limbeck.exports.walk import answers_of, asked, never

__all__ = ["pmml_document"]

_NAMESPACE = "http://www.dmg.org/PMML-4_4"
# Characters that no XML document can hold.
_CONTROL = frozenset(map(chr, range(32))) - frozenset("\t\n\r") | {"\ufffe", "\uffff"}
# Parsers of XML refuse deeper documents: libxml2 from 256 elements inside one another.
_DEEPEST = 200
_TYPES = {bool: "boolean", int: "integer", float: "double", str: "string"}


def pmml_document(tree: Tree, *, target: str = "prediction") -> str:
    """Write a tree as a PMML 4.4 document with one `TreeModel`.

    Every inner node has two children: one with the question as its predicate, and one that is always true. With
    `missingValueStrategy="none"` a comparison with a missing value is false, so that the second one is taken.

    Parameters
    ----------
    tree : Tree
        The tree.
    target : str
        Name of the field that is predicted.

    Returns
    -------
    str
        The document, in UTF-8. Fields are the columns that are asked about, under their names; a missing value is one
        that is not given. The leaves carry the probabilities and the rows of the classes, and the node number of
        `Tree.apply`; those that ask the model have neither, so that the prediction is missing.

    Raises
    ------
    InputError
        A column that is called like the target, characters that XML cannot hold, or a tree deeper than 200 questions.
    """
    refuse_dates(tree, "PMML")
    if tree.depth > _DEEPEST:
        raise InputError(
            f"a PMML document, in which nodes lie inside nodes, of at most {_DEEPEST} levels",
            f"a tree of depth {tree.depth}",
            "export a smaller tree, for example `result.best(16).tree`, or to a format without levels, such as ONNX",
        )
    columns = asked(tree)
    if target in columns or target in dict(tree.columns):
        raise InputError(f"a target `{target}`", "a column of this name", "give another `target`")
    answers = answers_of(tree, "prediction")
    root = ElementTree.Element("PMML", {"xmlns": _NAMESPACE, "version": "4.4"})
    header = _under(root, "Header", description="A decision tree written by limbeck.")
    _under(header, "Application", name="limbeck")
    fields = _under(root, "DataDictionary", numberOfFields=len(columns) + 1)
    for name, kind in columns.items():
        numeric = kind is Kind.NUMERIC
        _field(fields, name, "continuous" if numeric else "categorical", "double" if numeric else "string")
    task = "regression" if tree.classes is None else "classification"
    optype = "continuous" if tree.classes is None else "categorical"
    # No list of its values: the order of the field's values would be taken for an order of the classes.
    kind = float if tree.classes is None else type(tree.classes[0])
    _field(fields, target, optype, _TYPES[kind])
    model = _under(root, "TreeModel", functionName=task, missingValueStrategy="none", splitCharacteristic="multiSplit")
    schema = _under(model, "MiningSchema")
    for name in columns:
        _under(schema, "MiningField", name=name, invalidValueTreatment="asIs")
    _under(schema, "MiningField", name=target, usageType="target")
    _nodes(tree, model, answers)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _nodes(tree: Tree, model: ElementTree.Element, answers: list[Any]) -> None:
    """Write the nodes, parents before children."""
    made = {0: (_node(tree, model, answers, 0), None)}
    _under(made[0][0], "True")
    for node in range(tree.n_nodes):
        element = made[node][0]
        if tree.question[node] < 0:
            _shares(tree, element, node)
            continue
        literal, yes, no = tree.literals[tree.question[node]], int(tree.yes[node]), int(tree.no[node])
        for child in (yes, no):
            made[child] = (_node(tree, element, answers, child), None)
        _predicate(made[yes][0], literal)
        _under(made[no][0], "True")


def _node(tree: Tree, parent: ElementTree.Element, answers: list[Any], node: int) -> ElementTree.Element:
    leaf = {"score": _written(answers[node])} if tree.question[node] < 0 and answers[node] is not None else {}
    return _under(parent, "Node", id=node, recordCount=f"{tree.n_rows[node]:g}", **leaf)


def _shares(tree: Tree, element: ElementTree.Element, node: int) -> None:
    """Write the share of each class."""
    if tree.classes is None or node in tree.asking:
        return
    rows = float(tree.n_rows[node])
    shares = zip(tree.classes, tree.value[node].tolist(), tree.shares[node].tolist(), strict=True)
    for label, probability, share in shares:
        counted = {"recordCount": repr(share * rows), "probability": repr(probability)}
        _under(element, "ScoreDistribution", value=_written(label), **counted)


def _predicate(element: ElementTree.Element, literal: Literal) -> None:
    """Write the question of a node."""
    if never(literal):
        _under(element, "False")
    elif literal.op is Op.MISSING:
        _under(element, "SimplePredicate", field=literal.column, operator="isMissing")
    elif literal.op is Op.ONE_OF:
        # One predicate a value: the text form of a set has its own rules of quoting, which tools read differently.
        several = len(literal.values) > 1
        place = _under(element, "CompoundPredicate", booleanOperator="or") if several else element
        for value in literal.values:
            _under(place, "SimplePredicate", field=literal.column, operator="equal", value=value)
    elif literal.op is Op.AT_MOST and literal.number == math.inf:
        _under(element, "SimplePredicate", field=literal.column, operator="isNotMissing")
    else:
        number = 1.0 if literal.op is Op.CONCEPT else literal.number
        operator = "lessOrEqual" if literal.op is Op.AT_MOST else "equal"
        _under(element, "SimplePredicate", field=literal.column, operator=operator, value=_written(number))


def _field(fields: ElementTree.Element, name: str, optype: str, data_type: str) -> None:
    _under(fields, "DataField", name=name, optype=optype, dataType=data_type)


def _under(parent: ElementTree.Element, tag: str, **attributes: Any) -> ElementTree.Element:
    """Add an element; the XML library escapes what the attributes hold."""
    texts = {name: str(value) for name, value in attributes.items()}
    for text in texts.values():
        refuse_characters(text, _CONTROL, "an XML document")
    return ElementTree.SubElement(parent, tag, texts)


def _written(value: bool | int | float | str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and math.isinf(value):
        return "INF" if value > 0 else "-INF"
    return value if isinstance(value, str) else repr(value)
