"""Inputs that are no table on the command line: folders, lines of JSON, columns and arrays, with hostile names."""

import gzip
import json
import random

import numpy as np
import pytest

from limbeck.cli.inputs import kinds_named, read_beside, read_inputs
from limbeck.distillation import Distillation
from limbeck.errors import InputError

HOSTILE = ["free", "money", "click", "hello", "<script>alert(1)</script>", "\x1b[31mred", "=cmd|x", "a`b"]
MODELS = """
import numpy as np
def make():
    return lambda texts: np.array(["free" in t or "script" in t for t in texts])
def files():
    return lambda paths: np.array(["zip" if p.read_bytes()[:2] == bytes.fromhex("1f8b") else "text" for p in paths])
def images():
    return lambda some: (some.mean(axis=(1, 2)) > 0.5).astype(int)
"""
FAST = ("--effort", "fast", "--max-leaves", "4")


@pytest.fixture
def inputs(here, monkeypatch):
    (here / "raw_models.py").write_text(MODELS)
    rng = random.Random(0)
    texts = [" ".join(rng.choice(HOSTILE) for _ in range(rng.randint(0, 5))) for _ in range(300)]
    (here / "t.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts))
    with gzip.open(here / "t.jsonl.gz", "wt") as file:
        file.write("\n".join(json.dumps({"text": text}) for text in texts))
    folder = here / "files" / "<b>in\x1b[31m"
    folder.mkdir(parents=True)
    for i in range(120):
        (folder / f"{i}'.bin").write_bytes((b"\x1f\x8b" if i % 3 else b"#!/bin") + bytes([i]))
    np.save(here / "images.npy", np.random.default_rng(0).random((200, 4, 4)) * np.linspace(0, 2, 200)[:, None, None])
    return here


@pytest.mark.parametrize("file", ["t.jsonl", "t.jsonl.gz"])
def test_texts_are_distilled_predicted_and_certified(run, inputs, file):
    told = ("--column", "text")
    done = run("distill", "raw_models:make", file, *told, "--concepts", "words", *FAST, "--out", "kept", "--report")
    assert done.exit_code == 0, done.stderr
    assert 'contains "free"' in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    page = (inputs / "kept" / "report.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page
    answers = run("predict", "kept", file, *told).stdout.split()
    assert len(answers) == 301
    claim = run("certify", "kept", "raw_models:make", file, *told, "--json")
    assert json.loads(claim.stdout)["n_rows"] == 300


def test_files_of_a_folder(run, inputs):
    done = run("distill", "raw_models:files", "files", "--concepts", "bytes", *FAST, "--out", "kept", "--report")
    assert done.exit_code == 0, done.stderr
    assert "starts with 1f 8b" in done.stdout
    page = (inputs / "kept" / "report.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;in" in page
    assert "<b>in" not in page
    assert "\x1b" not in page
    kept = Distillation.load(inputs / "kept" / "distillation.json")
    assert kept.predict(sorted((inputs / "files").rglob("*.bin"))).tolist().count("zip") == 80
    assert sorted(run("predict", "kept", "files").stdout.split()).count("zip") == 80


def test_an_array_of_images(run, inputs):
    done = run("distill", "raw_models:images", "images.npy", "--concepts", "patches", *FAST)
    assert "image brighter than 0.5" in done.stdout


def test_a_column_of_a_table_and_a_kind_of_ones_own(run, inputs):
    (inputs / "raw_kinds.py").write_text("from limbeck.concepts import Words\nletters = Words(letters=True)\n")
    (inputs / "t.csv").write_text("id,text\n" + "".join(f"{i},{'free' * (i % 2)}\n" for i in range(80)))
    assert read_inputs(str(inputs / "t.csv"), "text")[:2] == ["", "free"]
    done = run("distill", "raw_models:make", "t.csv", "--column", "text", "--concepts", "raw_kinds:letters", *FAST)
    assert 'contains the letters "' in done.stdout


@pytest.fixture
def letters(inputs):
    """Texts with a weight, a customer and a time beside each, as lines of JSON and as a table."""
    texts = ["free lunch" if i % 3 else "paid lunch" for i in range(240)]
    told = [{"text": t, "w": 1 + i % 2, "who": f"c{i // 4}", "at": i} for i, t in enumerate(texts)]
    (inputs / "letters.jsonl").write_text("\n".join(map(json.dumps, told)))
    lines = [f"{one['text']},{one['w']},{one['who']},{one['at']}" for one in told]
    (inputs / "letters.csv").write_text("\n".join(["text,w,who,at", *lines]))
    return "--column", "text", "--concepts", "words", *FAST


@pytest.mark.parametrize("file", ["letters.jsonl", "letters.csv"])
def test_what_stands_beside_the_texts_is_read(run, letters, file):
    done = run("distill", "raw_models:make", file, *letters, "--weight", "w", "--group", "who", "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert "groups" in json.dumps(told["certificate"])
    assert "sample_weight" in json.dumps(told)
    done = run("distill", "raw_models:make", file, *letters, "--order", "at", "--json")
    assert done.exit_code == 0, done.stderr
    assert "by `order`" in json.dumps(json.loads(done.stdout)["certificate"])


def test_beside_the_texts_there_must_be_numbers_or_text(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "", "who": null}')
    with pytest.raises(InputError, match="line 1"):
        read_beside(str(tmp_path / "a.jsonl"), "text", {"group": "who"})


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("files", "--concepts", "bytes", "--group", "a"), "a folder, which has no columns"),
        (("images.npy", "--concepts", "patches", "--order", "a"), "an array, which has no columns"),
        (("t.jsonl", "--concepts", "words", "--column", "text", "--weight", "w"), "line 1"),
        (("t.jsonl", "--concepts", "words", "--column", "text", "--weight", "text"), "as both"),
        (("t.jsonl", "--concepts", "words"), "--column"),
        (("t.jsonl", "--concepts", "wrods", "--column", "text"), "no such kind"),
        (("t.jsonl", "--concepts", "words", "--column", "no"), "line 1"),
        (("t.jsonl", "--concepts", "words", "--column", "text", "--drop", "a"), "--drop"),
        (("t.jsonl", "--column", "text"), "no `--concepts`"),
        (("files", "--concepts", "bytes", "--column", "text"), "no columns"),
        (("empty", "--concepts", "bytes"), "none"),
        (("no.npy", "--concepts", "patches"), "No such file"),
        (("files", "--concepts", "raw_models:make"), "function"),
    ],
)
def test_what_cannot_be_used_is_one_clear_error(run, inputs, arguments, told):
    (inputs / "empty").mkdir()
    done = run("distill", "raw_models:make", *arguments)
    assert done.exit_code == 3
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("line", ["{", "[1]", '{"text": null}', "\xff", '{"text": 3}'])
def test_lines_that_are_no_objects_with_a_text(tmp_path, line):
    (tmp_path / "a.jsonl").write_text(line, encoding="latin-1")
    with pytest.raises(InputError, match="line 1"):
        read_inputs(str(tmp_path / "a.jsonl"), "text")


def test_kinds_by_name():
    assert [kind.kind for kind in kinds_named(["words", "bytes", "patches"])] == ["words", "bytes", "patches"]
