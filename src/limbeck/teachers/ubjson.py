"""Universal Binary JSON, as XGBoost writes it, read into plain values; whatever is declared must be there."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["read_ubjson"]

_NUMBERS = {"i": ">i1", "U": ">u1", "I": ">i2", "l": ">i4", "L": ">i8", "d": ">f4", "D": ">f8"}
_WHOLE = "iUIlL"
_CONSTANTS = {"Z": None, "N": None, "T": True, "F": False}
_DEEPEST = 64


def read_ubjson(data: bytes) -> Any:
    r"""Return the value that a file holds.

    Parameters
    ----------
    data : bytes
        The whole file.

    Raises
    ------
    ValueError
        The data end too early, go on after the value, nest too deep, or hold a marker that is not known.

    Examples
    --------
    >>> read_ubjson(b"{U\x01a[$d#U\x02" + bytes([63, 128, 0, 0, 64, 0, 0, 0]) + b"}")
    {'a': [1.0, 2.0]}
    """
    reader = _Reader(data)
    value = reader.value(reader.marker(), 0)
    if reader.place != len(data):
        raise ValueError(f"{len(data) - reader.place} bytes after the end of the value")
    return value


class _Reader:
    """A place in the data, which moves on as values are read."""

    def __init__(self, data: bytes) -> None:
        self.data, self.place = data, 0

    def take(self, count: int) -> bytes:
        if not 0 <= count <= len(self.data) - self.place:
            raise ValueError(f"the data end at byte {len(self.data)}, and {count} more are declared")
        self.place += count
        return self.data[self.place - count : self.place]

    def marker(self) -> str:
        return self.take(1).decode("latin-1")

    def value(self, marker: str, depth: int) -> Any:
        if depth > _DEEPEST:
            raise ValueError(f"values inside values, more than {_DEEPEST} deep")
        if marker in _CONSTANTS:
            return _CONSTANTS[marker]
        if marker in _NUMBERS:
            return self.numbers(marker, 1)[0]
        if marker in "SC":
            return self.text() if marker == "S" else self.marker()
        if marker == "[":
            return self.array(depth)
        if marker == "{":
            return self.object(depth)
        raise ValueError(f"the marker {marker!r} at byte {self.place - 1}")

    def numbers(self, marker: str, count: int) -> list[Any]:
        kind = np.dtype(_NUMBERS[marker])
        return np.frombuffer(self.take(count * kind.itemsize), kind).tolist()

    def length(self) -> int:
        marker = self.marker()
        if marker not in _WHOLE:
            raise ValueError(f"a length of type {marker!r}")
        return self.numbers(marker, 1)[0]

    def text(self) -> str:
        return self.take(self.length()).decode()

    def array(self, depth: int) -> list[Any]:
        marker = self.marker()
        if marker == "$":
            kind = self.marker()
            if kind not in _NUMBERS or self.marker() != "#":
                raise ValueError(f"an array of the type {kind!r}")
            return self.numbers(kind, self.length())
        if marker == "#":
            count = self.length()
            if not 0 <= count <= len(self.data) - self.place:
                raise ValueError(f"an array of {count} values")
            return [self.value(self.marker(), depth + 1) for _ in range(count)]
        items: list[Any] = []
        while marker != "]":
            items.append(self.value(marker, depth + 1))
            marker = self.marker()
        return items

    def object(self, depth: int) -> dict[str, Any]:
        items: dict[str, Any] = {}
        while self.data[self.place : self.place + 1] != b"}":
            name = self.text()
            items[name] = self.value(self.marker(), depth + 1)
        self.place += 1
        return items
