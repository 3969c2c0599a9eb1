"""What an ONNX graph tells of itself: which outputs are answers, its classes, and which tensors are layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, numpy_helper, shape_inference

from limbeck.teachers.onnx_columns import ONNX_TYPES

__all__ = ["FLOATS", "classes_of", "float_tensors", "label_and_score"]

FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16)
"""Types of tensors that hold numbers with fractions."""


def label_and_score(outputs: Sequence[Any]) -> tuple[str | None, str | None]:
    """Return the names of the label, which comes first or says so by its name, and of the first scores."""
    scores = [o.name for o in outputs if "map" in o.type or np.issubdtype(ONNX_TYPES.get(o.type, object), np.floating)]
    others = [o.name for o in outputs if o.name not in scores]
    labels = [n for n in others if n == outputs[0].name or "label" in n.lower() or "class" in n.lower()]
    return (labels[0] if labels else None), (scores[0] if scores else None)


def classes_of(model: ModelProto) -> tuple[Any, ...] | None:
    """Return the classes that a classifier's graph names."""
    found: tuple[Any, ...] | None = None
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.name.startswith("classlabels") and (attribute.ints or attribute.strings):
                found = tuple(attribute.ints) or tuple(text.decode() for text in attribute.strings)
        if node.op_type == "ArrayFeatureExtractor" and node.input[0] in constants:
            labels = numpy_helper.to_array(constants[node.input[0]]).ravel().tolist()
            found = tuple(label.decode() if isinstance(label, bytes) else label for label in labels)
    return found


def float_tensors(model: ModelProto, fixed_batch: int | None) -> tuple[str, ...]:
    """Return the names of the floating tensors that nodes make, in order, but not those of a constant length."""
    try:
        graph = shape_inference.infer_shapes(model).graph
    except Exception:
        # A graph that inference cannot follow still answers; it only has no layers to show.
        return ()
    kinds = {value.name: value.type.tensor_type for value in [*graph.value_info, *graph.output]}
    names: list[str] = []
    for name in (output for node in model.graph.node if node.op_type != "Constant" for output in node.output):
        kind = kinds.get(name)
        if kind is None or kind.elem_type not in FLOATS:
            continue
        dims = kind.shape.dim if kind.HasField("shape") else None
        if dims is None or (dims and dims[0].dim_value == (fixed_batch or 0)):
            names.append(name)
    return tuple(names)
