"""Text that shows its control characters, so that a terminal or a page does not act on them."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["json_escaped", "visible", "visible_lines"]

# Joiners are part of ordinary words of Persian, Hindi and others, and of many emoji.
_JOINERS = "\u200c\u200d"


def visible(text: str) -> str:
    r"""Write control characters, direction marks and all else that cannot be seen as escapes.

    Letters of every script, spaces of every width and joiners inside words stay as they are.

    Examples
    --------
    >>> print(visible("red\x1b[31m\u202ebla\n"))
    red\x1b[31m\u202ebla\n
    """
    return text if text.isprintable() else "".join(c if _harmless(c) else _escape(c) for c in text)


def visible_lines(text: str) -> str:
    """Do the same line by line: the line breaks stay."""
    return "\n".join(map(visible, text.split("\n")))


def json_escaped(text: str) -> str:
    r"""Write what `visible` would escape as escapes of JSON, which read back as the same text.

    Examples
    --------
    >>> print(json_escaped('{"a\u202e": 1}'))
    {"a\u202e": 1}
    """
    return text if text.isprintable() else _OUTSIDE_ASCII.sub(_json_escape, text)


# Below, JSON has no control character but the line breaks between its values.
_OUTSIDE_ASCII = re.compile("[\x7f-\U0010ffff]")


def _harmless(character: str) -> bool:
    return character.isprintable() or character in _JOINERS or unicodedata.category(character) == "Zs"


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _json_escape(found: re.Match[str]) -> str:
    if _harmless(found[0]):
        return found[0]
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
