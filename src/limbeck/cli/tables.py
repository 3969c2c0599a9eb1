"""Tables from files: CSV, TSV and Parquet, through pandas or polars, with one clear error for a file that is wrong."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import io
import sys
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import narwhals as nw

from limbeck.cli.cells import UNTOLD, CellTypes, moments
from limbeck.cli.table_limits import check_columns, check_packed, check_parquet
from limbeck.core import as_table
from limbeck.errors import InputError, LimbeckError, MissingExtraError
from limbeck.streams.lost import LostCells
from limbeck.tables import listed, shortened
from limbeck.tables.missing_words import MISSING_WORDS
from limbeck.teachers.python_objects import names_object

__all__ = ["read_table", "retyped", "without_columns"]

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_PARQUET = (".parquet", ".pq")
_RAW = "; inputs that are no table need `--concepts`"
_HINTS = {".npy": _RAW, ".jsonl": _RAW} | dict.fromkeys(
    (".xlsx", ".xls", ".ods"), ", as the spreadsheet writes it under Save As"
)


def read_table(path: str | Path, types: CellTypes = UNTOLD, note: Callable[[str], None] | None = None) -> Any:
    """Read a table as a pandas data frame, or as a polars one where pandas is not installed.

    Parameters
    ----------
    path : str or path
        A file `.csv`, `.tsv` (UTF-8, names in the first line, quotes as in spreadsheets; also with `.gz` behind) or
        `.parquet`.
    types : CellTypes
        What columns hold; of a Parquet file, which knows that itself, only those that the user named.
    note : callable, optional
        Gets a line for each column of a text file whose cells lost something on the way: zeros, or words.

    Returns
    -------
    DataFrame
        The rows.

    Raises
    ------
    InputError
        No such file, an unknown extension, content that is no table, a small file that unpacks to too much, a column
        that is absent, or one that holds no dates.
    MissingExtraError
        Neither pandas nor polars is installed.
    """
    path = Path(path)
    suffix = _kind(path)
    _refuse_no_file(path, suffix)
    engine = next((name for name in ("pandas", "polars") if importlib.util.find_spec(name)), None)
    if engine is None:
        raise MissingExtraError.for_package("pandas", "table", f"the table in `{path}`")
    try:
        if suffix in _PARQUET:
            check_parquet(path, engine)
            return retyped(_read_parquet(path, engine), types)
        if path.suffix.lower() == ".gz":
            check_packed(path)
        names, lost = _check_text(path, _SEPARATORS[suffix])
        types = types.among(names)
        frame = _with_dates(_read_text(path, engine, _SEPARATORS[suffix], types, names), types.dates)
        if note is not None:
            if _are_numbers(names):
                note(
                    f"the first line of `{path.name}` holds numbers, read as names: if it is a row, put names above it"
                )
            kinds = dict(zip(names, nw.from_native(frame, eager_only=True).schema.values(), strict=True))
            numbers = [name for name, kind in kinds.items() if kind.is_numeric()]
            texts = [name for name, kind in kinds.items() if kind in (nw.String, nw.Object)]
            for line in lost.notes(numbers, [name for name in texts if name not in types.words]):
                note(line)
        return frame
    except LimbeckError:
        raise
    except ImportError as error:
        raise MissingExtraError.for_package("pyarrow", "table", f"the table in `{path}`") from error
    except Exception as error:
        kind = "Parquet" if suffix in _PARQUET else "delimited text"
        raise InputError(
            f"a table in `{path}`",
            f"{kind} that cannot be read: {type(error).__name__}: {shortened(' '.join(str(error).split()), 200)}",
            "write the file again",
        ) from error


def without_columns(frame: Any, names: Sequence[str], option: str) -> Any:
    """Return a data frame without some columns, which must be there.

    Raises
    ------
    InputError
        A column that the table does not have, or no column left.
    """
    columns = [str(name) for name in frame.columns]
    absent = [name for name in names if name not in columns]
    if absent:
        raise InputError(
            f"`{option}` with columns of the table",
            f"no column {listed(absent)} among {listed(columns)}",
            "name columns as in the first line of the table",
        )
    if not names:
        return frame
    return nw.from_native(frame, eager_only=True).drop(list(names)).to_native()


def _kind(path: Path) -> str:
    """Return the extension that says what a file is; a packed text file is what its inner extension says."""
    packed = path.suffix.lower() == ".gz" and Path(path.stem).suffix.lower() in _SEPARATORS
    return Path(path.stem if packed else path.name).suffix.lower()


def _bytes_of(path: Path) -> IO[bytes]:
    """Open a file, unpacking it where it is packed."""
    return cast("IO[bytes]", gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb"))


def _refuse_no_file(path: Path, suffix: str) -> None:
    """See that there is a file whose extension is known and that is not empty."""
    asked = f"the table in `{path}`"
    if suffix not in _SEPARATORS and suffix not in _PARQUET:
        known = listed([*_SEPARATORS, ".parquet"])
        found = f"the extension `{path.suffix}`" if path.suffix else "no extension"
        remedy = f"give a file that ends in one of {known}{_HINTS.get(path.suffix.lower(), '')}"
        if names_object(str(path)):
            found, remedy = "the name of a Python object", "give MODEL first, and then TABLE"
        raise InputError(asked, found, remedy)
    try:
        if path.is_dir():
            raise InputError(asked, "a directory", "give one file")
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError:
        raise InputError(asked, "no such file", "check the path") from None
    except OSError as error:
        raise InputError(asked, f"a file that cannot be opened: {error.strerror}", "check its permissions") from error
    if empty:
        raise InputError(asked, "an empty file", "give a table with names in the first line and at least one row")


def _check_text(path: Path, separator: str) -> tuple[list[str], LostCells]:
    """See that a text file is UTF-8, with names in the first line, and in every line as many cells as names.

    Return these names, and what may be lost of the cells.
    The readers of data frames fill short lines, drop the ends of long ones and rename repeated columns, in silence.
    """
    asked = f"a table in `{path}`"
    with io.TextIOWrapper(_bytes_of(path), "utf-8-sig", newline="") as file, _cells_of_any_length():
        lines = csv.reader(file, delimiter=separator)
        try:
            names = next(lines, [])
            check_columns(len(names), path)
            _check_names(names, separator, asked)
            lost = LostCells()
            for cells in lines:
                lost.see_line(names, cells)
                if cells and len(cells) != len(names):
                    raise InputError(
                        f"{asked}, with {len(names)} cells in every line, as in the first",
                        f"{len(cells)} cells in line {lines.line_num}",
                        "add or remove cells, or put cells that hold the separator between double quotes",
                    )
            return names, lost
        except UnicodeDecodeError:
            raise InputError(
                asked, f"bytes that are not UTF-8 in line {_first_not_utf8(path)}", "save it as UTF-8"
            ) from None
        except csv.Error as error:
            found = f"a line that cannot be split into cells, after line {lines.line_num}: {error}"
            raise InputError(asked, found, "see that every double quote is closed") from None


def _first_not_utf8(path: Path) -> int:
    """Return the number of the first line that is not UTF-8."""
    with _bytes_of(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8-sig")
            except UnicodeDecodeError:
                return number
    raise AssertionError("only called for a file that is not UTF-8")


def _check_names(names: Sequence[str], separator: str, asked: str) -> None:
    """See that the first line names the columns, each once."""
    if not any(name.strip() for name in names):
        raise InputError(asked, "a first line without names", "name the columns in the first line")
    if len(set(names)) < len(names):
        repeated = sorted(name for name, times in Counter(names).items() if times > 1)
        raise InputError(asked, f"the column {listed(repeated)} more than once", "rename or drop the repeated columns")
    if len(names) == 1 and any(mark in names[0] for mark in ",;\t|"):
        raise InputError(
            f"{asked}, with cells that {'a comma' if separator == ',' else 'a tab'} separates",
            f"the first line `{shortened(names[0])}`",
            "write the table with commas and the extension `.csv`, or with tabs and `.tsv`",
        )


def _are_numbers(names: Sequence[str]) -> bool:
    """Tell whether names look like the values of a row: numbers, and not only whole ones, which count columns."""
    try:
        numbers = [float(name) for name in names]
    except ValueError:
        return False
    return not all(number.is_integer() for number in numbers)


@contextmanager
def _cells_of_any_length() -> Generator[None]:
    """Let cells be longer than Python's limit for text files."""
    before = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _read_text(path: Path, engine: str, separator: str, types: CellTypes, names: Sequence[str]) -> Any:
    """Read a text file; in columns of text only an empty cell is missing."""
    if engine == "pandas":
        import pandas as pd

        gaps: Any = {name: [""] if name in types.text else list(MISSING_WORDS) for name in names}
        return pd.read_csv(
            path,
            sep=separator,
            encoding="utf-8-sig",
            dtype=dict.fromkeys(types.words, "str"),
            keep_default_na=not types.text,
            na_values=gaps if types.text else None,
            low_memory=False,
            index_col=False,
        )
    import polars as pl

    overrides = dict.fromkeys(types.words, pl.String)
    asked: dict[str, Any] = {"separator": separator, "schema_overrides": overrides, "infer_schema_length": None}
    frame = pl.read_csv(path, null_values=list(MISSING_WORDS), **asked)
    if not types.text:
        return frame
    text = pl.read_csv(path, columns=list(types.text), null_values=[""], **asked)
    return frame.with_columns(text.get_columns())


