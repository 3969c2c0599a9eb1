"""A tree routes every row as a walk from the root does, whatever the rows are held in."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limbeck.core import Clause, Kind, Leaf, Literal, Op, Split, Tree
from limbeck.errors import InputError

COLUMNS = (
    ("n", Kind.NUMERIC),
    ("b", Kind.NUMERIC),
    ("c", Kind.CATEGORICAL),
    ("k", Kind.NUMERIC),
    ("unused", Kind.NUMERIC),
)
NAMES = [name for name, _ in COLUMNS]
THRESHOLDS = [-1.0, 0.0, 0.1 + 0.2, 2.5]
CELLS = st.tuples(
    st.one_of(st.none(), st.sampled_from([*THRESHOLDS, 0.3, 1e300, -1e300]), st.floats(-3, 3)),
    st.sampled_from([0.0, 1.0, None]),
    st.sampled_from(["red", "blue", "not in the fit", None]),
    st.sampled_from([0.0, 1.0, None]),
    st.just(1.0),
)
ROWS = st.lists(CELLS, min_size=1, max_size=20)
LITERALS = st.one_of(
    st.builds(Literal.at_most, st.just("n"), st.sampled_from(THRESHOLDS)),
    st.builds(Literal.is_value, st.just("b"), st.just(1.0)),
    st.builds(Literal.one_of, st.just("c"), st.lists(st.sampled_from(["red", "blue"]), min_size=1)),
    st.builds(Literal.missing, st.sampled_from(["n", "b", "c"])),
    st.builds(Literal.concept, st.just("k")),
)
WEIGHTS = st.floats(0.0, 1e6)
FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64, min_value=-1e150, max_value=1e150)


def nodes(value):
    leaves = st.builds(Leaf, value, WEIGHTS)
    return st.recursive(leaves, lambda below: st.builds(Split, LITERALS, below, below), max_leaves=8)


SHARES = st.tuples(*[st.floats(0, 1)] * 3)
CLASSIFIERS = nodes(SHARES).map(lambda root: Tree.from_node(root, classes=("a", "b", "c"), columns=COLUMNS))
REGRESSORS = nodes(st.tuples(FINITE)).map(lambda root: Tree.from_node(root, classes=None, columns=COLUMNS))
TREES = st.one_of(CLASSIFIERS, REGRESSORS)


def pandas_rows(rows):
    columns = zip(*rows, strict=True)
    return pd.DataFrame(
        {k: pd.Series(v, dtype=object if k == "c" else float) for k, v in zip(NAMES, columns, strict=True)}
    )


def polars_rows(rows):
    schema = {name: pl.String if name == "c" else pl.Float64 for name in NAMES}
    return pl.DataFrame(rows, schema=schema, orient="row")


def array_rows(rows):
    return np.array([list(row) for row in rows], dtype=object)


def answer(literal, row):
    """Answer one question for one row, by its definition."""
    value = dict(zip(NAMES, row, strict=True))[literal.column]
    if literal.op is Op.MISSING:
        return value is None
    if value is None:
        return False
    if literal.op is Op.AT_MOST:
        return value <= literal.number
    if literal.op is Op.ONE_OF:
        return value in literal.values
    return value == (1.0 if literal.op is Op.CONCEPT else literal.number)


def size(node):
    return 1 if isinstance(node, Leaf) else 1 + size(node.yes) + size(node.no)


def walk(node, row, place=0):
    """Return the places that a row passes, parents before children and *yes* before *no*, and its leaf."""
    if isinstance(node, Leaf):
        return [place], node
    if answer(node.literal, row):
        path, leaf = walk(node.yes, row, place + 1)
    else:
        path, leaf = walk(node.no, row, place + 1 + size(node.yes))
    return [place, *path], leaf


@given(TREES, ROWS)
def test_rows_are_routed_as_a_walk_from_the_root_routes_them(tree, rows):
    walks = [walk(tree.to_node(), row) for row in rows]
    table = pandas_rows(rows)
    assert tree.apply(table).tolist() == [path[-1] for path, _ in walks]
    passed = tree.decision_path(table)
    assert passed.shape == (len(rows), tree.n_nodes)
    assert [np.flatnonzero(row).tolist() for row in passed] == [path for path, _ in walks]
    assert tree.predict_scores(table).tolist() == [list(leaf.value) for _, leaf in walks]
    if tree.classes is None:
        assert tree.predict(table).tolist() == [leaf.value[0] for _, leaf in walks]
    else:
        best = [max(range(3), key=lambda y: (leaf.value[y], -y)) for _, leaf in walks]
        assert tree.predict(table).tolist() == [tree.classes[y] for y in best]


@given(TREES, ROWS)
def test_frames_and_arrays_give_the_same_answers(tree, rows):
    expected = tree.apply(pandas_rows(rows))
    assert np.array_equal(tree.apply(polars_rows(rows)), expected)
    assert np.array_equal(tree.apply(pandas_rows(rows).astype({"c": "category"})), expected)
    assert np.array_equal(tree.apply(pandas_rows(rows)[NAMES[::-1]]), expected)
    assert np.array_equal(tree.apply(array_rows(rows)), expected)


@given(TREES, ROWS)
def test_a_tree_survives_json_exactly(tree, rows):
    again = Tree.from_dict(json.loads(json.dumps(tree.to_dict())))
    assert again == tree
    for name in ("question", "yes", "no", "value", "n_rows"):
        before, after = getattr(tree, name), getattr(again, name)
        assert before.dtype == after.dtype
        assert before.tobytes() == after.tobytes()
    assert (again.literals, again.classes, again.columns) == (tree.literals, tree.classes, tree.columns)
    assert np.array_equal(again.apply(pandas_rows(rows)), tree.apply(pandas_rows(rows)))


@given(TREES, ROWS)
def test_the_clause_of_a_node_holds_for_exactly_the_rows_that_reach_it(tree, rows):
    table = pandas_rows(rows)
    passed = tree.decision_path(table)
    for node in range(tree.n_nodes):
        clause = tree.clause(node)
        assert len(clause) == tree.depth_of[node]
        assert np.array_equal(clause.holds(table), passed[:, node])
    assert tree.clause(0) == Clause()


@given(TREES)
def test_nested_values_and_arrays_are_two_forms_of_one_tree(tree):
    root = tree.to_node()
    assert Tree.from_node(root, classes=tree.classes, columns=tree.columns) == tree
    assert tree.n_nodes == size(root) == 2 * tree.n_leaves - 1
    assert tree.depth == tree.depth_of.max()
    assert (tree.question[tree.leaves] == -1).all()
    inner = np.flatnonzero(tree.question >= 0)
    assert (tree.yes[inner] > inner).all()
    assert (tree.no[inner] > inner).all()
    assert len(set(tree.literals)) == len(tree.literals)
    assert tree.n_rows[0] == pytest.approx(sum(tree.n_rows[tree.leaves]))
    if tree.n_rows[0] > 1e-300:
        mean = np.average(tree.value[tree.leaves], axis=0, weights=tree.n_rows[tree.leaves])
        assert tree.value[0] == pytest.approx(mean, rel=1e-6, abs=1e-6 * max(1.0, np.abs(tree.value).max()))


@given(TREES)
def test_the_drawing_has_one_line_a_node(tree):
    lines = str(tree).split("\n")
    assert len(lines) == tree.n_nodes
    assert sum("row" in line for line in lines) >= tree.n_leaves


def test_blocks_of_rows_meet_without_a_seam():
    grow = Split(
        Literal.at_most("x0", 70_000.5),
        Split(Literal.is_value("x1", 1.0), Leaf((1.0,), 1.0), Leaf((2.0,), 1.0)),
        Leaf((3.0,), 1.0),
    )
    tree = Tree.from_node(grow, classes=None, columns=(("x0", Kind.NUMERIC), ("x1", Kind.NUMERIC)))
    n = 2 * (1 << 16) + 3
    x = np.column_stack([np.arange(n), np.arange(n) % 2])
    expected = np.where(x[:, 0] > 70_000.5, 3.0, np.where(x[:, 1] == 1, 1.0, 2.0))
    assert np.array_equal(tree.predict(x), expected)
    assert np.array_equal(tree.predict(x[: 1 << 16]), expected[: 1 << 16])
    assert np.array_equal(tree.predict(x[: (1 << 16) + 1]), expected[: (1 << 16) + 1])


@pytest.mark.parametrize("classes", [(False, True), (3, 7), ("no", "yes"), (0.5, 1.5)])
def test_classes_come_back_in_their_own_type(classes):
    root = Split(Literal.at_most("n", 0.0), Leaf((1.0, 0.0), 1.0), Leaf((0.0, 1.0), 1.0))
    tree = Tree.from_node(root, classes=classes, columns=COLUMNS)
    again = Tree.from_dict(json.loads(json.dumps(tree.to_dict())))
    rows = pandas_rows([(1.0, 0.0, "red", 0.0, 1.0), (-1.0, 0.0, "red", 0.0, 1.0)])
    for each in (tree, again):
        assert each.predict(rows).tolist() == [classes[1], classes[0]]
        assert type(each.predict(rows).tolist()[0]) is type(classes[0])


def simple():
    root = Split(Literal.at_most("n", 0.0), Leaf((1.0, 0.0), 1.0), Leaf((0.0, 1.0), 1.0))
    return Tree.from_node(root, classes=("a", "b"), columns=COLUMNS)


def test_extra_columns_are_ignored_and_missing_ones_are_named():
    tree = simple()
    row = pandas_rows([(1.0, 0.0, "red", 0.0, 1.0)])
    assert tree.predict(row.assign(more="x")).tolist() == ["b"]
    assert tree.predict(row[["n"]]).tolist() == ["b"]
    with pytest.raises(InputError, match="no column `n`"):
        tree.predict(row.drop(columns="n"))
    with pytest.raises(InputError, match=r"5 columns.*found 2 columns"):
        tree.predict(np.zeros((1, 2)))
    with pytest.raises(InputError, match="categorical column `n`"):
        tree.predict(row.assign(n="text"))


def test_a_tree_equals_only_its_equals_and_has_no_hash():
    assert simple() == simple()
    assert simple() != "a tree"
    assert simple() != Tree.from_node(Leaf((1.0, 0.0), 2.0), classes=("a", "b"), columns=COLUMNS)
    with pytest.raises(TypeError):
        hash(simple())


def test_concepts_are_named():
    root = Split(Literal.concept("k"), Leaf((1.0,), 1.0), Leaf((0.0,), 1.0))
    assert Tree.from_node(root, classes=None, columns=COLUMNS).concepts == ("k",)
    assert simple().concepts == ()


@pytest.mark.parametrize(
    "damage",
    [
        {"format": "something else"},
        {"version": 99},
        {"question": [0, -1]},
        {"question": [5, -1, -1]},
        {"question": [-7, -1, -1]},
        {"question": ["x", -1, -1]},
        {"yes": [0, -1, -1]},
        {"yes": [2, -1, -1]},
        {"no": [1, -1, -1]},
        {"no": [9, -1, -1]},
        {"value": [[1.0], [1.0], [0.0]]},
        {"value": [[1.0, float("nan")], [1.0, 0.0], [0.0, 1.0]]},
        {"n_rows": [2.0, 1.0]},
        {"n_rows": [float("inf"), 1.0, 1.0]},
        {"literals": [{"column": "n", "op": "unknown"}]},
        {"literals": [{"op": "is"}]},
        {"columns": [{"name": "n", "kind": "strange"}]},
        {"question": [], "yes": [], "no": [], "value": [], "n_rows": []},
    ],
    ids=str,
)
def test_a_damaged_file_is_refused(damage):
    with pytest.raises(InputError):
        Tree.from_dict(simple().to_dict() | damage)


@pytest.mark.parametrize("field", ["literals", "question", "yes", "no", "value", "n_rows", "classes", "columns"])
def test_a_field_that_is_absent_is_refused(field):
    plain = simple().to_dict()
    del plain[field]
    with pytest.raises(InputError, match=field):
        Tree.from_dict(plain)
