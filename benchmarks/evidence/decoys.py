"""What is said of networks whose inside is known: `python -m benchmarks.evidence.decoys`; `--write` keeps it."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch

import limbeck
from benchmarks.evidence.known import DECOYS, TRUE, WIDE
from benchmarks.evidence.layouts import LAYOUTS
from benchmarks.evidence.parts import N_BITS
from benchmarks.paper.figures import markdown_table, rewritten
from benchmarks.paper.random_trees import random_bits
from benchmarks.theorem.runs import deciding_tree
from limbeck.causal import exact_share

README = Path(__file__).with_name("README.md")
FIRST, SEEDS = 700, 20
SAID = {
    "COMPUTED_INSIDE": "computed inside", "REPRESENTED": "represented, not shown to be used",
    "NOT_REPRESENTED": "not represented", "FAITHFUL": "cannot be told",
}  # fmt: skip

KINDS = {**TRUE, **LAYOUTS, **WIDE, **DECOYS}

Record = dict[str, Any]


def depth_of(kind: str, seed: int) -> int:
    """Depth of the tree: 2 to 4 where layers can hold it and no more; for decoys, whose lookups grow, 2 or 3."""
    if kind in WIDE:
        return 4
    return 2 + seed % (3 if kind in {**TRUE, **LAYOUTS} and kind != "trained, one layer" else 2)


def judged(kind: str, seed: int) -> Record:
    """Make a network, distill it, and read what is said of its inside."""
    depth = depth_of(kind, seed)
    tree, rng = deciding_tree(depth, N_BITS, seed), np.random.default_rng([seed, depth, 8])
    network = KINDS[kind](tree, rng).eval()
    rows = random_bits(4000 if depth == 4 else 2000, N_BITS, np.random.default_rng([seed, 9]))
    begin = time.perf_counter()
    found = limbeck.distill(
        network, rows, max_leaves=2**depth, random_state=seed,
        task="binary" if kind == "compiled, all clauses, rotated" else "auto",
    )  # fmt: skip
    return {
        "kind": kind, "seed": seed, "depth": depth, "verdict": found.diagnosis.verdict.name,
        "layer": found.diagnosis.layer, "fidelity": found.certificate.fidelity,
        "seconds": time.perf_counter() - begin,
    }  # fmt: skip


def table(records: Sequence[Record], kinds: Sequence[str]) -> list[list[str]]:
    """How often each verdict was given to the networks of each kind, and to all; header first."""
    lines = [["network", "networks", *SAID.values(), "no faithful tree", "computed inside, 95 % interval"]]
    rows = [(kind, [kind]) for kind in kinds]
    for name, some in [*rows, ("all", list(kinds))] if len(rows) > 1 else rows:
        verdicts = [record["verdict"] for record in records if record["kind"] in some]
        if not verdicts:
            continue
        counts = [verdicts.count(verdict) for verdict in SAID]
        share = exact_share(np.array([verdict == "COMPUTED_INSIDE" for verdict in verdicts]))
        cells = [str(count or "") for count in (*counts, len(verdicts) - sum(counts))]
        lines.append([name, str(len(verdicts)), *cells, f"{share.low:.3f} to {share.high:.3f}"])
    return lines


def main() -> None:
    """Judge so many networks of each kind, print the tables, and keep them when told to."""
    parser = argparse.ArgumentParser(description="Networks that use a tree, and decoys: what is said of their inside?")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS), metavar="KIND")
    parser.add_argument(
        "--first", type=int, default=FIRST, help="first seed (700: the page's, none of them looked at before)"
    )
    parser.add_argument("--seeds", type=int, default=SEEDS, help="networks of each kind")
    parser.add_argument("--write", action="store_true", help=f"write {README.name}")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    records: list[Record] = []
    with suppress(KeyboardInterrupt):  # what is whole by then is kept
        for seed in range(asked.first, asked.first + asked.seeds):
            some: list[Record] = []
            for kind in asked.kinds:
                some.append(judged(kind, seed))
                print(json.dumps(some[-1]), flush=True)
            records += some
    groups = {"true": TRUE, "layouts": LAYOUTS, "wide": WIDE, "decoys": DECOYS}
    tables = {block: markdown_table(table(records, list(kinds))) for block, kinds in groups.items()}
    print("\n", "\n\n".join(tables.values()), sep="")
    if asked.write:
        text = README.read_text(encoding="utf-8")
        for block, lines in tables.items():
            text = rewritten(text, block, lines)
        README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
