"""What a report shows: the dict is plain, agrees with the result, and stays as it was."""

import dataclasses
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from tests.report.conftest import KINDS, large, rows_of

from limbeck import distill
from limbeck.core import Kind, Leaf, Split, Tree
from limbeck.distillation import Distillation, SizedTree
from limbeck.exhibits import BaselinePoint, Exhibits, Group, LeafSeen, ShownRow
from limbeck.report.exposition import expose
from limbeck.report.trees import shown_sizes
from limbeck.theory import error_lower_limit, error_upper_limit

GOLDEN = Path(__file__).parent / "golden"

EXHIBITS = Exhibits(
    "certificate", 500, (("age", Kind.NUMERIC), ("country of birth", Kind.CATEGORICAL)),
    (
        ShownRow((30.5, "Italy"), "yes", 2), ShownRow((None, "Peru\n"), "yes", 4),
        ShownRow((float("inf"), None), None, 4),
    ),
    (Group(4, "yes", 1, 0.2, 1.0, (1,)), Group(3, None, 3, 0.6, 1.0)),
    (LeafSeen(2, 100, 0.01), LeafSeen(3, 40, 0.075), LeafSeen(4, 360, 0.0028)),
    ((None,), ((0.25, 1200), (0.5, 300), None, None, None)),
)  # fmt: skip


@pytest.fixture
def told(classified):
    baseline = (BaselinePoint(1, 0.7166667, 0.7, 0.71), BaselinePoint(2, 0.9, 0.88, None))
    return dataclasses.replace(classified, exhibits=EXHIBITS, baseline=baseline)


def check_golden(name, found):
    text = json.dumps(found, indent=1, ensure_ascii=True, allow_nan=False) + "\n"
    path = GOLDEN / name
    if os.environ.get("LIMBECK_WRITE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_a_report_of_classes_shows_what_it_showed(told):
    check_golden("classes.json", expose(told))


def test_a_report_of_numbers_shows_what_it_showed(regressed):
    check_golden("numbers.json", expose(regressed))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_shown_survives_json_and_a_file(kind, results, tmp_path):
    found = expose(results[kind])
    assert json.loads(json.dumps(found, allow_nan=False))["frontier"] == found["frontier"]
    results[kind].save(tmp_path / "result.json")
    assert expose(Distillation.load(tmp_path / "result.json")) == found


def test_the_band_is_the_exact_interval_of_one_tree(told):
    point = expose(told)["frontier"][1]
    wrong = round(0.03 * 300)
    assert point["low"] == 1 - error_upper_limit(wrong, 300, 0.025)
    assert point["high"] == 1 - error_lower_limit(wrong, 300, 0.025)
    assert point["low"] < point["validation"] < point["high"]


def test_there_is_no_band_without_validation_rows_nor_for_numbers_without_resamples(results, regressed):
    assert expose(results["bare"])["band"] is None
    assert expose(dataclasses.replace(regressed, exhibits=None))["band"] is None
    assert expose(results["numbers"])["band"] == 0.95


def test_selectivity_is_r_squared_less_its_control(told):
    sides = expose(told)["heat_map"]["sides"]
    held = told.evidence.heat_map()["values"]
    under = told.evidence.heat_map("random")["values"]
    assert np.allclose(np.array(sides["above_random"]), np.array(held) - np.array(under))
    assert all(value is None for line in sides["selectivity"] for value in line)  # these have no re-drawn weights


def test_without_kept_rows_no_value_of_a_row_is_shown(results):
    shown = expose(results["no_rows"])
    assert shown["rows"] is None
    assert results["no_rows"].exhibits.rows == ()
    assert results["no_rows"].exhibits.columns == ()
    assert all(group["examples"] == [] for group in shown["groups"])


def test_the_certificate_is_about_the_chosen_tree_only(told):
    shown = expose(told)
    assert [drawn["leaves"] for drawn in shown["trees"]] == [1, 3]
    assert shown["chosen"] == 1
    limits = {int(node): known["limit"] for node, known in shown["nodes"].items() if "limit" in known}
    assert limits == {leaf.leaf: leaf.error_limit for leaf in told.certificate.leaves}


def test_a_long_frontier_keeps_the_chosen_and_the_largest_tree_and_stays_small():
    result = large()
    leaf, whole = result.frontier[0].tree, result.frontier[1].tree
    trees = [pruned_to(whole, leaves) for leaves in range(2, 128)]
    frontier = (SizedTree(leaf, 0.5, 0.5), *(SizedTree(t, 0.5, 0.5) for t in trees), SizedTree(whole, 1.0, 1.0))
    chosen = trees[98]
    kept = shown_sizes(dataclasses.replace(result, frontier=frontier, tree=chosen))
    leaves = [frontier[i].n_leaves for i in kept]
    assert leaves[:32] == list(range(1, 33))
    assert chosen.n_leaves in leaves
    assert leaves[-1] == 128
    assert len(leaves) < 48


def pruned_to(whole, n_leaves):
    """Cut a tree to its first splits in order."""
    room = [n_leaves - 1]

    def cut(node):
        if isinstance(node, Leaf) or room[0] == 0:
            return Leaf(tuple(node.value), node.n_rows)
        room[0] -= 1
        return Split(node.literal, cut(node.yes), cut(node.no))

    return Tree.from_node(cut(whole.to_node()), classes=whole.classes, columns=whole.columns)


def test_names_are_made_visible(results):
    shown = json.dumps(
        {key: value for key, value in expose(results["hostile"]).items() if key not in ("literals", "summary", "rows")},
        ensure_ascii=False,
    )
    assert "\u202e" not in shown
    literals = expose(results["hostile"])["literals"]
    assert not any("\n" in literal["yes"] or "\u202e" in literal["yes"] for literal in literals)


def test_large_numbers_are_written_out():
    def price(rows):
        return 543_210.0 * (rows["a"].to_numpy() + rows["b"].to_numpy())

    told = expose(distill(price, rows_of(300), max_leaves=3, effort="fast"))
    assert "gap" in str(told["groups"])
    words = [told["summary"]["glance"], told["groups"], told["nodes"], told["trade"]]
    assert not re.search(r"\de\+", str(words))
