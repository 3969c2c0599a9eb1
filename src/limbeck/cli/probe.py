"""`limbeck probe`: whether a model holds clauses inside, beyond what chance and its architecture make it hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import click

from limbeck.cli.cells import CellTypes, cell_options, moments
from limbeck.cli.help import Verb
from limbeck.cli.models import model_options, open_teacher, pointing_to_drop
from limbeck.cli.results import say
from limbeck.cli.screen import Screen, print_json
from limbeck.cli.students import load_student, tree_of
from limbeck.cli.tables import read_table, without_columns
from limbeck.cli.writing import write_file
from limbeck.core import Clause, Kind, Literal, Table, Tree, as_table
from limbeck.distillation import Distillation
from limbeck.errors import InputError, MissingExtraError, TeacherError
from limbeck.evidence.probing import probe
from limbeck.probes import Evidence
from limbeck.tables.dates import days_of

__all__ = ["clause_from_text", "probe_verb"]

_PICTURES = ("png", "svg", "pdf")

_TERM = re.compile(
    r"^(?P<column>.+?)\s*(?:"
    r"(?P<compare><=|>|!=|=)\s*(?P<value>[^{].*)|\s(?P<within>not in|in)\s*\{(?P<values>.*)\}"
    r"|\sis\s+(?P<missing>missing|present))$"
)


@click.command(
    "probe",
    cls=Verb,
    example="limbeck probe model.onnx table.csv --drop label --student result",
    short_help="Probe MODEL's activations for clauses.",
)
@click.argument("model")
@click.argument("table")
@click.option("--student", metavar="STUDENT", help="Probe for the clauses of this student's tree.")
@click.option("--clause", "clauses", multiple=True, metavar="TEXT",
              help="Clause, as in 'age <= 41.5 and colour = red'; again for more.")  # fmt: skip
@click.option("--concept", "concepts", multiple=True, metavar="COL",
              help="Column with your own yes/no concept, kept from the model; again for more.")  # fmt: skip
@click.option("--layers", metavar="A,B", help="Layers that are probed; all by default.")
@click.option("--positions", metavar="A,B",
              help="Positions of sequences and images that are read: numbers, first, last, mean, each.")  # fmt: skip
@click.option("--picture", metavar="FILE", help="Draw clauses × layers as a heat map: .png, .svg or .pdf.")
@click.option("--rows", "n_rows", type=int, default=2000, show_default=True, help="Most rows that are probed.")
@click.option("--redraws", type=int, default=3, show_default=True, help="Networks with weights drawn afresh.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The same seed gives the same answer."
)
@cell_options
@model_options
@click.option("--quiet", is_flag=True, help="No progress and no notes, only the result.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
def probe_verb(model: str, table: str, as_json: bool, **options: Any) -> None:
    """Probe the activations of MODEL on the rows of TABLE for clauses.

    Says how well each clause can be read off linearly, layer by layer, beside random clauses and beside the same
    model with weights drawn afresh.
    """
    screen = Screen(options["quiet"])
    student = None if options["student"] is None else load_student(options["student"])
    _refuse_other_numbers_of_sources(student, options)
    picture = options["picture"]
    kind = None if picture is None else _kind_of_picture(picture)
    with screen.running():
        found = _probed(model, table, student, options, screen)
    if picture is not None and kind is not None:
        write_file(picture, _drawn(found, kind))
        screen.note(f"written to {picture}")
    if as_json:
        print_json({**found.to_dict(), "heat_map": found.heat_map()})
    else:
        say(str(found))


def clause_from_text(text: str, table: Table) -> Clause:
    """Read a clause as `Clause.text` writes it.

    Terms, joined by `and`: `name = value`, `!=`, `<=`, `>`, `name in {a, b}`, `not in`, `is missing`, `is present`.

    Raises
    ------
    InputError
        A term that cannot be read, or a column that the table does not have.
    """
    return Clause(tuple(_term(part.strip(), table) for part in re.split(r"\s+and\s+", text.strip())))


def _term(text: str, table: Table) -> tuple[Literal, bool]:
    """Read one literal with its answer."""
    found = _TERM.match(text)
    if found is None:
        remedy = "write terms such as `age <= 41.5`, `colour = red`, `colour in {red, blue}`, `age is missing`"
        raise InputError("a clause", f"the term `{text}`", remedy)
    column = table[found["column"].strip()]
    if found["missing"]:
        return Literal.missing(column.name), found["missing"] == "missing"
    if found["within"]:
        values = [value.strip() for value in found["values"].split(",")]
        return Literal.one_of(column.name, values), found["within"] == "in"
    value, compare = found["value"].strip(), found["compare"]
    if compare in ("=", "!=") and column.kind is Kind.CATEGORICAL:
        return Literal.one_of(column.name, [value]), compare == "="
    if column.dates and compare in ("<=", ">"):
        days = days_of(moments(column.name, [value])[0])
        return Literal.at_most(column.name, days, dated=True), compare == "<="
    try:
        number = float(value)
    except ValueError:
        raise InputError(f"a number in the term `{text}`", f"`{value}`", "write a number") from None
    if compare in ("=", "!="):
        return Literal.is_value(column.name, number), compare == "="
    return Literal.at_most(column.name, number), compare == "<="


def _refuse_other_numbers_of_sources(student: object, options: dict[str, Any]) -> None:
    """See that there is something to probe, from a student or from the command line."""
    named = bool(options["clauses"] or options["concepts"])
    if named == (student is not None):
        found = "both a student and clauses" if named else "neither"
        raise InputError("`--student`, or `--clause` and `--concept`", found, "give one of the two")


def _kind_of_picture(path: str) -> str:
    """Return the kind of picture that a file's name stands for."""
    kind = Path(path).suffix.lower().lstrip(".")
    if kind not in _PICTURES:
        raise InputError("`--picture` as .png, .svg or .pdf", f"`{path}`", "give a file of one of these kinds")
    return kind


