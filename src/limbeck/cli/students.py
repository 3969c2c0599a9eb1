"""`limbeck show` and `limbeck predict`: what can be done with a finished student alone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from limbeck.cli.batches import in_batches
from limbeck.cli.cells import CellTypes, cell_options
from limbeck.cli.help import Verb
from limbeck.cli.inputs import column_option, read_inputs
from limbeck.cli.models import model_options, open_teacher
from limbeck.cli.predictions import Answer, answered, columns_of, shares, write_answers
from limbeck.cli.screen import Screen, print_json, print_sections, text_width
from limbeck.cli.tables import read_table, without_columns
from limbeck.cli.writing import WriteError
from limbeck.core import Tree
from limbeck.distillation import Distillation
from limbeck.errors import InputError
from limbeck.report import OWNED, distillation_sections, rules_section, summarise, summarise_tree, tree_section
from limbeck.report.workplace import mended

__all__ = ["load_student", "predict_verb", "rows_for", "show_verb", "tree_of"]


@click.command("show", short_help="Show a finished STUDENT.")
@click.argument("student")
@click.option("--leaves", type=int, metavar="N", help="Show the best tree of at most N leaves instead.")
@click.option("--rules", is_flag=True, help="Write the tree as one rule for each leaf.")
@click.option("--quiet", is_flag=True, help="No notes, only the result.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
def show_verb(student: str, leaves: int | None, rules: bool, quiet: bool, as_json: bool) -> None:
    """Show a finished STUDENT: frontier, tree, certificate and evidence."""
    found = load_student(student)
    tree = None if leaves is None else _sized(found, leaves, Screen(quiet))
    if isinstance(found, Tree):
        tree = found if tree is None else tree
    if tree is None:
        assert isinstance(found, Distillation), "a student that is no tree is a distillation"
        summary = summarise(found)
        whole = distillation_sections(summary, width=text_width())
        drawn = summary["tree"]
    else:
        summary = drawn = summarise_tree(tree)
        whole = [tree_section(drawn, width=text_width())]
    if as_json:
        print_json(summary)
    else:
        print_sections([rules_section(drawn, width=text_width())] if rules else whole)


@click.command(
    "predict",
    cls=Verb,
    example="limbeck predict result new.csv --out answers.csv",
    short_help="Write the answers of STUDENT on TABLE.",
)
@click.argument("student")
@click.argument("table")
@click.option("--out", metavar="FILE", help="CSV or .parquet file for the answers; printed as CSV by default.")
@click.option("--proba", is_flag=True, help="Give the share of each class at the row's leaf instead of one class.")
@click.option("--model", metavar="MODEL",
              help="Who answers the rows of leaves that ask the model; by default these rows get nothing.")  # fmt: skip
@model_options
@column_option
@cell_options
@click.option("--quiet", is_flag=True, help="No progress and no notes, only the result.")
def predict_verb(student: str, table: str, out: str | None, proba: bool, quiet: bool, **options: Any) -> None:
    """Write the answers of STUDENT on the rows of TABLE, one line for each row.

    TABLE may be a folder or a glob of Parquet, CSV or TSV files. These, and Parquet files, are read and answered in
    batches, and only the columns that STUDENT asks about are read.
    """
    screen = Screen(quiet)
    if out is not None and os.path.realpath(out) in {os.path.realpath(table), os.path.realpath(student)}:
        raise WriteError(f"`--out {out}`", "the file that is read", "give another file")
    found = load_student(student)
    tree = tree_of(found)
    with screen.running():
        screen.step("reading the table")
        header, answer = shares(tree) if proba else (["prediction"], _answerer(found, options))
        frames = _frames(tree, table, options, screen)
        write_answers(out, header, answer, frames, tree.classes)
    if out is not None:
        screen.note(f"written to {out}")


def _frames(tree: Tree, table: str, options: dict[str, Any], screen: Screen) -> Iterable[Any]:
    """Return the rows to be answered: in batches where they come so, else in one frame."""
    batches = None
    if tree.reader is None and options["column"] is None:
        batches = in_batches(table, CellTypes.of(options, tree), options["drop"])
    if batches is not None:
        return answered(columns_of(tree, batches, whole=options["model"] is not None), screen.progress)
    frame = rows_for(tree, table, options)
    return [without_columns(frame, options["drop"], "--drop") if options["drop"] else frame]


def load_student(path: str) -> Distillation | Tree:
    """Read a student from a directory of `limbeck distill --out`, or from one of its JSON files.

    Raises
    ------
    InputError
        No such file, or not a student.
    """
    place = Path(path)
    if not os.path.lexists(place):
        mended(Path(os.path.realpath(place)), OWNED)  # a run may have been killed while it put its result in place
    file = place / "distillation.json" if os.path.isdir(place) else place
    asked = f"the student in `{path}`"
    remedy = "give a directory that `limbeck distill --out` wrote, or its distillation.json or tree.json"
    try:
        plain = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        found = "a directory without distillation.json" if os.path.isdir(place) else "no such file"
        raise InputError(asked, found, remedy) from None
    except OSError as error:
        raise InputError(asked, f"a file that cannot be opened: {error.strerror}", "check its permissions") from error
    except (ValueError, RecursionError) as error:
        raise InputError(asked, f"a file that is not JSON: {error}", remedy) from error
    kind = plain.get("format") if isinstance(plain, dict) else None
    if kind == "limbeck.distillation":
        return Distillation.from_dict(plain)
    if kind == "limbeck.tree":
        return Tree.from_dict(plain)
    found = "JSON of another kind" if kind is None else f"JSON of the format `{kind}`"
    raise InputError(asked, found, remedy)


def rows_for(tree: Tree, path: str, options: dict[str, Any]) -> Any:
    """Read the rows that a tree is asked about: a table, or raw inputs where the tree takes these."""
    if tree.reader is not None:
        return read_inputs(path, options["column"])
    if options["column"] is not None:
        raise InputError(f"`--column {options['column']}`", "a student that takes a table", "leave `--column` out")
    return read_table(path, CellTypes.of(options, tree))


def tree_of(student: Distillation | Tree) -> Tree:
    """Return the tree that a student answers with."""
    return student if isinstance(student, Tree) else student.tree


def _sized(student: Distillation | Tree, leaves: int, screen: Screen) -> Tree:
    """Return the frontier's tree of at most so many leaves."""
    if isinstance(student, Tree):
        raise InputError(
            f"`--leaves {leaves}`",
            "a student of one tree, without its frontier",
            "give the directory, or its distillation.json",
        )
    tree = student.best(leaves).tree
    if tree != student.tree and student.certificate is not None:
        screen.note(f"note: the certificate of this student is about the tree of {student.tree.n_leaves} leaves only")
    return tree


def _answerer(student: Distillation | Tree, options: dict[str, Any]) -> Answer:
    """Return what answers a frame: with the model too, where it is given, and else nothing for rows that ask it."""
    model = None
    if options["model"] is not None:
        chosen = {name: options[name] for name in ("preprocess", "batch_size", "trust_pickle", "output")}
        model = open_teacher(options["model"], **chosen)
    return lambda frame: [student.predict(frame, model=model).tolist()]
