"""The cells of the table: what one run is, how it is measured, and the file that keeps each once it is computed."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.paper.compiled import compiled_teacher
from benchmarks.paper.methods import METHODS, Bits, Teacher, watched
from benchmarks.paper.network import logits
from benchmarks.paper.random_trees import random_bits
from benchmarks.paper.teachers import FRESH_ROWS, trained_teacher

__all__ = ["GUIDE_SETS", "Cell", "Record", "Results", "computed"]

METHODS_VERSION = 1
"""Part of a cell's key: raise it when a change to the methods changes what a cell holds."""

_LABELS, _QUERIES, _ACTIVATIONS = ("impurity", "agreement"), ("influence",), ("representation",)
GUIDE_SETS: dict[str, tuple[str, ...]] = {
    "all": (*_LABELS, *_QUERIES, *_ACTIVATIONS),
    "without activations": (*_LABELS, *_QUERIES),
    "without queries": (*_LABELS, *_ACTIVATIONS),
    "without label gain": (*_QUERIES, *_ACTIVATIONS),
    "label gain only": _LABELS,
    "queries only": _QUERIES,
    "activations only": _ACTIVATIONS,
}
"""What is switched on, by the name that the tables and figures use."""

Record = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """One run of one method on one teacher.

    Parameters
    ----------
    method : str
        A name in `METHODS`.
    depth, seed : int
        The teacher's.
    n_rows : int
        Rows that the method may draw.
    k : int
        Beam width of the paper's method; 0 for the others.
    ranking : str
        "global" or "within parent" for the paper's method; a name in `GUIDE_SETS` for limbeck's; else empty.
    teacher : {"quick", "paper", "compiled"}
        How the network was trained, or that it was compiled.
    n_variables : int
        Input bits.
    """

    method: str
    depth: int
    seed: int
    n_rows: int
    k: int = 0
    ranking: str = ""
    teacher: str = "quick"
    n_variables: int = 100

    def key(self) -> str:
        """Hash of the content."""
        content = json.dumps([METHODS_VERSION, asdict(self)], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def options(self) -> dict[str, Any]:
        """Return the method's keywords."""
        if self.method == "paper":
            return {"k": self.k, "within_parent": self.ranking == "within parent"}
        return {"guides": GUIDE_SETS[self.ranking]} if self.method == "guided" else {}

    def rng(self) -> np.random.Generator:
        """Return random numbers for the method: all methods draw the same rows of a teacher."""
        return np.random.default_rng([self.seed, self.depth, 3])


class Results:
    """A file of records, one JSON value a line, that only ever grows.

    Parameters
    ----------
    path : Path
        Read when it exists; made when the first record is kept.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        lines = path.read_text().splitlines() if path.exists() else []
        self._records: dict[str, Record] = {record["key"]: record for record in map(json.loads, lines)}

    def get(self, cell: Cell) -> Record | None:
        """Return what is known of a cell."""
        return self._records.get(cell.key())

    def keep(self, record: Record) -> None:
        """Add a record and write it through."""
        self._records[record["key"]] = record
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a") as file:
            file.write(json.dumps(record) + "\n")

    def found(self, cells: Iterable[Cell]) -> list[Record]:
        """Return the records of those cells that are known."""
        return [record for cell in cells if (record := self.get(cell))]


@cache
def teacher_of(kind: str, depth: int, seed: int, n_variables: int) -> Teacher:
    """Return the teacher that a cell names."""
    if kind == "compiled":
        return compiled_teacher(depth, seed, n_variables=n_variables)
    return trained_teacher(depth, seed, kind, n_variables=n_variables)


def computed(cell: Cell, teacher: Teacher | None = None) -> Record:
    """Run a cell and measure the student on fresh rows."""
    teacher = teacher or teacher_of(cell.teacher, cell.depth, cell.seed, cell.n_variables)
    start = time.process_time()
    with watched() as memory:
        student = METHODS[cell.method](teacher, cell.n_rows, cell.rng(), **cell.options())
    cpu_seconds = time.process_time() - start
    x, network, drawn = _fresh_answers(teacher, cell.depth, cell.seed)
    answer = student.tree.predict(x) > 0
    return {
        "key": cell.key(),
        "cell": asdict(cell),
        "fidelity": float((answer == network).mean()),
        # The drawn tree itself disagrees with the network where training left a mistake: no tree is asked for more.
        "drawn_fidelity": float((drawn == network).mean()),
        "recovered": bool((answer == drawn).all()),
        **{name: value for name, value in vars(student).items() if name != "tree"},
        "ranks": list(student.ranks),
        # Of all threads, with limbeck's evidence; far below `seconds` where other programs held the processor.
        "cpu_seconds": round(cpu_seconds, 3),
        "peak_mb": None if memory.peak_bytes is None else round(memory.peak_bytes / 1e6, 1),
        "load": round(os.getloadavg()[0], 1),
    }


@cache
def _fresh_answers(teacher: Teacher, depth: int, seed: int) -> tuple[Bits, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return fresh rows, the same for all methods, and the labels of the network and of the drawn tree."""
    x = random_bits(FRESH_ROWS, teacher.tree.n_variables, np.random.default_rng([seed, depth, 4]))
    return x, logits(teacher.network, x) > 0, teacher.tree.labels(x) > 0
