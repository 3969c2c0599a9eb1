"""Every Python block of the README and of the pages runs, prints what the page shows, and every link leads somewhere.

One page is one namespace, run from the top in an empty directory. A `text` block after a `python` block shows what it
prints; `...` stands for what is left out. HTML comments before a block change this:

    <!-- not run: reason -->           the Python block is only read
    <!-- figures differ: reason -->    numbers and drawn trees may differ, every other line is printed as shown
"""

import contextlib
import doctest
import importlib.util
import io
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
import torch

import limbeck
from limbeck.cli.main import commands

ROOT = Path(__file__).parents[1]
SOURCE = Path(limbeck.__file__).parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

BLOCK = re.compile(r"(?:^<!-- (?P<comment>[^>]*?) -->\n+)?^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.M | re.S)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)\s]*)?\)")
ASKED_EXTRA = re.compile(r'for_package\("\w+", "(\w+)"')
LETTERS = set("abcdefghijklmnopqrstuvwxyz")
NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?")
ROOM = re.compile(r"^\| \[`(\w+)/`\]\(rooms/\1\.md\) \|.*\| ([^|]*) \|$", re.M)
EXTRA = re.compile(r"^\| `(\w+)` \|", re.M)


@dataclass(frozen=True)
class Block:
    """One fenced block and what the page says about it."""

    kind: str
    body: str
    comment: str
    line: int
    start: int
    end: int


def place(page):
    """Return a page's place in the documentation, or outside of it in the repository."""
    return page.relative_to(ROOT).as_posix().removeprefix("docs/").removesuffix(".md")


def blocks_of(text):
    return [
        Block(
            m["kind"], m["body"], m["comment"] or "", text.count("\n", 0, m.start("body")) + 1, m.start(), m.end()
        )
        for m in BLOCK.finditer(text)
    ]  # fmt: skip


def runs_of(text):
    """Return the Python blocks that run, each with the block that shows its output, or None."""
    blocks, found = blocks_of(text), []
    for i, block in enumerate(blocks):
        if block.kind != "python" or block.comment.startswith("not run: "):
            continue
        after = blocks[i + 1] if i + 1 < len(blocks) else None
        follows = after is not None and after.kind == "text" and not text[block.end : after.start].strip()
        found.append((block, after if follows else None))
    return found


def run(block, page, namespace):
    # Blank lines in front give tracebacks the page's own line numbers.
    code = compile("\n" * (block.line - 1) + block.body, str(page), "exec")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, namespace)
    return printed.getvalue()


def as_shown(shown, printed, *, masked):
    check, flags = doctest.OutputChecker().check_output, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    if not masked:
        return check(shown, printed, flags)
    printed_lines = worded_lines(printed)
    return all(any(check(line, other, flags) for other in printed_lines) for line in worded_lines(shown))


def worded_lines(text):
    """Return the lines without their numbers, and without rows of figures and the branches of trees."""
    lines = [" ".join(NUMBER.sub("#", line).split()) for line in text.splitlines()]
    return [line for line in lines if set(line) & LETTERS and not line.startswith(("├", "└", "│", "→"))]


