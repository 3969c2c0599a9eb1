"""Folders, globs and large files on the command line: distill, predict and certify in batches, and SQL over them."""

import json

import duckdb
import numpy as np
import pandas as pd
import pytest
from tests.cli.conftest import draw

from limbeck.distillation import Distillation
from limbeck.passes import streaming
from limbeck.streams import files_at

FAST = ("--effort", "fast", "--max-leaves", "4")


@pytest.fixture
def parts(here):
    """A folder of five Parquet files, and one of three text files with the same rows."""
    whole = draw(3, 1500)
    for kind, n in (("parquet", 5), ("csv", 3)):
        (here / kind).mkdir()
        for i, rows in enumerate(np.array_split(np.arange(len(whole)), n)):
            part = whole.iloc[rows]
            path = here / kind / f"{i}.{kind}"
            part.to_parquet(path) if kind == "parquet" else part.to_csv(path, index=False)
    return whole


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(streaming, "MOST_SEARCHED", 300)


def test_a_folder_a_glob_and_text_files_give_one_result(run, here, parts, small):
    found = []
    for place in ("parquet", "parquet/*.parquet", "csv", "csv/*.csv"):
        done = run("distill", "pipe.skops", place, "--out", "out", *FAST)
        assert done.exit_code == 0, done.stderr
        result = Distillation.load(here / "out" / "distillation.json")
        found.append((result.tree.to_dict() | {"cells": None}, result.certificate.to_dict(), result.ledger.fit_rows))
    assert found[0] == found[1]
    assert found[2] == found[3]
    assert {**found[0][0], "cells": 0} == {**found[2][0], "cells": 0}
    assert found[0][2] == 1500 - 375


def test_predictions_in_batches_are_those_of_the_tree_and_of_its_sql(run, here, parts, student):
    tree = Distillation.load(student / "distillation.json").tree
    assert run("predict", "student", "parquet/*.parquet", "--out", "answers.parquet").exit_code == 0
    answers = pd.read_parquet("answers.parquet")["prediction"].to_numpy()
    assert np.array_equal(answers, tree.predict(parts))
    assert run("predict", "student", "csv", "--out", "answers.csv").exit_code == 0
    assert np.array_equal(pd.read_csv("answers.csv")["prediction"].to_numpy(), answers)
    printed = run("predict", "student", "parquet").stdout.split("\n")[1:-1]
    assert np.array_equal(np.array(printed, int), answers)
    assert run("export", "student", "--to", "sql", "--dialect", "duckdb", "--out", "tree.sql").exit_code == 0
    expression = (here / "tree.sql").read_text()
    asked = f"select {expression_of(expression)} as answer from read_parquet('parquet/*.parquet')"
    assert np.array_equal(duckdb.sql(asked).df()["answer"].to_numpy(), answers)


def expression_of(text):
    """Leave out the comments and what ends a statement."""
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return "\n".join(lines).rstrip().rstrip(";")


def test_shares_in_batches(run, here, parts, student):
    tree = Distillation.load(student / "distillation.json").tree
    assert run("predict", "student", "parquet", "--proba", "--out", "shares.parquet").exit_code == 0
    assert np.array_equal(pd.read_parquet("shares.parquet").to_numpy(), tree.predict_scores(parts))


def test_predict_reads_only_the_columns_that_the_tree_asks_about(run, here, parts, student):
    tree = Distillation.load(student / "distillation.json").tree
    asked = {literal.column for literal in tree.literals}
    others = [name for name in parts.columns if name not in asked]
    (here / "few").mkdir()
    parts.drop(columns=others).to_parquet(here / "few" / "0.parquet")
    assert run("predict", "student", "few").stdout == run("predict", "student", "parquet").stdout


def test_certify_in_batches_says_what_it_says_of_the_table(run, here, parts, student):
    parts.to_csv("whole.csv", index=False)
    told = [
        json.loads(run("certify", "student", "pipe.skops", table, "--json").stdout)
        for table in ("whole.csv", "parquet")
    ]
    for claim in told:
        claim.pop("rows", None), claim.pop("hypotheses", None), claim.pop("text", None)
    assert {key: value for key, value in told[0].items() if "row" not in key} == {
        key: value for key, value in told[1].items() if "row" not in key
    }
    early = run("certify", "student", "pipe.skops", "parquet", "--until", "0.5")
    assert "certified" in early.stdout


