"""The table: which cells it has, the file that keeps each once it is computed, and how it is printed."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.paper.compiled import compiled_teacher
from benchmarks.paper.methods import METHODS, Teacher, watched
from benchmarks.paper.network import logits
from benchmarks.paper.random_trees import random_bits
from benchmarks.paper.teachers import FRESH_ROWS, trained_teacher

__all__ = [
    "CURVES", "CURVE_DEPTHS", "CURVE_ROWS", "DEPTHS", "GUIDE_SETS", "PAPER", "Cell", "Record", "Results",
    "ablation_table", "computed", "curve_cells", "plan", "quick_plan", "result_table", "table_cells",
]  # fmt: skip

METHODS_VERSION = 1
"""Part of a cell's key: raise it when a change to the methods changes what a cell holds."""

DEPTHS = (2, 3, 4, 5)
N_TREES = 5
FEWER_ROWS = (600, 300, 150)
STREED_ROWS, STREED_TREES = (300, 1000), 3
CURVE_ROWS = (50, 100, 150, 300, 600, 1000, 2000)
CURVE_DEPTHS = (4, 5)
TRAINED_DEEPER = (6, 7)

PAPER: dict[int, dict[int, tuple[float, int]]] = {
    2: {10: (1.00, 2141), 50: (1.00, 8901), 100: (1.00, 15101), 200: (1.00, 20001)},
    3: {10: (0.87, 4091), 50: (1.00, 18459), 100: (1.00, 33122), 200: (1.00, 48213)},
    4: {10: (0.81, 6022), 50: (0.87, 28042), 100: (1.00, 52856), 200: (1.00, 94227)},
    5: {10: (0.79, 7936), 50: (0.88, 37563), 100: (0.97, 71717), 200: (1.00, 131455), 500: (1.00, 283887),
        1000: (1.00, 527532)},
}  # fmt: skip
"""Depth, then k, to (fidelity, probes) as Boix-Adsera (2024), arXiv 2403.09053, prints them, for one tree each."""

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
CURVES = ("all", "activations only", "queries only", "label gain only")
SWITCHED_OFF_ROWS = (100, 150, 300)

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

    def rng(self, stream: int) -> np.random.Generator:
        """Random numbers: 3 for the method, so that all draw the same rows; 4 for the fresh ones."""
        return np.random.default_rng([self.seed, self.depth, stream])


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


def table_cells(n_trees: int = N_TREES) -> list[Cell]:
    """Return the cells of the main table, the cheap ones first."""
    trees = [(depth, seed) for depth in DEPTHS for seed in range(n_trees)]
    cells = [Cell("guided", *tree, n, ranking="all") for tree in trees for n in (1000, *FEWER_ROWS)]
    cells += [Cell("cart", *tree, n) for tree in trees for n in (1000, 300)]
    cells += [
        Cell("paper", *tree, 1000, k=k, ranking=ranking)
        for tree in trees
        for k in PAPER[tree[0]]
        for ranking in ("global", "within parent")
    ]
    cells += [Cell("guided", depth, 0, 2000, ranking="all") for depth in TRAINED_DEEPER]
    cells += [
        Cell("streed", depth, seed, n)
        for depth in DEPTHS[1:]
        for seed in range(min(n_trees, STREED_TREES))
        for n in STREED_ROWS
    ]
    return cells


def curve_cells(n_trees: int = N_TREES) -> list[Cell]:
    """Return the cells of the curves over the number of rows, the most telling ones first."""
    trees = [(depth, seed) for depth in CURVE_DEPTHS[::-1] for seed in range(n_trees)]
    cells = [
        cell
        for n in CURVE_ROWS
        for tree in trees
        for cell in (Cell("cart", *tree, n), *(Cell("guided", *tree, n, ranking=name) for name in CURVES))
        # With activations 1000 rows are plenty, and reading more is what takes time.
        if n <= 1000 or "representation" not in GUIDE_SETS.get(cell.ranking, ())
    ]
    cells += [
        Cell("guided", *tree, n, ranking=name)
        for n in SWITCHED_OFF_ROWS
        for tree in trees
        for name in GUIDE_SETS
        if name not in CURVES
    ]
    return cells


def plan(n_trees: int = N_TREES) -> list[Cell]:
    """Return all cells, each once."""
    return list(dict.fromkeys([*table_cells(n_trees), *curve_cells(n_trees)]))


