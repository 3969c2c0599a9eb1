"""What a reader of an export wants to know of it, as comments that no name can break out of."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence

from limbeck.exports.quoting import harmless

__all__ = ["c_remark", "remarks"]

_PLAIN_IN_C = frozenset(string.ascii_letters + string.digits + " _.,:;=<>()[]{}+-!&|^~@#$%'\"`")


def remarks(about: Sequence[str], mark: str, refused: str = "") -> list[str]:
    r"""Write lines as comments that end with the line; a character that could do more than be read is escaped.

    Parameters
    ----------
    about : sequence of str
        The lines; one that holds line breaks stays one line.
    mark : str
        What begins a comment.
    refused : str
        Characters that the language acts on even inside a comment.

    Examples
    --------
    >>> print(*remarks(["Model: a\nimport os"], "# "), sep="\n")
    # Model: a\u000aimport os
    """

    def escaped(character: str) -> str:
        return character if harmless(character) and character not in refused else _code(character)

    return [_commented(line, mark, escaped) for line in about]


def c_remark(line: str) -> str:
    r"""Write a line for the inside of a C comment, in ASCII: nothing in it can end the comment or continue a line.

    Examples
    --------
    >>> print(c_remark("*/ int x; ??/"))
    \u002a\u002f int x; \u003f\u003f\u002f
    """
    return "".join(c if c in _PLAIN_IN_C else _code(c) for c in line)


def _commented(line: str, mark: str, escaped: Callable[[str], str]) -> str:
    return (mark + "".join(map(escaped, line))).rstrip()


def _code(character: str) -> str:
    point = ord(character)
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
