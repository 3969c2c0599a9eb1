"""True clauses, random clauses and re-drawn weights, depth by depth: `python -m benchmarks.evidence`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.paper.random_trees import LEAF, RandomTree, random_bits
from benchmarks.paper.teachers import trained_teacher
from limbeck import probe
from limbeck.core import Clause, Literal
from limbeck.probe import Evidence

COMMAND = "python -m benchmarks.evidence --write"
N_RANDOM = 5
README = Path(__file__).with_name("README.md")
SIDES = ("deciding", "true", "random", "re-drawn")
HEADER = ("tree", "trees", "clauses of depth", *SIDES, "norm")


def tree_clauses(tree: RandomTree) -> list[Clause]:
    """The clauses of the tree's nodes, the root's left out."""
    return [
        Clause(tuple((Literal.is_value(f"x{v}", 1), bool(s > 0)) for v, s in zip(variables, signs, strict=True)))
        for variables, signs in tree.clauses()[1:]
    ]


def deciding(tree: RandomTree) -> list[bool]:
    """Whether the question above each node but the root decides anything: some labels below it differ."""
    below = [{int(label)} for label in tree.label]
    parent = [0] * tree.n_nodes
    for node in np.flatnonzero(tree.variable != LEAF)[::-1].tolist():
        low, high = int(tree.low[node]), int(tree.high[node])
        below[node] = below[low] | below[high]
        parent[low] = parent[high] = node
    return [len(below[parent[node]]) > 1 for node in range(1, tree.n_nodes)]


def evidence_of(depth: int, seed: int, n_rows: int, redraws: int) -> tuple[Evidence, RandomTree]:
    """Probe one cached network, all the paper's layers, for the clauses of its own tree."""
    teacher = trained_teacher(depth, seed)
    rows = random_bits(n_rows, teacher.tree.n_variables, np.random.default_rng([seed, depth, 9]))
    return probe(
        teacher.network, rows, tree_clauses(teacher.tree), layers=teacher.network.paper_layers(), n_rows=n_rows,
        redraws=redraws, n_random=N_RANDOM, random_state=seed,
    ), teacher.tree  # fmt: skip


def figures_of(evidence: Evidence, tree: RandomTree) -> dict[int, dict[str, float]]:
    """The figures of one network by the depth of the clauses, all layers side by side."""
    last, decides, found = evidence.layers[-1], deciding(tree), {}
    for level in evidence.by_depth:
        assert level.depth is not None, "a level has one depth"
        assert level.random, "there are more clauses than the tree has"
        assert level.redrawn, "the network can be drawn afresh"
        at = [c.r_squared[last] for c, d in zip(evidence.clauses, decides, strict=True) if d and c.depth == level.depth]
        figures = {"true": level.r_squared[last], "random": level.random[last], "re-drawn": level.redrawn[last]}
        found[level.depth] = {"deciding": float(np.mean(at)), **figures, "norm": level.norm[last]}
    return found


def table_rows(found: dict[int, list[dict[int, dict[str, float]]]]) -> list[tuple[str, ...]]:
    """One line for each depth of tree and of clause; figures are means over trees, with their range."""
    lines: list[tuple[str, ...]] = []
    for depth, trees in found.items():
        for level in trees[0]:
            cells = [spread([tree[level][name] for tree in trees]) for name in SIDES]
            norm = f"{np.mean([tree[level]['norm'] for tree in trees]):.0f}"
            lines.append((f"depth {depth}", str(len(trees)), str(level), *cells, norm))
    return lines


def spread(values: Sequence[float]) -> str:
    """A mean with its range."""
    return f"{np.mean(values):.2f} ({min(values):.2f}-{max(values):.2f})"


PAGE = """# Evidence for linear representation

    {command}

Networks of the paper's kind (5 linear maps of width 1000, trained on random trees over 100 bits; `benchmarks/paper`),
probed on n = {n_rows} uniform rows: leave-one-out R² of ridge probes on all pre- and post-activations side by side,
each side at its own best penalty for each depth. *True*: the clauses of the tree that the network was trained on;
*deciding*: those of them below a question that decides something (under some, all leaves have one label). *Random*:
{n_random} clauses of as many literals beside each, in the same network. *Re-drawn*: the true clauses under weights
drawn afresh ({n_redraws} network a tree). Means over trees, with the range over trees in brackets; *norm* is that of
w with every layer at total variance 1.

{table}

Depth 1 is no evidence: a wide layer represents single inputs, whatever it was trained for. From depth 2 on the true
clauses stand apart from both controls, and those that decide something most of all: a network need not compute
questions whose answers change nothing.
"""


def written(lines: Sequence[Sequence[str]], n_rows: int, redraws: int) -> str:
    """The page that keeps the results."""
    table = "\n".join("| " + " | ".join(line) + " |" for line in (HEADER, ["---"] * len(HEADER), *lines))
    return PAGE.format(command=COMMAND, table=table, n_rows=n_rows, n_random=N_RANDOM, n_redraws=redraws)


def main() -> None:
    """Probe the networks that are asked for, print the table, and keep it."""
    parser = argparse.ArgumentParser(description="True clauses against random clauses and re-drawn weights.")
    parser.add_argument("--depths", type=int, nargs="+", default=[2, 3, 4, 5])
    parser.add_argument("--trees", type=int, default=3, help="trees of each depth, seeds 0, 1, ...")
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--redraws", type=int, default=1, help="networks with weights drawn afresh, for each tree")
    parser.add_argument("--write", action="store_true", help=f"write {README.name} beside this file")
    arguments = parser.parse_args()
    found: dict[int, list[dict[int, dict[str, float]]]] = {}
    for depth in arguments.depths:
        for seed in range(arguments.trees):
            evidence, tree = evidence_of(depth, seed, arguments.rows, arguments.redraws)
            found.setdefault(depth, []).append(figures_of(evidence, tree))
            print(f"depth {depth}, tree {seed}\n{evidence}\n", flush=True)
    lines = table_rows(found)
    width = [max(len(line[j]) for line in (HEADER, *lines)) for j in range(len(HEADER))]
    for line in (HEADER, *lines):
        print("  ".join(cell.ljust(w) for cell, w in zip(line, width, strict=True)))
    if arguments.write:
        README.write_text(written(lines, arguments.rows, arguments.redraws))


if __name__ == "__main__":
    main()
