"""Run what the results file does not hold yet: `python -m benchmarks.tables --data FOLDER`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from functools import cache
from itertools import product
from pathlib import Path
from threading import Lock

from benchmarks.tables.given import LIMIT
from benchmarks.tables.guard import peers_python
from benchmarks.tables.measure import SIZES, given_of, measured
from benchmarks.tables.methods import METHODS
from benchmarks.tables.problems import Problem, make_problem
from benchmarks.tables.results import Results
from benchmarks.tables.tables import DATA, FURTHER, TABLES
from benchmarks.tables.teachers import TEACHERS

RESULTS = Path(__file__).parent / "results" / "tables.jsonl"
Job = tuple[str, str, int, str, list[int]]


def main() -> None:
    """Run the command line."""
    arguments = _arguments()
    if arguments.data:
        os.environ[DATA] = arguments.data  # the workers read it too
    if arguments.limit:
        os.environ[LIMIT] = str(arguments.limit)
    if any(METHODS[name].apart for name in arguments.methods) and not peers_python().exists():
        sys.exit(f"no {peers_python()}: make the peers' environment as README.md says, or choose other --methods")
    results = Results(arguments.out)
    jobs = list(_missing(arguments, results))
    print(f"{sum(len(job[-1]) for job in jobs)} cells in {len(jobs)} jobs", flush=True)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(arguments.jobs) as pool:
        running = {pool.submit(_run, job, results, Path(folder)): job for job in jobs}
        try:
            for done, future in enumerate(as_completed(running), 1):
                print(f"{done}/{len(jobs)}  {' '.join(map(str, running[future][:-1]))}  {_ended(future)}", flush=True)
        finally:  # stopped by the user: what runs is ended, and what waits is not begun
            pool.shutdown(wait=False, cancel_futures=True)


def _ended(future: Future[None]) -> str:
    """Tell of a table that is not there, and go on with the others."""
    try:
        future.result()
    except FileNotFoundError as error:
        return f"left out: {error}"
    return ""


def _missing(arguments: argparse.Namespace, results: Results) -> Iterator[Job]:
    """Yield what is to be run: methods outermost, the cheap ones first."""
    for method in METHODS:
        if method not in arguments.methods:
            continue
        for table, teacher, seed in product(arguments.tables, arguments.teachers, arguments.seeds):
            if teacher == "boosting" and seed != arguments.seeds[0]:
                continue  # one boosted teacher a table: its seed changes only the split
            cells = [(table, teacher, seed, method, size) for size in arguments.sizes]
            sizes = [cell[-1] for cell in cells if method in arguments.again or cell not in results]
            if sizes:
                yield table, teacher, seed, method, sizes


def _run(job: Job, results: Results, folder: Path) -> None:
    """Run one method on one problem."""
    table, teacher, seed, method, sizes = job
    problem, given = _prepared(table, teacher, seed, folder)
    for record in measured(problem, method, sizes, given):
        results.keep(record)


_PREPARING = Lock()


def _prepared(table: str, teacher: str, seed: int, folder: Path) -> tuple[Problem, Path]:
    """Make a problem and write its arrays once; one at a time, because training changes the number of threads."""
    with _PREPARING:
        return _written(table, teacher, seed, folder)


@cache
def _written(table: str, teacher: str, seed: int, folder: Path) -> tuple[Problem, Path]:
    problem = make_problem(table, teacher, seed)
    path = folder / f"{table}-{teacher}-{seed}.npz"
    given_of(problem).write(path)
    return problem, path


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Small trees from models of real tables, limbeck beside its peers.")
    parser.add_argument("--data", help=f"folder of the CSV files; by default ${DATA}")
    main = [name for name in TABLES if name not in FURTHER]
    parser.add_argument("--tables", type=_names(TABLES), default=main, help="by default all but the further ones")
    parser.add_argument("--teachers", type=_names(TEACHERS), default=list(TEACHERS))
    parser.add_argument("--methods", type=_names(METHODS), default=list(METHODS))
    parser.add_argument("--again", type=_names(METHODS), default=[], help="methods whose cells are computed anew")
    parser.add_argument("--seeds", type=_numbers, default=[0, 1, 2])
    parser.add_argument("--sizes", type=_numbers, default=list(SIZES), help="numbers of leaves")
    parser.add_argument("--jobs", type=int, default=1, help="methods at a time, one thread each")
    parser.add_argument("--limit", type=float, help="seconds of processor time for each L; by default 60")
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser.parse_args()


def _names(known: object) -> object:
    """Return a reader of names that are separated by commas."""

    def read(text: str) -> list[str]:
        unknown = [name for name in text.split(",") if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; there are {', '.join(known)}")
        return text.split(",")

    return read


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    main()
