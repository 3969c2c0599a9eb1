"""Everything that can be wrong with the input: one clear error, the right exit code, nothing half written."""

import errno
import os
import pickle

import pytest

from limbeck.cli import distill, tables
from limbeck.report import writing

ROWS = "a,b\n" + "".join(f"{i / 7 - 3:.3f},{i % 5}\n" for i in range(40))


def refused(done, code, *parts, hint=None):
    """See that there are three labelled lines, no trace, nothing on stdout, and these words."""
    assert done.exit_code == code, (done.exit_code, done.stderr, done.exception)
    assert done.stdout == ""
    lines = done.stderr.rstrip("\n").split("\n")
    assert lines[0] == "limbeck: error"
    assert [line[:11].strip() for line in lines[1:]] == ["asked", "found", "do this"]
    assert all(line[11:].strip() for line in lines[1:])
    if hint is not None:
        assert ("--drop" in done.stderr) == hint
    for part in parts:
        assert part in done.stderr


@pytest.fixture
def distilled(run, here):
    """Distill with an output directory, and see afterwards that nothing was written."""
    before = None

    def call(model, table, *options):
        nonlocal before
        before = sorted(os.listdir(here))
        return run("distill", model, table, "--out", "out", *options)

    yield call
    assert [name for name in sorted(os.listdir(here)) if name != "__pycache__"] == before


def model_file(here, name, content):
    (here / name).write_bytes(content)
    return name


def test_models_that_are_none(distilled, here):
    refused(distilled("absent.onnx", "numbers.csv"), 4, "no such file")
    refused(distilled(model_file(here, "m.onnx", b"no model"), "numbers.csv"), 4, "m.onnx")
    refused(distilled(model_file(here, "m.skops", b"no model"), "numbers.csv"), 4, "m.skops")
    refused(distilled(model_file(here, "m.h5", b"no model"), "numbers.csv"), 4, "`.h5`", ".onnx")
    pickled = model_file(here, "m.pkl", pickle.dumps({"a": 1}))
    refused(distilled(pickled, "numbers.csv"), 4, "a pickle, which can run any code", "--trust-pickle")
    refused(distilled("no_such_module:make", "numbers.csv"), 4, "no_such_module")
    refused(distilled("toy_models:absent", "numbers.csv"), 4, "absent")
    refused(distilled("toy_models:broken_factory", "numbers.csv"), 4, "no weights here")


@pytest.mark.parametrize("given", ["a", "a=", "=1", "a=2", "a=up"])
def test_signs_that_are_none(distilled, given):
    refused(distilled("toy_models:make", "numbers.csv", "--monotone", given), 3, "`--monotone COL=+1`", given)


def test_tables_that_are_none(distilled, here):
    for name, content, found in (
        ("header.csv", "a,b\n", "0 rows"), ("empty.csv", "", "an empty file"), ("t.txt", ROWS, "`.txt`"),
        ("twice.csv", "a,a\n1,2\n", "`a` more than once"), ("ragged.csv", ROWS + "1\n", "in line 42"),
    ):  # fmt: skip
        (here / name).write_text(content)
        refused(distilled("toy_models:make", name), 3, found)
    refused(distilled("toy_models:make", "absent.csv"), 3, "no such file")


def test_columns_that_the_model_does_not_take(distilled, here):
    (here / "one.csv").write_text("a\n1\n2\n3\n")
    refused(distilled("net.onnx", "one.csv"), 4)
    refused(distilled("plain.skops", "one.csv"), 4, "`--drop`")
    (here / "three.csv").write_text("a,b,label\n" + "1,2,3\n4,5,6\n" * 20)
    refused(distilled("net.onnx", "three.csv"), 4, "`--drop`", "`label`")
    refused(distilled("plain.skops", "three.csv"), 4, "`--drop`", "`label`")
    (here / "text.csv").write_text("a,b\n" + "x,1\ny,2\n" * 20)
    refused(distilled("net.onnx", "text.csv"), 4, "`a`")
    refused(distilled("plain.skops", "text.csv"), 4)


@pytest.mark.parametrize("cell", ["", "NaN", "inf"])
def test_numbers_that_are_missing_or_infinite(distilled, here, cell):
    (here / "holes.csv").write_text(ROWS.replace("\n", f"\n{cell},1\n", 1))
    for model in ("net.onnx", "plain.skops"):
        refused(
            distilled(model, "holes.csv", "--seed", "1", "--max-leaves", "2"),
            4,
            "missing or infinite",
            "`a`",
            hint=False,
        )


