"""True clauses, random clauses and re-drawn weights, depth by depth: `python -m benchmarks.evidence`."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.paper.random_trees import RandomTree, random_bits
from benchmarks.paper.teachers import trained_teacher
from limbeck import probe
from limbeck.core import Clause, Literal
from limbeck.probe import Evidence, Represented

COMMAND = "python -m benchmarks.evidence --write"
README = Path(__file__).with_name("README.md")
HEADER = ("tree", "trees", "clauses of depth", "true", "random", "re-drawn", "norm")


def tree_clauses(tree: RandomTree) -> list[Clause]:
    """The clauses of the tree's nodes, the root's left out."""
    return [
        Clause(tuple((Literal.is_value(f"x{v}", 1), bool(s > 0)) for v, s in zip(variables, signs, strict=True)))
        for variables, signs in tree.clauses()[1:]
    ]


def evidence_of(depth: int, seed: int, n_rows: int, redraws: int) -> Evidence:
    """Probe one cached network, all the paper's layers, for the clauses of its own tree."""
    teacher = trained_teacher(depth, seed)
    rows = random_bits(n_rows, teacher.tree.n_variables, np.random.default_rng([seed, depth, 9]))
    return probe(
        teacher.network, rows, tree_clauses(teacher.tree), layers=teacher.network.paper_layers(), n_rows=n_rows,
        redraws=redraws, random_state=seed,
    )  # fmt: skip


def table_rows(found: dict[int, list[Evidence]]) -> list[tuple[str, ...]]:
    """One line for each depth of tree and of clause; figures are means over trees, with their range."""
    lines: list[tuple[str, ...]] = []
    for depth, evidences in found.items():
        levels: dict[int, list[Represented]] = defaultdict(list)
        for evidence in evidences:
            for level in evidence.by_depth:
                assert level.depth is not None, "levels have a depth"
                levels[level.depth].append(level)
        for level, at in levels.items():
            last = list(at[0].r_squared)[-1]
            sides = [[getattr(r, side)[last] for r in at] for side in ("r_squared", "random", "redrawn")]
            norm = f"{np.mean([r.norm[last] for r in at]):.0f}"
            lines.append((f"depth {depth}", str(len(at)), str(level), *(spread(side) for side in sides), norm))
    return lines


def spread(values: Sequence[float]) -> str:
    """A mean with its range."""
    return f"{np.mean(values):.2f} ({min(values):.2f}-{max(values):.2f})"


PAGE = """# Evidence for linear representation

    {command}

Networks of the paper's kind (5 linear maps of width 1000, trained on random trees over 100 bits; `benchmarks/paper`),
probed on n = {n_rows} uniform rows: leave-one-out R² of ridge probes on all pre- and post-activations side by side,
each side at its own best penalty for each depth. *True*: the clauses of the tree that the network was trained on.
*Random*: {n_random} clauses of as many literals beside each, in the same network. *Re-drawn*: the true clauses under
weights drawn afresh ({n_redraws} network a tree). Means over trees, with the range over trees in brackets; *norm* is
that of w with every layer at total variance 1.

{table}

Depth 1 is no evidence: a wide layer represents single inputs, whatever it was trained for. From depth 2 on the true
clauses stand apart from both controls. Some of a tree's questions decide nothing (two leaves of one label), and a
network need not compute them: they lower the mean of the true clauses and widen its range.
"""


def written(lines: Sequence[Sequence[str]], evidence: Evidence) -> str:
    """The page that keeps the results."""
    table = "\n".join("| " + " | ".join(line) + " |" for line in (HEADER, ["---"] * len(HEADER), *lines))
    figures = {name: getattr(evidence, name) for name in ("n_rows", "n_random", "n_redraws")}
    return PAGE.format(command=COMMAND, table=table, **figures)


def main() -> None:
    """Probe the networks that are asked for, print the table, and keep it."""
    parser = argparse.ArgumentParser(description="True clauses against random clauses and re-drawn weights.")
    parser.add_argument("--depths", type=int, nargs="+", default=[2, 3, 4, 5])
    parser.add_argument("--trees", type=int, default=3, help="trees of each depth, seeds 0, 1, ...")
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--redraws", type=int, default=1, help="networks with weights drawn afresh, for each tree")
    parser.add_argument("--write", action="store_true", help=f"write {README.name} beside this file")
    arguments = parser.parse_args()
    found: dict[int, list[Evidence]] = {}
    for depth in arguments.depths:
        for seed in range(arguments.trees):
            found.setdefault(depth, []).append(evidence_of(depth, seed, arguments.rows, arguments.redraws))
            print(f"depth {depth}, tree {seed}\n{found[depth][-1]}\n", flush=True)
    lines = table_rows(found)
    width = [max(len(line[j]) for line in (HEADER, *lines)) for j in range(len(HEADER))]
    for line in (HEADER, *lines):
        print("  ".join(cell.ljust(w) for cell, w in zip(line, width, strict=True)))
    if arguments.write:
        README.write_text(written(lines, found[arguments.depths[-1]][-1]))


if __name__ == "__main__":
    main()
