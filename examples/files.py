"""What makes a file a gzip, a script, a picture? Google's file-type network Magika, distilled into a tree over bytes.

`python -m examples.files` draws files of this machine at random, asks the network inside the package `magika`, and
distills it. The tree reads the magic numbers and keywords that the network learned. Nothing is downloaded.
"""

from __future__ import annotations

import importlib.util
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

import limbeck
from limbeck.concepts import Bytes
from limbeck.teachers import FunctionTeacher

ROOTS = ("/usr", "/etc", "/var/lib", sys.base_prefix)
FILES, FIRST, SEED = 3000, 300, 0
BLOCK, SPAN, PADDING = 4096, 1024, 256


class Magika:
    """The network: the first and last kilobyte of a file, white space stripped, to one of 214 types."""

    def __init__(self) -> None:
        found = importlib.util.find_spec("magika")
        if found is None or found.origin is None:
            raise SystemExit("this example needs `pip install magika`")
        folder = next((Path(found.origin).parent / "models").iterdir())
        self.labels = json.loads((folder / "config.min.json").read_text())["target_labels_space"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = os.cpu_count() or 1
        self.path = folder / "model.onnx"
        self.session = onnxruntime.InferenceSession(str(self.path), options)

    def __call__(self, paths: Sequence[Path]) -> np.ndarray:
        """Return the type of each file."""
        rows = self.inputs(paths)["bytes"]
        scores = [self.session.run(None, {"bytes": rows[i : i + 64]})[0] for i in range(0, len(rows), 64)]
        return np.array(self.labels, object)[np.concatenate(scores).argmax(axis=1)]

    def inputs(self, paths: Sequence[Path]) -> dict[str, np.ndarray]:
        """Return what the network takes, by the name of its input."""
        return {"bytes": np.stack([self.numbers(path) for path in paths])}

    @staticmethod
    def numbers(path: Path) -> np.ndarray:
        """Return what the network takes: 2 x 1024 bytes, with 256 where there is none."""
        with path.open("rb") as file:
            head = file.read(BLOCK)
            size = file.seek(0, 2)
            file.seek(max(0, size - BLOCK))
            tail = file.read(BLOCK)
        head, tail = head.lstrip(), tail.rstrip()
        if size <= BLOCK:
            head = tail = head.rstrip()
        row = np.full(2 * SPAN, PADDING, np.int32)
        row[: len(head[:SPAN])] = np.frombuffer(head[:SPAN], np.uint8)
        if tail:
            row[-len(tail[-SPAN:]) :] = np.frombuffer(tail[-SPAN:], np.uint8)
        return row


def files_of_this_machine(n: int) -> list[Path]:
    """Draw files at random, each with the same probability."""
    found: dict[str, None] = {}
    for root in ROOTS:
        for folder, inner, names in os.walk(root):
            inner.sort()
            found |= dict.fromkeys(os.path.join(folder, name) for name in sorted(names))
    every = list(found)
    random.Random(SEED).shuffle(every)
    drawn: list[Path] = []
    for path in map(Path, every):
        if len(drawn) == n:
            break
        if path.is_file() and not path.is_symlink() and path.stat().st_size >= 16 and os.access(path, os.R_OK):
            drawn.append(path)
    return drawn


def teacher(first: Sequence[Path]) -> FunctionTeacher:
    """Return the network with the 12 types that are most frequent among some files, and "other"."""
    network = Magika()
    frequent = [label for label, _ in Counter(network(first).tolist()).most_common(12)]

    def kind(paths: Sequence[Path]) -> np.ndarray:
        told = network(paths)
        return np.where(np.isin(told, frequent), told, "other").astype(str)

    return FunctionTeacher(kind, batch_size=512, name="Magika, on its 12 most frequent types")


def main() -> None:
    """Draw, ask, distill, show."""
    start = time.monotonic()
    files = files_of_this_machine(FILES + FIRST)
    model = teacher(files[:FIRST])
    print(f"{len(files) - FIRST} files of this machine, drawn at random; asking Magika and distilling", flush=True)
    result = limbeck.distill(
        model, files[FIRST:], concepts=Bytes(), max_leaves=32, max_depth=30, certificate=0.3, effort="fast"
    )
    result.save("demo-files.json")
    result.report("demo-files.html")
    print(result)
    print(f"\n{time.monotonic() - start:.0f} s; the page is demo-files.html, the result demo-files.json")


if __name__ == "__main__":
    main()
