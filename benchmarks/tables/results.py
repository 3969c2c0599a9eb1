"""The results file: one JSON value a line, the last word on each cell."""

from __future__ import annotations

import base64
import json
import threading
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CELL", "Record", "Results", "cell_of", "packed", "unpacked"]

Record = dict[str, Any]
Cell = tuple[str, str, int, str, int]
CELL = ("table", "teacher", "seed", "method", "size")
"""What names a cell: `size` is the number of leaves that is allowed."""


def cell_of(record: Record) -> Cell:
    """Return what names the record's cell."""
    return tuple(record[name] for name in CELL)  # type: ignore[return-value]


class Results:
    """A file of records that only ever grows; of two records of a cell the later one counts.

    Parameters
    ----------
    path : Path
        Read when it exists; made when the first record is kept.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        lines = path.read_text().splitlines() if path.exists() else []
        self._records: dict[Cell, Record] = {cell_of(record): record for record in map(json.loads, lines)}

    def __contains__(self, cell: Cell) -> bool:
        return cell in self._records

    def keep(self, record: Record) -> None:
        """Add a record and write it through."""
        with self._lock:
            self._records[cell_of(record)] = record
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a") as file:
                file.write(json.dumps(record) + "\n")

    def records(self) -> Iterable[Record]:
        """Return all records, one a cell."""
        return list(self._records.values())


def packed(agrees: NDArray[np.bool_]) -> str:
    """Turn one bit for each test row into text."""
    return base64.b85encode(zlib.compress(np.packbits(agrees).tobytes(), 9)).decode()


def unpacked(text: str, n: int) -> NDArray[np.bool_]:
    """Turn such text back into n bits."""
    return np.unpackbits(np.frombuffer(zlib.decompress(base64.b85decode(text)), np.uint8))[:n].astype(bool)