def test_models_that_fail_while_they_answer(distilled):
    refused(distilled("toy_models:make_nan", "numbers.csv"), 4, "NaN", hint=False)
    refused(distilled("toy_models:make_short", "numbers.csv"), 4, "outputs")
    refused(distilled("toy_models:make_raising", "numbers.csv", "--batch-size", "40"), 4, "the machine is on fire")


def test_options_out_of_range(distilled):
    for option, value in (
        ("--max-leaves", "0"), ("--max-leaves", "-3"), ("--max-depth", "31"), ("--delta", "0"), ("--delta", "nan"),
        ("--epsilon", "1"), ("--min-leaf", "-1"), ("--time-limit", "0"), ("--max-queries", "-1"), ("--batch-size", "0"),
    ):  # fmt: skip
        name = option[2:].replace("-", "_")
        refused(distilled("toy_models:make", "numbers.csv", option, value), 3, f"`{name}")


def test_options_that_name_what_is_not_there(distilled):
    refused(distilled("net.onnx", "numbers.csv", "--layers", "y, nowhere"), 3, "`nowhere`", "`y`")
    refused(distilled("toy_models:make", "numbers.csv", "--layers", "y"), 3, "`y`")
    for option in ("--drop", "--concept", "--weight"):
        refused(distilled("toy_models:make", "numbers.csv", option, "z"), 3, f"`{option}`", "no column `z`")
    refused(distilled("pipe.skops", "rows.csv", "--weight", "colour"), 3, "a column of text")
    refused(distilled("pipe.skops", "rows.csv", "--weight", "b"), 3, "`sample_weight`")
    refused(distilled("pipe.skops", "labelled.csv", "--drop", "label", "--concept", "weight"), 3, "weight")
    refused(distilled("toy_models:make", "numbers.csv", "--drop", "a", "--drop", "b"), 3, "0 columns")
    for spec in ("no_such_module:f", "toy_models:absent", "toy_models", "toy_models:calls"):
        refused(distilled("toy_models:make", "numbers.csv", "--preprocess", spec), 3, f"--preprocess {spec}")


@pytest.mark.parametrize(
    "words",
    [
        (), ("frobnicate",), ("distill",), ("distill", "toy_models:make"), ("show", "s", "--no-such-option"),
        ("distill", "toy_models:make", "numbers.csv", "--max-leaves", "many"),
        ("distill", "toy_models:make", "numbers.csv", "--task", "other"),
        ("distill", "toy_models:make", "numbers.csv", "--seed", "-1"),
    ],
)  # fmt: skip
def test_command_lines_that_cannot_be_read(run, words):
    done = run(*words)
    assert done.exit_code == 2
    assert "Usage: limbeck" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_directory_that_cannot_be_written_is_found_before_the_model_is_opened(run, here):
    (here / "file").write_text("mine")
    (here / "full").mkdir()
    (here / "full" / "cat.jpg").write_text("meow")
    for place in ("file", "file/out", "absent/out", "full", "/dev/null/out"):
        refused(run("distill", "no_such_module:make", "absent.csv", "--out", place), 5, f"`--out {place}`")
    assert sorted(os.listdir(here)) == ["file", "full"]
    refused(run("distill", "no_such_module:make", "absent.csv", "--out", "full", "--force"), 3, "absent.csv")


def test_a_full_disk(distilled, monkeypatch):
    real = writing.write_new

    def fails(path, data):
        if path.name == "summary.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, data)

    monkeypatch.setattr(writing, "write_new", fails)
    refused(distilled("toy_models:make", "numbers.csv", "--effort", "fast"), 5, "No space left on device")


def test_a_fault_of_limbeck_says_how_to_report_it(distilled, monkeypatch):
    def faulty(*args, **settings):
        raise ZeroDivisionError("a slip")

    monkeypatch.setattr(distill, "distill", faulty)
    refused(distilled("toy_models:make", "numbers.csv"), 1, "ZeroDivisionError: a slip", "LIMBECK_TRACE=1")
    monkeypatch.setenv("LIMBECK_TRACE", "1")
    done = distilled("toy_models:make", "numbers.csv")
    assert done.exit_code == 1
    assert "Traceback (most recent call last)" in done.stderr


def test_an_interrupt(distilled, monkeypatch):
    def interrupted(*args, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(distill, "distill", interrupted)
    done = distilled("toy_models:make", "numbers.csv")
    assert (done.exit_code, done.stdout, done.stderr) == (130, "", "limbeck: interrupted\n")


def test_a_package_that_is_missing(distilled, monkeypatch):
    monkeypatch.setattr(tables.importlib.util, "find_spec", lambda name: None)
    refused(distilled("toy_models:make", "numbers.csv"), 3, "`pandas`", "pip install 'limbeck[table]'")