@pytest.fixture
def one_thread():
    """Keep PyTorch's threads from waiting for each other where many tests run at once."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("page", PAGES, ids=place)
def test_every_block_runs_and_prints_what_the_page_shows(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "page"}
    for block, shown in runs_of(page.read_text(encoding="utf-8")):
        printed = run(block, page, namespace)
        if shown is not None:
            masked = shown.comment.startswith("figures differ: ")
            assert as_shown(shown.body, printed, masked=masked), (
                f"{place(page)}:{shown.line} shows otherwise:\n{printed}"
            )


def test_the_readme_shows_a_tree_and_a_certificate():
    ((_, shown),) = runs_of((ROOT / "README.md").read_text(encoding="utf-8"))
    assert "├─ yes" in shown.body
    assert "this holds if" in shown.body


def test_the_readmes_own_install_brings_what_its_example_imports():
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = re.search(r"^    pip install '\.\[([\w,]+)\]'", page, re.M)[1].split(",")
    brought = [
        *project["dependencies"],
        *(need for extra in extras for need in project["optional-dependencies"][extra]),
    ]
    names = {re.match(r"[\w-]+", need)[0].replace("scikit-learn", "sklearn") for need in brought} | {"limbeck"}
    ((block, _),) = runs_of(page)
    imported = set(re.findall(r"^(?:import|from) (\w+)", block.body, re.M))
    assert "pandas" in imported
    assert imported <= names


GUIDES = [
    "certificates", "command-line", "concepts", "deferral", "errors", "evidence-and-diagnosis", "exports",
    "first-distillation", "install", "juntas", "paper", "probing", "report", "security", "teachers", "theorem", "web",
]  # fmt: skip
BROUGHT_BY = {"pandas": "table", "torch": "torch", "xgboost": "boost", "matplotlib": "plot", "onnx": "onnx"}
OWN = {"limbeck", "numpy", "sklearn", "narwhals"} | sys.stdlib_module_names


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_starts_from_a_question_and_names_what_it_needs(guide):
    page = (ROOT / "docs" / f"{guide}.md").read_text(encoding="utf-8")
    opening = page.split("\n## ")[0].split("```python")[0]
    assert re.search(r"^\*[^*]+\?\*", opening, re.M), "no question"
    needs = re.search(r"Needs: ([^.]+)\.", opening)
    assert needs, "no line of needs"
    blocks = [block.body for block, _ in runs_of(page)]
    imported = {name for body in blocks for name in re.findall(r"^(?:import|from) (\w+)", body, re.M)}
    unnamed = {name for name in imported - OWN if f"`{BROUGHT_BY[name]}`" not in needs[1]}
    assert not unnamed


def test_the_comparison_can_fail():
    assert as_shown("a ... c\n", "a b c\n", masked=False)
    assert not as_shown("error 0.25\n", "error 0.26\n", masked=False)
    assert as_shown("error 0.25\n", "error 0.26\n", masked=True)
    assert not as_shown("error 0.25\n", "limit 0.26\n", masked=True)
    assert as_shown("1  0.5\n└─ no  a\nrows 3 of ...\n", "2  0.6\n├─ yes  b\nrows 4 of 5\n", masked=True)
    page = "```python\nprint(1)\n```\n\n```text\n2\n```\n\n<!-- not run: why -->\n```python\n1/0\n```\n"
    ((block, shown),) = runs_of(page)
    assert run(block, "page", {}) == "1\n"
    assert shown.body == "2\n"


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"], ids=place)
def test_relative_links_lead_to_files(page):
    missing = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert not missing


def test_every_page_is_reached_from_the_index():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"} <= set(LINK.findall(index))
    assert "rooms/index.md" in LINK.findall(index)


def test_the_install_page_names_every_extra_that_a_feature_asks_for():
    page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    asked = {extra for path in SOURCE.rglob("*.py") for extra in ASKED_EXTRA.findall(path.read_text(encoding="utf-8"))}
    assert asked
    assert asked <= set(EXTRA.findall(page)) <= set(extras)


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_the_command_line_page_names_every_verb_and_option():
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    for name, verb in commands.commands.items():
        section = page.split(f"## {name}\n")[1].split("\n## ")[0] if f"## {name}\n" in page else ""
        assert section, f"no section `## {name}`"
        options = [o for p in verb.params if isinstance(p, click.Option) for o in p.opts]
        assert not [option for option in options if f"`{option}" not in section], name


def test_the_architecture_page_agrees_with_the_import_rules():
    spec = importlib.util.spec_from_file_location("import_rules", Path(__file__).parent / "test_imports.py")
    rules = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rules)
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    shown = {room: set(re.findall(r"`([\w.]+)`", cell)) for room, cell in ROOM.findall(page)}
    for room, allowed in rules.ROOMS.items():
        if (SOURCE / room).is_dir():
            assert shown[room] == (allowed or set()), room
    files = {path.name for path in SOURCE.glob("*.py") if not path.name.startswith("_")}
    assert files <= set(re.findall(r"`(\w+\.py)`", page))


def test_the_errors_page_names_every_error():
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in page for name in limbeck.errors.__all__)
