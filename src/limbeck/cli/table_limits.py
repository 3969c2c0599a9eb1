"""Bounds on what a small file of a table may unpack to, seen before a data frame is made of it."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

from limbeck.errors import InputError
from limbeck.tables import counted

__all__ = ["check_columns", "check_packed", "check_parquet"]

_FREE, _TIMES = 512 << 20, 100
_MOST_COLUMNS = 100_000
_CELL = 8
_IN_PYTHON = "or read it in Python, where there is no such bound, and give the data frame to `limbeck.distill`"


def check_columns(n_columns: int, path: Path) -> None:
    """See that a table is no wider than can be read in reasonable time.

    Raises
    ------
    InputError
        More than 100 000 columns.
    """
    if n_columns > _MOST_COLUMNS:
        asked = f"at most {counted(_MOST_COLUMNS, 'column')} in `{path}`"
        raise InputError(asked, counted(n_columns, "column"), f"keep the columns that the model takes, {_IN_PYTHON}")


def check_packed(path: Path) -> None:
    """See that a `.gz` file unpacks to no more than 512 MiB and 100 times its size.

    Raises
    ------
    InputError
        It does not.
    """
    budget, unpacked = _budget(path), 0
    with gzip.open(path) as file:
        while part := file.read(1 << 20):
            unpacked += len(part)
            if unpacked > budget:
                raise _too_large(path, budget, f"unpack it with `gunzip`, and give the text file, {_IN_PYTHON}")


def check_parquet(path: Path, engine: str) -> None:
    """See that a Parquet file holds no more than 512 MiB and 100 times its size, as declared and as it is.

    Raises
    ------
    InputError
        It does not, or has too many columns.
    """
    if engine == "polars":
        import polars as pl

        n_columns = len(pl.read_parquet_schema(path))
        _check_cells(path, n_columns, pl.scan_parquet(path).select(pl.len()).collect().item())
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        _check_cells(path, file.metadata.num_columns, file.metadata.num_rows)
        kinds = (pa.types.is_string, pa.types.is_binary, pa.types.is_large_string, pa.types.is_large_binary)
        texts = [field.name for field in file.schema_arrow if any(is_kind(field.type) for is_kind in kinds)]
    # What a file declares can be false; so it is read once in parts, its texts not written out.
    budget, size = _budget(path), 0
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        for batch in file.iter_batches(1 << 16):
            size += sum(_size(column) for column in batch.columns)
            if size > budget:
                raise _too_large(path, budget, f"keep fewer rows or columns, {_IN_PYTHON}")


def _check_cells(path: Path, n_columns: int, n_rows: int) -> None:
    """See that a Parquet file declares no more cells than fit in its budget."""
    check_columns(n_columns, path)
    if n_rows * n_columns * _CELL > _budget(path):
        raise _too_large(path, _budget(path), f"keep fewer rows or columns, {_IN_PYTHON}")


def _size(column: Any) -> int:
    """Return how many bytes a column takes when its texts are written out."""
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute  # its functions are made when it is imported, where no type checker sees them

    if not pa.types.is_dictionary(column.type):
        return column.nbytes
    lengths = pc.cast(pc.binary_length(column.dictionary), pa.int64())
    return (pc.sum(pc.take(lengths, column.indices)).as_py() or 0) + _CELL * len(column)


def _budget(path: Path) -> int:
    return _FREE + _TIMES * path.stat().st_size


def _too_large(path: Path, budget: int, remedy: str) -> InputError:
    asked = f"a table in `{path}` of at most {budget >> 20} MiB (512 MiB and {_TIMES} times the size of the file)"
    return InputError(asked, "more, when it is unpacked", remedy)
