"""The rows and groups of a report agree with the tree, the teacher and the counts of the certificate."""

import json

import numpy as np
import pandas as pd
import pytest

from limbeck import distill
from limbeck.core import Kind
from limbeck.distillation import Distillation


def draw(n, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"a": rng.normal(size=n), "b": rng.integers(2, size=n), "c": rng.choice(list("uvw"), n)})


def rough(rows):
    """Too fine for a tree of three leaves, so that something is left to differ on."""
    return ((rows["a"] > 0) ^ (rows["b"] == 1) ^ (rows["c"] == "u")).to_numpy().astype(int)


def sloping(rows):
    return rows["a"].to_numpy() + 2.0 * rows["b"].to_numpy()


@pytest.fixture(scope="module")
def classified():
    return distill(rough, draw(800), max_leaves=3, effort="fast")


@pytest.fixture(scope="module")
def regressed():
    return distill(sloping, draw(800), max_leaves=3, effort="fast")


def frame_of(exhibits):
    return pd.DataFrame([row.cells for row in exhibits.rows], columns=[name for name, _ in exhibits.columns])


@pytest.mark.parametrize("kind", ["classified", "regressed"])
def test_kept_rows_have_both_answers(kind, request):
    result = request.getfixturevalue(kind)
    rows = frame_of(result.exhibits)
    teacher = rough if kind == "classified" else sloping
    assert 0 < len(rows) <= 60
    assert np.allclose([row.answer for row in result.exhibits.rows], teacher(rows))
    assert [row.leaf for row in result.exhibits.rows] == result.tree.apply(rows).tolist()


def test_groups_add_up_to_the_disagreements_of_the_certificate(classified):
    exhibits, claim = classified.exhibits, classified.certificate
    assert exhibits.use == "certificate"
    assert exhibits.n_rows == claim.n_rows
    assert sum(group.n_rows for group in exhibits.groups) == claim.disagreements
    assert np.isclose(sum(group.share for group in exhibits.groups), 1.0)
    assert [g.share for g in exhibits.groups] == sorted((g.share for g in exhibits.groups), reverse=True)
    for seen, leaf in zip(exhibits.seen, claim.leaves, strict=True):
        assert (seen.leaf, seen.n_rows, round(seen.loss * seen.n_rows)) == (leaf.leaf, leaf.n_rows, leaf.disagreements)


def test_examples_are_rows_of_their_group(classified, regressed):
    for group in classified.exhibits.groups:
        assert group.examples
        for place in group.examples:
            row = classified.exhibits.rows[place]
            assert (row.leaf, row.answer) == (group.leaf, group.answer)
            assert row.answer != classified.tree.predict(frame_of(classified.exhibits))[place]
    for group in regressed.exhibits.groups:
        assert {regressed.exhibits.rows[place].leaf for place in group.examples} == {group.leaf}


def test_groups_of_numbers_share_the_squared_gaps(regressed):
    seen = {leaf.leaf: leaf for leaf in regressed.exhibits.seen}
    total = sum(leaf.n_rows * leaf.loss**2 for leaf in seen.values())
    for group in regressed.exhibits.groups:
        leaf = seen[group.leaf]
        assert group.n_rows == leaf.n_rows
        assert np.isclose(group.share, leaf.n_rows * leaf.loss**2 / total)


def test_every_leaf_has_a_row_where_there_are_few_leaves(classified):
    assert {row.leaf for row in classified.exhibits.rows} == set(classified.tree.leaves.tolist())


def test_influence_of_a_question_that_decides_is_one_and_of_an_idle_one_zero():
    result = distill(lambda x: x[:, 0], np.random.default_rng(0).integers(2, size=(300, 3)), max_leaves=2)
    ((share, n), *leaves) = result.exhibits.influence[-1]
    assert share == 1.0
    assert n > 100
    assert leaves == [None, None]
    silent = distill(lambda x: x[:, 0], np.random.default_rng(0).integers(2, size=(300, 3)), queries=False)
    assert set(silent.exhibits.influence[-1]) == {None}


def test_bands_of_numbers_hold_the_figure_and_narrow_with_rows():
    widths = []
    for n in (300, 3000):
        result = distill(sloping, draw(n), max_leaves=3, effort="fast")
        for (low, high), point in zip(result.exhibits.bands, result.frontier, strict=True):
            assert low <= point.validation_fidelity <= high or point.n_leaves == 1
        widths.append(result.exhibits.bands[-1][1] - result.exhibits.bands[-1][0])
    assert widths[1] < widths[0]


def test_nothing_of_a_row_is_kept_when_that_is_asked_for():
    secret = draw(200).assign(c="a-secret-word")
    secret.loc[::2, "c"] = "another-one"
    result = distill(rough, secret.assign(a=secret["a"].round(3)), max_leaves=3, effort="fast", keep_rows=False)
    plain = json.dumps(result.to_dict())
    asked = {value for point in result.frontier for literal in point.tree.literals for value in literal.values}
    assert result.exhibits.rows == ()
    assert not [word for word in {"a-secret-word", "another-one"} - asked if word in plain]


def test_columns_that_are_asked_about_come_first_and_wide_tables_are_cut():
    bits = np.random.default_rng(0).integers(2, size=(300, 90))
    result = distill(lambda x: x[:, 80] & x[:, 85], bits, max_leaves=3, effort="fast")
    names = [name for name, _ in result.exhibits.columns]
    assert len(names) == 64
    asked = {literal.column for point in result.frontier for literal in point.tree.literals}
    assert {"x80", "x85"} <= asked
    assert set(names[: len(asked)]) == asked


def test_long_texts_are_cut_unless_a_question_names_them():
    rows = draw(200).assign(c=[f"{'long ' * 100}{i}" for i in range(200)])
    result = distill(lambda r: (r["a"] > 0).to_numpy().astype(int), rows, max_leaves=2, effort="fast")
    place = [name for name, kind in result.exhibits.columns if kind is Kind.CATEGORICAL]
    cells = [row.cells[[n for n, _ in result.exhibits.columns].index(place[0])] for row in result.exhibits.rows]
    assert max(map(len, cells)) == 201


def test_infinite_and_missing_values_survive_a_file(tmp_path):
    rows = draw(300)
    rows.loc[::3, "a"] = np.inf
    rows.loc[1::3, "a"] = np.nan
    rows.loc[::4, "c"] = None
    result = distill(lambda r: (r["b"] == 1).to_numpy().astype(int), rows, max_leaves=3, effort="fast")
    cells = [cell for row in result.exhibits.rows for cell in row.cells]
    assert float("inf") in cells
    assert None in cells
    result.save(tmp_path / "result.json")
    assert Distillation.load(tmp_path / "result.json").exhibits == result.exhibits
