"""`limbeck distill`: a model and a table in, a certified tree out."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import click
import numpy as np

from limbeck import _interrupts
from limbeck.cli.batches import in_batches, scheduler_option
from limbeck.cli.cells import CellTypes, cell_options
from limbeck.cli.help import Verb
from limbeck.cli.inputs import column_option, concepts_option, kinds_named, read_beside, read_inputs
from limbeck.cli.models import model_options, open_teacher, pointing_to_drop, teacher_file
from limbeck.cli.screen import Screen, print_json, print_sections, text_width
from limbeck.cli.tables import read_table, without_columns
from limbeck.cli.writing import ResultDirectory
from limbeck.core import Kind, Table, as_table
from limbeck.distill import distill
from limbeck.distillation import Distillation
from limbeck.errors import InputError, TeacherError
from limbeck.passes import counted_from
from limbeck.report import REPORT, distillation_files, distillation_sections, glance_line, summarise
from limbeck.report.page import environment
from limbeck.settings import Settings
from limbeck.streams import Batches
from limbeck.tables import listed
from limbeck.teachers import Teacher, TeacherFile

__all__ = ["distill_verb"]

_OF_TABLES = ("concept", "drop", "monotone", "scheduler", "text_columns", "date_columns")
_OF_MODELS = ("preprocess", "batch_size", "trust_pickle", "output")
# What takes all rows at once; and rows of a Parquet file up to which it is read whole in any case.
_WHOLE, _MOST_ROWS = ("group", "order"), 1_000_000
_TASKS = click.Choice(["auto", "binary", "multiclass", "regression"])


@click.command(
    "distill",
    cls=Verb,
    example="limbeck distill model.onnx table.csv --drop label --out result --report",
    short_help="Distill MODEL into a tree on the rows of TABLE.",
)
@click.argument("model")
@click.argument("table")
@click.option("--out", metavar="DIR", help="Directory for the result; written whole or not at all.")
@click.option("--report", is_flag=True, help="Write report.html into DIR too.")
@click.option("--no-rows", is_flag=True, help="Keep no row of TABLE in the result, not even as an example.")
@click.option("--force", is_flag=True, help="Let DIR hold other files too; they are kept.")
@click.option("--max-leaves", type=int, default=Settings.max_leaves, show_default=True, help="Most leaves.")
@click.option("--max-depth", type=int, default=Settings.max_depth, show_default=True, help="Most questions on a path.")
@click.option("--min-leaf", type=float, default=Settings.min_leaf, show_default=True, help="Fewest fit rows at a leaf.")
@click.option("--task", type=_TASKS, default="auto", show_default=True, help="How the model's outputs are read.")
@click.option("--loss", type=click.Choice(["auto", "hard", "soft"]), default="auto", show_default=True,
              help="Fit the model's classes (hard) or its class scores (soft).")  # fmt: skip
@click.option("--delta", type=float, default=Settings.delta, show_default=True,
              help="Probability with which the certificate may fail.")  # fmt: skip
@click.option("--epsilon", type=float, default=Settings.epsilon, show_default=True,
              help="For regression: share of rows that may lie outside the tolerance.")  # fmt: skip
@click.option("--effort", type=click.Choice(["fast", "normal", "thorough"]), default="normal", show_default=True,
              help="How widely to search: fast takes seconds, thorough minutes.")  # fmt: skip
@click.option("--no-queries", is_flag=True, help="Never ask the model about rows that are not in the table.")
@click.option("--no-synthetic", is_flag=True, help="Fit no tree to synthetic rows.")
@click.option("--max-queries", type=int, default=Settings.max_queries, show_default=True,
              help="Most such rows: those that the model is asked about beside the table.")  # fmt: skip
@click.option("--layers", metavar="A,B", help="Layers whose activations guide the search; all by default.")
@click.option("--concept", multiple=True, metavar="COL",
              help="Column with your own yes/no concept, kept from the model; again for more.")  # fmt: skip
@click.option("--ask", multiple=True, metavar="COL",
              help="Column that the tree may ask about, and no other but concepts; again for more.")  # fmt: skip
@click.option("--no-ask", multiple=True, metavar="COL",
              help="Column that the tree may not ask about, although the model gets it; again for more.")  # fmt: skip
@click.option("--weight", metavar="COL", help="Column with the weight of each row.")
@click.option("--certificate-table", metavar="FILE",
              help="Rows that the certificate is to be about; then no row of TABLE is set aside for it.")  # fmt: skip
@click.option("--group", metavar="COL",
              help="Column with what each row belongs to (a customer), kept from model and tree; no group is split, "
              "and the certificate is about a fresh group.")  # fmt: skip
@click.option("--order", metavar="COL",
              help="Column with the time of each row, kept from model and tree; the certificate is from the last "
              "rows.")  # fmt: skip
@click.option("--defer", type=float, metavar="SHARE",
              help="Leaves may ask the model: answer as many rows as possible, and differ from it on at most SHARE of "
              "these.")  # fmt: skip
@click.option("--tolerance", type=float, metavar="GAP",
              help="With --defer, for regression: the gap up to which tree and model agree.")  # fmt: skip
@click.option("--balanced", is_flag=True, help="Let all classes of the model's answers count as much in the fit.")
@click.option("--monotone", multiple=True, metavar="COL=+1",
              help="Column along which the answer never falls (+1), or never rises (-1); again for more.")  # fmt: skip
@click.option("--time-limit", type=float, metavar="S",
              help="Seconds in which it is to end, with the best tree so far; what was cut short is said.")  # fmt: skip
@click.option("--retries", type=int, default=Settings.retries, show_default=True,
              help="How many times a call of the model that failed is made again.")  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The same seed gives the same answer."
)
@scheduler_option
@concepts_option
@column_option
@cell_options
@model_options
@click.option("--quiet", is_flag=True, help="No progress and no notes, only the result.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
def distill_verb(
    model: str, table: str, out: str | None, report: bool, force: bool, as_json: bool, **options: Any
) -> None:
    """Distill MODEL into a small decision tree, on the rows of TABLE.

    Prints the best tree of every size, the tree that is chosen, and a certificate of its fidelity from rows that
    nothing else has seen. Columns of TABLE that are no inputs of the model are left out with --drop.

    TABLE may be a folder or a glob of Parquet, CSV or TSV files of any length: these, and Parquet files of more than
    1 000 000 rows, are read in batches. A sample of them finds the questions, and all rows are counted.
    """
    screen = Screen(options["quiet"])
    settings = _settings(options)
    place = None if out is None else ResultDirectory(out, force=force)
    if report and place is None:
        raise InputError("`--report`", "no `--out DIR`", "say with `--out DIR` where the result and its report go")
    if report:
        environment()  # a missing package is told before the long work
    with screen.running(), counted_from(_interrupts.begun()):
        distilled = _of_inputs if options["kinds"] else _distilled
        result = distilled(model, table, settings, options, screen)
        if place is not None:
            place.write(distillation_files(result) | ({REPORT: result.report()} if report else {}))
    summary = summarise(result)
    if as_json:
        print_json(summary)
    else:
        print_sections(distillation_sections(summary, width=text_width()))
        screen.note(glance_line(result))
        page = f"; the page is {os.path.join(out, REPORT)}" if out and report else ""
        screen.note(f"written to {out}{page}" if out else "not saved: give --out DIR to keep the result")


def _settings(options: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that the options stand for, checked before anything is opened."""
    names = (
        "max_leaves", "max_depth", "min_leaf", "task", "loss", "delta",
        "epsilon", "defer", "tolerance", "effort", "max_queries", "retries", "output",
    )  # fmt: skip
    settings = {name: options[name] for name in (*names, "time_limit")}
    layers = options["layers"]
    settings |= {
        "queries": not options["no_queries"],
        "synthetic": not options["no_synthetic"],
        "class_weight": "balanced" if options["balanced"] else None,
        "monotone": dict(map(_sign, options["monotone"])) or None,
        "layers": None if layers is None else [layer.strip() for layer in layers.split(",") if layer.strip()],
        "concepts": options["concept"],
        "ask": options["ask"] or None,
        "no_ask": options["no_ask"],
        "keep_rows": not options["no_rows"],
        "random_state": options["seed"],
    }
    Settings.given(**settings)
    return settings


