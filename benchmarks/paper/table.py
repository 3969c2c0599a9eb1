"""The table: which cells it has, and how it is laid out beside the paper's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.paper.cells import GUIDE_SETS, Cell, Record, Results

__all__ = [
    "CURVES", "CURVE_DEPTHS", "CURVE_ROWS", "DEPTHS", "N_TREES", "PAPER", "SWITCHED_OFF_ROWS", "TRAINED_DEEPER",
    "ablation_table", "curve_cells", "plan", "quick_plan", "result_table", "table_cells",
]  # fmt: skip

DEPTHS = (2, 3, 4, 5)
N_TREES = 5
FEWER_ROWS = (600, 300, 150)
STREED_ROWS, STREED_TREES = (300, 1000), 3
CURVE_ROWS = (50, 100, 150, 300, 600, 1000, 2000)
CURVE_DEPTHS = (4, 5)
TRAINED_DEEPER = (6, 7)
PAPER_SCHEDULE_DEPTH = 4
"""Depth of the one network that is trained by the paper's own schedule."""

PAPER: dict[int, dict[int, tuple[float, int]]] = {
    2: {10: (1.00, 2141), 50: (1.00, 8901), 100: (1.00, 15101), 200: (1.00, 20001)},
    3: {10: (0.87, 4091), 50: (1.00, 18459), 100: (1.00, 33122), 200: (1.00, 48213)},
    4: {10: (0.81, 6022), 50: (0.87, 28042), 100: (1.00, 52856), 200: (1.00, 94227)},
    5: {10: (0.79, 7936), 50: (0.88, 37563), 100: (0.97, 71717), 200: (1.00, 131455), 500: (1.00, 283887),
        1000: (1.00, 527532)},
}  # fmt: skip
"""Depth, then k, to (fidelity, probes) as Boix-Adsera (2024), arXiv 2403.09053, prints them, for one tree each."""

CURVES = ("all", "activations only", "queries only", "label gain only")
SWITCHED_OFF_ROWS = (100, 150, 300, 1000)


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
    cells += [
        Cell("paper", PAPER_SCHEDULE_DEPTH, 0, 1000, k=k, ranking="global", teacher="paper")
        for k in PAPER[PAPER_SCHEDULE_DEPTH]
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


def result_table(results: Results, cells: Sequence[Cell]) -> list[list[str]]:
    """Return the main table, its header first: one line for each method, depth and setting, over all trees."""
    lines = [
        ["depth", "method", "k", "rows", "paper", "fidelity", "worst", "recovered", "queries", "probes", "(paper)",
         "seconds", "CPU", "peak MB"],
    ]  # fmt: skip
    for depth, title, k, group in _groups(cells):
        title = "(d) all guides, fewer rows" if group[0].method == "guided" and group[0].n_rows < 1000 else title
        records = results.found(group)
        if not records:
            continue
        fidelity = [record["fidelity"] for record in records]
        printed = PAPER[depth][k] if group[0].ranking == "global" else None
        stopped = sum(not record["finished"] for record in records)
        lines.append([
            str(depth), title, str(k or ""), str(group[0].n_rows), f"{printed[0]:.2f}" if printed else "",
            f"{np.mean(fidelity):.4f}", f"{min(fidelity):.4f}",
            f"{sum(record['recovered'] for record in records)}/{len(records)}",
            _mean(records, "queries"), _mean(records, "probes"), f"{printed[1]}" if printed else "",
            f"{np.mean([record['seconds'] for record in records]):.1f}" + (f" ({stopped} stopped)" if stopped else ""),
            f"{np.mean([record['cpu_seconds'] for record in records]):.1f}", _mean(records, "peak_mb"),
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
        for kind, title in _TITLES.items():
            some = [cell for cell in mine if (cell.method, cell.ranking, cell.teacher) == kind]
            for k, n in sorted({(cell.k, -cell.n_rows) for cell in some}):
                yield depth, title, k, [cell for cell in some if (cell.k, cell.n_rows) == (k, -n)]


_TITLES = {
    ("paper", "global", "quick"): "(a) the paper's",
    ("paper", "global", "paper"): "(a) on its training schedule",
    ("paper", "within parent", "quick"): "(b) ranked within parent",
    ("guided", "all", "quick"): "(c) all guides",
    ("cart", "", "quick"): "(e) CART",
    ("streed", "", "quick"): "(e) pystreed",
}


def _mean(records: Sequence[Record], name: str) -> str:
    """Return the mean of a figure over the trees."""
    values = [record[name] for record in records if record[name] is not None]
    return f"{np.mean(values):.0f}" if values else "–"
