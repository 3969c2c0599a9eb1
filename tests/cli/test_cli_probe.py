"""`probe` and `plan`: the command says what the library says."""

import json

import numpy as np
import pandas as pd
import pytest

from limbeck import as_teacher, probe
from limbeck.cli.probe import clause_from_text
from limbeck.core import Clause, Literal, as_table
from limbeck.errors import InputError
from limbeck.probes import Evidence
from limbeck.theory import junta_class, plan_samples, tree_class

TABLE = as_table(
    pd.DataFrame({"age": [1.0, 2.0, np.nan], "is old": [0, 1, 1], "colour": ["red", "pale blue", "in > out"]})
)
CLAUSES = [
    Clause(((Literal.at_most("age", 41.5), True), (Literal.is_value("is old", 1), False))),
    Clause(((Literal.one_of("colour", ["red"]), True), (Literal.at_most("age", -2e-05), False))),
    Clause(((Literal.one_of("colour", ["red", "pale blue"]), False),)),
    Clause(((Literal.one_of("colour", ["pale blue", "red"]), True), (Literal.missing("age"), True))),
    Clause(((Literal.missing("age"), False), (Literal.one_of("colour", ["in > out"]), False))),
]
FAST = ("--rows", "150", "--redraws", "1")


@pytest.mark.parametrize("clause", CLAUSES, ids=Clause.text)
def test_clauses_are_read_as_they_are_written(clause):
    assert clause_from_text(clause.text(), TABLE) == clause


@pytest.mark.parametrize(
    ("text", "words"),
    [("age", "term"), ("age <= old", "number"), ("height <= 1", "height"), ("age <= 1 and", "term"), ("", "term")],
)
def test_what_is_no_clause_is_refused(text, words):
    with pytest.raises(InputError, match=words):
        clause_from_text(text, TABLE)


def test_probing_clauses_says_what_the_function_says(run, shelf):
    done = run("probe", "net.onnx", "numbers.csv", "--clause", "a <= 0.5 and b > 0", "--seed", "3", *FAST)
    assert done.exit_code == 0, done.stderr
    frame = pd.read_csv(shelf / "numbers.csv")
    clause = Clause(((Literal.at_most("a", 0.5), True), (Literal.at_most("b", 0), False)))
    found = probe(as_teacher(str(shelf / "net.onnx")), frame, [clause], n_rows=150, redraws=1, random_state=3)
    assert done.stdout == f"{found}\n"
    plain = json.loads(
        run("probe", "net.onnx", "numbers.csv", "--clause", clause.text(), "--seed", "3", *FAST, "--json").stdout
    )
    drawn = plain.pop("heat_map")
    assert drawn == found.heat_map()
    assert Evidence.from_dict(plain) == found


def test_probing_a_student(run):
    made = run("distill", "net.onnx", "numbers.csv", "--out", "net", "--effort", "fast", "--max-leaves", "4")
    assert made.exit_code == 0, made.stderr
    done = run("probe", "net.onnx", "numbers.csv", "--student", "net", *FAST)
    assert done.exit_code == 0, done.stderr
    assert "depth 2" in done.stdout
    assert run("probe", "net.onnx", "numbers.csv", "--student", "net/tree.json", *FAST).stdout == done.stdout


def test_probing_a_concept(run, shelf, here):
    frame = pd.read_csv(shelf / "numbers.csv")
    frame.assign(above=(frame["a"] > frame["b"]).astype(int)).to_csv(here / "concept.csv", index=False)
    done = run("probe", "net.onnx", "concept.csv", "--concept", "above", *FAST)
    assert done.exit_code == 0, done.stderr
    assert "concepts" in done.stdout


def test_a_picture_and_positions(run, here):
    asked = ("probe", "net.onnx", "numbers.csv", "--clause", "a <= 0.5 and b > 0", *FAST)
    done = run(*asked, "--picture", "held.png", "--positions", "mean, -1")
    assert done.exit_code == 0, done.stderr
    assert (here / "held.png").read_bytes().startswith(b"\x89PNG")
    assert run(*asked).stdout == done.stdout  # layers without positions are read as they are
    assert run(*asked, "--positions", "middle").exit_code == 3
    refused = run(*asked, "--picture", "held.jpg")
    assert refused.exit_code == 3
    assert "held.jpg" in refused.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 3, "neither"),
        (("--student", "absent"), 3, "absent"),
        (("--concept", "absent"), 3, "absent"),
        (("--clause", "a"), 3, "the term"),
        (("--clause", "a <= 0", "--layers", "absent"), 3, "absent"),
    ],
)
def test_what_cannot_be_probed(run, words, code, said):
    done = run("probe", "net.onnx", "numbers.csv", *words)
    assert done.exit_code == code
    assert said in done.stderr
    assert done.stdout == ""


def test_a_model_without_activations(run):
    done = run("probe", "toy_models:make", "numbers.csv", "--clause", "a <= 0")
    assert done.exit_code == 3
    assert "which has none" in done.stderr


def test_plan_prints_what_the_function_plans(run):
    done = run("plan", "--leaves", "8", "--literals", "50", "--epsilon", "0.1")
    plan = plan_samples(tree_class(8, 50), epsilon=0.1)
    assert done.exit_code == 0, done.stderr
    assert done.stdout == f"{plan}\n"
    assert (
        json.loads(run("plan", "--leaves", "8", "--literals", "50", "--epsilon", "0.1", "--json").stdout)
        == plan.to_dict()
    )
    juntas = plan_samples(junta_class(3, 40, 3), delta=0.01, disagreements=2)
    words = ("--variables", "3", "--columns", "40", "--classes", "3", "--delta", "0.01", "--disagreements", "2")
    assert run("plan", *words).stdout == f"{juntas}\n"
    known = plan_samples(vc_dimension=9, pareto_vc_dimension=2)
    assert run("plan", "--vc", "9", "--pareto-vc", "2").stdout == f"{known}\n"


@pytest.mark.parametrize(
    "words",
    [("--leaves", "8"), ("--leaves", "8", "--columns", "3"), ("--epsilon", "2"), ("--leaves", "0", "--literals", "3")],
)
def test_what_cannot_be_planned(run, words):
    done = run("plan", *words)
    assert done.exit_code == 3
    assert done.stdout == ""
