"""Compute what is missing, print the table beside the paper's: `python -m benchmarks.paper`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from threadpoolctl import threadpool_limits

from benchmarks.paper.cells import Cell, Results, computed
from benchmarks.paper.table import ablation_table, plan, quick_plan, result_table, table_cells

FOLDER = Path(__file__).parent


def main() -> None:
    """Run the command line."""
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    if arguments.quick:
        with tempfile.TemporaryDirectory() as folder:
            results, cells = Results(Path(folder) / "table.jsonl"), quick_plan()
            fill(results, cells, arguments.threads)
            print_table(result_table(results, cells))
        return
    results, cells = Results(arguments.results), plan()
    fill(results, [cell for cell in cells if arguments.only in (None, cell.method)], arguments.threads)
    print_table(result_table(results, table_cells()))
    print()
    print_table(ablation_table(results))
    missing = len(cells) - len(results.found(cells))
    if missing:
        print(f"\n{missing} of {len(cells)} cells are not computed; the page and the figures stay as they are")
    elif find_spec("matplotlib"):
        from benchmarks.paper.figures import write_figures, write_page

        write_figures(results, arguments.docs / "figures")
        write_page(results, arguments.docs / "paper.md")
    else:
        print("\nmatplotlib is not installed: the page and the figures stay as they are")


def fill(results: Results, cells: Sequence[Cell], threads: int) -> None:
    """Compute the cells that the file does not hold yet."""
    wanted = [cell for cell in cells if results.get(cell) is None]
    if not find_spec("pystreed"):
        wanted = [cell for cell in wanted if cell.method != "streed"]
    for done, cell in enumerate(wanted):
        print(f"\r{done}/{len(wanted)} {cell.method} depth {cell.depth} tree {cell.seed} rows {cell.n_rows}"
              f" {cell.ranking} {cell.k or ''}".ljust(90), end="", file=sys.stderr, flush=True)  # fmt: skip
        with threadpool_limits(threads), warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", UserWarning
            )  # pystreed says when it meets its time limit; the record does too
            results.keep(computed(cell))
    if wanted:
        print("\r" + " " * 90 + "\r", end="", file=sys.stderr, flush=True)


def print_table(lines: Sequence[Sequence[str]]) -> None:
    """Print a table in columns."""
    widths = [max(len(line[j]) for line in lines) for j in range(len(lines[0]))]
    for line in lines:
        print("  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The paper's experiment: compute what is missing, print the table.")
    parser.add_argument("--quick", action="store_true", help="depth 2 and 3, two trees, nothing kept: a smoke test")
    parser.add_argument("--only", help="compute the missing cells of one method only")
    parser.add_argument("--threads", type=int, default=1, help="threads of the linear algebra and of PyTorch")
    parser.add_argument("--results", type=Path, default=FOLDER / "results" / "table.jsonl")
    parser.add_argument("--docs", type=Path, default=FOLDER.parents[1] / "docs")
    return parser.parse_args()


if __name__ == "__main__":
    main()
