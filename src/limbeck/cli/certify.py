"""`limbeck certify`: a finished student and its model side by side on fresh rows."""

from __future__ import annotations

import sys
from typing import Any

import click

from limbeck.certificates import Claim, certify, certify_until_decided
from limbeck.cli.batches import in_batches, scheduler_option
from limbeck.cli.cells import CellTypes, cell_options
from limbeck.cli.help import Verb
from limbeck.cli.inputs import column_option
from limbeck.cli.models import model_options, pointing_to_drop, teacher_file
from limbeck.cli.results import say
from limbeck.cli.screen import Screen, print_json, print_sections, text_width
from limbeck.cli.students import load_student, rows_for, tree_of
from limbeck.cli.tables import without_columns
from limbeck.core import Table, Tree, as_table
from limbeck.distillation import Distillation
from limbeck.errors import TeacherError
from limbeck.report import claim_section, summarise_claim, summarise_tree
from limbeck.settings import Settings
from limbeck.streams import Batches
from limbeck.theory import AnytimeCertificate

__all__ = ["certify_verb"]

_WHOLE = ("group", "defer_above")

_FRESH = (
    "note: the claim holds only if no row of {table} was used when the student was made, not even to choose its size; "
    "limbeck cannot check that"
)


@click.command(
    "certify",
    cls=Verb,
    example="limbeck certify result model.onnx fresh.csv --drop label",
    short_help="Certify STUDENT against MODEL on fresh rows.",
)
@click.argument("student")
@click.argument("model")
@click.argument("table")
@click.option("--delta", type=float, default=Settings.delta, show_default=True,
              help="Probability with which the claim may fail.")  # fmt: skip
@click.option("--epsilon", type=float, default=Settings.epsilon, show_default=True,
              help="For regression: share of rows that may lie outside the tolerance.")  # fmt: skip
@click.option("--until", type=float, metavar="EPS",
              help="Take the rows in their order, until an error of at most EPS is certified or refuted.")  # fmt: skip
@click.option("--defer-above", type=float, metavar="SHARE",
              help="Let leaves of the tree ask the model, so that the others together differ from it on at most SHARE "
              "of their rows.")  # fmt: skip
@click.option("--tolerance", type=float, metavar="GAP",
              help="For regression with leaves that ask: the gap up to which tree and model agree.")  # fmt: skip
@click.option("--group", metavar="COL",
              help="Column with what each row belongs to (a customer), kept from model and student; the claim is about "
              "a fresh group.")  # fmt: skip
@click.option("--task", type=click.Choice(["auto", "binary", "multiclass", "regression"]), default="auto",
              show_default=True, help="For a tree.json: how the model's outputs are read.")  # fmt: skip
@scheduler_option
@column_option
@cell_options
@model_options
@click.option("--quiet", is_flag=True, help="No progress and no notes, only the result.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
def certify_verb(student: str, table: str, as_json: bool, **options: Any) -> None:
    """Certify how faithful STUDENT is to MODEL, from the rows of TABLE.

    The rows must be fresh: none of them may have been used when the student was made. TABLE may be a folder or a glob
    of Parquet, CSV or TSV files; these, and Parquet files, are read in batches.
    """
    screen = Screen(options["quiet"])
    Settings.given(**{name: options[name] for name in ("delta", "epsilon", "tolerance")}, defer=options["defer_above"])
    found = load_student(student)
    with screen.running():
        claim = _claim(found, table, options, screen)
    if isinstance(claim, AnytimeCertificate):
        print_json(claim.to_dict()) if as_json else say(str(claim))
        screen.note(_FRESH.format(table=table))
        return
    summary = summarise_claim(claim)
    if as_json:
        print_json(summary)
    else:
        rules = summarise_tree(tree_of(found))["rules"]
        print_sections([claim_section(summary, rules, width=text_width())])
    screen.note(_FRESH.format(table=table))


def _claim(
    student: Distillation | Tree, table: str, options: dict[str, Any], screen: Screen
) -> Claim | AnytimeCertificate:
    """Read the rows, open the model, and certify."""
    screen.step("reading the table")
    tree = tree_of(student)
    rows = _batches(tree, table, options)
    if rows is None:
        rows = rows_for(tree, table, options)
        if tree.reader is None:
            aside = [name for name in options["drop"] if name != options["group"]]
            rows = as_table(without_columns(rows, aside, "--drop"))
        rows = tree.read(rows)
    screen.step("opening the model")
    chosen = {name: options[name] for name in ("preprocess", "batch_size", "trust_pickle", "output")}
    spec = teacher_file(options["model"], **chosen)
    teacher = spec.opened() if options["scheduler"] is None else spec
    asked: dict[str, Any] = {"delta": options["delta"], "task": options["task"]}
    asked |= {"groups": options["group"], "progress": screen.progress}
    try:
        if options["until"] is not None:
            return certify_until_decided(student, teacher, rows, epsilon=options["until"], **asked)
        asked |= {name: options[name] for name in ("epsilon", "defer_above", "tolerance")}
        return certify(student, teacher, rows, **asked)
    except TeacherError as error:
        names = rows.names if isinstance(rows, Table) else rows.names()
        raise pointing_to_drop(error, names) from error


def _batches(tree: Tree, table: str, options: dict[str, Any]) -> Batches | None:
    """Return the rows in batches; None where they are read whole, as some claims need them."""
    if tree.reader is not None or options["column"] is not None:
        return None
    whole = any(options[name] is not None for name in _WHOLE)
    drop, most = options["drop"], sys.maxsize if whole else 0
    return in_batches(table, CellTypes.of(options, tree), drop, scheduler=options["scheduler"], most_rows=most)
