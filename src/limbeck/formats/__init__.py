"""A tree in the formats of other tools: scikit-learn, ONNX, treelite, PMML; each tool is imported when asked for."""

from limbeck.formats.encoding import encoded_rows
from limbeck.formats.onnx import onnx_model
from limbeck.formats.pmml import pmml_document
from limbeck.formats.sklearn import sklearn_estimator
from limbeck.formats.treelite import treelite_model

__all__ = ["encoded_rows", "onnx_model", "pmml_document", "sklearn_estimator", "treelite_model"]
