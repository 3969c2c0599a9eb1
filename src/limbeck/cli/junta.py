"""`limbeck junta`: the few columns that a model depends on, or proof that there are more."""

from __future__ import annotations

import textwrap
from typing import Any

import click

from limbeck.cli.cells import CellTypes, cell_options
from limbeck.cli.help import Verb
from limbeck.cli.models import model_options, open_teacher, pointing_to_drop
from limbeck.cli.screen import Screen, print_json, print_sections, text_width
from limbeck.cli.tables import read_table, without_columns
from limbeck.cli.writing import write_file
from limbeck.core import as_table
from limbeck.errors import InputError, TeacherError
from limbeck.juntas import JuntaDistillation, JuntaPlan, NotAJunta, find_junta
from limbeck.report import claim_section, json_text, summarise_claim, summarise_tree, tree_section

__all__ = ["junta_verb"]


@click.command(
    "junta",
    cls=Verb,
    example="limbeck junta model.onnx table.csv --drop label --k 3",
    short_help="Find the few columns of TABLE that MODEL depends on.",
)
@click.argument("model")
@click.argument("table")
@click.option("--k", "max_variables", type=int, required=True, metavar="K", help="Most columns that may matter.")
@click.option("--uniform", is_flag=True,
              help="Draw every distinct value of a column alike, not as often as in TABLE.")  # fmt: skip
@click.option("--noise", type=float, default=0.0, show_default=True,
              help="Share of exceptions to allow for.")  # fmt: skip
@click.option("--fillings", type=int, metavar="M", help="Rows asked for each combination of values.")
@click.option("--cuts", type=int, default=3, show_default=True, help="Most thresholds that cut a column of numbers.")
@click.option("--max-queries", type=int, metavar="N", help="Budget of queries; without it, what the proof needs.")
@click.option("--delta", type=float, default=0.05, show_default=True,
              help="Probability with which the claims may fail.")  # fmt: skip
@click.option("--fresh", metavar="TABLE", help="Other rows, for the certificate.")
@click.option("--task", type=click.Choice(["auto", "binary", "multiclass"]), default="auto", show_default=True,
              help="How the model's outputs are read.")  # fmt: skip
@click.option("--out", metavar="FILE", help="JSON file for the whole result, the proof rows included.")
@click.option("--tree", "tree_file", metavar="FILE", help="JSON file for the tree, a STUDENT of the other verbs.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The same seed gives the same answer."
)
@cell_options
@model_options
@click.option("--quiet", is_flag=True, help="No progress and no notes, only the result.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
def junta_verb(model: str, table: str, as_json: bool, out: str | None, tree_file: str | None, **options: Any) -> None:
    """Find the few columns of TABLE that MODEL depends on, and what it computes from them.

    Asks MODEL about pairs of rows whose values come from TABLE, column by column. Prints the columns, a smallest tree
    and its certificate; or, when more than K columns matter, K + 1 of them with two rows each as proof.
    """
    screen, types = Screen(options["quiet"]), CellTypes.of(options)
    JuntaPlan(options["max_variables"], 1, options["delta"], 0.0, options["fillings"])
    with screen.running():
        found = _found(model, table, types, options, screen)
        # All texts first, so that a refusal writes nothing.
        files = {} if out is None else {out: json_text(found.to_dict())}
        files |= {} if tree_file is None else {tree_file: json_text(_tree_of(found, tree_file, types))}
        for name, text in files.items():
            write_file(name, text)
    if as_json:
        print_json(found.to_dict())
    else:
        print_sections(_sections(found))
        for name in files:
            screen.note(f"written to {name}")


def _found(
    model: str, table: str, types: CellTypes, options: dict[str, Any], screen: Screen
) -> JuntaDistillation | NotAJunta:
    """Read the rows, open the model, and search."""
    screen.step("reading the table")
    rows = as_table(without_columns(read_table(table, types, screen.remark), options["drop"], "--drop"))
    fresh = options["fresh"]
    others = None if fresh is None else as_table(without_columns(read_table(fresh, types), options["drop"], "--drop"))
    screen.step("opening the model")
    chosen = {name: options[name] for name in ("preprocess", "batch_size", "trust_pickle", "output")}
    teacher = open_teacher(model, **chosen)
    names = ("max_variables", "noise", "fillings", "cuts", "max_queries", "delta", "task")
    try:
        return find_junta(
            teacher, rows, values="uniform" if options["uniform"] else "rows", certificate_rows=others,
            random_state=options["seed"], progress=screen.progress, **{name: options[name] for name in names},
        )  # fmt: skip
    except TeacherError as error:
        raise pointing_to_drop(error, rows.names) from error


def _tree_of(found: JuntaDistillation | NotAJunta, file: str, types: CellTypes) -> dict[str, Any]:
    """Return the tree as plain values, where there is one."""
    if isinstance(found, NotAJunta):
        raise InputError(f"`--tree {file}`", found.headline, "allow more columns with `--k`")
    if found.tree is None:
        n = f"{len(found.junta.patterns)} combinations of values"
        raise InputError(f"`--tree {file}`", f"{n}, too many for a smallest tree", "take the table, with `--out`")
    return types.kept_by(found.tree).to_dict()


def _sections(found: JuntaDistillation | NotAJunta) -> list[tuple[str, str]]:
    """Write the result as titled sections."""
    if isinstance(found, NotAJunta):
        title, *rest = str(found).split("\n")
        return [(title[0].upper() + title[1:], _indented("\n".join(rest)))]
    head = [*(f"- {claim}" for claim in found.claims), f"asked: {found.asked}"]
    proof = "\n".join(str(witness) for witness in found.witnesses) or "no column matters"
    sections = [
        (found.headline[0].upper() + found.headline[1:], "\n".join(_filled(line) for line in head)),
        ("Two rows for each column, alike in all others", _indented(proof)),
    ]
    rules: list[dict[str, Any]] = []
    n = len(found.junta.patterns)
    if found.tree is None:
        sections.append((f"Table of {n} combinations of values", _indented(found.junta.to_text())))
    else:
        summary = summarise_tree(found.tree)
        rules = summary["rules"]
        # The legend there speaks of the rows of a fit.
        drawn = tree_section(summary, width=text_width())[1].split("\n\n", 1)[1]
        legend = f"A leaf shows its answer; a row is one of the {n} combinations of values of these columns."
        title = f"Smallest tree: {found.tree.n_leaves} leaves, depth {found.tree.depth}"
        sections.append((title, f"{_indented(legend)}\n\n{drawn}"))
    return [*sections, claim_section(summarise_claim(found.certificate), rules, width=text_width())]


def _indented(text: str) -> str:
    return textwrap.indent(text, "  ")


def _filled(line: str) -> str:
    """Fill a line of a list to the width of the terminal."""
    return textwrap.fill(line, text_width(), initial_indent="  ", subsequent_indent="    ")
