"""Write the report from the results file: `python -m benchmarks.tables.report`."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.tables.compare import Duel, Grid, Problem, discordant, holm, over_tables, signed_rank, table_means
from benchmarks.tables.measure import SIZES
from benchmarks.tables.methods import METHODS
from benchmarks.tables.results import Record, Results

README = Path(__file__).with_name("README.md")
FULL_LIMIT = 60.0
"""Seconds of processor time for each number of leaves that all methods are to have."""
RESULTS = Path(__file__).parent / "results" / "tables.jsonl"
OURS, BASE = "limbeck", "cart"
LEVEL = 0.05
Lines = list[list[str]]


def main() -> None:
    """Print the report, and write it between the markers of the page."""
    parser = argparse.ArgumentParser(description="The report of benchmarks.tables.")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--page", type=Path, default=README)
    parser.add_argument("--print", action="store_true", help="print only, and leave the page as it is")
    arguments = parser.parse_args()
    text = report(Results(arguments.results).records())
    if arguments.print:
        print(text)
    else:
        arguments.page.write_text(between_markers(arguments.page.read_text(), text))


def report(records: Sequence[Record]) -> str:
    """Return the whole report in Markdown."""
    known = list(records)
    classes = [record for record in known if record["task"] == "classification"]
    numbers = [record for record in known if record["task"] == "regression"]
    parts = [_scope(known)]
    if classes:
        grids = _grids(classes)
        parts += _headline(grids)
        parts += [
            part for name, chosen in _subsets(classes) if chosen for part in (f"### {name}", means(_grids(chosen)))
        ]
        parts += ["### Table by table", *_table_by_table(grids)]
    if numbers:
        parts += ["### Regression: R² against the teacher", *_table_by_table(_grids(numbers))]
    parts += [
        "### How the runs ended, and how long they took",
        statuses(known),
        times(known),
        sooner(known),
        _versions(known),
    ]
    return "\n\n".join(parts)


def between_markers(page: str, text: str) -> str:
    """Replace what is between the markers of the page."""
    begin, end = "<!-- report:begin -->", "<!-- report:end -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"the page has no markers `{begin}` and `{end}`, once each")
    return page.split(begin)[0] + f"{begin}\n{text}\n{end}" + page.split(end)[1]


def markdown(lines: Lines) -> str:
    """Return a table in Markdown, its first line the header."""
    header, *body = ("| " + " | ".join(line) + " |" for line in lines)
    return "\n".join([header, "|" + " --- |" * len(lines[0]), *body])


def means(grids: dict[int, Grid], what: str = "fidelity") -> str:
    """Return the mean over tables by method and size, over the problems that all whole methods finished."""
    lines = [["method", *(f"L = {size}" for size in grids)]]
    best = {size: max(_mean(grid, m, what) for m in grid.whole) for size, grid in grids.items() if grid.whole}
    for method in _present(grids):
        cells = []
        for size, grid in grids.items():
            value = _mean(grid, method, what)
            text = "-" if np.isnan(value) else f"{value:.4f}"
            if method not in grid.whole:
                text += "" if text == "-" else f" † ({len(grid.values(method))})"
            elif value == best[size]:
                text = f"**{text}**"
            cells.append(text)
        lines.append([method, *cells])
    if what == "fidelity":
        lines += _best_of_peers(grids)
    lines.append(["problems", *(str(len(grid.common)) for grid in grids.values())])
    return markdown(lines)


def ranks(grids: dict[int, Grid]) -> str:
    """Return the mean rank by method and size."""
    found = {size: grid.mean_ranks() for size, grid in grids.items()}
    lines = [["method", *(f"L = {size}" for size in grids)]]
    for method in _present(grids):
        lines.append([method, *(f"{found[size][method]:.2f}" if method in found[size] else "-" for size in grids)])
    return markdown(lines)


def duels(grids: dict[int, Grid]) -> str:
    """Return wins, ties and losses of limbeck against each peer, with Wilcoxon's p over tables."""
    lines = [["limbeck against", *(f"L = {size}" for size in grids)]]
    for peer in _present(grids):
        if peer != OURS:
            lines.append([peer, *(_duel_cell(grid, peer) for grid in grids.values())])
    return markdown(lines)


