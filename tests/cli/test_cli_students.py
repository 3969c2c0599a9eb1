"""`show`, `predict` and `certify`: the student on disk says what the student in memory says."""

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest
import skops.io

from limbeck import as_teacher, certify
from limbeck.distillation import Distillation
from limbeck.report import distillation_text, summarise


@pytest.fixture
def kept(student):
    return Distillation.load(student / "distillation.json")


def test_show_prints_what_print_shows(run, kept):
    assert run("show", "student").stdout == distillation_text(kept, width=100) + "\n"
    assert json.loads(run("show", "student", "--json").stdout) == summarise(kept)
    assert run("show", "student/distillation.json").stdout == run("show", "student").stdout


def test_show_one_tree(run, kept):
    smaller = kept.best(1).tree
    done = run("show", "student", "--leaves", "1")
    assert done.stdout.startswith("Tree of 1 leaf")
    assert f"the tree of {kept.tree.n_leaves} leaves" in done.stderr
    assert json.loads(run("show", "student", "--leaves", "1", "--json").stdout)["rules"][0]["leaf"] == smaller.leaves[0]
    whole = run("show", "student/tree.json")
    assert whole.stdout.startswith(f"Tree of {kept.tree.n_leaves} leaves")
    assert "Certificate" not in whole.stdout


def test_show_rules(run, kept):
    lines = run("show", "student", "--rules").stdout.split("\n")
    assert sum(line.startswith("  if ") for line in lines) == kept.tree.n_leaves
    assert sum(line.startswith("  then ") for line in lines) == kept.tree.n_leaves


def test_predict_prints_and_writes_the_answers(run, here, shelf, kept):
    rows = pd.read_csv(shelf / "fresh.csv")
    done = run("predict", "student", "fresh.csv")
    assert [int(line) for line in done.stdout.split("\n")[1:-1]] == kept.predict(rows).tolist()
    assert done.stdout.startswith("prediction\n")
    for path in ("student", "student/tree.json", "student/distillation.json"):
        written = run("predict", path, "fresh.csv", "--out", "answers.csv")
        assert (written.stdout, written.stderr) == ("", "written to answers.csv\n")
        assert (here / "answers.csv").read_text() == done.stdout


def test_predict_shares(run, shelf, kept):
    done = run("predict", "student", "fresh.csv", "--proba")
    cells = list(csv.reader(io.StringIO(done.stdout)))
    assert cells[0] == ["p(0)", "p(1)"]
    assert np.array_equal(np.array(cells[1:], float), kept.tree.predict_scores(pd.read_csv(shelf / "fresh.csv")))


def test_a_column_of_categories_that_look_like_numbers_stays_text(run, here):
    rows = "".join(f"{i % 7},{'1' if i % 3 else 'x'}\n" for i in range(120))
    (here / "mixed.csv").write_text("a,b\n" + rows)
    (here / "toy_text.py").write_text("def f(rows):\n    return [str(v) == '1' for v in rows['b']]\n")
    assert run("distill", "toy_text:f", "mixed.csv", "--out", "s").exit_code == 0
    (here / "later.csv").write_text("b\n1\n1\n")
    assert run("predict", "s", "later.csv").stdout == "prediction\nTrue\nTrue\n"


def test_certify_claims_what_the_library_claims(run, shelf, kept):
    fresh = pd.read_csv(shelf / "fresh.csv")
    unknown = skops.io.get_untrusted_types(file=shelf / "pipe.skops")
    claim = certify(kept, as_teacher(skops.io.load(shelf / "pipe.skops", trusted=unknown)), fresh, delta=0.1)
    done = run("certify", "student", "pipe.skops", "fresh.csv", "--delta", "0.1", "--json")
    found = json.loads(done.stdout)
    claimed = json.loads(json.dumps(claim.to_dict()))
    by_class = {name: found["by_class"][name] for name in claimed["by_class"]}  # the summary adds what it shows
    assert {name: found[name] for name in claimed} | {"by_class": by_class} == claimed
    assert "holds only if no row of" in done.stderr
    text = run("certify", "student", "pipe.skops", "fresh.csv", "--delta", "0.1")
    assert text.stdout.startswith("Certificate\n  error at most")
    assert "n = 240 rows" in text.stdout
    assert "delta = 0.1 " in text.stdout


def test_certify_a_bare_tree_with_dropped_columns(run):
    assert run("distill", "pipe.skops", "rows.csv", "--out", "student", "--effort", "fast").exit_code == 0
    dropped = ("--drop", "label", "--drop", "weight")
    done = run("certify", "student/tree.json", "pipe.skops", "labelled.csv", *dropped, "--quiet")
    assert (done.exit_code, done.stderr) == (0, "")


