"""The same work done by hand: read, ask, count. `python -m benchmarks.scale.hand STEP ROWS FOLDER [RESULT]`."""

from __future__ import annotations

import json
import pickle
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.scale.rows import folder_of, made, model
from limbeck import distill
from limbeck.core import Tree, as_table
from limbeck.passes import streaming
from limbeck.passes.counting import Counting
from limbeck.streams import files_at

_BATCH = 1 << 16
_COUNTING = folder_of(0).parent / "counting.pickle"


def counting() -> Counting:
    """Return the clauses that a distillation of a million rows counts."""
    if not _COUNTING.exists():
        plain = streaming.solved_on_counts

        def kept(run, fitted, what, counted):
            _COUNTING.write_bytes(pickle.dumps(what))
            return plain(run, fitted, what, counted)

        streaming.solved_on_counts = kept
        distill(str(model()), files_at(made(1_000_000)), max_leaves=16)
    return pickle.loads(_COUNTING.read_bytes())


def batches(folder: Path, columns: list[str] | None = None) -> Iterator[pd.DataFrame]:
    """Read batch after batch."""
    for path in sorted(folder.glob("*.parquet")):
        for batch in pq.ParquetFile(path).iter_batches(_BATCH, columns=columns, use_threads=False):
            yield batch.to_pandas()


def asked() -> onnxruntime.InferenceSession:
    """Open the model on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model(), options, providers=["CPUExecutionProvider"])


def count(folder: Path) -> dict[str, float]:
    """Read, ask and count, with the seconds of each."""
    what, session, seconds = counting(), asked(), dict.fromkeys(("reading", "asking", "counting"), 0.0)
    state, start = what.begin(), time.process_time()
    from limbeck.core import Outputs

    for frame in batches(folder):
        read = time.process_time()
        codes = session.run(None, {"x": frame.to_numpy(np.float32)})[0].argmax(axis=1)
        told = time.process_time()
        what.add(state, as_table(frame), Outputs(codes, np.eye(2)[codes]), np.ones(len(frame)))
        done = time.process_time()
        for name, spent in zip(seconds, (read - start, told - read, done - told), strict=True):
            seconds[name] += spent
        start = done
    return seconds


def predict(folder: Path, result: Path) -> dict[str, float]:
    """Read the tree's columns, answer and write."""
    tree = Tree.from_dict(json.loads((result / "tree.json").read_text()))
    columns = sorted({literal.column for literal in tree.literals})
    schema = pa.schema([("prediction", pa.int64())])
    with pq.ParquetWriter(result / "by-hand.parquet", schema) as writer:
        for frame in batches(folder, columns):
            writer.write_table(pa.table([pa.array(tree.predict(frame))], schema=schema))
    return {}


def certify(folder: Path, result: Path) -> dict[str, float]:
    """Read, ask, and count where tree and model differ."""
    tree = Tree.from_dict(json.loads((result / "tree.json").read_text()))
    session, differ = asked(), 0
    for frame in batches(folder):
        codes = session.run(None, {"x": frame.to_numpy(np.float32)})[0].argmax(axis=1)
        differ += int((tree.predict(frame) != codes).sum())
    return {"disagreements": differ}


if __name__ == "__main__":
    step, place = sys.argv[1], Path(sys.argv[2])
    if step == "prepare":
        counting()
        print("{}")
    elif step == "distill":
        print(json.dumps(count(place)))
    else:
        print(json.dumps({"predict": predict, "certify": certify}[step](place, Path(sys.argv[3]))))