def retyped(frame: Any, types: CellTypes) -> Any:
    """Return a frame from a file that has types, with the columns that the user named as text or as dates."""
    native = nw.from_native(frame, eager_only=True)
    types = types.among([str(name) for name in native.columns])
    for name in types.text:
        if name in types.asked and native.get_column(name).dtype != nw.String:
            column = as_table(native.select(name).to_native())[name].in_words()
            words = [None if code < 0 else column.categories[code] for code in column.values]
            series = nw.new_series(name, words, nw.String, backend=native.implementation)
            native = native.with_columns(series)
    written = [name for name in types.dates if native.get_column(name).dtype == nw.String]
    return _with_dates(native.to_native(), written)


def _with_dates(frame: Any, names: Sequence[str]) -> Any:
    """Return a frame with some columns of text read as dates."""
    native = nw.from_native(frame, eager_only=True)
    for name in names:
        column = native.get_column(name)
        cells = zip(column.to_list(), column.is_null().to_list(), strict=True)
        read = moments(name, [None if gone or cell in MISSING_WORDS else cell for cell, gone in cells])
        native = native.with_columns(nw.new_series(name, read, backend=native.implementation))
    return native.to_native()


def _read_parquet(path: Path, engine: str) -> Any:
    if engine == "pandas":
        import pandas as pd

        return pd.read_parquet(path)
    import polars as pl

    return pl.read_parquet(path)
