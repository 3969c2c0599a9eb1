"""What people read, word for word (LIMBECK_WRITE_GOLDEN=1 writes the files anew), and what must never be missing."""

import dataclasses
import os
from pathlib import Path

import pytest

from limbeck.probes import Estimate
from limbeck.report import distillation_text, rules_section, summarise, summarise_claim
from limbeck.report.text import claim_section, joined, tree_section

GOLDEN = Path(__file__).parent / "golden"


def check(name, text):
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("LIMBECK_WRITE_GOLDEN") == "1":
        path.write_text(text + "\n", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text + "\n"


@pytest.mark.parametrize("width", [80, 120])
def test_classes(classified, width):
    text = distillation_text(classified, width=width)
    assert max(map(len, text.split("\n"))) <= width
    check(f"classes-{width}", text)


def test_numbers(regressed):
    check("numbers-80", distillation_text(regressed))


def test_rules(classified, regressed):
    sections = [rules_section(summarise(result)["tree"]) for result in (classified, regressed)]
    check("rules-80", joined(sections))


def test_printing_a_result_shows_this_text(classified):
    assert str(classified) == distillation_text(classified)


def test_every_number_stands_with_its_rows_and_its_delta(classified):
    text = distillation_text(classified)
    for part in ("n = 1 200", "n = 300", "n = 500 rows", "delta = 0.05", "probability at least 0.95", "n = 1 000"):
        assert part in text.replace("\n  ", " ")


def test_a_single_leaf_and_nothing_certified(classified):
    single = dataclasses.replace(
        classified, tree=classified.frontier[0].tree, frontier=classified.frontier[:1], certificate=None, evidence=None
    )
    text = distillation_text(single)
    assert "Tree of 1 leaf, depth 0" in text
    assert "None: no rows were set aside for it." in text
    assert "None: no activations were read, or the tree has one leaf." in text
    assert "for every row\n  then no  (72 % of 1 200 rows)  leaf 0" in joined(
        [rules_section(summarise(single)["tree"])]
    )


def conclusion(classified, deeper):
    result = dataclasses.replace(classified, evidence=dataclasses.replace(classified.evidence, deeper=deeper))
    return " ".join(distillation_text(result).split())


def test_the_evidence_gives_margins_with_intervals_and_leaves_the_verdict_to_the_diagnosis(classified):
    deeper = dataclasses.replace(classified.evidence.deeper, above_random=Estimate(0.1, -0.01, 0.2))
    text = conclusion(classified, deeper)
    assert "+0.100 from random clauses [-0.010, +0.200]" in text
    assert "The diagnosis says what this amounts to." in text


def test_depth_one_alone_is_no_evidence(classified):
    text = conclusion(classified, None)
    assert "Depth 1 proves nothing" in text
    assert "no evidence either way" in text
    alone = dataclasses.replace(classified.evidence.deeper, above_random=None, selectivity=None)
    assert "nothing to compare" in conclusion(classified, alone)


def test_a_certificate_without_a_tree_still_lists_its_leaves(classified):
    _, body = claim_section(summarise_claim(classified.certificate), [])
    assert ["2", "100", "1", "0.0590"] in [line.split() for line in body.split("\n")]


def test_a_cell_of_a_million_characters_does_not_flood_the_text(classified):
    tree = dataclasses.replace(classified.tree, classes=("no", "y" * 1_000_000))
    text = joined([tree_section(summarise(dataclasses.replace(classified, tree=tree))["tree"])])
    assert len(text) < 3000
