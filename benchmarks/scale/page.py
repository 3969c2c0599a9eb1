"""Writes the page and the picture from the results. `python -m benchmarks.scale.page`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RESULTS, PAGE = HERE / "results" / "scale.json", HERE / "README.md"
FIGURE = HERE.parents[1] / "docs" / "figures" / "scale.svg"
LARGE, SMALL = "20000000", "1000000"
BILLION, WORKERS = 10**9, 64
STEPS = ("distill", "predict", "certify")


def main() -> None:
    """Write both."""
    found = json.loads(RESULTS.read_text())
    draw(found)
    PAGE.write_text(page(found))


def row(name: str, told: dict[str, Any], hand: dict[str, Any] | None) -> str:
    """Write one step beside the same by hand."""
    beside = ("-", "-") if hand is None else (f"{hand['cpu']:.0f}", f"{told['cpu'] / hand['cpu']:.1f}")
    return f"| {name} | {told['cpu']:.0f} | {told['rss']:.2f} GiB | {beside[0]} | {beside[1]} |"


def page(found: dict[str, Any]) -> str:
    """Return the page."""
    large, small = found[LARGE], found[SMALL]
    steps = [row(step, large[step], large.get(f"{step} by hand")) for step in STEPS]
    own = sum(large[step]["cpu"] for step in STEPS)
    alone = sum(large[f"{step} by hand"]["cpu"] for step in STEPS)
    steps.append(f"| together | {own:.0f} | | {alone:.0f} | {own / alone:.1f} |")
    hand, passes = large["distill by hand"], large["distill"]["passes"]
    seconds = sum(passes.values())
    rate = (large["distill"]["cpu"] - small["distill"]["cpu"]) / (int(LARGE) - int(SMALL))
    fixed = small["distill"]["cpu"] - rate * int(SMALL)
    reading, asking, counting = (hand[name] / int(LARGE) * 1e6 for name in ("reading", "asking", "counting"))
    each = BILLION / WORKERS * rate
    candidates = 60_000 * (1 + BILLION / 2**24)
    clusters = [
        f"| {int(size):,} | {n} | {told['wall']:.0f} | {told['cpu']:.0f} | {told['rss']:.2f} GiB "
        f"| {max(told['workers']):.2f} GiB | {told.get('code', 'this')} |"
        for size in (SMALL, LARGE)
        for n in (1, 2)
        if (told := found[size].get(f"distill, {n} workers"))
    ]
    alike = [told["same"] for told in large.values() if "same" in told]
    same = "The tree is that of one process, bit for bit. " if alike and all(alike) else ""
    workers = "" if not clusters else CLUSTER.format("\n".join(clusters), same)
    growth = [
        f"| {int(n):.0e} | {found[n]['distill']['cpu']:.0f} | {found[n]['distill']['rss']:.2f} GiB |".replace(
            "e+0", "e"
        )
        for n in sorted(found, key=int)
        if "distill" in found[n]
    ]
    return TEXT.format(
        "\n".join(steps), hand["cpu"] / int(LARGE) * 1e6, reading, asking, counting, workers, "\n".join(growth),
        fixed, rate * 1e6, reading + asking + counting, each, each + fixed, candidates / 1e6,
        candidates * 160 / 2**30, passes["drawing"] / seconds, passes["counting"] / seconds,
    )  # fmt: skip


TEXT = """# Scale

20 million rows of 20 columns in 20 Parquet files (sixteen columns of normal float32, four of small whole numbers; made by the
script, 1.3 GB), and an ONNX network of two hidden layers of 64 as the teacher. 2 cores with much other work on them (load of
6 to 16), so that **processor seconds are compared, not seconds**, and these vary by some tenths too; every step ran in a
process of its own, NumPy and Arrow on one thread.

## 20 million rows: `python -m benchmarks.scale 2e7`

