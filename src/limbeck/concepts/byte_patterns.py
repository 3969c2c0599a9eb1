"""Bytes: what a file or message begins and ends with, what it contains, and what its lines begin with."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from limbeck.concepts.counted import Counted
from limbeck.concepts.inputs import bytes_of
from limbeck.concepts.questions import Question
from limbeck.errors import InputError

__all__ = ["Bytes"]

_TOKEN = re.compile(rb"[A-Za-z]{2,16}|[!-/:-@\[-`{-~]{1,4}")
_LINE = re.compile(rb"(?m)^[ \t]*(?:([!-/:-@\[-`{-~]{0,4})([A-Za-z0-9_]{0,16})|([^\s\w]{1,4}))")
_SHARES = (0, 10, 30)
_LENGTHS = tuple(4**i for i in range(2, 11))
_ORDER = ("starts", "at", "has", "line", "ends", "byte", "length", "high", "control")
_WHITE = b" \t\n\r\x0b\x0c"


@dataclass(frozen=True)
class Bytes(Counted):
    r"""Ask about bytes: magic numbers at fixed places, words and signs inside, and how lines begin.

    Parameters
    ----------
    counts : tuple of int
        How many times a word, a sign or a byte occurs: each of these numbers is tried.
    span : int, at least 16
        Bytes that are looked at from the beginning, and as many from the end.
    starts : int, at least 0
        Most bytes of a beginning, and of an end.
    places : tuple of int
        Further places at which four bytes are compared, such as 257, where tar archives say what they are.
    chosen : tuple of (str, int)
        The questions that are asked.

    Notes
    -----
    An input is bytes, or a path, of which beginning and end are read, or text, in UTF-8. Bytes are shown as text where
    they can be read as ASCII, and as two hexadecimal digits each where they cannot.

    Examples
    --------
    >>> magic = Bytes().asking([("starts 1f8b", 1), ("line #include", 2)])
    >>> magic.names
    ('starts with 1f 8b', 'a line starts with "#include", 2 times or more')
    >>> magic.answers([bytes.fromhex("1f8b08"), b"#include <a>\n#include <b>"]).tolist()
    [[True, False], [False, True]]
    """

    kind: ClassVar[str] = "bytes"

    counts: tuple[int, ...] = (1, 2, 4, 8, 16)
    span: int = 1024
    starts: int = 4
    places: tuple[int, ...] = (4, 8, 257)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.span < 16 or self.starts < 0 or any(at < 0 for at in self.places):
            found = f"`span={self.span}`, `starts={self.starts}` and `places={self.places}`"
            raise InputError("`span` of at least 16, other numbers of at least 0", found, "write `Bytes()`")

    def tokens(self, one: Any) -> Iterable[str]:
        head, tail, size = self._ends(one)
        return [*self._fixed(head, tail, size), *self._inside(head, tail, size)]

    def rank(self, token: str) -> Any:
        """Put what stands at a fixed place first, and two bytes, as magic numbers mostly are, before fewer or more."""
        what, _, rest = token.partition(" ")
        return _ORDER.index(what), abs(len(rest) - 4) if what == "starts" else len(rest), rest

    def _ends(self, one: Any) -> tuple[bytes, bytes, int]:
        """Return beginning, end and length."""
        if not isinstance(one, Path):
            whole = bytes_of(one, "an input of `Bytes`")
            return whole[: self.span], whole[-self.span :], len(whole)
        try:
            with one.open("rb") as file:
                head = file.read(self.span)
                size = file.seek(0, 2)
                file.seek(max(0, size - self.span))
                return head, file.read(self.span), size
        except OSError as error:
            raise InputError(f"the file `{one}`", f"{error.strerror or error}", "leave it out, or see to it") from error

    def _fixed(self, head: bytes, tail: bytes, size: int) -> Iterator[str]:
        """Yield what stands at fixed places: beginning, end and further ones; and how long it all is."""
        end = tail.rstrip(_WHITE)
        for n in range(1, self.starts + 1):
            if len(head) >= n:
                yield f"starts {head[:n].hex()}"
            if len(end) >= n <= 2:
                yield f"ends {end[-n:].hex()}"
        for at in self.places:
            if len(head) >= at + 4:
                yield f"at {at} {head[at : at + 4].hex()}"
        yield from (f"length {n}" for n in _LENGTHS if size >= n)

    def _inside(self, head: bytes, tail: bytes, size: int) -> Iterator[str]:
        """Yield words, signs, beginnings of lines and single bytes, as often as they occur."""
        seen = head if size <= self.span else b"\n".join((head, tail))
        yield from (f"has {token.decode()}" for token in _TOKEN.findall(seen))
        yield from (f"line {_spelled(seen[start:stop])}" for start, stop in _beginnings(seen))
        by_byte = Counter(seen)
        for byte, n in by_byte.items():
            # Said once for each number of times, for some bytes stand there a thousand times.
            yield from (f"byte {byte:02x} {k}" for k in self.counts if n >= k)
        high = sum(n for byte, n in by_byte.items() if byte > 0x7F)
        control = sum(n for byte, n in by_byte.items() if byte < 0x20 and byte not in _WHITE)
        for share in _SHARES:
            if high * 100 > share * len(seen):
                yield f"high {share}"
            if control * 100 > share * len(seen):
                yield f"control {share}"

    def name(self, question: Question) -> str:
        token, k = question
        what, _, rest = str(token).partition(" ")
        often = f" {k} times or more" if k > 1 else ""
        match what:
            case "starts" | "ends":
                return f"{what} with {_shown(rest)}"
            case "at":
                at, _, digits = rest.partition(" ")
                return f"from byte {at} on {_shown(digits)}"
            case "length":
                return f"at least {rest} bytes long"
            case "has":
                return f"contains {_quoted(rest)}{often}"
            case "line":
                return f"a line starts with {_told(rest)}{',' if often else ''}{often}"
            case "byte":
                byte, _, times = rest.partition(" ")
                return f"holds the byte {_shown(byte)}{f' {times} times or more' if times != '1' else ''}"
            case "high" | "control":
                many = f"more than {rest} % of bytes are" if rest != "0" else "some bytes are"
                return f"{many} {'above 7f' if what == 'high' else 'control bytes'}"
            case _:
                raise ValueError(f"no question about bytes: {token!r}")

    def without(self, one: Any, question: Question) -> Any:
        """Return the bytes with spaces in place of what is asked about; None for files and for what has no place."""
        if not isinstance(one, (bytes, str)):
            return None
        what, _, rest = str(question[0]).partition(" ")
        whole = bytes_of(one)
        if what == "starts":
            whole = b" " * (len(rest) // 2) + whole[len(rest) // 2 :]
        elif what in ("has", "line"):
            token = rest.encode() if what == "has" else _unspelled(rest)
            whole = whole.replace(token, b" " * len(token))
        else:
            return None
        return whole if isinstance(one, bytes) else whole.decode("utf-8", "surrogateescape")

    def marks(self, one: Any, question: Question) -> list[tuple[int, int]]:
        what, _, rest = str(question[0]).partition(" ")
        head = self._ends(one)[0]
        if what == "starts":
            return [(0, len(rest) // 2)]
        if what not in ("has", "line"):
            return []
        token = rest.encode() if what == "has" else _unspelled(rest)
        spans = _beginnings(head) if what == "line" else (found.span() for found in _TOKEN.finditer(head))
        return [(start, stop) for start, stop in spans if head[start:stop] == token]

    @classmethod
    def saved_fields(cls) -> dict[str, Any]:
        return {"counts": [int], "span": int, "starts": int, "places": [int]}


def _beginnings(seen: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the beginnings of lines stand: signs with the word behind them, signs alone, words, other bytes."""
    for found in _LINE.finditer(seen):
        (start, middle), (_, stop), other = found.span(1), found.span(2), found.span(3)
        if other[0] >= 0:
            yield other
        elif start < stop:
            yield start, stop
            if start < middle < stop:
                yield start, middle


def _spelled(token: bytes) -> str:
    """Write a token as text that reads back: ASCII as it is, others as digits behind a space, which no token has."""
    return token.decode() if token.isascii() and token.decode().isprintable() else f" {token.hex()}"


def _unspelled(text: str) -> bytes:
    return bytes.fromhex(text) if text.startswith(" ") else text.encode()


def _told(text: str) -> str:
    return " ".join(re.findall("..", text[1:])) if text.startswith(" ") else _quoted(text)


def _quoted(text: str) -> str:
    return f"'{text}'" if '"' in text else f'"{text}"'


def _shown(digits: str) -> str:
    """Show bytes as quoted text where they can be read, else as pairs of digits."""
    whole = bytes.fromhex(digits)
    readable = whole.isascii() and whole.decode().isprintable() and whole.strip()
    return _quoted(whole.decode()) if readable else " ".join(re.findall("..", digits))
