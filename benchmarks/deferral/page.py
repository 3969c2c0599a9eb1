"""The results as tables of Markdown: `python -m benchmarks.deferral.page`."""

from __future__ import annotations

import json
from statistics import median
from typing import Any

from benchmarks.deferral.__main__ import HERE, SIZES, TARGETS

INSIDE = "limbeck, inside"
AFTER = ("limbeck, after the fit", "CART, after the fit")


def main() -> None:
    """Print what is certified, problem by problem, and the medians."""
    records = [json.loads(line) for line in HERE.read_text().splitlines()]
    first = [r for r in records if r["seed"] == 0]
    cells, problems = _by_cell(first)
    for leaves in reversed(SIZES):
        print(f"\n| table, teacher | rows | {' | '.join(_titles())} |")
        print(f"|---|---|{'---|' * 6}")
        for problem in problems:
            told = [_told(cells[*problem, leaves, target, name]) for target in TARGETS for name in (*AFTER, INSIDE)]
            n_rows = cells[*problem, leaves, TARGETS[0], INSIDE]["rows"]
            print(f"| {', '.join(problem)} | {n_rows} | {' | '.join(told)} |")
    for seed in sorted({r["seed"] for r in records}):
        print(f"\nSeed {seed}:")
        _print_gains(*_by_cell([r for r in records if r["seed"] == seed]))
    _print_cascades([r for r in first if r["method"] == INSIDE and r["leaves"] == max(SIZES)])


def _by_cell(records: list[dict[str, Any]]) -> tuple[dict[Any, dict[str, Any]], list[tuple[str, str]]]:
    """Return the records of one seed by problem, size, target and method, and the problems."""
    cells = {(r["table"], r["teacher"], r["leaves"], r["target"], r["method"]): r for r in records}
    return cells, sorted({key[:2] for key in cells})


def _titles() -> list[str]:
    return [f"{name}, {target:g}" for target in TARGETS for name in ("limbeck after", "CART after", "inside")]


def _told(record: dict[str, Any]) -> str:
    """Write the share answered where the target is certified, and else the share in brackets with its limit."""
    share = f"{record['answered']:.3f}"
    return share if record["kept"] else f"({share}: {record['limit']:.3f})"


def _certified(record: dict[str, Any]) -> float:
    return record["answered"] if record["kept"] else 0.0


def _print_gains(cells: dict[Any, dict[str, Any]], problems: list[tuple[str, str]]) -> None:
    """Say how many more points of the rows are answered at a certified target."""
    print(
        f"\n| leaves | target | certified, of {len(problems)} | beside limbeck after | beside CART after "
        "| beside the better |"
    )
    print("|---|---|---|---|---|---|")
    for leaves in SIZES:
        for target in TARGETS:
            inside = [cells[*problem, leaves, target, INSIDE] for problem in problems]
            others = [[_certified(cells[*p, leaves, target, name]) for p in problems] for name in AFTER]
            others.append([max(pair) for pair in zip(*others, strict=True)])
            kept = [sum(r["kept"] for r in inside)]
            kept += [sum(cells[*p, leaves, target, name]["kept"] for p in problems) for name in AFTER]
            told = [_gain(inside, other) for other in others]
            print(f"| {leaves} | {target:g} | {kept[0]} (after: {kept[1]}, {kept[2]}) | {' | '.join(told)} |")


def _gain(inside: list[dict[str, Any]], others: list[float]) -> str:
    gains = [_certified(r) - other for r, other in zip(inside, others, strict=True)]
    worse = sum(gain < -0.02 for gain in gains)
    return f"{100 * median(gains):+.0f} (mean {100 * sum(gains) / len(gains):+.0f}; worse on {worse})"


def _print_cascades(records: list[dict[str, Any]]) -> None:
    """Say what a cascade saves, and from which price of a row on it pays in time."""
    calls = median(r["answered"] for r in records)
    pays = [
        (r["cascade_seconds"] - (1 - r["answered"]) * r["teacher_seconds"]) / max(r["answered"] * r["n_test"], 1)
        for r in records
    ]
    teacher = median(r["teacher_seconds"] / r["n_test"] for r in records)
    print(
        f"\nA cascade of {max(SIZES)} leaves saves {calls:.0%} of the teacher's rows in the median. Tree and reading "
        f"cost {1e6 * median(pays):.0f} µs for each row that is saved, these teachers {1e6 * teacher:.1f} µs "
        "a row."
    )


if __name__ == "__main__":
    main()