`limbeck distill model.onnx 'rows/*.parquet'`, `predict` to Parquet, and `certify` on 20 million fresh rows, as one calls
them. *By hand* is one loop over the same batches without limbeck's drawing, search and checks: pyarrow reads, ONNX Runtime
answers, and the same clauses are counted, by limbeck's own counter (`distill`), the finished tree answers and pyarrow writes (`predict`), or the
differences of tree and network are added up (`certify`).

| step | processor s | peak memory | by hand, s | ratio |
|---|---|---|---|---|
{0}

A row by hand costs {1:.1f} µs: {2:.2f} to read, {3:.2f} to ask, {4:.2f} to count in 15 000 clauses. `certify` adds to the loop by
hand, which adds up one number, a copy of every batch for the teacher, checks of its answers, and counts by leaf and class.
`distill` goes through the rows three times: the two passes that draw took {14:.0%} of its seconds, the third {15:.0%}. Where its
ratio is below what that adds, the loop by hand ran at a busier moment.
{5}
## Growth: `python -m benchmarks.scale N distill`

![Processor seconds and memory of a distillation against the rows](../../docs/figures/scale.svg)

| rows | processor s | peak memory |
|---|---|---|
{6}

Memory stays where it is: a sample, the search on it, and one batch.

## 10⁹ rows on 64 workers: a computation, not a measurement

Nothing of this size was run. From the figures above, by the difference of 1 and 20 million rows, a distillation takes
{7:.0f} s of processor time whatever the rows (start, search, certificate, diagnosis) and {8:.2f} µs a row. By hand it was {9:.2f}: {2:.2f}
for one reading, {3:.2f} for this network's answer and {4:.2f} for counting. What two more readings, the content's hash and the
conversion of batches cost is of the size by which such figures vary here.

10⁹ / 64 rows on each worker would take {10:.0f} s, and with what does not grow {11:.0f} s, if the workers are like these
cores and read at this rate. What the computation leaves out: the network between them (sums of clauses are some 2 MB a
partition; the listing of equal rows up to 128 MB a worker, once) and waiting for the slowest. At 10⁹ rows about
{12:.1f} million rows are candidates for the sample, because a cell of the listing holds 60 rows: {13:.1f} GiB travel to the one
process that searches, once. A slower teacher adds its own time for every row.
"""

CLUSTER = """
## Workers: `python -m benchmarks.scale N 1 2`

The same on a Dask cluster of processes of this machine, whose two cores were shared with a load of 12 to 18: the seconds say
nothing of how it scales. {1}The million rows lay in ten files there. The processor seconds are far more than those of one
process: by a default of Dask's its workers give freed memory back at once, and counting 100 000 rows took 1.18 s of
processor time so, in place of 0.55, and 0.54 with `MALLOC_MMAP_THRESHOLD_=33554432`. The command sets that now; the table was
measured before.

| rows | workers | s | processor s, all together | peak, client | peak, a worker | code |
|---|---|---|---|---|---|---|
{0}
"""


def draw(found: dict[str, Any]) -> None:
    """Draw processor seconds and memory against the rows."""
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    sizes = sorted((n for n in found if "distill" in found[n]), key=int)
    rows = [int(n) for n in sizes]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), constrained_layout=True)
    left.loglog(rows, [found[n]["distill"]["cpu"] for n in sizes], "o-", color="#0072b2", label="limbeck distill")
    by_hand = [n for n in sizes if "distill by hand" in found[n]]
    told = [found[n]["distill by hand"]["cpu"] for n in by_hand]
    left.loglog([int(n) for n in by_hand], told, "s--", color="#555555", label="read, ask, count by hand")
    left.set_ylabel("processor s")
    left.legend(frameon=False)
    right.semilogx(rows, [found[n]["distill"]["rss"] for n in sizes], "o-", color="#d55e00")
    right.axhline(2.0, color="#555555", linestyle="--", linewidth=0.8)
    right.set_ylim(0, 2.2)
    right.set_ylabel("peak memory, GiB")
    for panel in (left, right):
        panel.set_xlabel("rows")
        panel.grid(alpha=0.3, which="both", linewidth=0.4)
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(FIGURE, metadata={"Date": None})


if __name__ == "__main__":
    main()
