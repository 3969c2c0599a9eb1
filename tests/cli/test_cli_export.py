"""`limbeck export`: every format on the command line is the one of the tree, whole or not there."""

import json
import os

import pytest

from limbeck.core import Kind, Leaf, Literal, Split, Tree

TREE = Tree.from_node(
    Split(Literal.at_most("age", 41.5), Leaf((1.0, 0.0), 2.0), Leaf((0.0, 1.0), 1.0)),
    classes=("no", "yes"), columns=(("age", Kind.NUMERIC),),
)  # fmt: skip
TEXTS = {
    "c": TREE.to_c(), "dot": TREE.to_dot(), "excel": TREE.to_excel() + "\n", "javascript": TREE.to_javascript(),
    "json": TREE.to_json(), "latex": TREE.to_latex(), "markdown": TREE.to_markdown(), "pmml": TREE.to_pmml(),
    "python": TREE.to_python(), "sql": TREE.to_sql() + "\n", "svg": TREE.to_svg(),
}  # fmt: skip


@pytest.fixture
def tree_file(here):
    (here / "tree.json").write_text(json.dumps(TREE.to_dict()))
    return "tree.json"


@pytest.mark.parametrize("form", TEXTS)
def test_text_is_printed_or_written(form, run, tree_file, here):
    printed = run("export", tree_file, "--to", form)
    assert (printed.exit_code, printed.stdout, printed.stderr) == (0, TEXTS[form], "")
    written = run("export", tree_file, "--to", form, "--out", "result")
    assert (written.exit_code, written.stdout, written.stderr) == (0, "", "written to result\n")
    assert (here / "result").read_text(encoding="utf-8") == TEXTS[form]


@pytest.mark.parametrize("form", ["onnx", "treelite"])
def test_binaries_are_written_and_go_through_a_pipe(form, run, tree_file, here):
    assert run("export", tree_file, "--to", form, "--out", "model.bin", "--quiet").output == ""
    content = (here / "model.bin").read_bytes()
    assert content == (TREE.to_onnx() if form == "onnx" else TREE.to_treelite().serialize_bytes())
    assert run("export", tree_file, "--to", form).stdout_bytes == content


def test_options_reach_their_format(run, tree_file):
    assert "`age`" in run("export", tree_file, "--to", "sql", "--dialect", "sqlite").stdout
    assert "return 1;" in run("export", tree_file, "--to", "c", "--fixed-point", "4", "--answer", "leaf").stdout


def test_a_smaller_tree_of_the_frontier_can_be_exported(run, student):
    smaller = run("export", student, "--to", "json", "--leaves", "2")
    assert Tree.from_dict(json.loads(smaller.stdout)).n_leaves <= 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--to", "fortran"], 3, "give one of c, dot"),
        (["--to", "dot", "--dialect", "sqlite"], 3, "an option for sql only"),
        (["--to", "sql", "--dialect", "oracle"], 3, "give one of `postgresql`"),
        (["--to", "c", "--fixed-point", "99"], 3, r"bits after the point in [0, 30]"),
        (["--to", "c", "--leaves", "2"], 3, "without its frontier"),
        (["--to", "c", "--out", "tree.json"], 5, "the file that is read"),
        (["--to", "c", "--out", "nowhere/file"], 5, "nothing was left half written"),
        (["--to", "onnx", "--out", "nowhere/file"], 5, "nothing was left half written"),
        ([], 2, "--to"),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_nothing(words, code, said, run, tree_file, here):
    done = run("export", tree_file, *words)
    assert done.exit_code == code
    assert said in " ".join(done.stderr.split())
    assert sorted(os.listdir(here)) == ["tree.json"]


def test_a_terminal_gets_no_binary(run, tree_file, monkeypatch):
    monkeypatch.setattr("limbeck.cli.export._on_terminal", lambda: True)
    done = run("export", tree_file, "--to", "onnx")
    assert done.exit_code == 3
    assert "give `--out FILE`" in done.stderr