def below_base(grids: dict[int, Grid]) -> str:
    """Return the tables on which limbeck is below CART by the paired test, or say that there are none."""
    tests: list[tuple[str, int, Duel]] = []
    for size, grid in grids.items():
        pooled: dict[str, Duel] = {}
        for problem in _both(grid, BASE):
            duel = discordant(grid.cells[problem, OURS], grid.cells[problem, BASE])
            pooled[problem[0]] = pooled.get(problem[0], Duel(0, 0)) + duel
        tests += [(table, size, duel) for table, duel in pooled.items()]
    corrected = holm([duel.p for *_, duel in tests])
    better = sum(d.ours > d.theirs and d.p < LEVEL for *_, d in tests)
    lines = [["table", "L", "rows only limbeck agrees on", "rows only CART agrees on", "p", "p after Holm"]]
    for (table, size, duel), adjusted in zip(tests, corrected, strict=True):
        if duel.theirs > duel.ours and duel.p < LEVEL:
            p_values = [f"{duel.p:.2g}", f"{adjusted:.2g}"]
            lines.append([table, str(size), str(duel.ours), str(duel.theirs), *p_values])
    said = (
        f"Of {len(tests)} pairs of table and size, limbeck is above CART at p < {LEVEL} in {better} and below in "
        f"{len(lines) - 1}; {sum(float(line[-1]) < LEVEL for line in lines[1:])} of these stay after Holm's correction."
    )
    return said if len(lines) == 1 else f"{said}\n\n{markdown(lines)}"


def statuses(records: Sequence[Record]) -> str:
    """Return how many cells of each method ended how."""
    kinds = ("done", "timeout with a tree", "timeout without", "error", "unsupported")
    counts = Counter((r["method"], _ending(r)) for r in records)
    lines = [["method", *kinds]]
    lines += [[m, *(str(counts[m, kind]) for kind in kinds)] for m in METHODS if any(r["method"] == m for r in records)]
    return markdown(lines)


def times(records: Sequence[Record]) -> str:
    """Return median and largest seconds by method and size."""
    lines = [["seconds: median (largest)", *(f"L = {size}" for size in SIZES)]]
    for method in METHODS:
        cells = []
        for size in SIZES:
            found = [r["seconds"] for r in records if (r["method"], r["size"]) == (method, size) and "fidelity" in r]
            cells.append(f"{np.median(found):.1f} ({max(found):.1f})" if found else "-")
        if set(cells) != {"-"}:
            lines.append([method, *cells])
    return markdown(lines)


def sooner(records: Sequence[Record]) -> str:
    """Return on how many tables one distillation takes no longer than a peer takes for all sizes."""
    lines = [["seconds for all sizes, over tables", "median of limbeck", "median of the peer", "limbeck no longer on"]]
    for method in METHODS:
        both = _seconds_by_table(records, OURS, method)
        if method != OURS and both:
            ours, theirs = np.array(both).T
            told = f"{(ours <= theirs).sum()} of {len(both)} tables"
            lines.append([method, f"{np.median(ours):.2f}", f"{np.median(theirs):.2f}", told])
    return markdown(lines)


def _seconds_by_table(records: Sequence[Record], *methods: str) -> list[list[float]]:
    """Return what methods took for all sizes, on average over the problems of each table that all have finished."""
    spent: dict[str, dict[tuple[str, int], dict[str, list[float]]]] = {}
    for record in records:
        if record["method"] in methods and "fidelity" in record:
            problem = spent.setdefault(record["table"], {}).setdefault((record["teacher"], record["seed"]), {})
            problem.setdefault(record["method"], []).append(record["seconds"])
    whole = [[p for p in problems.values() if all(len(p.get(m, ())) == len(SIZES) for m in methods)]
             for problems in spent.values()]  # fmt: skip
    return [[float(np.mean([sum(p[m]) for p in problems])) for m in methods] for problems in whole if problems]


def _headline(grids: dict[int, Grid]) -> list[str]:
    """Return the sections about all classification problems."""
    parts = ["### Mean test fidelity", means(grids), "### Mean rank", ranks(grids)]
    if OURS in _present(grids):
        parts += ["### Wins / ties / losses of limbeck", duels(grids)]
        if BASE in _present(grids):
            parts += ["### Below CART", below_base(grids)]
    return [*parts, "### Accuracy on the true labels", means(grids, "accuracy")]


def _grids(records: Sequence[Record]) -> dict[int, Grid]:
    sizes = sorted({record["size"] for record in records})
    return {size: Grid([r for r in records if r["size"] == size], list(METHODS)) for size in sizes}


