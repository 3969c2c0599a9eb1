"""An ONNX model as a teacher, run by onnxruntime; hidden tensors are made outputs, or inputs, of other sessions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import ModelProto, numpy_helper, shape_inference

from limbeck.core import Answers, Table, as_table
from limbeck.errors import TeacherError
from limbeck.tables import listed
from limbeck.teachers.base import Teacher
from limbeck.teachers.onnx_columns import ONNX_TYPES, cast_column
from limbeck.teachers.onnx_graph import with_input, with_outputs
from limbeck.teachers.onnx_limits import check_model, limited_run, session_options
from limbeck.teachers.onnx_told import FLOATS, classes_of, float_tensors, label_and_score
from limbeck.teachers.padded import run_padded
from limbeck.teachers.returned import one_of_several
from limbeck.teachers.rows import numeric_matrix
from limbeck.teachers.running import Answer, Preprocess, said
from limbeck.teachers.width import with_units

__all__ = ["OnnxTeacher"]


class OnnxTeacher(Teacher):
    """Ask an ONNX model; every floating tensor that a node of its graph makes is a layer.

    One input takes all columns as a matrix. Inputs of rank 1 or width 1 each take the column of their name (or, for
    an array, of their place). Other models need `preprocess`. A classifier's label is its decision, and its scores,
    in a map read by their keys, stand beside it; otherwise the first floating output is the answer, or else the first.
    A model whose batch dimension is fixed is run at that size, the last batch padded.

    Parameters
    ----------
    model : path, bytes or ModelProto
        The model; tensors stored beside the file are found when a path is given.
    preprocess : callable, optional
        Takes raw rows and returns the model's one input, or a dict of inputs by name, as arrays.
    layers : sequence of str, optional
        Tensors whose activations are wanted; by default all.
    batch_size : int
        Most rows in one run.

    Notes
    -----
    Graph optimisation is off, so that the outputs are the same whether hidden tensors are asked for or not. A run
    is stopped between two nodes after `run_seconds`; all tensors of onnxruntime together stay within 4 GiB.

    Raises
    ------
    TeacherError
        The model cannot be read, or has inputs that cannot be matched with columns.
    """

    def __init__(
        self,
        model: str | Path | bytes | ModelProto,
        *,
        preprocess: Preprocess | None = None,
        layers: Sequence[str] | None = None,
        batch_size: int = 8192,
    ) -> None:
        what = f"`{Path(model).name}`" if isinstance(model, (str, Path)) else "given in memory"
        super().__init__(f"ONNX model {what}", batch_size, preprocess)
        self._model = _opened(model, self.name)
        check_model(self._model, self.name)
        self._session = self._opened_session(self._model)
        self._inputs: list[Any] = self._session.get_inputs()
        sizes = {i.shape[0] for i in self._inputs if i.shape}
        self._fixed_batch = next((size for size in sizes if len(sizes) == 1 and isinstance(size, int)), None)
        self._outputs_by_name: dict[str, Any] = {o.name: o for o in self._session.get_outputs()}
        self._label, self._score = label_and_score(list(self._outputs_by_name.values()))
        self.classes = classes_of(self._model) if self._label is not None else None
        self.layers = float_tensors(self._model, self._fixed_batch)
        if layers is not None:
            self.select_layers(layers)
        self.can_interrupt = True
        self._cut: tuple[tuple[str, ...], Any, str] | None = None

    def layers_on(self, rows: Table) -> tuple[str, ...]:
        """Return the tensors that hold a row of numbers for each of the rows."""
        if self._selected or self._fixed_batch is not None or not self.layers:
            return self.layers
        few = rows.take(np.array([0, min(1, rows.n_rows - 1)]))
        _, found = self._guarded(rows, self._run, few.native, self.layers)
        return tuple(name for name in self.layers if found[name].ndim and len(found[name]) == few.n_rows)

    def _width(self, rows: Table) -> int:
        """Return the most units of a tensor of which the graph tells."""
        if self._fixed_batch is not None or not self.layers:
            return 0
        graph = shape_inference.infer_shapes(self._model).graph
        shapes = [value.type.tensor_type.shape.dim for value in graph.value_info]
        return max((math.prod(max(1, d.dim_value) for d in dims[1:]) for dims in shapes), default=0)

    def redrawn(self, rng: np.random.Generator) -> OnnxTeacher | None:
        """Return the model with fresh weights, or None when it has no matrix of weights.

        Floating initialisers of two or more dimensions are drawn normal with the mean and the standard
        deviation of their present values; vectors (biases, scales, variances) are permuted.
        """
        fresh = ModelProto()
        fresh.CopyFrom(self._model)
        weights = [t for t in fresh.graph.initializer if t.data_type in FLOATS and len(t.dims)]
        if not any(len(tensor.dims) > 1 for tensor in weights):
            return None
        for tensor in weights:
            old = numpy_helper.to_array(tensor)
            drawn = rng.normal(old.mean(), old.std(), old.shape) if old.ndim > 1 else rng.permutation(old)
            tensor.CopyFrom(numpy_helper.from_array(drawn.astype(old.dtype), tensor.name))
        layers = self.layers if self._selected else None
        again = OnnxTeacher(fresh, preprocess=self._preprocess, layers=layers, batch_size=self.batch_size)
        again.run_seconds, again.output = self.run_seconds, self.output
        return again

    def _run(self, native: Any, layers: Sequence[str]) -> Answer:
        return self._in_batches(self._wide_session if layers else self._session, self._feeds(native), layers)

    def _run_from(self, native: Any, layer: str, values: NDArray[np.float32], layers: Sequence[str]) -> Answer:
        feeds = self._feeds(native)
        session, given = self._cut_session(layer, layers)
        kind = ONNX_TYPES[next(i.type for i in session.get_inputs() if i.name == given)]
        put = self._with_all_units(feeds, layer, values)
        return self._in_batches(session, {**feeds, given: put.astype(kind)}, layers)

    def _with_all_units(
        self, feeds: Mapping[str, NDArray[Any]], layer: str, values: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return a tensor with other values; the model runs for it where not all of its units are given."""
        shape = self.shapes.get(layer, (1,))
        if values.shape[1] == math.prod(shape) > 1:  # a tensor of single numbers is known as one of a column, too
            return values.reshape(len(values), *shape)
        whole: NDArray[Any] = self._in_batches(self._wide_session, feeds, [layer])[1][layer]
        return with_units(whole.reshape(len(whole), -1), values).reshape(whole.shape)

    def _in_batches(self, session: Any, feeds: Mapping[str, NDArray[Any]], layers: Sequence[str]) -> Answer:
        """Run a session on all rows, at the one batch size that a model may have."""
        if self._fixed_batch is None:
            return self._ask(session, feeds, layers)
        return run_padded(
            lambda index: self._ask(session, {name: array[index] for name, array in feeds.items()}, layers),
            len(next(iter(feeds.values()))),
            self._fixed_batch,
        )

    def _ask(self, session: Any, feeds: Mapping[str, NDArray[Any]], layers: Sequence[str]) -> Answer:
        """Run a session once: the outputs, and the tensors named."""
        label, score, words = self._read()
        wanted = list(dict.fromkeys([name for name in (score, label) if name] + list(layers)))
        answers = limited_run(session, wanted, feeds, self.name, self.run_seconds)
        got: dict[str, Any] = dict(zip(wanted, answers, strict=True))
        hidden = {layer: np.asarray(got[layer], np.float32) for layer in layers}
        scores, keys = (None, None) if score is None else _as_scores(got[score])
        decided = None if label is None else np.asarray(got[label])
        if decided is not None and decided.ndim == 2 and 1 in decided.shape:
            decided = decided.reshape(-1)
        if decided is not None and scores is not None and len(scores) != len(decided):
            scores, keys = None, None  # some converters write scores that are not one row for each row
        return Answers(scores, decided, keys, words), hidden

    def _read(self) -> tuple[str | None, str | None, str]:
        """Return the names of the label and of the scores that are read, and which of several outputs in words."""
        if self.output is None and (self._label is not None or len(self._outputs_by_name) == 1):
            return self._label, self._score, ""
        name, words = one_of_several(
            {name: name for name in self._outputs_by_name}, self._score if self.output is None else self.output
        )
        return None, name, words if self.output is not None else words.replace("the one asked for,", "the first")

    def _feeds(self, native: Any) -> dict[str, NDArray[Any]]:
        """Turn raw rows into the model's inputs."""
        if self._preprocess is None:
            return self._feeds_from_columns(native)
        ready = self._prepared(native)
        if not isinstance(ready, Mapping):
            ready = {self._inputs[0].name: ready}
        types = {i.name: ONNX_TYPES.get(i.type) for i in self._inputs}
        dense = {str(k): np.asarray(v.toarray() if hasattr(v, "toarray") else v) for k, v in ready.items()}
        if set(dense) != set(types):
            raise TeacherError(
                f"the inputs {listed(list(types))} of {self.name}",
                f"{listed(list(dense))} from `preprocess`",
                "return a dict with one array for each input",
            )
        return {name: array.astype(types[name] or array.dtype) for name, array in dense.items()}

    def _feeds_from_columns(self, native: Any) -> dict[str, NDArray[Any]]:
        """Match columns with inputs: one matrix, or one column for each input of width 1."""
        if isinstance(native, np.ndarray) and native.ndim > 2 and len(self._inputs) == 1:
            only = self._inputs[0]
            return {only.name: native.astype(ONNX_TYPES.get(only.type, np.float32))}
        narrow = [i for i in self._inputs if len(i.shape or ()) == 1 or (len(i.shape or ()) == 2 and i.shape[1] == 1)]
        if len(self._inputs) == 1 and (not narrow or _n_columns(native) == 1):
            only = self._inputs[0]
            matrix = self._matrix(native, only)
            return {only.name: matrix[:, 0] if len(only.shape or ()) == 1 else matrix}
        if len(narrow) < len(self._inputs):
            raise TeacherError(
                f"columns for the inputs {listed([f'{i.name} {i.shape}' for i in self._inputs])} of {self.name}",
                "several inputs that are wider than one column",
                "give `preprocess=`, a function from raw rows to a dict of arrays by input name",
            )
        table, names = as_table(native), [i.name for i in narrow]
        if table.by_place and len(table.columns) == len(names):
            table = table.renamed(names)
        absent = [name for name in names if name not in table]
        if absent:
            raise TeacherError(
                f"a column for each input of {self.name}",
                f"no column {listed(absent)} among {listed(table.names)}",
                "give a table with these columns, or `preprocess=`",
            )
        cast_columns = {i.name: cast_column(table[i.name], i.type) for i in narrow}
        return {i.name: cast_columns[i.name].reshape(-1, *[1] * (len(i.shape) - 1)) for i in narrow}

    def _matrix(self, native: Any, only: Any) -> NDArray[Any]:
        """Return all columns as the one input."""
        shape, n_columns = only.shape or [], _n_columns(native)
        width = shape[1] if len(shape) == 2 and isinstance(shape[1], int) else n_columns
        if len(shape) > 2 or width != n_columns:
            raise TeacherError(
                f"rows for the input `{only.name}` of {self.name}, of shape {shape}",
                f"a table with {n_columns} columns",
                "give the columns that the model was trained on, or `preprocess=`",
            )
        target = ONNX_TYPES.get(only.type, np.float32)
        if np.issubdtype(target, np.floating):
            return numeric_matrix(native, self.name, target).astype(target, copy=False)
        return np.column_stack([cast_column(column, only.type) for column in as_table(native).columns])

    @cached_property
    def _wide_session(self) -> Any:
        """A session whose outputs are the hidden tensors too."""
        return self._opened_session(with_outputs(self._model, self.layers))

    def _cut_session(self, layer: str, layers: Sequence[str]) -> tuple[Any, str]:
        """Return a session that takes a tensor as an input and gives others, and the input's name; the last is kept."""
        if self._cut is None or self._cut[0] != (layer, *layers):
            model, given = with_input(with_outputs(self._model, layers), layer)
            self._cut = ((layer, *layers), self._opened_session(model), given)
        return self._cut[1:]

    def _opened_session(self, model: ModelProto) -> Any:
        options = session_options()
        options.intra_op_num_threads, options.inter_op_num_threads = 2, 1
        options.use_deterministic_compute = True
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 4
        try:
            return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise TeacherError(
                f"a model that onnxruntime {onnxruntime.__version__} can run, {self.name}",
                said(error),
                "export the model again, and see that it passes `onnx.checker.check_model`",
            ) from error


def _n_columns(native: Any) -> int:
    """Return the number of columns of raw rows."""
    shape = getattr(native, "shape", ())
    return shape[1] if len(shape) == 2 else len(as_table(native).columns)


def _opened(model: str | Path | bytes | ModelProto, name: str) -> ModelProto:
    """Read a model, its external tensors included."""
    try:
        if isinstance(model, ModelProto):
            return model
        return onnx.load_from_string(model) if isinstance(model, bytes) else onnx.load(str(model))
    except Exception as error:
        raise TeacherError(
            f"the {name}",
            said(error),
            "give the file that the export wrote, with the files of tensors beside it",
        ) from error


def _as_scores(output: Any) -> tuple[NDArray[Any], tuple[Any, ...] | None]:
    """Return scores as an array; a sequence of maps from class to score becomes (n, c), with the classes."""
    if not isinstance(output, list):
        return np.asarray(output), None
    rows = cast("list[Mapping[Any, float]]", output)
    keys = tuple(rows[0])
    return np.array([[row[key] for key in keys] for row in rows], np.float32), keys
