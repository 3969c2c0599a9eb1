"""The summary is plain, says what the result says, and nothing else has to be computed from it."""

import dataclasses
import json

import pytest

from limbeck.distillation import Distillation
from limbeck.report import summarise, summarise_claim, summarise_tree


def test_the_summary_survives_json(classified, regressed):
    for result in (classified, regressed):
        summary = summarise(result)
        assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_the_summary_of_a_result_read_back_is_the_same(classified, regressed, tmp_path):
    for result in (classified, regressed):
        result.save(tmp_path / "result.json")
        assert summarise(Distillation.load(tmp_path / "result.json")) == summarise(result)


def test_the_frontier_marks_the_one_chosen_size(classified):
    points = summarise(classified)["frontier"]
    assert [(p["leaves"], p["depth"], p["chosen"]) for p in points] == [(1, 0, False), (3, 2, True)]
    assert points[1]["fit"] == 0.99996


def test_rules_say_what_apply_and_predict_say(tree):
    rules = summarise_tree(tree)["rules"]
    assert [rule["leaf"] for rule in rules] == tree.leaves.tolist()
    assert [rule["answer"] for rule in rules] == ["yes", "no", "no"]
    assert rules[1]["conditions"][0] == "age <= 41.5"
    assert rules[1]["conditions"][1].startswith("country of birth not in {Austria, ")
    assert (rules[1]["share"], rules[1]["rows"]) == (0.75, 100.0)


def test_the_drawing_numbers_the_leaves_as_the_certificate_does(classified):
    summary = summarise(classified)
    numbered = [line.rpartition("leaf ")[2] for line in summary["tree"]["drawing"].split("\n") if "leaf" in line]
    assert numbered == [str(leaf["leaf"]) for leaf in summary["certificate"]["leaves"]]


def test_claims_of_both_kinds(classified, regressed):
    error, tolerance = summarise_claim(classified.certificate), summarise_claim(regressed.certificate)
    assert (error["kind"], error["n_rows"], error["disagreements"], error["delta"]) == ("error", 500, 5, 0.05)
    assert error["text"].startswith("error at most 0.0")
    assert "leaf 2" not in error["text"]
    assert (tolerance["kind"], tolerance["n_rows"]) == ("tolerance", 65)
    assert "apart on 90%" in tolerance["text"]


def test_evidence_counts_the_clauses_that_beat_random_ones(classified):
    levels = summarise(classified)["evidence"]["by_depth"]
    assert [(level["depth"], level["clauses"], level["above_random"]) for level in levels] == [(1, 2, 0), (2, 2, 1)]


def test_what_is_missing_is_none(classified):
    bare = summarise(dataclasses.replace(classified, certificate=None, evidence=None))
    assert (bare["certificate"], bare["evidence"]) == (None, None)


@pytest.mark.parametrize("field", ["fit", "validation", "certificate"])
def test_rows_are_named_by_their_use(classified, field):
    assert summarise(classified)["rows"][field] == {"fit": 1200, "validation": 300, "certificate": 500}[field]
