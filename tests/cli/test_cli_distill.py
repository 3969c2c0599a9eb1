"""`limbeck distill`: models of every kind, the options that reach the search, and what is printed and written."""

import json

import numpy as np
import pytest

from limbeck.distillation import Distillation
from limbeck.report import FILES

FAST = ("--effort", "fast", "--max-leaves", "4")


def result(done):
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("model", "table"),
    [
        ("net.onnx", "numbers.csv"),
        ("net.onnx", "numbers.parquet"),
        ("pipe.skops", "rows.csv"),
        ("toy_models:make", "numbers.csv"),
        ("toy_models:above", "numbers.csv"),
    ],
)
def test_models_and_tables_of_every_kind(run, model, table):
    done = run("distill", model, table, *FAST)
    assert done.exit_code == 0, done.stderr
    for title in ("Distillation of", "Frontier", "Tree of", "Certificate", "Evidence", "How it was made"):
        assert any(line.startswith(title) for line in done.stdout.split("\n"))
    glance, last = done.stderr.splitlines()
    assert "certified: " in glance
    assert last == "not saved: give --out DIR to keep the result"


def test_json_is_the_only_thing_on_stdout_and_quiet_the_last_word(run):
    done = run("distill", "toy_models:make", "numbers.csv", *FAST, "--json", "--quiet")
    assert result(done)["rows"] == {"fit": 180, "validation": 135, "certificate": 60}
    assert done.stderr == ""


def test_the_directory_holds_the_result(run, here):
    done = run("distill", "toy_models:make", "numbers.csv", *FAST, "--out", "kept", "--json")
    assert sorted(p.name for p in (here / "kept").iterdir()) == sorted(FILES)
    assert json.loads((here / "kept" / "summary.json").read_text(encoding="utf-8")) == result(done)
    kept = Distillation.load(here / "kept" / "distillation.json")
    assert kept.certificate.disagreements == result(done)["certificate"]["disagreements"] <= 1
    again = run("distill", "toy_models:make", "numbers.csv", *FAST, "--out", "kept", "--max-leaves", "1", "--quiet")
    assert (again.exit_code, again.stderr) == (0, "")
    assert Distillation.load(here / "kept" / "distillation.json").tree.n_leaves == 1


def test_the_same_seed_gives_the_same_tree(run):
    trees = [
        result(run("distill", "pipe.skops", "rows.csv", *FAST, "--json", "--seed", seed))["tree"] for seed in (3, 3, 4)
    ]
    assert trees[0] == trees[1]
    assert trees[0]["rules"] != trees[2]["rules"]


def test_dropped_columns_weights_and_limits_reach_the_search(run, here):
    options = (
        "--drop",
        "label",
        "--weight",
        "weight",
        "--max-depth",
        "2",
        "--delta",
        "0.2",
        "--no-queries",
        "--out",
        "o",
    )
    summary = result(run("distill", "pipe.skops", "labelled.csv", *options, "--json"))
    assert (
        max(p["depth"] for p in summary["frontier"]),
        summary["certificate"]["delta"],
        summary["work"]["queries"],
    ) == (2, 0.2, 0)
    settings = json.loads((here / "o" / "distillation.json").read_text(encoding="utf-8"))["settings"]
    assert (settings["max_depth"], settings["queries"], settings["delta"]) == (2, False, 0.2)
    plain = result(run("distill", "pipe.skops", "rows.csv", "--max-depth", "2", "--no-queries", "--json"))
    for found, weighted_by in ((plain, 0), (summary, 1)):
        assert len(found["weighted_by"]) == weighted_by
        assert sum(rule["rows"] for rule in found["tree"]["rules"]) == 180, "counts are of rows, however they weigh"


def test_every_setting_is_passed_on(run, here):
    options = {
        "--max-leaves": ("max_leaves", 3), "--max-depth": ("max_depth", 2), "--min-leaf": ("min_leaf", 5.0),
        "--task": ("task", "binary"), "--loss": ("loss", "soft"), "--delta": ("delta", 0.1),
        "--epsilon": ("epsilon", 0.2), "--effort": ("effort", "fast"), "--max-queries": ("max_queries", 77),
        "--layers": ("layers", ["y"]), "--time-limit": ("time_limit", 60.0), "--seed": ("random_state", 9),
        "--retries": ("retries", 2),
    }  # fmt: skip
    words = [str(w) for name, (_, value) in options.items() for w in (name, value[0] if name == "--layers" else value)]
    done = run("distill", "net.onnx", "numbers.csv", *words, "--out", "o")
    assert done.exit_code == 0, done.stderr
    settings = json.loads((here / "o" / "distillation.json").read_text(encoding="utf-8"))["settings"]
    assert {name: settings[name] for name, _ in options.values()} == dict(options.values())


