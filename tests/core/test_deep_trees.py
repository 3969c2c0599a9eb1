"""A tree of any depth can be built, asked, shown, read back and exported, or is refused with words that say why."""

import json
import sys

import numpy as np
import pytest

from limbeck.core import Kind, Leaf, Literal, Split, Tree
from limbeck.errors import InputError
from limbeck.exports.words import answer_words
from limbeck.report import rules_section, summarise_tree, tree_section

N_LEAVES = 1100
COLUMNS = (("a", Kind.NUMERIC), ("b", Kind.NUMERIC))


def chain(shape, n_leaves):
    """Grow a tree that goes on in one branch: *yes*, *no*, or one after the other."""
    node = Leaf((1.0, 0.0), 1.0)
    for i in range(n_leaves - 1):
        side, leaf = Literal.at_most("ab"[i % 2], float(i)), Leaf((0.0, 1.0) if i % 2 else (1.0, 0.0), 1.0)
        on_yes = shape == "yes" or (shape == "zigzag" and i % 2)
        node = Split(side, node, leaf) if on_yes else Split(side, leaf, node)
    return Tree.from_node(node, classes=("no", "yes"), columns=COLUMNS)


@pytest.fixture(scope="module", params=["yes", "no", "zigzag"])
def deep(request):
    assert sys.getrecursionlimit() < N_LEAVES, "else a walk that recurses would pass"
    return chain(request.param, N_LEAVES)


def by_hand(tree, row):
    node = 0
    while tree.question[node] >= 0:
        literal = tree.literals[tree.question[node]]
        node = int(tree.yes[node] if row["ab".index(literal.column)] <= literal.number else tree.no[node])
    return node


def test_it_answers_and_survives_json(deep):
    rows = np.random.default_rng(0).uniform(-10, N_LEAVES, size=(40, 2))
    leaves = [by_hand(deep, row) for row in rows]
    assert deep.apply(rows).tolist() == leaves
    assert deep.decision_path(rows).sum(axis=1).tolist() == [deep.depth_of[leaf] + 1 for leaf in leaves]
    again = Tree.from_dict(json.loads(deep.to_json()))
    assert again == deep
    assert Tree.from_node(deep.to_node(), classes=deep.classes, columns=deep.columns) == deep
    deepest = int(deep.depth_of.argmax())
    assert len(deep.clause(deepest)) == deep.depth == N_LEAVES - 1
    assert (deep.to_node().n_leaves, deep.to_node().n_rows) == (N_LEAVES, N_LEAVES)


@pytest.mark.no_cover
def test_it_is_shown(deep):
    summary = summarise_tree(deep)
    assert summary["drawing"].count("leaf") == len(summary["rules"]) == N_LEAVES
    assert tree_section(summary)[1].count("leaf") >= N_LEAVES
    assert rules_section(summary)[1].count("then") == N_LEAVES
    assert deep._repr_html_() is not None


@pytest.mark.parametrize(
    "form", ["text", "markdown", "dot", "svg", "latex", "c", "python", "javascript", "sql", "json"]
)
def test_it_is_written(deep, form):
    assert len(getattr(deep, f"to_{form}")()) > N_LEAVES


@pytest.mark.parametrize("form", ["onnx", "treelite", "sklearn"])
def test_it_is_exported(deep, form):
    assert getattr(deep, f"to_{form}")() is not None


@pytest.mark.parametrize(("form", "why"), [("excel", "64 levels"), ("pmml", "200 levels")])
def test_a_format_that_cannot_hold_it_says_so(deep, form, why):
    with pytest.raises(InputError, match=why):
        getattr(deep, f"to_{form}")()


def test_python_takes_what_is_written(deep):
    space = {}
    exec(deep.to_python(), space)
    for row in np.random.default_rng(1).uniform(-10, N_LEAVES, size=(20, 2)):
        answer = answer_words(deep, by_hand(deep, row))[0]
        assert space["predict"](dict(zip("ab", row, strict=True))) == answer
