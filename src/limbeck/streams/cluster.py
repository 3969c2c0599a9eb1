"""Rows on a Dask cluster: every worker goes through its partitions, and what it added up is joined in a tree."""

from __future__ import annotations

import asyncio
import importlib.util
import pickle
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from limbeck.errors import InputError, LimbeckError, MissingExtraError
from limbeck.progress import KeepGoing, Progress, no_limit, no_progress
from limbeck.streams.batches import Batches, Frames, OutOfTimeError, Scan
from limbeck.streams.files import Files
from limbeck.tables import counted

__all__ = ["Partitions", "connected"]

State = TypeVar("State")

# Partial sums that one task joins.
_ARITY = 16
# How long a scheduler may take to answer.
_SECONDS = 10


@dataclass(frozen=True, eq=False)
class Partitions(Batches):
    """Partitions of a Dask data frame, or files that workers read.

    The engine runs what a lost worker had done anew. Nothing is counted twice: a task adds up its inputs into a state
    of its own, and the graph names every partition once.

    Parameters
    ----------
    frame : dask.dataframe.DataFrame, or Files
        The rows.
    client : distributed.Client or None
        Who computes; None for Dask's own threads.
    """

    frame: Any
    client: Any = None

    elsewhere = True
    again = True

    @classmethod
    def of_frame(cls, frame: Any) -> Partitions:
        """Return the partitions of a Dask data frame, on the client that is in use."""
        require_dask()
        import distributed

        try:
            return cls(frame, distributed.default_client())
        except ValueError:
            return cls(frame)

    @property
    def called(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return f"a Dask frame of {counted(len(self._parts()), 'partition')}"

    @property
    def n_rows(self) -> int | None:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.frame.n_rows if isinstance(self.frame, Files) else None

    def names(self) -> tuple[str, ...]:
        return self.frame.names() if isinstance(self.frame, Files) else tuple(map(str, self.frame.columns))

    def only(self, names: Sequence[str]) -> Partitions:
        return replace(self, frame=self.frame.only(names) if isinstance(self.frame, Files) else self.frame[list(names)])

    def look(self, progress: Progress = no_progress, keep_going: KeepGoing = no_limit) -> tuple[str, ...]:
        return self.frame.look(progress, keep_going) if isinstance(self.frame, Files) else ()

    def __iter__(self) -> Iterator[Any]:
        if isinstance(self.frame, Files):
            yield from self.frame
            return
        from dask.base import compute

        for part in self._parts():
            yield compute(part)[0]

    def _parts(self) -> list[Any]:
        if isinstance(self.frame, Files):
            return list(self.frame.one_by_one())
        return list(self.frame.to_delayed())

    def scanned(self, scan: Scan[State], progress: Progress = no_progress, keep_going: KeepGoing = no_limit) -> State:
        """Go through all rows once, where they lie.

        Raises
        ------
        OutOfTimeError
            `keep_going` said no; it is asked after each partition, and not at all without a client.
        LimbeckError
            As the scan raises it on a worker, or because workers are lost again and again.
        """
        from dask.delayed import delayed

        self.look(progress, keep_going)
        parts = self._parts()
        progress(scan.what, 0, self.n_rows or 0)
        # A value in the graph is sent again to whoever runs a task again; a scattered one is lost with its worker.
        sent = delayed(scan, pure=False, name=None, traverse=False)
        done = [delayed(_added_up, pure=False)(sent, part) for part in parts]
        told = [delayed(_rows_of, pure=False)(one) for one in done]
        while len(done) > 1:
            groups = [done[i : i + _ARITY] for i in range(0, len(done), _ARITY)]
            done = [delayed(_joined, pure=False)(sent, group) for group in groups]
        found = self._computed(done[0], told, scan.what, progress, keep_going)
        return cast("State", pickle.loads(found[0]))

    def _computed(self, total: Any, told: list[Any], what: str, progress: Progress, keep_going: KeepGoing) -> Any:
        """Compute, and report the rows of every partition when it is done."""
        from dask.base import compute

        if self.client is None:
            return compute(total)[0]
        import distributed

        with warnings.catch_warnings():
            # What a pass needs is in the graph on purpose: see above.
            warnings.filterwarnings("ignore", "Sending large graph")
            futures = self.client.compute([*told, total])
        rows = 0
        try:
            for future in distributed.as_completed(futures[:-1]):
                rows += future.result()
                progress(what, rows, self.n_rows or 0)
                if not keep_going():
                    raise OutOfTimeError(what, rows)
            return futures[-1].result()
        except (LimbeckError, OutOfTimeError):
            raise
        except Exception as error:
            name = type(error).__name__
            found = f"{name}: {' '.join(str(error).split())[:200]} ({what}, after {counted(rows, 'row')})"
            remedy = "look at the logs of the workers; give them more memory, or make the partitions smaller"
            raise InputError("an answer of the cluster", found, remedy) from error
        finally:
            self.client.cancel(futures)


def connected(address: str, files: Files) -> Partitions:
    """Return files as partitions that the workers of a running scheduler read.

    Raises
    ------
    InputError
        No scheduler at the address.
    MissingExtraError
        Dask is not installed.
    """
    require_dask()
    import distributed

    try:
        with ThreadPoolExecutor(1) as apart:  # whoever calls may have a loop that runs, as notebooks do
            apart.submit(lambda: asyncio.run(_greet(address))).result()
        return Partitions(files.in_full(), distributed.Client(address, timeout=_SECONDS, set_as_default=False))
    except Exception as error:
        found = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        if not isinstance(error, (OSError, ValueError)):
            found = f"somebody who answers otherwise, such as its dashboard ({found})"
        remedy = "start one with `dask scheduler` and `dask worker ADDRESS`, and give the address that it prints"
        raise InputError(f"a Dask scheduler at `{address}`", found, remedy) from error


async def _greet(address: str) -> None:
    """See that a scheduler answers: a client that could not connect goes on trying until the process ends."""
    from distributed.comm.core import connect
    from distributed.security import Security

    security: dict[str, Any] = Security().get_connection_args("client")
    comm = await connect(address, timeout=_SECONDS, **security)
    await comm.close()


def require_dask() -> None:
    """See that Dask is installed.

    Raises
    ------
    MissingExtraError
        It is not.
    """
    for package in ("dask", "distributed"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError.for_package(package, "dask", "rows on a Dask cluster")


def _added_up(scan: Scan[Any], part: Any) -> tuple[bytes, int]:
    """Go through one partition on a worker; return what was added up, packed, and the number of rows."""
    rows: list[int] = [0]

    def progress(what: str, done: int, total: int) -> None:
        rows[0] = done

    batches = part if isinstance(part, Batches) else Frames(lambda _: [part], "a partition")
    try:
        state = batches.scanned(scan, progress)
    except MissingExtraError as error:
        raise MissingExtraError(f"{error.asked} on {_here()}", error.found, f"{error.remedy} there") from error
    return pickle.dumps(state), rows[0]


def _joined(scan: Scan[Any], packed: list[tuple[bytes, int]]) -> tuple[bytes, int]:
    """Join what was added up, into a state of its own: the inputs may be needed again."""
    total = scan.begin()
    for state, _ in packed:
        total = scan.join(total, pickle.loads(state))
    return pickle.dumps(total), sum(n for _, n in packed)


def _rows_of(packed: tuple[bytes, int]) -> int:
    return packed[1]


def _here() -> str:
    import distributed

    try:
        return f"the worker {distributed.get_worker().address}"
    except ValueError:
        return "this machine"