def test_a_damaged_file_is_named(run, here, parts):
    path = here / "parquet" / "3.parquet"
    path.write_bytes(path.read_bytes()[:400])
    done = run("distill", "pipe.skops", "parquet", *FAST)
    assert done.exit_code == 3
    assert "3.parquet" in done.stderr
    (here / "csv" / "1.csv").write_text("a,b,colour\n1,2,red\n3,4\n")
    done = run("distill", "pipe.skops", "csv", *FAST)
    assert done.exit_code == 3
    assert "1.csv" in done.stderr


def test_zeros_and_words_that_cells_lose_are_said_as_of_one_file(run, here):
    model = "def make():\n    return lambda rows: (rows['n'] > 5).to_numpy() * 1\n"
    (here / "cells.py").write_text(model)
    lines = [f"0{i}0,{'NA' if i % 3 else 'DE'},True,{i}" for i in range(100, 180)]
    (here / "one").mkdir()
    for i, some in enumerate((lines[:30], lines[30:])):
        (here / "one" / f"{i}.csv").write_text("\n".join(["zip,country,flag,n", *some]) + "\n")
    (here / "whole.csv").write_text("\n".join(["zip,country,flag,n", *lines]) + "\n")
    told = []
    for table in ("whole.csv", "one"):
        done = run("distill", "cells:make", table, *FAST, "--out", "out", "--force")
        assert done.exit_code == 0, done.stderr
        told.append([note for note in Distillation.load("out/distillation.json").notes if "--text" in note])
    assert told[0] == told[1]
    assert "`zip` (01000)" in told[0][0]
    assert "`country` (NA, 54 cells)" in told[0][1]
    kept = run("distill", "cells:make", "one", *FAST, "--text", "zip", "--text", "country").stdout
    assert "leading zeros" not in kept


@pytest.mark.parametrize("place", ["absent/*.parquet", "empty"])
def test_no_files_are_one_clear_error(run, here, place):
    (here / "empty").mkdir()
    done = run("distill", "pipe.skops", place, *FAST)
    assert done.exit_code == 3
    assert "Traceback" not in done.stderr


def test_weights_drops_and_certificate_tables_come_in_batches_too(run, here, parts, small):
    labelled = parts.assign(label=1, weight=np.arange(len(parts)) % 3)
    for i, rows in enumerate(np.array_split(np.arange(len(parts)), 5)):
        labelled.iloc[rows].to_parquet(here / "parquet" / f"{i}.parquet")
    words = ("distill", "pipe.skops", "parquet", *FAST, "--drop", "label", "--weight", "weight")
    done = run(*words, "--certificate-table", "fresh.csv", "--out", "out")
    assert done.exit_code == 0, done.stderr
    result = Distillation.load(here / "out" / "distillation.json")
    assert result.certificate.n_rows == 240
    assert result.ledger.fit_rows == 1000
    assert run(*words[:-1], "absent").exit_code == 3


def test_text_and_dates_are_read_as_named(here):
    frame = pd.DataFrame(
        {"zip": ["01234", "NA", ""], "day": ["2021-05-31", "", "2021-06-01"], "n": [1, 2, 3], "t": ["x", "NA", "y"]}
    )
    frame.to_csv(here / "rows.csv", index=False)
    from limbeck.streams import CellKinds

    batch = next(iter(files_at(here / "rows.csv", CellKinds(text=("zip",), dates=("day",)))))
    assert batch["zip"].tolist()[:2] == ["01234", "NA"]
    assert batch["zip"].isna().tolist() == [False, False, True]
    assert batch["day"].isna().tolist() == [False, True, False]
    assert batch["t"].isna().tolist() == [False, True, False]
    assert batch["n"].dtype.kind == "i"
