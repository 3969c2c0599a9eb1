"""Inputs that are no table, from the command line: the files of a folder, a column of text, an array of images."""

from __future__ import annotations

import gzip
import importlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from limbeck.cli.cells import CellTypes
from limbeck.cli.tables import read_table, without_columns
from limbeck.concepts import Bytes, Patches, Questions, Words
from limbeck.core import as_table
from limbeck.errors import InputError
from limbeck.tables import listed, shortened

__all__ = ["column_option", "concepts_option", "kinds_named", "read_inputs"]

_KINDS: dict[str, Callable[[], Questions]] = {
    "words": lambda: Words(ngrams=(1, 2)), "bytes": Bytes, "patches": Patches,
}  # fmt: skip


def concepts_option(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the option that says what the tree asks about raw inputs."""
    return click.option(
        "--concepts", "kinds", multiple=True, metavar="KIND",
        help="TABLE is no table: a folder of files, a .jsonl or table with --column, or a .npy array; the tree asks "
        "about its `words`, `bytes` or `patches`, or MODULE:OBJECT of your own; again for more.",
    )(verb)  # fmt: skip


def column_option(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the option that names the text among other columns."""
    return click.option("--column", metavar="COL", help="Column, or field of each line, that holds the text.")(verb)


def kinds_named(names: Sequence[str]) -> list[Questions]:
    """Return the kinds of concepts that the command line names.

    Raises
    ------
    InputError
        An unknown name, or an object that is no kind of concepts.
    """
    return [_KINDS[name]() if name in _KINDS else _imported(name) for name in names]


def _imported(spec: str) -> Questions:
    """Import a kind of the user's own."""
    module, _, name = spec.partition(":")
    asked = f"`--concepts {spec}`"
    remedy = f"name {listed(list(_KINDS))}, or `package.module:object` with a kind of `limbeck.concepts`"
    if not module or not name:
        raise InputError(asked, "no such kind", remedy)
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found: Any = getattr(importlib.import_module(module), name)
    except Exception as error:
        raise InputError(asked, f"{type(error).__name__}: {' '.join(str(error).split())[:200]}", remedy) from error
    if not isinstance(found, Questions):
        raise InputError(asked, f"an object of type `{type(found).__name__}`", remedy)
    return found


def read_inputs(path: str, column: str | None) -> Any:
    """Read raw inputs: the files of a folder as paths, the texts of a column, or an array.

    Parameters
    ----------
    path : str
        A folder, all of whose files are inputs, in the order of their names, those of inner folders too, links left
        out; a file `.jsonl` (also with `.gz`), or a table; or `.npy`.
    column : str or None
        The column, or field, of the texts; an empty cell is an empty text.

    Raises
    ------
    InputError
        No such place, no input in it, or a line that cannot be read.
    """
    place = Path(path)
    if place.is_dir():
        _refuse_column(column, "a folder")
        files = sorted(p for p in place.rglob("*") if p.is_file() and not p.is_symlink())
        if not files:
            raise InputError(f"files in the folder `{path}`", "none", "name a folder with one file for each input")
        return files
    if place.suffix == ".npy":
        _refuse_column(column, "an array")
        return _array(place)
    if column is None:
        raise InputError("the column that holds the text", "no `--column`", "name it with `--column COL`")
    if place.suffix == ".jsonl" or place.name.endswith(".jsonl.gz"):
        return _lines(place, column)
    frame = read_table(path, CellTypes(text=(column,), asked=(column,)))
    without_columns(frame, [column], "--column")
    texts = as_table(frame)[column].in_words()
    return ["" if code < 0 else texts.categories[code] for code in texts.values.tolist()]


def _refuse_column(column: str | None, what: str) -> None:
    if column is not None:
        raise InputError(f"`--column {column}`", f"{what}, which has no columns", "leave `--column` out")


def _array(path: Path) -> Any:
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"an array in `{path}`", shortened(str(error), 200), "write it with `numpy.save`") from error
    if not isinstance(array, np.ndarray) or not array.ndim or not len(array):
        raise InputError(f"an array in `{path}` with one input a row", "none", "write it with `numpy.save`")
    return array


def _lines(path: Path, field: str) -> list[str]:
    """Return one field of every line of JSON."""
    asked, texts = f"text in the field `{field}` of every line of `{path}`", list[str]()
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    value: Any = json.loads(line)[field]
                except (ValueError, LookupError, TypeError, RecursionError) as error:
                    found = f"line {number}: {type(error).__name__}: {shortened(str(error), 120)}"
                    raise InputError(asked, found, "write one JSON object a line") from error
                if not isinstance(value, str):
                    found = f"a `{type(value).__name__}` in line {number}"
                    raise InputError(asked, found, "write an empty text where there is none")
                texts.append(value)
    except (OSError, EOFError) as error:
        raise InputError(asked, f"a file that cannot be read: {error}", "check the path") from error
    if not texts:
        raise InputError(asked, "no line", "give at least one")
    return texts
