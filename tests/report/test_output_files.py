"""The files of a result: each can be read back, and they say the same."""

import csv
import io
import json

import pytest

from limbeck.core import Tree
from limbeck.distillation import Distillation
from limbeck.report import FILES, distillation_files, json_text, summarise


def test_all_files_are_there_and_end_with_a_line_break(classified, regressed):
    for result in (classified, regressed):
        texts = distillation_files(result)
        assert tuple(texts) == FILES
        assert all(text.endswith("\n") and not text.endswith("\n\n") for text in texts.values())


def test_json_files_read_back(classified, regressed):
    for result in (classified, regressed):
        texts = distillation_files(result)
        assert Tree.from_dict(json.loads(texts["tree.json"])) == result.tree
        assert Distillation.from_dict(json.loads(texts["distillation.json"])).to_dict() == result.to_dict()
        assert json.loads(texts["summary.json"]) == summarise(result)


def test_the_frontier_keeps_all_digits(classified, regressed):
    rows = list(csv.DictReader(io.StringIO(distillation_files(classified)["frontier.csv"])))
    assert [float(row["fit_fidelity"]) for row in rows] == [0.7166667, 0.99996]
    assert [row["chosen"] for row in rows] == ["0", "1"]
    rows = list(csv.DictReader(io.StringIO(distillation_files(regressed)["frontier.csv"])))
    assert [(row["fit_r_squared"], row["validation_r_squared"]) for row in rows] == [("0.0", ""), ("0.8125", "")]


def test_the_certificate_names_its_hypotheses(classified):
    text = distillation_files(classified)["certificate.txt"]
    assert all(sentence in " ".join(text.split()) for sentence in classified.certificate.hypotheses)


def test_json_is_json_for_everybody():
    assert json_text({"é": 1}, indent=None) == '{"é": 1}\n'
    assert json_text({"é": 1}, indent=None, ascii_only=True) == '{"\\u00e9": 1}\n'
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text(float("nan"))
