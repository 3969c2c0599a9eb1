from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.core import Leaf, Literal, Split
from limbeck.search import disagreement_cost, prune_frontier, squared_cost


def trees(width):
    names = count()
    leaf = st.builds(
        lambda value, n: Leaf(tuple(np.array(value) / sum(value)) if width > 1 else tuple(map(float, value)), float(n)),
        st.tuples(*[st.integers(1, 9)] * width),
        st.integers(1, 9),
    )
    return st.recursive(
        leaf, lambda below: st.builds(lambda a, b: Split(Literal.is_value(f"x{next(names)}", 1), a, b), below, below),
        max_leaves=6,
    )  # fmt: skip


def prunings(node):
    """Every pruning of a tree as (leaves, list of nodes that are its leaves)."""
    yield 1, [node]
    if isinstance(node, Split):
        for a, kept_a in prunings(node.yes):
            for b, kept_b in prunings(node.no):
                yield a + b, kept_a + kept_b


def leaves_of(node):
    return [node] if isinstance(node, Leaf) else leaves_of(node.yes) + leaves_of(node.no)


@pytest.mark.parametrize(("width", "cost"), [(3, disagreement_cost), (1, squared_cost)])
def test_every_size_equals_the_best_of_all_prunings(width, cost):
    @settings(max_examples=60, deadline=None)
    @given(trees(width))
    def check(root):
        frontier = prune_frontier(root, cost, max_leaves=6)
        every = list(prunings(root))
        for s in range(1, 7):
            wanted = min(sum(map(cost, kept)) for n, kept in every if n <= s)
            assert frontier.best(s).cost == pytest.approx(wanted, abs=1e-9)
        for point in frontier.points:
            assert len(leaves_of(point.root)) == point.n_leaves

    check()


def test_a_collapsed_node_has_the_mean_of_its_leaves():
    root = Split(Literal.is_value("x0", 1), Leaf((4.0,), 1.0), Leaf((1.0,), 3.0))
    frontier = prune_frontier(root, squared_cost, max_leaves=1)
    assert frontier.points[0].root == Leaf((1.75,), 4.0)
    assert frontier.points[0].cost == pytest.approx(1 * 2.25**2 + 3 * 0.75**2)
