"""Rows in files: Parquet and delimited text, one file or many, read batch by batch."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from limbeck.errors import InputError
from limbeck.progress import KeepGoing, Progress, no_limit, no_progress
from limbeck.streams.batches import BATCH_ROWS, Batches, OutOfTimeError, frame_of_arrow
from limbeck.streams.damaged import naming
from limbeck.streams.text import UNKNOWN, CellKinds, TextFile
from limbeck.tables import counted, listed

__all__ = ["Files", "files_at", "names_many"]

_PARQUET = (".parquet", ".pq")
_TEXT = {".csv": ",", ".tsv": "\t"}


@dataclass(frozen=True, eq=False)
class Files(Batches):
    """Files of the same columns.

    Parameters
    ----------
    paths : tuple of path
        Where they lie; Parquet (`.parquet`, `.pq`) or text (`.csv`, `.tsv`, also with `.gz` behind).
    cells : CellKinds
        What the columns of text files hold, where that is known beforehand.
    kept : tuple of str, optional
        The columns that are read; all by default.
    left_out : tuple of str
        Columns that are not read.
    """

    paths: tuple[Path, ...]
    cells: CellKinds = UNKNOWN
    kept: tuple[str, ...] | None = None
    left_out: tuple[str, ...] = ()
    # What was seen of the columns, once it was: of other columns, or files, it is to be seen anew.
    _seen: list[tuple[CellKinds, tuple[str, ...]]] = field(default_factory=list, init=False)

    @property
    def called(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return f"`{self.paths[0]}`" if len(self.paths) == 1 else counted(len(self.paths), "file")

    @cached_property
    def n_rows(self) -> int | None:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The number of rows that Parquet files declare; None where there are others."""
        if not all(path.suffix.lower() in _PARQUET for path in self.paths):
            return None
        return sum(_parquet(path).metadata.num_rows for path in self.paths)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that are read, as in the first file."""
        first = _names_in(self.paths[0])
        for asked, names in (("kept", self.kept or ()), ("left out", self.left_out)):
            absent = [name for name in names if name not in first]
            if absent:
                found = f"no column {listed(absent)} among {listed(first)}"
                raise InputError(f"columns to be {asked} of {self.called}", found, "name columns as in the files")
        some = first if self.kept is None else [name for name in first if name in self.kept]
        return tuple(name for name in some if name not in self.left_out)

    @property
    def kinds(self) -> CellKinds:
        """What all columns of text files hold; the files are read once to see it."""
        self.look()
        return self._seen[-1][0]

    def look(self, progress: Progress = no_progress, keep_going: KeepGoing = no_limit) -> tuple[str, ...]:
        if self._seen:
            return self._seen[-1][1]
        self._check_alike()
        done, what = 0, "seeing what columns hold"

        def on_batch(n_rows: int) -> None:
            nonlocal done
            done += n_rows
            progress(what, done, 0)
            if not keep_going():
                raise OutOfTimeError(what, done)

        files = [TextFile(path, _separator(path)) for path in self.paths if path.suffix.lower() not in _PARQUET]
        self._seen.append(self.cells.seen_in(files, self.columns, on_batch) if files else (self.cells, ()))
        return self._seen[-1][1]

    def _check_alike(self) -> None:
        """See that all files have the columns, and that those with types of their own mean the same by them."""
        known: dict[str, tuple[str, Path]] = {}
        free = {*self.cells.text, *self.cells.dates}  # they are read so whatever they are
        for path in self.paths:
            held = _held_in(path)
            absent = [name for name in self.columns if name not in held]
            if absent:
                asked = f"the columns of `{self.paths[0]}` in `{path}`"
                raise InputError(asked, f"no column {listed(absent)}", "give files of the same columns")
            for name in self.columns:
                what, (before, first) = held[name], known.setdefault(name, (held[name], path))
                if before and what and what != before and name not in free:
                    asked = f"{before} in the column `{name}` of `{path}`, as in `{first}`"
                    raise InputError(asked, what, "write the column with one type, or leave the file out")
                if not before:
                    known[name] = what, path

    def names(self) -> tuple[str, ...]:
        return self.columns

    def only(self, names: Sequence[str]) -> Files:
        return replace(self, kept=tuple(names))

    def without(self, names: Sequence[str]) -> Files:
        """Return the same rows without some columns, which are not read then."""
        return replace(self, left_out=(*self.left_out, *names))

    def in_full(self) -> Files:
        """Return the same files by their whole paths, which other processes find."""
        return replace(self, paths=tuple(path.absolute() for path in self.paths))

    def one_by_one(self) -> list[Files]:
        """Return every file by itself, read as all together."""
        return [replace(self, paths=(path,), cells=self.kinds, kept=self.columns) for path in self.paths]

    def __iter__(self) -> Iterator[Any]:
        self.look()
        for path in self.paths:
            yield from self._of(path)

    def _of(self, path: Path) -> Iterator[Any]:
        """Yield the batches of one file; what is wrong with it is said with its name."""
        with naming(path):
            if path.suffix.lower() in _PARQUET:
                batches = _parquet(path).iter_batches(BATCH_ROWS, columns=list(self.columns), use_threads=False)
            else:
                batches = TextFile(path, _separator(path)).batches(self.columns, self.kinds)
            for batch in batches:
                yield frame_of_arrow(batch.select(list(self.columns)))


def files_at(where: str | Path, cells: CellKinds = UNKNOWN) -> Files:
    """Return the files of a path, a folder (those in its folders too) or a glob, in the order of their names.

    Raises
    ------
    InputError
        No such files, or some of another kind.
    """
    asked = f"Parquet, CSV or TSV files at `{where}`"
    text = str(where)
    if names_many(text) and not Path(text).is_dir():
        found = [Path(name) for name in glob.glob(text, recursive=True)]
        remedy = "give a glob of files that exist, in quotes, so that no shell replaces it"
    elif Path(text).is_dir():
        inside = sorted(Path(text).rglob("*"))
        found = [path for path in inside if path.is_file() and not path.name.startswith((".", "_"))]
        remedy = "give a folder with such files"
    else:
        found, remedy = [Path(text)], "check the path"
    paths = tuple(sorted(path for path in found if path.is_file()))
    if not paths:
        raise InputError(asked, "none", remedy)
    strange = [path for path in paths if path.suffix.lower() not in _PARQUET and _separator(path) == ""]
    if strange:
        raise InputError(
            asked, f"`{strange[0]}` among them", "leave other files out, for example by `folder/*.parquet`"
        )
    return Files(paths, cells)


def names_many(text: str) -> bool:
    """Tell whether a path is a folder, or a glob."""
    return Path(text).is_dir() or (glob.has_magic(text) and not Path(text).exists())


def _separator(path: Path) -> str:
    packed = path.suffix.lower() == ".gz"
    return _TEXT.get(Path(path.stem if packed else path.name).suffix.lower(), "")


def _names_in(path: Path) -> list[str]:
    if path.suffix.lower() not in _PARQUET:
        return TextFile(path, _separator(path)).names
    return list(_parquet(path).schema_arrow.names)


def _held_in(path: Path) -> dict[str, str]:
    """Return what each column holds by its type; nothing where it has none: in text, or without any value."""
    if path.suffix.lower() not in _PARQUET:
        return dict.fromkeys(_names_in(path), "")
    return {field.name: _meaning(field.type) for field in _parquet(path).schema_arrow}


def _meaning(kind: Any) -> str:
    """Return what values of an Arrow type are."""
    import pyarrow as pa

    is_a: Any = pa.types
    if is_a.is_dictionary(kind):
        return _meaning(kind.value_type)
    if is_a.is_null(kind):
        return ""
    if is_a.is_integer(kind) or is_a.is_floating(kind) or is_a.is_decimal(kind) or is_a.is_boolean(kind):
        return "numbers"
    if is_a.is_string(kind) or is_a.is_large_string(kind):
        return "text"
    return "dates" if is_a.is_date(kind) or is_a.is_timestamp(kind) else f"values of type `{kind}`"


def _parquet(path: Path) -> Any:
    with naming(path):
        import pyarrow.parquet as pq

        return pq.ParquetFile(path, page_checksum_verification=True)
