"""Rows that come batch by batch: what a stream is, and every kind of rows that is one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self, TypeVar

import narwhals as nw
import numpy as np

from limbeck.errors import InputError, LimbeckError, MissingExtraError
from limbeck.progress import KeepGoing, Progress, no_limit, no_progress
from limbeck.tables import Table, as_table, counted, listed

__all__ = ["BATCH_ROWS", "Batches", "Frames", "OutOfTimeError", "Scan", "frame_of_arrow"]

BATCH_ROWS = 1 << 16
"""Most rows that are worked on at a time."""

State = TypeVar("State")


class OutOfTimeError(Exception):
    """The time for a pass was over after so many rows."""

    def __init__(self, what: str, n_rows: int) -> None:
        super().__init__(what, n_rows)
        self.what, self.n_rows = what, n_rows


class Scan(Protocol[State]):
    """What one pass over the rows does: add up batch by batch, and join what was added up in different places.

    What comes out must not depend on how rows are cut, on the order of the batches, or on what is joined first.
    """

    what: str
    """What is being done, for people."""

    def begin(self) -> State:
        """Return what no rows give."""
        ...

    def add(self, state: State, rows: Table) -> None:
        """Add a batch."""
        ...

    def join(self, state: State, other: State) -> State:
        """Return what the rows of both give."""
        ...


class Batches(ABC):
    """Rows that come batch by batch. A loop over it yields data frames or arrays, in the user's own type.

    Attributes
    ----------
    n_rows : int or None
        How many there are, where that is known without reading them.
    again : bool
        Whether the rows can be gone through more than once.
    called : str
        What they are, for people.
    elsewhere : bool
        Whether they are worked on in other processes, where a teacher must be opened.
    """

    elsewhere: bool = False
    n_rows: int | None = None
    again: bool = True
    called: str = "batches"

    @abstractmethod
    def __iter__(self) -> Iterator[Any]: ...

    @abstractmethod
    def only(self, names: Sequence[str]) -> Self:
        """Return the same rows with some of their columns; what is left out is not read, where that can be."""

    def names(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        for table in self.tables():
            return table.names
        raise InputError("rows", f"{self.called} without any", "give at least one row")

    def look(self, progress: Progress = no_progress, keep_going: KeepGoing = no_limit) -> tuple[str, ...]:
        """See what rows are to be read as, where that takes a pass of its own; return what is lost so, for people.

        Raises as `scanned` does.
        """
        return ()

    def tables(self) -> Iterator[Table]:
        """Yield the batches as tables; those without rows are left out."""
        for frame in self:
            if len(frame):
                whole = as_table(frame)
                for start in range(0, whole.n_rows, BATCH_ROWS):
                    yield whole.slice(start, start + BATCH_ROWS)

    def scanned(self, scan: Scan[State], progress: Progress = no_progress, keep_going: KeepGoing = no_limit) -> State:
        """Go through all rows once.

        Raises
        ------
        OutOfTimeError
            `keep_going` said no; it is asked before each batch.
        LimbeckError
            As the scan raises it, with the number of rows that were done.
        """
        self.look(progress, keep_going)
        state, done = scan.begin(), 0
        progress(scan.what, 0, self.n_rows or 0)
        try:
            for rows in self.tables():
                if not keep_going():
                    raise OutOfTimeError(scan.what, done)
                scan.add(state, rows)
                done += rows.n_rows
                progress(scan.what, done, self.n_rows or 0)
        except MissingExtraError:
            raise
        except LimbeckError as error:
            if not done:
                raise
            found = f"{error.found} ({scan.what}, after {counted(done, 'row')})"
            raise type(error)(error.asked, found, error.remedy) from error
        return state


@dataclass(frozen=True, eq=False)
class Frames(Batches):
    """Frames in memory, or made one after the other.

    Parameters
    ----------
    make : callable
        Takes the names of the columns that are needed, or None for all, and returns an iterator over frames that have
        at least these.
    called : str
        What they are, for people.
    n_rows : int, optional
        How many rows there are.
    again : bool
        Whether `make` can be called more than once.
    kept : tuple of str, optional
        The columns that are kept; all by default.
    """

    make: Callable[[list[str] | None], Iterable[Any]]
    called: str
    n_rows: int | None = None
    again: bool = True
    kept: tuple[str, ...] | None = None

    def __iter__(self) -> Iterator[Any]:
        kept = None if self.kept is None else list(self.kept)
        names, width = kept, None
        for given in self.make(kept):
            frame = frame_of_arrow(given)
            if hasattr(frame, "columns") and not isinstance(frame, Table):
                there: list[Any] = [*frame.columns]
                names = there if names is None else names
                frame = frame if there == names else self._in_order(frame, there, names)
            elif isinstance(frame, np.ndarray) and frame.ndim == 2:
                width = width or frame.shape[1]
                if frame.shape[1] != width:
                    found = f"{frame.shape[1]} in one of them"
                    raise InputError(f"{counted(width, 'column')} in {self.called}", found, "give arrays of one width")
            yield frame

    def _in_order(self, frame: Any, there: list[Any], names: list[Any]) -> Any:
        """Return a frame with its columns as in the first one."""
        absent = [str(name) for name in names if name not in there]
        more = [] if self.kept is not None else [str(name) for name in there if name not in names]
        if absent or more:
            found = f"one without {listed(absent)}" if absent else f"one with {listed(more)} besides"
            remedy = "give frames of the same columns"
            raise InputError(f"the columns {listed(list(map(str, names)))} in {self.called}", found, remedy)
        return nw.from_native(frame, eager_only=True).select(names).to_native()

    def only(self, names: Sequence[str]) -> Frames:
        return replace(self, kept=tuple(names))


def frame_of_arrow(batch: Any) -> Any:
    """Return an Arrow table or record batch as a pandas frame, or a polars one where pandas is not installed."""
    if type(batch).__module__.partition(".")[0] != "pyarrow":
        return batch
    try:
        return batch.to_pandas()
    except ImportError:
        import polars as pl

        return pl.from_arrow(batch)
