"""A compiled tree as an ONNX model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

from limbeck._version import __version__

if TYPE_CHECKING:
    from limbeck.students.network import CompiledTree

__all__ = ["as_onnx"]

_OPSET = 17
_IR = 8


def as_onnx(compiled: CompiledTree) -> bytes:
    """Return a compiled tree as a serialised ONNX model, checked; the outputs are `scores` and `mixed`."""
    weights: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = {}
    nodes: list[NodeProto] = []
    inside = "x"
    if len(compiled.step_bias):
        weights |= {"step_weight": compiled.step_weight, "step_bias": compiled.step_bias}
        weights |= {"ramp_weight": -compiled.ramp_weight, "one": np.ones(len(compiled.ramp_weight))}
        nodes += [
            helper.make_node("Gemm", ["x", "step_weight", "step_bias"], ["step_sums"], transB=1),
            helper.make_node("Relu", ["step_sums"], ["steps"]),
            helper.make_node("Gemm", ["steps", "ramp_weight", "one"], ["ramp_sums"], transB=1),
            helper.make_node("Relu", ["ramp_sums"], ["ramps"]),
            helper.make_node("Concat", ["x", "ramps"], ["answers"], axis=1),
        ]
        inside = "answers"
    weights["clause_weight"] = np.hstack([compiled.input_weight, compiled.ramp_part])
    weights |= {"clause_bias": compiled.bias, "rotation": compiled.rotation.T, "readout": compiled.readout.T}
    nodes += [
        helper.make_node("Gemm", [inside, "clause_weight", "clause_bias"], ["clause_sums"], transB=1),
        helper.make_node("Relu", ["clause_sums"], ["clauses"]),
        helper.make_node("MatMul", ["clauses", "rotation"], ["mixed"]),
        helper.make_node("MatMul", ["mixed", "readout"], ["scores"]),
    ]
    return _model(compiled, nodes, weights).SerializeToString()


def _model(
    compiled: CompiledTree,
    nodes: list[NodeProto],
    weights: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]],
) -> ModelProto:
    """Wrap nodes and weights as a model."""
    shapes = {"x": len(compiled.columns), "scores": len(compiled.readout), "mixed": len(compiled.bias)}
    ends = {name: helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["n", m]) for name, m in shapes.items()}
    constants = [numpy_helper.from_array(np.ascontiguousarray(w, np.float64), name) for name, w in weights.items()]
    graph = helper.make_graph(nodes, "tree", [ends["x"]], [ends["scores"], ends["mixed"]], constants)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR,
        producer_name="limbeck", producer_version=__version__,
    )  # fmt: skip
    checker.check_model(model)
    return model
