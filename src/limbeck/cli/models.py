"""The options that say which model is distilled and how it is fed, and the model they open."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import click

from limbeck.errors import TeacherError
from limbeck.tables import listed
from limbeck.teachers import Teacher, TeacherFile

__all__ = ["model_options", "open_teacher", "pointing_to_drop", "teacher_file"]

_OPTIONS = (
    click.option(
        "--drop",
        multiple=True,
        metavar="COL",
        help="Column that is no input of the model, such as the label; again for more.",
    ),
    click.option(
        "--preprocess",
        metavar="MODULE:FUNCTION",
        help="Function from raw rows to what the model takes.",
    ),
    click.option(
        "--output", metavar="NAME", help="Which of several outputs is explained: its name, or its place from 0."
    ),
    click.option("--batch-size", type=int, metavar="N", help="Most rows given to the model at a time."),
    click.option("--trust-pickle", is_flag=True, help="Open files that can run code when they are opened."),
)


def model_options(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the options about its model."""
    for option in reversed(_OPTIONS):
        verb = option(verb)
    return verb


def open_teacher(
    model: str, *, preprocess: str | None, batch_size: int | None, trust_pickle: bool, output: str | None
) -> Teacher:
    """Open the model that the command line names."""
    return teacher_file(
        model, preprocess=preprocess, batch_size=batch_size, trust_pickle=trust_pickle, output=output
    ).opened()


def teacher_file(
    model: str, *, preprocess: str | None, batch_size: int | None, trust_pickle: bool, output: str | None
) -> TeacherFile:
    """Return what opens the model that the command line names; a file by its whole path, so that it can travel."""
    place = os.path.abspath(model) if os.path.exists(model) else model
    return TeacherFile(place, trust_pickle, preprocess, batch_size, output)


def pointing_to_drop(error: TeacherError, columns: Sequence[str]) -> TeacherError:
    """Return the error of a model, with the option that leaves columns out where these may be the cause."""
    told = "missing or infinite" in error.found or "--drop" in error.remedy
    if told or (error.__cause__ is None and "column" not in error.found + error.remedy):
        return error
    got = listed(columns, most=24)
    remedy = (
        f"{error.remedy}; give the columns that it was trained on, and leave out others with `--drop` (it got {got})"
    )
    return TeacherError(error.asked, error.found, remedy)
