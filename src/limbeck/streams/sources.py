"""Which rows are a stream, and how each kind is gone through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import narwhals as nw
import numpy as np

from limbeck.errors import InputError
from limbeck.streams.batches import BATCH_ROWS, Batches, Frames
from limbeck.streams.files import files_at
from limbeck.tables import Table

__all__ = ["batches_of", "is_stream", "refuse_all_at_once", "to_go_through_again"]


def is_stream(rows: Any) -> bool:
    """Tell whether rows come batch by batch: see `batches_of`."""
    if isinstance(rows, (Batches, str, Path, Iterator)):
        return True
    if isinstance(rows, (list, tuple)):
        return bool(rows) and _is_frame(cast("list[Any]", rows)[0])
    return _kind(rows) in _STREAMS or (callable(rows) and not hasattr(rows, "__array__") and not _is_frame(rows))


def batches_of(rows: Any) -> Batches:
    """Return rows of any kind as batches.

    Parameters
    ----------
    rows : Batches, str, path, list, iterator, callable, or a lazy frame
        A path, folder or glob of Parquet, CSV or TSV files; a list of data frames or arrays, or an iterator over them,
        which can be gone through once only; a function without arguments that returns such an iterator anew; an Arrow
        dataset or stream of record batches; a polars LazyFrame; a DuckDB relation; a Dask data frame.

    Returns
    -------
    Batches
        What can be gone through; `again` says whether more than once.

    Raises
    ------
    InputError
        Rows that are no batches, or no files at the path.
    MissingExtraError
        A package that the rows need is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> stream = batches_of([np.zeros((2, 3)), np.ones((4, 3))])
    >>> [table.n_rows for table in stream.tables()], stream.names()
    ([2, 4], ('x0', 'x1', 'x2'))
    """
    if isinstance(rows, Batches):
        return rows
    if isinstance(rows, (str, Path)):
        return files_at(rows)
    if isinstance(rows, (list, tuple)) and is_stream(rows):
        frames = cast("list[Any]", rows)
        return Frames(lambda _: frames, "a list of frames", sum(map(len, frames)))
    kind = _kind(rows)
    if kind in _STREAMS:
        return _STREAMS[kind](rows)
    if isinstance(rows, Iterator):
        items = cast("Iterator[Any]", rows)
        return Frames(lambda _: items, "an iterator, which can be gone through once only", again=False)
    if callable(rows):
        make = cast("Callable[[], Any]", rows)
        return Frames(lambda _: make(), "the batches of a function")
    found = f"an object of type `{type(rows).__name__}`"
    raise InputError("rows in batches", found, "give a list of frames, files, or a lazy frame")


def to_go_through_again(batches: Batches, purpose: str) -> Batches:
    """See that rows can be gone through more than once.

    Raises
    ------
    InputError
        They cannot.
    """
    if batches.again:
        return batches
    remedy = "give a list, files, or a function that returns a fresh iterator each time"
    raise InputError(f"rows that can be gone through more than once, for {purpose}", batches.called, remedy)


def refuse_all_at_once(asked: Mapping[str, Any], purpose: str) -> None:
    """See that nothing is asked for that takes all rows at once; what is not asked for is None.

    Raises
    ------
    InputError
        It is.
    """
    given = [name for name, value in asked.items() if value is not None]
    if given:
        remedy = "leave it out, or give the rows in memory, as one data frame"
        raise InputError(f"{purpose} of rows in batches", f"{given[0]}, which takes all rows at once", remedy)


def _is_frame(item: Any) -> bool:
    """Tell whether an item of a list is a batch, and not a row."""
    if isinstance(item, Table) or (isinstance(item, np.ndarray) and item.ndim == 2):
        return True
    return nw.dependencies.is_into_dataframe(item) or _kind(item) == ("pyarrow", "RecordBatch")


def _kind(rows: Any) -> tuple[str, str]:
    """Return package and name of a type, and of the class of an Arrow dataset that of all of them."""
    package = type(rows).__module__.split(".")[0].lstrip("_")
    name = next((c.__name__ for c in type(rows).__mro__ if c.__name__ in _NAMED), type(rows).__name__)
    return package, name


_NAMED = ("Dataset", "RecordBatchReader", "LazyFrame", "DuckDBPyRelation", "DataFrame")


def _of_dataset(dataset: Any) -> Batches:
    return Frames(lambda kept: dataset.to_batches(columns=kept, batch_size=BATCH_ROWS), "an Arrow dataset")


def _of_reader(reader: Any) -> Batches:
    return Frames(lambda _: reader, "a stream of record batches, which can be gone through once only", again=False)


def _of_lazy(frame: Any) -> Batches:
    def make(kept: list[str] | None) -> Any:
        chosen = frame if kept is None else frame.select(kept)
        if not hasattr(chosen, "collect_batches"):  # before polars 1.34 there are no batches but one
            return [chosen.collect()]
        return chosen.collect_batches(chunk_size=BATCH_ROWS, maintain_order=True)

    return Frames(make, "a polars LazyFrame")


def _of_duckdb(relation: Any) -> Batches:
    def make(kept: list[str] | None) -> Any:
        quoted = ['"' + name.replace('"', '""') + '"' for name in kept or ()]
        chosen = relation.select(*quoted) if quoted else relation
        name = "to_arrow_reader" if hasattr(chosen, "to_arrow_reader") else "fetch_record_batch"
        return getattr(chosen, name)(BATCH_ROWS)

    return Frames(make, "a DuckDB relation")


def _of_dask(frame: Any) -> Batches:
    from limbeck.streams.cluster import Partitions

    return Partitions.of_frame(frame)


_STREAMS = {
    ("pyarrow", "Dataset"): _of_dataset,
    ("pyarrow", "RecordBatchReader"): _of_reader,
    ("polars", "LazyFrame"): _of_lazy,
    ("duckdb", "DuckDBPyRelation"): _of_duckdb,
    ("dask", "DataFrame"): _of_dask,
}
