"""What skl2onnx has to know of limbeck's estimators: how each becomes operators of ONNX."""

from __future__ import annotations

from functools import cache
from typing import Any

from limbeck.errors import InputError
from limbeck.exports.estimator import DistilledTreeClassifier, DistilledTreeRegressor, plain_estimator

__all__ = ["register"]


@cache
def register() -> None:
    """Tell skl2onnx of both estimators, once a process."""
    from skl2onnx import update_registered_converter
    from skl2onnx.common.shape_calculator import (
        calculate_linear_classifier_output_shapes,
        calculate_linear_regressor_output_shapes,
    )

    options = {"zipmap": [True, False, "columns"], "output_class_labels": [False, True], "nocl": [True, False]}
    update_registered_converter(
        DistilledTreeClassifier, "LimbeckTreeClassifier", calculate_linear_classifier_output_shapes, _convert,
        options=options,
    )  # fmt: skip
    update_registered_converter(
        DistilledTreeRegressor, "LimbeckTreeRegressor", calculate_linear_regressor_output_shapes, _convert
    )


def _convert(scope: Any, operator: Any, container: Any) -> None:
    """Convert as the plain tree is converted."""
    estimator: DistilledTreeClassifier | DistilledTreeRegressor = operator.raw_operator
    if not estimator.over_columns_:
        raise InputError(
            "a tree that only asks `<=` about numbers, for skl2onnx",
            f"questions such as `{estimator.questions_[0]}`",
            "write the ONNX model by `tree.to_onnx()`, which takes every question",
        )
    kind = "Classifier" if isinstance(estimator, DistilledTreeClassifier) else "Regressor"
    inner = scope.declare_local_operator(f"SklearnDecisionTree{kind}", plain_estimator(estimator.tree))
    inner.inputs = operator.inputs
    inner.outputs = operator.outputs
