"""Drawings and rules show every question and every answer, and nothing that a name or a value smuggles in."""

import itertools
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from tests.exported import HOSTILE, TREES, trees

from limbeck.core import Kind, Leaf, Literal, Split, Tree
from limbeck.exports.words import answer_words, question_words
from limbeck.tables import visible

DOT = shutil.which("dot")
needs_dot = pytest.mark.skipif(DOT is None, reason="no Graphviz: apt install graphviz")
LATEX = shutil.which("pdflatex")
FOREST = shutil.which("kpsewhich") and subprocess.run(["kpsewhich", "forest.sty"], capture_output=True).stdout
needs_latex = pytest.mark.skipif(
    not (LATEX and FOREST), reason="no LaTeX with `forest`: apt install texlive-latex-extra texlive-pictures"
)
PAGE = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage{forest,textcomp}
\begin{document}
%s\end{document}
"""
SVG = "{http://www.w3.org/2000/svg}"


def words(tree):
    """Return what is to be seen at every node, as lines."""
    return [
        [question_words(tree, node)] if tree.question[node] >= 0 else list(answer_words(tree, node))
        for node in range(tree.n_nodes)
    ]


def hostile(texts=HOSTILE):
    """Ask about every hostile name, with every hostile category, and answer with each."""
    node = Leaf((1.0,) + (0.0,) * (len(texts) - 1), 1.0)
    for j, name in enumerate(texts):
        share = tuple(float(i == j) for i in range(len(texts)))
        node = Split(Literal.one_of(name, [texts[-1 - j]]), Leaf(share, 2.0), node)
    return Tree.from_node(node, classes=tuple(texts), columns=tuple((name, Kind.CATEGORICAL) for name in texts))


def latin(text):
    return max(text) < "\u0250"


def dot_texts(source, *, tool):
    """Return the label of every node as Graphviz understands it."""
    done = subprocess.run([tool, "-Tjson"], input=source, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    # Graphviz draws `\n` as an end of line; the text of each drawn line is in the operations.
    objects = json.loads(done.stdout, strict=False)["objects"]
    return [
        [op["text"] for op in each["_ldraw_"] if op["op"] == "T"]
        for each in sorted(objects, key=lambda o: int(o["name"]))
    ]


@needs_dot
@pytest.mark.parametrize("tree", [hostile(), TREES["mixed"], TREES["constant"]], ids=["hostile", "mixed", "constant"])
def test_graphviz_draws_every_word_and_no_other(tree):
    assert dot_texts(tree.to_dot(), tool=DOT) == words(tree)


@settings(max_examples=60)
@given(trees())
def test_dot_has_one_statement_a_line(tree):
    lines = tree.to_dot().splitlines()
    quoted = r'"(?:[^"\\]|\\.)*"'
    shapes = rf"  (?:\d+ \[label={quoted}(?:, fillcolor={quoted})?\];|\d+ -> \d+ \[label={quoted}\];)"
    assert len(lines) == 4 + tree.n_nodes + 2 * (tree.n_nodes - tree.n_leaves)
    assert all(re.fullmatch(shapes, line) for line in lines[3:-1])


@settings(max_examples=60)
@given(trees())
def test_a_drawing_is_well_formed_and_shows_every_node(tree):
    root = ElementTree.fromstring(tree.to_svg())
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg",
        "title",
        "style",
        "rect",
        "path",
        "text",
        "g",
    }
    assert all(not name.lower().startswith(("on", "href")) for element in root.iter() for name in element.attrib)
    titles = [group.find(f"{SVG}title").text for group in root.iter(f"{SVG}g")]
    expected = [
        ", ".join(w) if tree.question[i] >= 0 else ", ".join([*w, f"leaf {i}"]) for i, w in enumerate(words(tree))
    ]
    # XML reads a few kinds of white space as one.
    assert [t.split() for t in titles] == [t.split() for t in expected]


@pytest.mark.parametrize("name", ["mixed", "wide", "list of no", "constant"])
def test_boxes_lie_inside_the_drawing_and_do_not_overlap(name):
    root = ElementTree.fromstring(TREES[name].to_svg())
    boxes = [[float(g.find(f"{SVG}rect").get(k)) for k in ("x", "y", "width", "height")] for g in root.iter(f"{SVG}g")]
    width, height = float(root.get("width")), float(root.get("height"))
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
    boxes.sort(key=lambda box: (box[1] + box[3] / 2, box[0]))
    for i, (x, y, w, h) in enumerate(boxes):
        for u, v, s, t in boxes[i + 1 :]:
            assert u >= x + w or x >= u + s or v >= y + h or y >= v + t


def markdown_cells(source):
    """Return the text of every cell as CommonMark, with tables and links of GitHub, understands it."""
    tokens = MarkdownIt("commonmark", {"linkify": False}).enable(["table", "strikethrough"]).parse(source)
    cells = []
    for before, token in itertools.pairwise(tokens):
        if before.type in ("td_open", "th_open"):
            assert {child.type for child in token.children} <= {"text", "text_special"}, token.content
            cells.append("".join(child.content for child in token.children))
    return [cells[i : i + 4] for i in range(4, len(cells), 4)]


def plain(text):
    return " ".join(text.split())


def check_markdown(tree):
    rows = markdown_cells(tree.to_markdown())
    assert len(rows) == tree.n_leaves
    for leaf, row in zip(tree.leaves.tolist(), rows, strict=True):
        answer, rest = answer_words(tree, leaf)
        terms = [visible(literal.text(holds)) for literal, holds in tree.clause(leaf).terms]
        expected = [" and ".join(terms) or "always", answer, rest, str(leaf)]
        assert [plain(cell) for cell in row] == [plain(cell) for cell in expected]


def test_markdown_shows_every_word_as_it_is():
    check_markdown(hostile())


@settings(max_examples=60)
@given(trees())
def test_no_name_and_no_value_is_markup(tree):
    check_markdown(tree)


@settings(max_examples=60)
@given(trees())
def test_latex_has_no_character_of_its_own_in_what_it_shows(tree):
    source = tree.to_latex().split("#1}}}\n")[1]
    assert source.count("\n") == 1 + tree.n_nodes + (tree.n_nodes - tree.n_leaves)
    depth = 0
    allowed = r"\\text[a-z]+\{\}|\\[{}$&#_%]|\{[\[\],=\-?!]\}"
    for line in source.splitlines()[:-1]:
        shown = re.fullmatch(r" *(?:\[\{(.*)\}(?:, branch=(?:yes|no))?(\])?|(\]))", line)
        assert shown, line
        depth += (line.lstrip().startswith("[")) - bool(shown[2] or shown[3])
        rest = re.sub(allowed, "", shown[1] or "")
        assert not set(re.sub(r" \\\\ ", "", rest, count=1)) & set("\\{}$&#_%^~<>|\"'`[],="), line
    assert depth == 0


@pytest.mark.parametrize("text", [*HOSTILE, "\0", "\ud800", "\u2028", "\x85"])
def test_what_cannot_be_seen_is_written_out(text):
    assert visible(text).isprintable()


def test_json_survives_and_can_stand_in_a_page():
    tree = hostile()
    text = tree.to_json()
    assert Tree.from_dict(json.loads(text)) == tree
    assert not set("<>&") & set(text)
    assert text.isascii()


GOLDEN = Path(__file__).parent / "golden"


@needs_latex
@pytest.mark.parametrize("texts", [list(filter(latin, HOSTILE))[k::4] for k in range(4)])
def test_latex_is_typeset_without_an_error(texts, tmp_path):
    """Other scripts than the Latin one are beyond pdfLaTeX."""
    tree = hostile(texts)
    (tmp_path / "tree.tex").write_text(PAGE % tree.to_latex(), encoding="utf-8")
    command = [LATEX, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "tree.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "tree.pdf").exists()


FORMS = {"tree.svg": Tree.to_svg, "tree.md": Tree.to_markdown, "tree.tex": Tree.to_latex, "tree.dot": Tree.to_dot}


@pytest.mark.parametrize("name", FORMS)
def test_what_people_see_is_as_it_was(name):
    country = Literal.one_of("country of birth", ["Austria", "Italy"])
    young = Split(country, Leaf((0.0, 1.0), 300.0), Leaf((0.75, 0.25), 100.0))
    root = Split(Literal.at_most("age", 41.5), young, Leaf((0.98, 0.02), 800.0))
    columns = (("age", Kind.NUMERIC), ("country of birth", Kind.CATEGORICAL))
    text = FORMS[name](Tree.from_node(root, classes=("no", "yes"), columns=columns))
    if os.environ.get("LIMBECK_WRITE_GOLDEN") == "1":
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / name).write_text(text, encoding="utf-8")
    assert text == (GOLDEN / name).read_text(encoding="utf-8")


LONG = "monthly_average_outstanding_balance_of_the_account_"


KINDS = [LONG + "open", LONG + "closed"]


def long_tree():
    """Columns, categories and classes that are alike in their first 40 letters, or in all but the middle."""
    middle = ["x" * 60 + letter + "y" * 60 for letter in "ab"]
    root = Split(
        Literal.at_most(LONG + "current", 1.0),
        Split(
            Literal.one_of(LONG + "kind", [LONG + "open", LONG + "closed"]),
            Leaf((0.9, 0.1), 2.0),
            Leaf((0.2, 0.8), 1.0),
        ),
        Split(Literal.at_most(LONG + "savings", 1.0), Leaf((0.8, 0.2), 2.0), Leaf((0.1, 0.9), 1.0)),
    )
    kinds = {LONG + "current": Kind.NUMERIC, LONG + "savings": Kind.NUMERIC, LONG + "kind": Kind.CATEGORICAL}
    return Tree.from_node(root, classes=tuple(middle), columns=tuple(kinds.items()))


def test_names_that_are_alike_for_long_are_told_apart():
    tree = long_tree()
    texts = [text for literal in tree.literals for text in (literal.column, *literal.values)]
    shown = {tree.shown(text) for text in (*texts, *tree.classes)}
    assert len(shown) == 7
    drawing = tree.to_text()
    assert all(text in drawing for text in shown)
    for written in (tree.to_dot(), tree.to_latex(), tree.to_markdown()):
        plain = written.replace("\\", "")
        assert all(text in plain for text in shown)
    lines = re.findall(r"<text x=[^>]*>([^<]*)</text>", tree.to_svg())
    assert len(set(lines)) == 5  # of three questions and two answers, cut to the width of a box


def test_the_comments_of_c_hold_whole_names():
    source = long_tree().to_c()
    for name, _ in long_tree().columns:
        assert source.count(f'"{name}"') >= 1


def test_classes_that_are_equal_as_text_are_written_as_python_writes_them():
    root = Split(Literal.at_most("x", 1.0), Leaf((0.9, 0.1), 2.0), Leaf((0.2, 0.8), 1.0))
    tree = Tree.from_node(root, classes=(1, "1"), columns=(("x", Kind.NUMERIC),))
    assert "'1'  (" in tree.to_text()
    assert "1  (90 %" in tree.to_text()
    assert len(set(re.findall(r"TREE_CLASS_\w+ = ", tree.to_c()))) == 2
