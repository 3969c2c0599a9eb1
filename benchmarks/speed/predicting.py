"""Rows per second of `Tree.predict` beside other ways to run the same tree, and beside the teacher itself.

Run: python -m benchmarks.speed.predicting [--quick]. One tree of scikit-learn of 16 leaves, on its own and as a limbeck
tree, as a treelite model and as an ONNX model; the teacher is a PyTorch network of two hidden layers of 256. Every
answer is compared with the one of `Tree.predict` before anything is timed. A time is the best of several.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import sklearn
import torch
import treelite
from sklearn.tree import DecisionTreeClassifier

from benchmarks.speed.timing import best
from limbeck.core import Kind, Leaf, Literal, Split, Tree

TEACHER = "the teacher, PyTorch"


def main() -> None:
    """Print one table for each width."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rows and repetitions, to see that the script runs")
    args = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, NumPy {np.__version__},", end=" ")
    print(f"scikit-learn {sklearn.__version__}; load average {os.getloadavg()[0]:.1f}\n")
    for columns in (14, 30):
        table(columns, (1, 1_000, 20_000) if args.quick else (1, 1_000, 1_000_000), args.quick)


def table(columns: int, sizes: tuple[int, ...], quick: bool) -> None:
    """Time every way on every number of rows."""
    own, theirs, names = the_tree(columns)
    rows = np.random.default_rng(1).normal(size=(max(sizes), columns)).astype(np.float32).astype(np.float64)
    ways = the_ways(own, theirs, names)
    asked = len({literal.column for literal in own.literals})
    print(f"### {columns} columns, {asked} of them asked about\n")
    print(f"| microseconds for | {' | '.join(f'{size:,} rows' for size in sizes)} |")
    print("|---|" + "---|" * len(sizes))
    expected = own.predict(rows[:1000])
    for name, way in ways.items():
        if name != TEACHER:
            assert np.array_equal(way(rows[:1000])(), expected), name
        few = quick or name == TEACHER
        times = [f"{1e6 * best(way(rows[:size].copy()), repeats(size, few)):,.0f}" for size in sizes]
        print(f"| {name} | {' | '.join(times)} |")
    print()


def the_tree(columns: int) -> tuple[Tree, DecisionTreeClassifier, list[str]]:
    """Fit a tree of 16 leaves, and take it over with its thresholds."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(20_000, columns))
    label = (rows @ rng.normal(size=columns) + rows[:, 0] * rows[:, 1] > 0).astype(int)
    # Three columns are looked at for each split, so that many different ones are asked about.
    theirs = DecisionTreeClassifier(max_leaf_nodes=16, max_features=3, random_state=0).fit(rows, label)
    names = [f"x{j}" for j in range(columns)]
    arrays = theirs.tree_

    def node(i: int) -> Leaf | Split:
        if arrays.children_left[i] < 0:
            return Leaf(tuple(arrays.value[i][0].tolist()), float(arrays.n_node_samples[i]))
        question = Literal.at_most(names[arrays.feature[i]], float(arrays.threshold[i]))
        return Split(question, node(arrays.children_left[i]), node(arrays.children_right[i]))

    own = Tree.from_node(node(0), classes=(0, 1), columns=tuple((name, Kind.NUMERIC) for name in names))
    return own, theirs, names


def the_ways(own: Tree, theirs: DecisionTreeClassifier, names: list[str]) -> dict[str, Callable[[Any], Any]]:
    """Return for each way a function that prepares rows and gives the call to time."""
    model, session = own.to_treelite(), onnxruntime.InferenceSession(own.to_onnx(inputs="matrix"))
    estimator = DecisionTreeClassifier(max_leaf_nodes=16)
    estimator.__dict__.update({**theirs.__dict__, "feature_names_in_": np.array(names, dtype=object)})
    sizes = (len(names), 256, 256, 2)
    layers = [part for a, b in pairwise(sizes) for part in (torch.nn.Linear(a, b), torch.nn.ReLU())]
    teacher = torch.nn.Sequential(*layers[:-1]).eval()

    def network(rows: Any) -> Callable[[], Any]:
        inputs = torch.from_numpy(rows.astype(np.float32))

        def run() -> Any:
            with torch.inference_mode():
                return torch.cat([teacher(part).argmax(dim=1) for part in inputs.split(65_536)]).numpy()

        return run

    return {
        "limbeck, array": lambda rows: lambda: own.predict(rows),
        "scikit-learn, array": lambda rows: lambda: theirs.predict(rows),
        "limbeck, pandas": lambda rows: (lambda frame: lambda: own.predict(frame))(pd.DataFrame(rows, columns=names)),
        "scikit-learn, pandas": lambda rows: (lambda frame: lambda: estimator.predict(frame))(
            pd.DataFrame(rows, columns=names)
        ),
        "treelite, array": lambda rows: lambda: treelite.gtil.predict(model, rows)[:, 0].argmax(axis=1),
        "onnxruntime, array": lambda rows: lambda: session.run(["prediction"], {"rows": rows})[0],
        TEACHER: network,
    }


def repeats(size: int, few: bool) -> int:
    """Return how often to repeat a timing."""
    return (20 if size <= 1000 else 1) if few else 1000 if size == 1 else 300 if size <= 1000 else 5


if __name__ == "__main__":
    main()
