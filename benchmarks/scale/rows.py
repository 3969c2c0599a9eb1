"""The rows and the model: Parquet files of a million rows each. `python -m benchmarks.scale.rows N`."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import pyarrow as pa
import pyarrow.parquet as pq
from onnx import TensorProto, helper, numpy_helper

COLUMNS, WHOLE = 20, 4
ROWS_A_FILE = 1_000_000
_HIDDEN = 64


def folder_of(n_rows: int, part: str = "rows") -> Path:
    """Return the folder for so many rows, outside the checkout; another part has fresh ones."""
    place = os.environ.get("LIMBECK_SCALE", os.path.join(tempfile.gettempdir(), "limbeck-scale"))
    return Path(place) / f"{part}-{n_rows}"


def made(n_rows: int, part: str = "rows") -> Path:
    """Write the rows, where they are not there yet: sixteen columns of normal numbers, four of whole ones."""
    folder = folder_of(n_rows, part)
    folder.mkdir(parents=True, exist_ok=True)
    for i, start in enumerate(range(0, n_rows, ROWS_A_FILE)):
        path = folder / f"{i:04d}.parquet"
        if not path.exists():
            n = min(ROWS_A_FILE, n_rows - start)
            rng = np.random.default_rng([i, len(part)])
            columns = [rng.standard_normal(n, np.float32) for _ in range(COLUMNS - WHOLE)]
            columns += [rng.integers(10, size=n, dtype=np.int16) for _ in range(WHOLE)]
            table = pa.table({f"x{j}": column for j, column in enumerate(columns)})
            pq.write_table(table, path.with_suffix(".new"), row_group_size=1 << 17, use_dictionary=False)
            path.with_suffix(".new").rename(path)
    return folder


def model() -> Path:
    """Write a network of two hidden layers of fixed random weights, which looks at eight of the columns."""
    path = folder_of(0).parent / "model.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    looked_at = np.zeros((COLUMNS, 1))
    looked_at[[0, 1, 2, 3, 4, 16, 17, 18]] = 1.0
    scale = np.where(np.arange(COLUMNS) < COLUMNS - WHOLE, 1.0, 0.3)[:, None]
    shapes = [(COLUMNS, _HIDDEN), (_HIDDEN, _HIDDEN), (_HIDDEN, 2)]
    weights = [rng.standard_normal(shape) / np.sqrt(shape[0]) for shape in shapes]
    weights[0] *= looked_at * scale * 1.5
    named = [numpy_helper.from_array(w.astype(np.float32), f"w{i}") for i, w in enumerate(weights)]
    nodes = [
        helper.make_node("MatMul", ["x", "w0"], ["a"]), helper.make_node("Tanh", ["a"], ["b"]),
        helper.make_node("MatMul", ["b", "w1"], ["c"]), helper.make_node("Relu", ["c"], ["d"]),
        helper.make_node("MatMul", ["d", "w2"], ["y"]),
    ]  # fmt: skip
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, COLUMNS])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 2])
    graph = helper.make_graph(nodes, "network", [x], [y], named)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


if __name__ == "__main__":
    print(model(), made(int(float(sys.argv[1]))), made(int(float(sys.argv[1])) // 10 or 1, "fresh"))
