"""The options that say which model is distilled and how it is fed, and the model they open."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from limbeck.errors import InputError, LimbeckError, TeacherError
from limbeck.tables import listed
from limbeck.teachers import Teacher, open_model

__all__ = ["model_options", "open_teacher", "pointing_to_drop"]

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
    function = None if preprocess is None else _imported(preprocess)
    teacher = open_model(model, trust_pickle=trust_pickle, preprocess=function, batch_size=batch_size)
    return teacher.reading_output(output)


def pointing_to_drop(error: TeacherError, columns: Sequence[str]) -> TeacherError:
    """Return the error of a model, with the option that leaves columns out where these may be the cause."""
    told = "missing or infinite" in error.found or "--drop" in error.remedy
    if told or (error.__cause__ is None and "column" not in error.found + error.remedy):
        return error
    remedy = f"{error.remedy}; leave out columns that are no inputs with `--drop` (it got {listed(columns, most=24)})"
    return TeacherError(error.asked, error.found, remedy)


def _imported(spec: str) -> Callable[[Any], Any]:
    """Import the function that `module:function` names."""
    module, _, name = spec.partition(":")
    asked = f"`--preprocess {spec}`"
    if not module or not name:
        raise InputError(asked, "no `module:function`", "write it as `package.module:function`")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except LimbeckError:
        raise
    except Exception as error:
        what = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise InputError(asked, what, "see that the module can be imported from here and has the function") from error
    if not callable(found):
        raise InputError(asked, f"an object of type `{type(found).__name__}`", "name a function of raw rows")
    return found
