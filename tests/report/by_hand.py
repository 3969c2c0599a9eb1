"""Results made by hand, so that what is printed depends on no search and no processor."""

import numpy as np
import pytest

from limbeck.core import Kind, Leaf, Literal, OutputReading, Split, Tree
from limbeck.core.outputs import Rule, Task
from limbeck.distillation import Distillation, Ledger, SizedTree, Status
from limbeck.probes import Estimate, Evidence, LayerHeld, LayerUse, NodeUse, Represented, Share, Swapped
from limbeck.theory import certify_disagreements, certify_tolerance

COLUMNS = (("age", Kind.NUMERIC), ("country of birth", Kind.CATEGORICAL))
COUNTRIES = ["Austria", "Belgium", "Denmark", "Finland", "France", "Germany", "Greece", "Hungary", "Ireland", "Italy"]


def represented(label, depth, n, own, random, *, node=None):
    layers = ("fc1", "fc2", "all layers")
    estimate = Estimate(own, own - 0.02, own + 0.02)
    margin = Estimate(own - random, own - random - 0.03, own - random + 0.03)
    r_squared = {layer: own - 0.1 * (2 - place) for place, layer in enumerate(layers)}
    controls = dict.fromkeys(layers, random)
    norm = dict.fromkeys(layers, 1.5)
    return Represented(label, depth, n, 0.5, r_squared, norm, controls, None, estimate, margin, None, node)


@pytest.fixture
def evidence():
    clauses = (
        represented("age <= 41.5", 1, 1, 0.99, 0.99, node=1),
        represented("age > 41.5", 1, 1, 0.99, 0.99, node=4),
        represented("deeper a", 2, 1, 0.9, 0.6, node=2),
        represented("deeper b", 2, 1, 0.5, 0.6, node=3),
    )
    by_depth = (represented("depth 1", 1, 2, 0.99, 0.99), represented("depth 2", 2, 2, 0.7, 0.6))
    deeper = represented("what counts", None, 2, 0.7, 0.6)
    held = (layer_held("fc1", 0.6, 0.58, 0.3), layer_held("fc2", 0.7, 0.4, 0.2))
    return Evidence(clauses, by_depth, deeper, 1000, 20, 0, 200, 0.95, held=held, used=(layer_use("fc2"),))


def layer_held(layer, own, same, answer):
    def estimate(value):
        return Estimate(value, value - 0.02, value + 0.02)

    return LayerHeld(
        layer, 2, estimate(own), estimate(own - same), estimate(own - 0.3), None, estimate(own - answer), 2, 1000
    )


def layer_use(layer):
    def moved(changed, kept):
        return Swapped(Share(changed, 100, 0.01, 0.99), Share(kept, 120, 0.02, 0.98))

    node = NodeUse(1, "age <= 41.5", moved(80, 110), moved(60, 90), moved(5, 119))
    return LayerUse(
        layer, 64, 3, 500, 220, True, moved(100, 120), moved(97, 119), moved(40, 110), moved(4, 118), 1.02, 1e-9,
        nodes=(node,),
    )  # fmt: skip


@pytest.fixture
def tree():
    country = Literal.one_of("country of birth", COUNTRIES)
    young = Split(country, Leaf((0.0, 1.0), 300.0), Leaf((0.75, 0.25), 100.0))
    root = Split(Literal.at_most("age", 41.5), young, Leaf((0.98, 0.02), 800.0))
    return Tree.from_node(root, classes=("no", "yes"), columns=COLUMNS)


@pytest.fixture
def classified(tree, evidence):
    constant = Tree.from_node(Leaf((0.72, 0.28), 1200.0), classes=("no", "yes"), columns=COLUMNS)
    frontier = (SizedTree(constant, 0.7166667, 0.7), SizedTree(tree, 0.99996, 0.97))
    leaf = np.repeat([2, 3, 4], [100, 40, 360])
    differ = np.zeros(500, bool)
    differ[[0, 120, 121, 122, 499]] = True
    certificate = certify_disagreements(
        differ, leaf, rows="500 rows of the table, split off at random", leaf_ids=[2, 3, 4]
    )
    return Distillation(
        "torch module `Net`", OutputReading(Task.BINARY, Rule.LARGEST, ("no", "yes")), frontier, tree, certificate,
        evidence, Status.COMPLETE, Ledger(1200, 300, 500, 9600, 56225, 6379, 8, {"search": 1.25, "program": 0.25}),
        ("12 categories of `country of birth` were put together",), {"max_leaves": 16, "concepts": []},
        {"limbeck": "0.1.0", "numpy": "2.4.0"},
    )  # fmt: skip


@pytest.fixture
def regressed():
    columns = (("x", Kind.NUMERIC),)
    constant = Tree.from_node(Leaf((0.5,), 60.0), classes=None, columns=columns)
    root = Split(Literal.at_most("x", 0.25), Leaf((-1.5,), 30.0), Leaf((2.5,), 30.0))
    tree = Tree.from_node(root, classes=None, columns=columns)
    frontier = (SizedTree(constant, 0.0, None), SizedTree(tree, 0.8125, None))
    certificate = certify_tolerance(np.linspace(0, 1, 65), rows="65 rows of the table, split off at random")
    return Distillation(
        "function `f`", OutputReading(Task.REGRESSION, Rule.NUMBER, None), frontier, tree, certificate, None,
        Status.TIME_LIMIT, Ledger(60, 0, 65, 0, 100, 12, 3, {"search": 0.5}), (), {"concepts": []},
        {"limbeck": "0.1.0"},
    )  # fmt: skip