def quick_plan() -> list[Cell]:
    """Return a few cells of every kind, for a smoke test."""
    trees = [(depth, seed) for depth in DEPTHS[:2] for seed in range(2)]
    return [
        cell
        for tree in trees
        for cell in (
            Cell("paper", *tree, 1000, k=10, ranking="global"),
            Cell("paper", *tree, 1000, k=10, ranking="within parent"),
            Cell("guided", *tree, 1000, ranking="all"),
            Cell("guided", *tree, 300, ranking="all"),
            Cell("cart", *tree, 1000),
        )
    ]


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
        student = METHODS[cell.method](teacher, cell.n_rows, cell.rng(3), **cell.options())
    cpu_seconds = time.process_time() - start
    x = random_bits(FRESH_ROWS, cell.n_variables, cell.rng(4))
    network, drawn, answer = logits(teacher.network, x) > 0, teacher.tree.labels(x) > 0, student.tree.predict(x) > 0
    return {
        "key": cell.key(),
        "cell": asdict(cell),
        "fidelity": float((answer == network).mean()),
        # The drawn tree itself disagrees with the network where training left a mistake: no tree is asked for more.
        "drawn_fidelity": float((drawn == network).mean()),
        "recovered": bool((answer == drawn).all()),
        **{name: value for name, value in vars(student).items() if name != "tree"},
        # Of all threads, with limbeck's evidence; far below `seconds` where other programs held the processor.
        "cpu_seconds": round(cpu_seconds, 3),
        "peak_mb": None if memory.peak_bytes is None else round(memory.peak_bytes / 1e6, 1),
        "load": round(os.getloadavg()[0], 1),
    }


def result_table(results: Results, cells: Sequence[Cell]) -> list[list[str]]:
    """Return the main table, its header first: one row for each method, depth and setting, over all trees."""
    lines = [
        ["depth", "method", "k", "rows", "paper", "fidelity", "worst", "recovered", "queries", "probes", "(paper)",
         "seconds", "peak MB"],
    ]  # fmt: skip
    for depth, title, k, group in _groups(cells):
        records = results.found(group)
        if not records:
            continue
        fidelity = [record["fidelity"] for record in records]
        printed = PAPER.get(depth, {}).get(k) if group[0].ranking in ("global", "within parent") else None
        printed = printed if group[0].ranking == "global" else None
        stopped = sum(not record["finished"] for record in records)
        lines.append([
            str(depth), title, str(k or ""), str(group[0].n_rows), f"{printed[0]:.2f}" if printed else "",
            f"{np.mean(fidelity):.4f}", f"{min(fidelity):.4f}",
            f"{sum(record['recovered'] for record in records)}/{len(records)}",
            _mean(records, "queries"), _mean(records, "probes"), f"{printed[1]}" if printed else "",
            f"{np.mean([record['seconds'] for record in records]):.1f}" + (f" ({stopped} stopped)" if stopped else ""),
            _mean(records, "peak_mb"),
        ])  # fmt: skip
    return lines


def ablation_table(results: Results, n_trees: int = N_TREES) -> list[list[str]]:
    """Return fidelity (and trees recovered) for each set of guides and number of rows, header first."""
    lines = [["depth", "guides", *(f"{n} rows" for n in CURVE_ROWS)]]
    for depth in CURVE_DEPTHS:
        for name in (*GUIDE_SETS, "CART"):
            line = [str(depth), name]
            for n in CURVE_ROWS:
                method, ranking = ("cart", "") if name == "CART" else ("guided", name)
                records = results.found(Cell(method, depth, seed, n, ranking=ranking) for seed in range(n_trees))
                fidelity = np.mean([record["fidelity"] for record in records]) if records else np.nan
                recovered = sum(record["recovered"] for record in records)
                line.append(f"{fidelity:.3f} ({recovered}/{len(records)})" if records else "")
            lines.append(line)
    return lines


def _groups(cells: Sequence[Cell]) -> Iterator[tuple[int, str, int, list[Cell]]]:
    """Yield the rows of the main table: depth, method, k, and the cells of all trees."""
    for depth in sorted({cell.depth for cell in cells}):
        mine = [cell for cell in cells if cell.depth == depth]
        for (method, ranking), title in _TITLES.items():
            some = [cell for cell in mine if (cell.method, cell.ranking) == (method, ranking)]
            for k, n in sorted({(cell.k, -cell.n_rows) for cell in some}):
                yield depth, title, k, [cell for cell in some if (cell.k, cell.n_rows) == (k, -n)]


_TITLES = {
    ("paper", "global"): "(a) the paper's",
    ("paper", "within parent"): "(b) ranked within parent",
    ("guided", "all"): "(c, d) all guides",
    ("cart", ""): "(e) CART",
    ("streed", ""): "(e) pystreed",
}


def _mean(records: Sequence[Record], name: str) -> str:
    """Return the mean of a figure over the trees."""
    values = [record[name] for record in records if record[name] is not None]
    return f"{np.mean(values):.0f}" if values else "–"
