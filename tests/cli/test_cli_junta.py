"""`limbeck junta` and `limbeck web`: what is printed, what is written, what is refused."""

import json

import numpy as np
import pandas as pd
import pytest

from limbeck import Tree
from limbeck.reductions import WEB
from limbeck.students import Junta

MODELS = """
import numpy as np

def pair():
    return lambda rows: np.where(np.asarray(rows["a"]) ^ np.asarray(rows["c"]) == 1, "yes", "no")

def many():
    return lambda rows: np.asarray(rows).astype(int).sum(axis=1) % 2

def number():
    return lambda rows: np.asarray(rows["a"]) * 0.5
"""


@pytest.fixture
def bits(here, monkeypatch):
    """A table of bits and functions of it."""
    monkeypatch.syspath_prepend(here)
    (here / "bit_models.py").write_text(MODELS)
    rng = np.random.default_rng(0)
    for name, n in (("bits.csv", 400), ("more.csv", 60)):
        pd.DataFrame({c: rng.integers(2, size=n) for c in "abcdef"}).to_csv(here / name, index=False)
    return here


def test_a_junta_is_printed_with_its_proof_tree_and_certificate(run, bits):
    done = run("junta", "bit_models:pair", "bits.csv", "--k", "2", "--out", "whole.json", "--tree", "tree.json")
    assert done.exit_code == 0, done.stderr
    blocks = done.stdout.split("\n\n")
    assert blocks[0].startswith(
        "A function of 2 of 6 columns: `a`, `c`\n  - each of these columns matters: two rows that differ in it alone"
    )
    assert "with probability below 0.25 (probability at least 0.95;" in " ".join(blocks[0].split())
    assert blocks[1].startswith("Two rows for each column, alike in all others\n  a: ")
    assert blocks[2] == (
        "Smallest tree: 4 leaves, depth 2\n"
        "  A leaf shows its answer; a row is one of the 4 combinations of values of these columns."
    )
    assert blocks[3].startswith("  a = 1\n  ├─ yes  c = 1\n  │  ├─ yes  no  (100 % of 1 row)")
    assert blocks[4].startswith("Certificate\n  error at most 0.0296, so fidelity at least 0.9704")
    assert "set aside at random before anything was asked" in " ".join(done.stdout.split())
    assert done.stderr == "written to whole.json\nwritten to tree.json\n"
    assert Junta.from_dict(json.loads((bits / "whole.json").read_text())["junta"]).variables == ("a", "c")
    assert Tree.from_dict(json.loads((bits / "tree.json").read_text())).n_leaves == 4
    assert run("certify", "tree.json", "bit_models:pair", "more.csv", "--quiet").exit_code == 0


def test_more_columns_are_a_finding_with_rows_as_proof(run, bits):
    done = run("junta", "bit_models:many", "bits.csv", "--k", "3", "--uniform", "--out", "proof.json", "--quiet")
    assert done.exit_code == 0
    assert done.stdout.startswith("Not a 3-junta: at least these 4 columns matter: `")
    assert "  each in two rows that differ in nothing else:\n  - " in done.stdout
    proof = json.loads((bits / "proof.json").read_text())
    assert not proof["is_junta"]
    for witness in proof["witnesses"]:
        rows = [{**witness["row"], witness["column"]: value} for value in witness["values"]]
        assert [sum(row.values()) % 2 for row in rows] == witness["answers"]
    refused = run("junta", "bit_models:many", "bits.csv", "--k", "3", "--tree", "tree.json", "--out", "other.json")
    assert refused.exit_code == 3
    assert "not a 3-junta" in refused.stderr
    assert not (bits / "tree.json").exists()
    assert not (bits / "other.json").exists()


def test_one_json_document_and_other_rows_for_the_certificate(run, bits):
    done = run("junta", "bit_models:pair", "bits.csv", "--k", "3", "--fresh", "more.csv", "--json", "--delta", "0.01")
    plain = json.loads(done.stdout)
    assert plain["variables"] == ["a", "c"]
    assert plain["certificate"]["n_rows"] == 60
    assert plain["ledger"]["total"] <= plain["ledger"]["bound"]
    assert plain["plan"]["delta"] == plain["certificate"]["delta"] == 0.01


@pytest.mark.parametrize(
    ("options", "code", "part"),
    [
        (["--k", "0"], 3, "`max_variables`"), (["--k", "2", "--noise", "0.4"], 3, "`noise`"),
        (["--k", "2", "--max-queries", "5"], 3, "at most 5 queries"), (["--k", "2", "--drop", "z"], 3, "no column `z`"),
        (["--k", "2", "--delta", "0"], 3, "`delta`"), (["--k", "2", "--fresh", "none.csv"], 3, "no such file"),
        (["--k", "2", "--drop", "a"], 4, "KeyError"), ([], 2, "--k"),
        (["--k", "2", "--fillings", "0"], 3, "`fillings`"),
        (["--k", "2", "--out", "absent/x.json"], 5, "cannot be written"),
    ],
)  # fmt: skip
def test_what_is_refused(run, bits, options, code, part):
    done = run("junta", "bit_models:pair", "bits.csv", *options)
    assert done.exit_code == code, done.stderr
    assert part in done.stderr
    assert "Traceback" not in done.stderr


def test_a_model_of_numbers_is_refused(run, bits):
    done = run("junta", "bit_models:number", "bits.csv", "--k", "2")
    assert done.exit_code == 3
    assert "answers with numbers" in done.stderr


def test_the_web_as_text_dot_and_json(run):
    text = run("web").stdout
    assert text.startswith("classes\n  model       any model")
    assert "  tree → list: exact rewriting [Rivest 1987]\n" in text
    assert run("web", "--dot").stdout.startswith("digraph web {\n")
    assert len(json.loads(run("web", "--json").stdout)["edges"]) == len(WEB.edges)


def test_routes(run):
    done = run("web", "network", "tree", "--columns", "10000", "--variables", "5")
    assert done.exit_code == 0
    lines = done.stdout.split("\n")
    assert lines[0] == "from network to tree, cheapest first, at d = 10000, s = 8, k = 5, r = 3"
    assert lines[2] == "1. network → model → junta → tree"
    assert lines[4].startswith("    costs   2 rows, 1 406 queries, ")
    plain = json.loads(run("web", "network", "tree", "--json").stdout)
    assert plain["routes"][0]["classes"] == ["network", "model", "junta", "tree"]
    for words, part in (
        (("network",), "a route"), (("network", "forest"), "`forest`"), (("--dot", "--json"), "`--dot`"),
        (("a", "b", "--dot"), "`--dot`"), (("--epsilon", "2"), "`epsilon`"), (("--leaves", "0"), "`n_leaves`"),
    ):  # fmt: skip
        refused = run("web", *words)
        assert refused.exit_code == 3
        assert part in refused.stderr
