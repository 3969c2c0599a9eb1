"""Inputs that are no table, from the command line: the files of a folder, a column of text, an array of images."""

from __future__ import annotations

import gzip
import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from limbeck.cli.cells import CellTypes
from limbeck.cli.tables import read_table, without_columns
from limbeck.concepts import Bytes, Patches, Questions, Superpixels, Words
from limbeck.core import Kind, as_table
from limbeck.errors import InputError
from limbeck.tables import listed, shortened

__all__ = ["KINDS", "column_option", "concepts_option", "kinds_named", "read_beside", "read_inputs"]

_KINDS: dict[str, Callable[[], Questions]] = {
    "words": lambda: Words(ngrams=(1, 2)), "bytes": Bytes, "patches": Patches, "superpixels": Superpixels,
}  # fmt: skip
KINDS = tuple(_KINDS)


def concepts_option(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the option that says what the tree asks about raw inputs."""
    return click.option(
        "--concepts", "kinds", multiple=True, metavar="KIND",
        help="TABLE is no table: a folder of files, a .jsonl or table with --column, or a .npy array; the tree asks "
        "about its `words`, `bytes`, `patches` or `superpixels`, or MODULE:OBJECT of your own; again for more.",
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
    if _is_lines(place):
        return _lines(place, column)
    frame = read_table(path, CellTypes(text=(column,), asked=(column,)))
    without_columns(frame, [column], "--column")
    texts = as_table(frame)[column].in_words()
    return ["" if code < 0 else texts.categories[code] for code in texts.values.tolist()]


def read_beside(path: str, column: str | None, named: Mapping[str, str | None]) -> dict[str, list[Any]]:
    """Read what stands beside the texts in the same lines: weights, groups or times.

    Parameters
    ----------
    path, column
        As in `read_inputs`.
    named : mapping of str to str or None
        For "weight", "group" and "order" the column, or field, that holds them, if one does.

    Returns
    -------
    dict of str to list, length n
        By the arguments of `distill`, numbers or text for each input.

    Raises
    ------
    InputError
        Inputs beside which nothing stands, no such column, or a field that holds neither numbers nor text.
    """
    arguments = {"weight": "sample_weight", "group": "groups", "order": "order"}
    there = {option: name for option, name in named.items() if name is not None}
    return {arguments[option]: _beside(path, column, f"--{option}", name) for option, name in there.items()}


def _beside(path: str, column: str | None, option: str, name: str) -> list[Any]:
    """Read one number or text for each input."""
    place = Path(path)
    if place.is_dir() or place.suffix == ".npy":
        what = "a folder" if place.is_dir() else "an array"
        raise InputError(f"`{option} {name}`", f"{what}, which has no columns", f"leave `{option}` out")
    if name == column:
        raise InputError(f"`{option}` and `--column` of different columns", f"`{name}` as both", "name another one")
    if _is_lines(place):
        values = list(_values(place, name))
        for number, value in values:
            if isinstance(value, bool) or not isinstance(value, (int, float, str)):
                found = f"a `{type(value).__name__}` in line {number}"
                raise InputError(f"{_in_every_line(place, name)} with a number or text", found, "write one")
        return [value for _, value in values]
    frame = read_table(path)
    without_columns(frame, [name], option)
    found = as_table(frame)[name]
    if found.kind is Kind.NUMERIC:
        return found.values.tolist()
    return [None if code < 0 else found.categories[code] for code in found.values.tolist()]


def _is_lines(path: Path) -> bool:
    return path.suffix == ".jsonl" or path.name.endswith(".jsonl.gz")


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
    """Return one field of every line of JSON, which must be text."""
    texts: list[str] = []
    for number, value in _values(path, field):
        if not isinstance(value, str):
            found = f"a `{type(value).__name__}` in line {number}"
            raise InputError(_in_every_line(path, field), found, "write an empty text where there is none")
        texts.append(value)
    return texts


def _values(path: Path, field: str) -> Iterator[tuple[int, Any]]:
    """Yield the number of every line of JSON, from 1, and the value of a field there; empty lines are left out."""
    asked, empty = _in_every_line(path, field), True
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
                empty = False
                yield number, value
    except (OSError, EOFError) as error:
        raise InputError(asked, f"a file that cannot be read: {error}", "check the path") from error
    if empty:
        raise InputError(asked, "no line", "give at least one")


def _in_every_line(path: Path, field: str) -> str:
    return f"the field `{field}` in every line of `{path}`"