def _subsets(records: Sequence[Record]) -> Iterator[tuple[str, list[Record]]]:
    """Yield parts of the classification problems that are of interest on their own."""
    for kind, name in (("mlp", "Networks alone"), ("boosting", "Boosted trees alone")):
        yield name, [r for r in records if r["teacher"] == kind]
    yield "More than two classes", [r for r in records if r["classes"] > 2]
    early = {_problem(r) for r in records if _stopped_early(r)}
    yield (
        f"Problems on which no method was stopped before {FULL_LIMIT:.0f} seconds",
        [r for r in records if _problem(r) not in early],
    )


def _problem(record: Record) -> tuple[str, str, int]:
    return record["table"], record["teacher"], record["seed"]


def _stopped_early(record: Record) -> bool:
    """Tell whether more time, up to the full limit, might have changed a record."""
    used_up = record["status"] == "timeout" or record["seconds"] > 0.85 * record["limit"]
    return record["limit"] < FULL_LIMIT and used_up


def _mean(grid: Grid, method: str, what: str) -> float:
    return over_tables(grid.values(method, what, grid.common if method in grid.whole else None))


def _present(grids: dict[int, Grid]) -> list[str]:
    return [method for method in METHODS if any(grid.values(method) for grid in grids.values())]


def _best_of_peers(grids: dict[int, Grid]) -> Lines:
    peers = [method for method in METHODS if not method.startswith(OURS)]  # its other efforts are no peers
    names = {"validation": "best peer by validation rows, each problem", "fidelity": "best peer with hindsight"}
    return [
        [f"*{name}*", *(f"{over_tables(grid.best_of(peers, by)):.4f}" for grid in grids.values())]
        for by, name in names.items()
    ]


def _both(grid: Grid, peer: str) -> list[Problem]:
    return [problem for problem in grid.problems if grid.has(problem, OURS) and grid.has(problem, peer)]


def _duel_cell(grid: Grid, peer: str) -> str:
    """Count significant wins and losses, problem by problem, and test over tables."""
    outcomes: Counter[str] = Counter()
    for problem in _both(grid, peer):
        duel = discordant(grid.cells[problem, OURS], grid.cells[problem, peer])
        outcomes["tie" if duel.p >= LEVEL else "win" if duel.ours > duel.theirs else "loss"] += 1
    if not outcomes:
        return "-"
    p = signed_rank(grid.values(OURS), grid.values(peer))
    return f"{outcomes['win']} / {outcomes['tie']} / {outcomes['loss']} (p = {p:.2g})"


def _table_by_table(grids: dict[int, Grid]) -> Iterator[str]:
    """Yield one table for each size: a line for each table of data, means over teachers and seeds."""
    for size, grid in grids.items():
        methods = [method for method in METHODS if grid.values(method)]
        found = {method: table_means(grid.values(method)) for method in methods}
        lines = [[f"L = {size}", *methods]]
        for table in dict.fromkeys(problem[0] for problem in grid.problems):
            values = [found[method].get(table, float("nan")) for method in methods]
            best = np.nanmax(values) if not np.all(np.isnan(values)) else float("nan")
            cells = [
                "-" if np.isnan(v) else f"**{v:.3f}**" if round(v, 3) == round(best, 3) else f"{v:.3f}" for v in values
            ]
            lines.append([table, *cells])
        yield markdown(lines)


def _ending(record: Record) -> str:
    if record["status"] == "timeout":
        return "timeout with a tree" if "fidelity" in record else "timeout without"
    return "done" if record["status"] == "done" and "fidelity" in record else record["status"]


def _scope(records: Sequence[Record]) -> str:
    """Say what was run."""
    tables = {(record["table"], record["task"]) for record in records}
    problems = {(record["table"], record["teacher"], record["seed"]) for record in records}
    regression = sum(task == "regression" for _, task in tables)
    return (
        f"{len(records)} cells: {len(problems)} problems (table, teacher, seed) on {len(tables) - regression} tables "
        f"with classes and {regression} with numbers."
    )


def _versions(records: Sequence[Record]) -> str:
    found: dict[str, set[str]] = {}
    for record in records:
        for package, version in record["versions"].items():
            found.setdefault("limbeck's source" if package == "source" else package, set()).add(version)
    return "Versions: " + "; ".join(f"{name} {', '.join(sorted(v))}" for name, v in sorted(found.items())) + "."


if __name__ == "__main__":
    main()
