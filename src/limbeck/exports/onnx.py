"""A tree as an ONNX model that answers float64 rows exactly."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from limbeck.core import Kind, Literal, Op, Tree, refuse_dates
from limbeck.errors import InputError, MissingExtraError
from limbeck.exports.walk import asked, never

__all__ = ["onnx_model"]

_OPSET, _ML_OPSET, _IR = 17, 3, 8
_INPUTS = ("columns", "matrix")
_NO_ANSWER: dict[str, Any] = {"U": "", "i": np.iinfo(np.int64).min, "b": False, "f": math.nan}


def onnx_model(tree: Tree, *, inputs: str = "columns", missing: str = "") -> bytes:
    """Write a tree as an ONNX model.

    The questions are asked in float64 by elementwise operators (`LessOrEqual`, `Equal`, `IsNaN`, `LabelEncoder`);
    their answers, zeros and ones, go through a `TreeEnsembleRegressor` that finds the leaf. A plain tree ensemble would
    compare in float32, and rows next to a threshold would change sides.

    Parameters
    ----------
    tree : Tree
        The tree.
    inputs : {"columns", "matrix"}
        One input of shape (n, 1) for every column that is asked about, under its name: float64, or text where it is a
        category. Or, where the table has numbers only, one input `rows` of float64, shape (n, p).
    missing : str
        The text that stands for a missing category: an ONNX tensor of text has no other way to say so.

    Returns
    -------
    bytes
        A model of ONNX operator sets 17 and ai.onnx.ml 3. Outputs: `prediction` (n,): text, int64, bool or float64;
        for classes `probabilities` (n, c), float64, the shares at the leaf; `leaf` (n,), int64, as `Tree.apply`.
        A tree whose leaves ask the model has one output more, `asks_model` (n,), bool; there the prediction is empty
        text, the smallest whole number, false or NaN, and the probabilities are NaN.
        NaN is a missing number.

    Raises
    ------
    MissingExtraError
        The package `onnx` is not installed.
    InputError
        A matrix is asked for and a column holds text, a column has a name that the model needs itself, or the tree
        asks about a category called as a missing one is.
    """
    refuse_dates(tree, "ONNX")
    try:
        import onnx
    except ImportError:
        raise MissingExtraError.for_package("onnx", "onnx", "an ONNX model of a tree") from None
    if inputs not in _INPUTS:
        raise InputError(f"`inputs={inputs!r}`", "no such form", "give `columns` or `matrix`")
    graph = _Graph(tree, inputs, missing)
    graph.read_inputs()
    graph.find_leaves(graph.answers())
    graph.write_outputs()
    model = onnx.helper.make_model(
        onnx.helper.make_graph(graph.nodes, "limbeck_tree", graph.inputs, graph.outputs, graph.constants),
        opset_imports=[onnx.helper.make_opsetid("", _OPSET), onnx.helper.make_opsetid("ai.onnx.ml", _ML_OPSET)],
        ir_version=_IR,
        producer_name="limbeck",
    )
    onnx.checker.check_model(model)
    return model.SerializeToString()


class _Graph:
    """The parts of one graph while it grows."""

    def __init__(self, tree: Tree, form: str, missing: str) -> None:
        from onnx import helper, numpy_helper

        self.tree, self.form, self.missing = tree, form, missing
        self.helper, self.numpy = helper, numpy_helper
        self.nodes: list[Any] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        self.constants: list[Any] = []
        self.columns = asked(tree)
        self.value: dict[str, str] = {}
        # Columns may have any name, those of outputs and inner values too.
        taken = {"prediction", "probabilities", "leaf", "asks_model", "rows", *self.columns}
        self._fresh = (name for i in itertools.count() if (name := f"limbeck_{i}") not in taken)

    def read_inputs(self) -> None:
        """Declare the inputs, and find the columns in them."""
        from onnx import TensorProto

        if self.form == "columns" and self.columns:
            for name, kind in self.columns.items():
                self._refuse_name(name)
                element = TensorProto.DOUBLE if kind is Kind.NUMERIC else TensorProto.STRING
                self.inputs.append(self.helper.make_tensor_value_info(name, element, ["n", 1]))
                self.value[name] = name
            return
        text = next((name for name, kind in self.tree.columns if kind is Kind.CATEGORICAL), None)
        if text is not None and self.columns:
            raise InputError("`inputs='matrix'`", f"the column `{text}`, which holds text", "use `inputs='columns'`")
        shape = ["n", len(self.tree.columns)]
        self.inputs.append(self.helper.make_tensor_value_info("rows", TensorProto.DOUBLE, shape))
        place = {name: j for j, (name, _) in enumerate(self.tree.columns)}
        for name in self.columns:
            index = self._constant(np.array([place[name]], np.int64))
            self.value[name] = self._add("Gather", ["rows", index], axis=1)

    def answers(self) -> str:
        """Ask every question; the answers as float32, shape (n, l)."""
        from onnx import TensorProto

        if not self.tree.literals:  # a tree ensemble needs a column to look at
            source = self.inputs[0].name
            return self._add("Cast", [source], to=TensorProto.FLOAT)
        columns = [self._add("Cast", [self._answer(literal)], to=TensorProto.FLOAT) for literal in self.tree.literals]
        return self._add("Concat", columns, axis=1)

    def _answer(self, literal: Literal) -> str:
        value, numeric = self.value[literal.column], self.columns[literal.column] is Kind.NUMERIC
        if literal.op is Op.MISSING and numeric:
            return self._add("IsNaN", [value])
        if not numeric:
            return self._member(value, [self.missing] if literal.op is Op.MISSING else self._present(literal))
        number = math.nan if never(literal) else 1.0 if literal.op is Op.CONCEPT else literal.number
        kind = "LessOrEqual" if literal.op is Op.AT_MOST else "Equal"
        return self._add(kind, [value, self._constant(np.float64(number))])

    def _present(self, literal: Literal) -> list[str]:
        """Return the categories of a question, and refuse the one that stands for a missing value."""
        if self.missing in literal.values:
            raise InputError(
                f"the category `{self.missing}` in ONNX",
                "the text that stands for a missing category there",
                "give another text for that: `missing='(missing)'`",
            )
        return list(literal.values)

    def _member(self, value: str, members: Sequence[str]) -> str:
        """Tell which texts are among some."""
        keys = list(members) or [""]
        values = [1 if members else 0] * len(keys)
        return self._add(
            "LabelEncoder", [value], domain="ai.onnx.ml", keys_strings=keys, values_int64s=values, default_int64=0
        )

    def find_leaves(self, answers: str) -> None:
        """Route rows of answers to their leaf, and name it as `Tree.apply` does."""
        from onnx import TensorProto

        tree = self.tree
        inner, leaves = tree.question >= 0, tree.leaves.tolist()
        node = self._add(
            "TreeEnsembleRegressor", [answers], domain="ai.onnx.ml", n_targets=1,
            nodes_treeids=[0] * tree.n_nodes, nodes_nodeids=list(range(tree.n_nodes)),
            nodes_featureids=np.where(inner, tree.question, 0).tolist(),
            nodes_modes=["BRANCH_LEQ" if each else "LEAF" for each in inner],
            # An answer is 0 (no, the true branch) or 1.
            nodes_values=[0.5 if each else 0.0 for each in inner],
            nodes_truenodeids=np.where(inner, tree.no, 0).tolist(),
            nodes_falsenodeids=np.where(inner, tree.yes, 0).tolist(),
            target_treeids=[0] * len(leaves), target_nodeids=leaves, target_ids=[0] * len(leaves),
            target_weights=[float(leaf) for leaf in leaves],
        )  # fmt: skip
        flat = self._add("Reshape", [node, self._constant(np.array([-1], np.int64))])
        self._add("Cast", [flat], to=TensorProto.INT64, output="leaf")

    def write_outputs(self) -> None:
        """Look up what the leaf answers."""
        from onnx import TensorProto

        tree = self.tree
        answers = np.asarray(tree.classes)[tree.value.argmax(axis=1)] if tree.classes is not None else tree.answers
        if tree.classes is not None and answers.dtype.kind in _NO_ANSWER:
            answers[tree.asking] = _NO_ANSWER[answers.dtype.kind]
        kinds = {"U": TensorProto.STRING, "b": TensorProto.BOOL, "i": TensorProto.INT64, "f": TensorProto.DOUBLE}
        if answers.dtype.kind not in kinds:
            raise InputError(
                "classes that are text, numbers or booleans", f"classes of type `{answers.dtype}`", "use text"
            )
        table = answers.astype(object) if answers.dtype.kind == "U" else answers
        self._add("Gather", [self._constant(table), "leaf"], output="prediction")
        made: list[tuple[str, int, list[str | int]]] = [("prediction", kinds[answers.dtype.kind], ["n"])]
        if tree.classes is not None:
            self._add("Gather", [self._constant(tree.scores), "leaf"], output="probabilities")
            made.append(("probabilities", TensorProto.DOUBLE, ["n", len(tree.classes)]))
        if tree.defers is not None:
            self._add("Gather", [self._constant(tree.defers), "leaf"], output="asks_model")
            made.append(("asks_model", TensorProto.BOOL, ["n"]))
        made.append(("leaf", TensorProto.INT64, ["n"]))
        self.outputs += [self.helper.make_tensor_value_info(*each) for each in made]

    def _add(self, kind: str, inputs: Sequence[str], output: str | None = None, **attributes: Any) -> str:
        name = output or next(self._fresh)
        self.nodes.append(self.helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def _constant(self, value: Any) -> str:
        name = next(self._fresh)
        self.constants.append(self.numpy.from_array(np.asarray(value), name))
        return name

    def _refuse_name(self, name: str) -> None:
        if name in ("", "prediction", "probabilities", "leaf", "asks_model"):
            raise InputError(
                f"the column `{name}` as an input of ONNX",
                "a name that ONNX, or an output of the model, has taken",
                "rename the column before the distillation, or use `inputs='matrix'`",
            )