def _drawn(found: Evidence, kind: str) -> bytes:
    """Draw a heat map."""
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise MissingExtraError.for_package("matplotlib", "plot", "a picture") from error
    mpl.use("agg")
    from limbeck.plots import plot_layers

    file = BytesIO()
    figure: Any = plot_layers(found).figure
    figure.savefig(file, format=kind, dpi=150)
    return file.getvalue()


def _positions(text: str | None) -> list[int | str] | None:
    """Read positions: whole numbers and words."""
    if text is None:
        return None
    words = [word.strip() for word in text.split(",") if word.strip()]
    return [int(word) if re.fullmatch(r"-?\d+", word) else word for word in words]


def _probed(
    model: str, table: str, student: Distillation | Tree | None, options: dict[str, Any], screen: Screen
) -> Evidence:
    """Read the table, open the model, and probe."""
    screen.step("reading the table")
    frame = read_table(table, CellTypes.of(options, None if student is None else tree_of(student)), screen.remark)
    without_columns(frame, options["concepts"], "--concept")
    frame = without_columns(frame, options["drop"], "--drop")
    rows = as_table(frame)
    wanted: Sequence[Clause | str] = [
        *(clause_from_text(text, rows) for text in options["clauses"]),
        *options["concepts"],
    ]
    screen.step("opening the model")
    chosen = {name: options[name] for name in ("preprocess", "batch_size", "trust_pickle", "output")}
    teacher = open_teacher(model, **chosen)
    layers = options["layers"]
    asked: dict[str, Any] = {
        "n_rows": options["n_rows"],
        "redraws": options["redraws"],
        "random_state": options["seed"],
    }
    asked["positions"] = _positions(options["positions"])
    asked["layers"] = None if layers is None else [name.strip() for name in layers.split(",") if name.strip()]
    try:
        return probe(teacher, rows, wanted if student is None else student, progress=screen.progress, **asked)
    except TeacherError as error:
        raise pointing_to_drop(error, [name for name in rows.names if name not in options["concepts"]]) from error
