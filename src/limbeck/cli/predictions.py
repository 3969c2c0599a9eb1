"""Answers of a student written batch by batch, as CSV or as Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from limbeck.cli.results import print_data
from limbeck.cli.writing import file_in_parts
from limbeck.core import Tree
from limbeck.errors import InputError, MissingExtraError
from limbeck.streams import Batches
from limbeck.teachers import Progress

__all__ = ["answered", "columns_of", "shares", "write_answers"]

Answer = Callable[[Any], list[list[Any]]]
"""Turns a frame into the columns of its answers."""


def write_answers(
    out: str | None, header: list[str], answer: Answer, frames: Iterable[Any], classes: tuple[Any, ...] | None
) -> None:
    """Write the answers on every frame, into a file or on stdout; what a batch gives is written before the next.

    Raises
    ------
    WriteError
        The file cannot be written; nothing is left half written.
    """
    with _writer(out, header, classes) as write:
        for frame in frames:
            if len(frame):
                write(answer(frame))


def columns_of(tree: Tree, batches: Batches, *, whole: bool) -> Batches:
    """Return batches with the columns that a tree asks about, or all where the model is asked too."""
    if whole:
        return batches
    asked = {literal.column for literal in tree.literals}
    names = [name for name in batches.names() if name in asked]
    absent = sorted(asked - set(names))
    return batches.only([*names, *absent] or [batches.names()[0]])


def answered(batches: Batches, progress: Progress) -> Iterator[Any]:
    """Yield the frames of a stream, and report how far it is."""
    done = 0
    for frame in batches:
        yield frame
        done += len(frame)
        progress("answering", done, batches.n_rows or 0)


def shares(tree: Tree) -> tuple[list[str], Answer]:
    """Return the header of the shares of classes, and what answers with them."""
    if tree.classes is None:
        raise InputError("`--proba`", "a student that answers with numbers", "leave `--proba` out")

    def answer(frame: Any) -> list[list[Any]]:
        scores = tree.predict_scores(frame)
        return [[None if share != share else share for share in column] for column in scores.T.tolist()]

    return [f"p({label})" for label in tree.classes], answer


@contextmanager
def _writer(
    out: str | None, header: list[str], classes: tuple[Any, ...] | None
) -> Generator[Callable[[list[list[Any]]], None]]:
    """Yield what writes the answers of a batch, given column by column."""
    if out is None:
        print_data(_csv([header]))
        yield lambda columns: print_data(_csv(zip(*columns, strict=True)))
    elif Path(out).suffix.lower() not in (".parquet", ".pq"):
        with file_in_parts(out) as file:
            file.write(_csv([header]).encode("utf-8", "backslashreplace"))
            yield lambda columns: _write(file, _csv(zip(*columns, strict=True)))
    else:
        with file_in_parts(out) as file, _parquet(file, header, classes) as write:
            yield write


def _write(file: IO[bytes], text: str) -> None:
    file.write(text.encode("utf-8", "backslashreplace"))


@contextmanager
def _parquet(
    file: IO[bytes], header: list[str], classes: tuple[Any, ...] | None
) -> Generator[Callable[[list[list[Any]]], None]]:
    """Yield what writes a batch as a row group."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError.for_package("pyarrow", "table", "a Parquet file of answers") from error
    labels = np.asarray(classes or (0.0,))
    words = len(header) == 1 and classes is not None and labels.dtype.kind not in "biuf"
    kind: Any = pa.string() if words else pa.from_numpy_dtype(labels.dtype if len(header) == 1 else np.dtype(float))
    schema = pa.schema([(name, kind) for name in header])

    def write(columns: list[list[Any]]) -> None:
        cells = [[None if c is None else str(c) for c in column] if words else column for column in columns]
        writer.write_table(pa.table([pa.array(column, kind) for column in cells], schema=schema))

    with pq.ParquetWriter(file, schema) as writer:
        yield write


def _csv(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