def test_monotone_columns_reach_the_search(run):
    asked = ("--monotone", "a=+1", "--monotone", "b=-1", "--monotone", "c=d=1")
    refused = run("distill", "toy_models:make", "numbers.csv", *FAST, *asked)
    assert refused.exit_code == 3
    assert "`c=d`" in refused.stderr
    told = result(run("distill", "toy_models:make", "numbers.csv", *FAST, *asked[:4], "--json"))
    assert any("`a`" in note for note in told["notes"])


def test_a_concept_is_asked_about_but_kept_from_the_model(run):
    drop = ("--drop", "weight", "--concept", "label")
    summary = result(run("distill", "pipe.skops", "labelled.csv", *drop, "--max-leaves", "2", "--json"))
    assert summary["tree"]["rules"][0]["conditions"] == ["label"]


def test_preprocessing_is_part_of_the_model(run):
    done = run("distill", "toy_models:above", "rows.csv", "--preprocess", "toy_models:first_column", *FAST, "--json")
    summary = result(done)
    assert "a" in summary["tree"]["columns"]
    assert summary["frontier"][-1]["fit"] > 0.98


def test_regression(run):
    summary = result(run("distill", "toy_models:make_number", "numbers.csv", *FAST, "--epsilon", "0.2", "--json"))
    assert (summary["measure"], summary["certificate"]["kind"]) == ("r_squared", "tolerance")
    assert summary["certificate"]["epsilon"] == 0.2
    assert 0.8 < summary["frontier"][-1]["fit"] < 1.0


def test_constant_outputs_give_one_leaf_with_its_certificate(run, here):
    done = run("distill", "toy_models:make_constant", "numbers.csv", "--out", "o")
    assert done.exit_code == 0, done.stderr
    assert "Tree of 1 leaf" in done.stdout
    assert "seen: tree and teacher differ on 0 of 60 rows" in done.stdout
    assert run("show", "o").stdout == done.stdout


def test_one_row_gives_a_leaf_and_no_certificate(run, here):
    (here / "one.csv").write_text("a,b\n1,2\n")
    done = run("distill", "toy_models:make", "one.csv", "--out", "o")
    assert done.exit_code == 0, done.stderr
    assert "None: no rows were set aside for it." in done.stdout


def test_a_cell_of_a_million_characters(run, here):
    rows = "".join(f"{np.sin(i):.3f},{'xy'[i % 2]}\n" for i in range(60))
    (here / "long.csv").write_text(f"a,b\n{rows}0.5,{'z' * 1_000_000}\n")
    done = run("distill", "toy_models:make", "long.csv")
    assert done.exit_code == 0, done.stderr
    assert len(done.stdout) < 10_000


def test_warnings_of_libraries_are_few_and_come_after_the_work(run):
    done = run("distill", "toy_models:make_warning", "numbers.csv", *FAST)
    lines = done.stderr.strip().split("\n")
    assert lines[:3] == [f"warning of a library: FutureWarning: old code, part {part}" for part in "pqr"]
    assert lines[3] == "and 2 more warnings of libraries"
    assert run("distill", "toy_models:make_warning", "numbers.csv", *FAST, "--quiet").stderr == ""


def test_groups_order_and_certificate_table_are_columns_and_files(run, tmp_path):
    rows = np.random.default_rng(0).normal(size=(300, 4))
    plain = [",".join(f"{value:.6f}" for value in row) for row in rows]
    days = [str(day) for day in np.datetime64("2024-01-01") + np.arange(300)]
    more = [f"{line},c{i // 3},{days[i]}" for i, line in enumerate(plain)]
    (tmp_path / "more.csv").write_text("\n".join(["x0,x1,x2,x3,who,day", *more]))
    (tmp_path / "plain.csv").write_text("\n".join(["x0,x1,x2,x3", *plain]))

    def certificate(*options):
        return result(run("distill", "toy_models:above", tmp_path / "more.csv", *FAST, "--json", *options))[
            "certificate"
        ]

    assert certificate("--group", "who", "--drop", "day")["n_rows"] == 25
    assert certificate("--order", "day", "--drop", "who")["n_rows"] == 75
    apart = certificate("--drop", "who", "--drop", "day", "--certificate-table", tmp_path / "plain.csv")
    assert apart["n_rows"] == 300


def test_columns_that_may_not_be_asked_about_reach_the_search(run):
    free, kept = (
        result(run("distill", "toy_models:make", "numbers.csv", *FAST, *options, "--json"))["tree"]["drawing"]
        for options in ((), ("--no-ask", "a"))
    )
    assert "a <=" in free
    assert "a <=" not in kept
    done = run("distill", "toy_models:make", "numbers.csv", "--ask", "nowhere")
    assert done.exit_code == 3
    assert "nowhere" in done.stderr