def test_certify_numbers(run):
    assert run("distill", "toy_models:make_number", "numbers.csv", "--out", "s").exit_code == 0
    done = run("certify", "s", "toy_models:make_number", "numbers.csv", "--epsilon", "0.25", "--json")
    assert (json.loads(done.stdout)["kind"], json.loads(done.stdout)["epsilon"]) == ("tolerance", 0.25)


STUDENTS = {
    "absent": (None, "no such file"),
    "folder": ({}, "a directory without distillation.json"),
    "text": ("not json", "a file that is not JSON"),
    "bytes": (b"\xff\xfe", "a file that is not JSON"),
    "list": ("[1]", "JSON of another kind"),
    "other": ('{"format": "other"}', "JSON of the format `other`"),
    "newer": ('{"format": "limbeck.tree", "version": 99}', "version 99"),
    "damaged": ('{"format": "limbeck.distillation", "version": 1}', "teacher"),
}


@pytest.mark.parametrize(("content", "found"), STUDENTS.values(), ids=STUDENTS)
def test_what_is_no_student(run, here, content, found):
    if isinstance(content, dict):
        (here / "s").mkdir()
    elif content is not None:
        (here / "s").write_bytes(content if isinstance(content, bytes) else content.encode())
    for words in (("show", "s"), ("predict", "s", "rows.csv"), ("certify", "s", "pipe.skops", "rows.csv")):
        done = run(*words)
        assert (done.exit_code, done.stdout) == (3, "")
        assert found in done.stderr


def test_what_a_student_cannot_do(run, here, shelf, student):
    missing = run("predict", "student", "numbers.csv")
    assert missing.exit_code == 3
    assert "`colour`" in missing.stderr
    no_frontier = run("show", "student/tree.json", "--leaves", "2")
    assert no_frontier.exit_code == 3
    assert "without its frontier" in no_frontier.stderr
    assert run("show", "student", "--leaves", "0").exit_code == 3
    (here / "copy.csv").write_bytes((shelf / "fresh.csv").read_bytes())
    over_input = run("predict", "student", "copy.csv", "--out", "./copy.csv")
    assert over_input.exit_code == 5
    assert (here / "copy.csv").read_bytes() == (shelf / "fresh.csv").read_bytes()
    assert run("predict", "student", "fresh.csv", "--out", "absent/answers.csv").exit_code == 5


def test_numbers_have_no_shares(run):
    assert run("distill", "toy_models:make_number", "numbers.csv", "--out", "s").exit_code == 0
    assert run("predict", "s", "numbers.csv", "--proba").exit_code == 3


def test_certify_until_decided(run, kept):
    done = run("certify", "student", "pipe.skops", "rows.csv", "--until", "0.3")
    assert done.exit_code == 0
    assert done.stdout.startswith("error at most 0.3: ")
    plain = json.loads(run("certify", "student", "pipe.skops", "rows.csv", "--until", "0.3", "--json").stdout)
    assert plain["epsilon"] == 0.3
    assert run("certify", "student", "pipe.skops", "rows.csv", "--until", "2").exit_code == 3


def test_leaves_that_ask_from_distill_to_predict(run, here):
    words = ("toy_models:make", "numbers.csv", "--effort", "fast", "--max-leaves", "3", "--defer", "0.3", "--quiet")
    done = run("distill", *words, "--out", "asking", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["certificate"]["kind"] == "deferral"
    tree = Distillation.load(here / "asking" / "distillation.json").tree
    forced = tree.asking_at([int(tree.leaves[0])])
    (here / "forced.json").write_text(forced.to_json())
    told = run("predict", "forced.json", "numbers.csv").stdout.splitlines()[1:]
    asked = run("predict", "forced.json", "numbers.csv", "--model", "toy_models:make").stdout.splitlines()[1:]
    assert 0 < told.count('""') < len(told)
    assert all(mine in ('""', theirs) for mine, theirs in zip(told, asked, strict=True))
    assert set(asked) == {"0", "1"}
    assert ",\n" in run("predict", "forced.json", "numbers.csv", "--proba").stdout
    claim = run("certify", "asking", "toy_models:make", "numbers.csv", "--defer-above", "0.2", "--json")
    assert claim.exit_code == 0, claim.stderr
    assert json.loads(claim.stdout)["kind"] == "deferral"
    assert "answers 0.5" in run("plan", "--answered", "0.5", "--error", "0.01").stdout