def _sign(text: str) -> tuple[str, int]:
    """Read COL=+1 or COL=-1."""
    name, _, sign = text.rpartition("=")
    if not name or sign not in ("1", "+1", "-1"):
        raise InputError("`--monotone COL=+1` or `--monotone COL=-1`", f"`--monotone {text}`", "name column and sign")
    return name, int(sign)


def _distilled(
    model: str, table: str, settings: dict[str, Any], options: dict[str, Any], screen: Screen
) -> Distillation:
    """Read the table, open the model, and distill."""
    if options["column"] is not None:
        raise InputError(f"`--column {options['column']}`", "no `--concepts`", "say what is asked about its texts")
    screen.step("reading the table")
    types = CellTypes.of(options)
    whole = any(options[name] is not None for name in _WHOLE)
    batches = in_batches(
        table, types, options["drop"], scheduler=options["scheduler"],
        most_rows=sys.maxsize if whole else _MOST_ROWS,
    )  # fmt: skip
    if batches is not None:
        return _of_batches(model, batches, types, settings, options, screen)
    lost: list[str] = []
    frame = read_table(table, types, lost.append)
    without_columns(frame, options["concept"], "--concept")
    weights = None if options["weight"] is None else _weights(frame, options["weight"])
    aside = _no_inputs(options)
    rows = as_table(without_columns(frame, aside, "--drop"))
    others = _certificate_rows(options["certificate_table"], rows, aside, types)
    teacher = _opened(model, settings, options, screen)
    asked = {"sample_weight": weights, "certificate_rows": others}
    return _result(teacher, rows, rows.names, types, settings, options, screen, lost, **asked)


