"""A tree for other tools and for people: source code, expressions, formats of other tools, documents."""

from limbeck.exports.c import c_source
from limbeck.exports.dot import dot_graph
from limbeck.exports.encoding import encoded_rows
from limbeck.exports.excel import excel_formula
from limbeck.exports.javascript import javascript_source
from limbeck.exports.latex import latex_forest
from limbeck.exports.markdown import markdown_rules
from limbeck.exports.onnx import onnx_model
from limbeck.exports.pmml import pmml_document
from limbeck.exports.python import python_source
from limbeck.exports.sklearn import sklearn_estimator
from limbeck.exports.sql import sql_case
from limbeck.exports.svg import svg_drawing
from limbeck.exports.treelite import treelite_model

__all__ = [
    "c_source",
    "dot_graph",
    "encoded_rows",
    "excel_formula",
    "javascript_source",
    "latex_forest",
    "markdown_rules",
    "onnx_model",
    "pmml_document",
    "python_source",
    "sklearn_estimator",
    "sql_case",
    "svg_drawing",
    "treelite_model",
]
