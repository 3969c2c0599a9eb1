"""`limbeck export`: a finished student in the form of another tool."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

from limbeck.cli.results import print_data, results
from limbeck.cli.screen import Screen
from limbeck.cli.students import load_student, tree_of
from limbeck.cli.writing import WriteError, write_file
from limbeck.core import Tree
from limbeck.distillation import Distillation
from limbeck.errors import InputError
from limbeck.exports.sql_dialects import DIALECTS
from limbeck.exports.walk import ANSWERS

__all__ = ["KNOWN_WORDS", "export_verb"]

_TEXTS: dict[str, Callable[..., str]] = {
    "c": Tree.to_c,
    "dot": Tree.to_dot,
    "excel": Tree.to_excel,
    "javascript": Tree.to_javascript,
    "json": Tree.to_json,
    "latex": Tree.to_latex,
    "markdown": Tree.to_markdown,
    "pmml": Tree.to_pmml,
    "python": Tree.to_python,
    "sql": Tree.to_sql,
    "svg": Tree.to_svg,
}
_BINARIES: dict[str, Callable[[Tree], bytes]] = {
    "onnx": Tree.to_onnx,
    "treelite": lambda tree: tree.to_treelite().serialize_bytes(),
}
# Which have room for a comment at the top.
_CODE = {"c", "javascript", "python", "sql"}
_FORMATS = sorted([*_TEXTS, *_BINARIES])
KNOWN_WORDS = {"form": _FORMATS, "dialect": list(DIALECTS), "answer": list(ANSWERS)}
"""What the options of this verb take, by their names."""

# Which formats each option is for.
_OPTIONS = {
    "dialect": {"sql"},
    "fixed_point": {"c"},
    "answer": {"c", "excel", "javascript", "python", "sql"},
}


@click.command("export", short_help="Write STUDENT as code, SQL, ONNX, a drawing and more.")
@click.argument("student")
@click.option("--to", "form", required=True, metavar="FORMAT", help=f"One of {', '.join(_FORMATS)}.")
@click.option("--out", metavar="FILE", help="File for the export, written whole or not at all; printed by default.")
@click.option("--leaves", type=int, metavar="N", help="Export the best tree of at most N leaves instead.")
@click.option("--dialect", metavar="NAME", help="For sql: postgresql (the default), sqlite or duckdb.")
@click.option(
    "--fixed-point", type=int, metavar="BITS", help="For c: whole numbers only, of BITS bits after the point."
)
@click.option("--answer", metavar="WHAT", help="prediction (the default), or leaf: the number of the leaf.")
@click.option("--quiet", is_flag=True, help="No notes, only the result.")
def export_verb(student: str, form: str, out: str | None, leaves: int | None, quiet: bool, **options: Any) -> None:
    """Write STUDENT in a form that runs without limbeck, with the same answers."""
    if form not in _FORMATS:
        raise InputError(f"`--to {form}`", "no such format", f"give one of {', '.join(_FORMATS)}")
    given = {name: value for name, value in options.items() if value is not None}
    for name in given:
        if form not in _OPTIONS[name]:
            said, wanted = f"--{name.replace('_', '-')}", ", ".join(sorted(_OPTIONS[name]))
            raise InputError(f"`{said}` with `--to {form}`", f"an option for {wanted} only", f"leave `{said}` out")
    if out is not None and os.path.realpath(out) == os.path.realpath(student):
        raise WriteError(f"`--out {out}`", "the file that is read", "give another file")
    if out is None and form in _BINARIES and _on_terminal():
        raise InputError(f"`--to {form}` on a terminal", "a format that is no text", "give `--out FILE`")
    tree, about = _tree(student, leaves)
    if form in _CODE:
        given["about"] = about
    _put(_ended(_TEXTS[form](tree, **given)) if form in _TEXTS else _BINARIES[form](tree), out)
    if out is not None:
        Screen(quiet).note(f"written to {out}")


def _tree(student: str, leaves: int | None) -> tuple[Tree, tuple[str, ...]]:
    """Return the tree to export, and what is known of it."""
    found = load_student(student)
    if leaves is None:
        tree = tree_of(found)
        return tree, found.about(tree) if isinstance(found, Distillation) else ()
    if not isinstance(found, Distillation):
        raise InputError(
            f"`--leaves {leaves}`",
            "a student of one tree, without its frontier",
            "give the directory, or its distillation.json",
        )
    tree = found.best(leaves).tree
    return tree, found.about(tree)


def _on_terminal() -> bool:
    stream = results()
    return stream is not None and stream.isatty()


def _ended(text: str) -> str:
    """End the last line."""
    return text if text.endswith("\n") else text + "\n"


def _put(content: str | bytes, out: str | None) -> None:
    """Write, or print: bytes to a pipe too."""
    if out is not None:
        write_file(out, content)
    else:
        print_data(content)