def _of_batches(
    model: str, batches: Batches, types: CellTypes, settings: dict[str, Any], options: dict[str, Any], screen: Screen
) -> Distillation:
    """Open the model, and distill on rows in batches."""
    names, others = batches.names(), None
    for option, some in (("--concept", options["concept"]), ("--weight", [options["weight"]])):
        absent = [name for name in some if name is not None and name not in names]
        if absent:
            found = f"no column {listed(absent)} among {listed(names)}"
            raise InputError(f"`{option}` with columns of the table", found, "name columns as in the files")
    if options["certificate_table"] is not None:
        first = next(batches.tables())
        others = _certificate_rows(options["certificate_table"], first, _no_inputs(options), types)
    if options["scheduler"] is None:
        teacher = _opened(model, settings, options, screen)
    else:
        teacher = teacher_file(model, **{name: options[name] for name in _OF_MODELS})
    asked = {"sample_weight": options["weight"], "certificate_rows": others}
    return _result(teacher, batches, names, types, settings, options, screen, [], **asked)


def _result(
    teacher: Teacher | TeacherFile, rows: Any, names: Sequence[str], types: CellTypes, settings: dict[str, Any],
    options: dict[str, Any], screen: Screen, lost: Sequence[str], **asked: Any,
) -> Distillation:  # fmt: skip
    """Distill; what the model does not take is pointed to, and the trees know how tables are read."""
    try:
        result = distill(
            teacher, rows, groups=options["group"], order=options["order"], progress=screen.progress, **asked,
            **settings,
        )  # fmt: skip
    except TeacherError as error:
        given = [name for name in names if name not in settings["concepts"]]
        for note in (*lost, *(rows.look() if isinstance(rows, Batches) else ())):
            screen.remark(note)  # what was lost may be what the model lacks
        raise pointing_to_drop(error, given) from error
    # Whoever reads another table for these trees reads it as this one was read.
    points = tuple(replace(point, tree=types.kept_by(point.tree)) for point in result.frontier)
    return replace(result, tree=types.kept_by(result.tree), frontier=points, notes=(*lost, *result.notes))


def _of_inputs(
    model: str, inputs: str, settings: dict[str, Any], options: dict[str, Any], screen: Screen
) -> Distillation:
    """Read inputs that are no table, open the model, and distill."""
    strange = [name for name in _OF_TABLES if options[name]]
    if strange:
        found = f"`--{strange[0].replace('_', '-')}`, which is about the columns of a table"
        raise InputError("options for raw inputs, as `--concepts` says", found, "leave it out")
    kinds = kinds_named(options["kinds"])
    screen.step("reading the inputs")
    rows, apart = read_inputs(inputs, options["column"]), options["certificate_table"]
    others = None if apart is None else read_inputs(apart, options["column"])
    beside = read_beside(inputs, options["column"], {name: options[name] for name in ("weight", "group", "order")})
    teacher = _opened(model, settings, options, screen)
    settings["concepts"] = kinds
    return distill(teacher, rows, certificate_rows=others, progress=screen.progress, **beside, **settings)


def _opened(model: str, settings: dict[str, Any], options: dict[str, Any], screen: Screen) -> Teacher:
    """Open the model."""
    screen.step("opening the model")
    teacher = open_teacher(model, **{name: options[name] for name in _OF_MODELS})
    if settings["time_limit"] is not None:
        teacher.run_seconds = min(teacher.run_seconds, settings["time_limit"])
    return teacher


def _no_inputs(options: dict[str, Any]) -> list[str]:
    """Return the columns that neither model nor tree gets; groups and times are left out when they have been read."""
    named = [*options["drop"], *([] if options["weight"] is None else [options["weight"]])]
    return [name for name in dict.fromkeys(named) if name not in (options["group"], options["order"])]


def _certificate_rows(path: str | None, rows: Table, aside: Sequence[str], types: CellTypes) -> Table | None:
    """Read the rows that the certificate is to be about; columns that are text in `rows` are text there."""
    if path is None:
        return None
    texts = [name for name, kind in rows.schema if kind is Kind.CATEGORICAL and name not in types.text]
    frame = read_table(path, replace(types, gaps=tuple(texts), asked=()))
    return as_table(without_columns(frame, [name for name in aside if name in frame.columns], "--drop"))


def _weights(frame: Any, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the column of weights."""
    without_columns(frame, [name], "--weight")
    column = as_table(frame)[name]
    if column.kind is not Kind.NUMERIC:
        raise InputError(
            f"`--weight {name}` with numbers", "a column of text", "name a column of numbers of at least 0"
        )
    return column.values
