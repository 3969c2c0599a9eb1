"""Tables that the command line reads batch by batch: folders, globs, large Parquet files, and rows on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from limbeck.cli.cells import CellTypes
from limbeck.cli.tables import retyped
from limbeck.errors import InputError
from limbeck.progress import KeepGoing, Progress, no_limit, no_progress
from limbeck.streams import Batches, Files, files_at, names_many

__all__ = ["in_batches", "scheduler_option"]

_PARQUET = (".parquet", ".pq")


def scheduler_option(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the option that names a cluster."""
    return click.option(
        "--scheduler", metavar="ADDRESS",
        help="Dask scheduler whose workers read the files of TABLE and ask MODEL, which they find at the same paths.",
    )(verb)  # fmt: skip


def in_batches(
    path: str, types: CellTypes, drop: Sequence[str] = (), *, scheduler: str | None = None, most_rows: int = 0
) -> Batches | None:
    """Return a table that is to be read in batches; None for one that is read whole.

    That is a folder, a glob, what a cluster reads, and a Parquet file of more than `most_rows` rows.

    Raises
    ------
    InputError
        No such files, a column that is absent, or no scheduler at the address.
    """
    if not names_many(path) and scheduler is None:
        if Path(path).suffix.lower() not in _PARQUET or not Path(path).is_file():
            return None
        if (files_at(path).n_rows or 0) <= most_rows:
            return None
    files = files_at(path, types).without(drop)
    names = files.names()
    types = types.among(names)
    parquet = any(file.suffix.lower() in _PARQUET for file in files.paths)
    if scheduler is not None:
        if parquet and (types.asked or types.dates):
            found = "Parquet files that workers read"
            raise InputError("`--text` and `--date` for text files", found, "write the columns with their types")
        from limbeck.streams.cluster import connected

        partitions = connected(scheduler, files)
        click.get_current_context().call_on_close(partitions.client.close)
        return partitions
    return Retyped(files, types) if parquet and (types.asked or types.dates) else files


@dataclass(frozen=True, eq=False)
class Retyped(Batches):
    """Files of which some columns are read as text or as dates, whatever their type.

    Parameters
    ----------
    files : Files
        The rows.
    types : CellTypes
        What their columns hold.
    """

    files: Files
    types: CellTypes

    @property
    def called(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.files.called

    @property
    def n_rows(self) -> int | None:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.files.n_rows

    def names(self) -> tuple[str, ...]:
        return self.files.names()

    def only(self, names: Sequence[str]) -> Retyped:
        some = replace(self.types, asked=tuple(name for name in self.types.asked if name in names))
        return Retyped(self.files.only(names), some)

    def look(self, progress: Progress = no_progress, keep_going: KeepGoing = no_limit) -> tuple[str, ...]:
        return self.files.look(progress, keep_going)

    def __iter__(self) -> Iterator[Any]:
        for frame in self.files:
            yield retyped(frame, self.types)
