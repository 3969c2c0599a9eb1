"""Copies of an ONNX graph whose hidden tensors are outputs, or inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onnx import ModelProto, helper, shape_inference

__all__ = ["with_input", "with_outputs"]


def with_outputs(model: ModelProto, tensors: Sequence[str]) -> ModelProto:
    """Return a copy that gives some hidden tensors too."""
    wide = _copy(model)
    present = {output.name for output in wide.graph.output}
    typed = _typed(model)
    wide.graph.output.extend([typed[name] for name in tensors if name not in present])
    return wide


def with_input(model: ModelProto, tensor: str) -> tuple[ModelProto, str]:
    """Return a copy that takes a hidden tensor as an input, and the input's name.

    The node that makes the tensor stays, under another name of its output; all that read the tensor, those in the
    bodies of loops and branches too, read the input instead. Nodes that then lead to no output are left out: a model
    may take its time up to the tensor.
    """
    cut = _copy(model)
    taken = {name for node in cut.graph.node for name in [*node.input, *node.output]}
    given, made = _fresh(f"{tensor}/given", taken), _fresh(f"{tensor}/made", taken)
    place = next(i for i, node in enumerate(cut.graph.node) if tensor in node.output)
    maker = cut.graph.node[place]
    maker.output[list(maker.output).index(tensor)] = made
    cut.graph.node.insert(place + 1, helper.make_node("Identity", [given], [tensor]))
    value: Any = _typed(model)[tensor]
    kind = value.type.tensor_type
    cut.graph.input.append(helper.make_tensor_value_info(given, kind.elem_type, _shape(kind)))
    _drop_idle(cut.graph)
    return cut, given


def _drop_idle(graph: Any) -> None:
    """Leave out the nodes that lead to no output."""
    needed, kept = {output.name for output in graph.output}, list[Any]()
    for node in reversed(graph.node):  # which stand in an order in which they can run
        if needed.intersection(node.output):
            kept.append(node)
            needed |= _read_by(node)
    del graph.node[:]
    graph.node.extend(reversed(kept))


def _read_by(node: Any) -> set[str]:
    """Return the tensors that a node reads, those in its bodies too."""
    names = set(node.input)
    for body in (body for attribute in node.attribute for body in [attribute.g, *attribute.graphs]):
        names.update(output.name for output in body.output)
        for inner in body.node:
            names |= _read_by(inner)
    return names


def _copy(model: ModelProto) -> ModelProto:
    copied = ModelProto()
    copied.CopyFrom(model)
    return copied


def _typed(model: ModelProto) -> dict[str, Any]:
    """Return what is known of every tensor."""
    graph = shape_inference.infer_shapes(model).graph
    return {value.name: value for value in [*graph.value_info, *graph.output]}


def _fresh(name: str, taken: set[str]) -> str:
    """Return a name that no tensor has."""
    while name in taken:
        name += "'"
    return name


def _shape(kind: Any) -> list[Any] | None:
    """Return the lengths of a tensor, those that are not fixed by their names or as unknown."""
    if not kind.HasField("shape"):
        return None
    return [d.dim_value if d.HasField("dim_value") else (d.dim_param or None) for d in kind.shape.dim]
