"""`limbeck report`: a finished result as one HTML page."""

from __future__ import annotations

from pathlib import Path

import click

from limbeck.cli.screen import Screen
from limbeck.cli.students import load_student
from limbeck.cli.writing import write_file
from limbeck.core import Tree
from limbeck.errors import InputError
from limbeck.report import REPORT

__all__ = ["report_verb"]


@click.command("report", short_help="Write a finished result as one HTML page.")
@click.argument("result")
@click.option("--out", metavar="FILE", help="File for the page; report.html in the directory of RESULT by default.")
@click.option("--quiet", is_flag=True, help="Do not say where the page is.")
def report_verb(result: str, out: str | None, quiet: bool) -> None:
    """Write RESULT, a directory that `limbeck distill --out` wrote, as one HTML page that needs no network."""
    found = load_student(result)
    if isinstance(found, Tree):
        raise InputError(
            f"a report of `{result}`",
            "a tree alone, without its frontier and certificate",
            "give the directory that `limbeck distill --out` wrote, or its distillation.json",
        )
    place = Path(result)
    target = str((place if place.is_dir() else place.parent) / REPORT) if out is None else out
    write_file(target, found.report())
    Screen(quiet).note(f"report: {target}")
