"""Names and values of the user in source text: which characters stay as they are, and identifiers made from them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Set

from limbeck.errors import InputError
from limbeck.tables import shortened

__all__ = ["harmless", "identifiers", "refuse_characters"]

_REORDERING = {"R", "AL", "AN"}


def harmless(character: str) -> bool:
    """Tell whether a character can stand in source text as it is.

    Not so: control and formatting characters, lone surrogates, and letters written from right to left, next to which
    an editor shows the code around them in another order.
    """
    return character.isprintable() and unicodedata.bidirectional(character) not in _REORDERING


def identifiers(texts: Iterable[str], *, reserved: Set[str] = frozenset(), longest: int = 40) -> list[str]:
    """Turn any texts into distinct identifiers of ASCII letters, digits and underscores.

    Two texts that would give the same identifier are numbered, also when they differ in case only.

    Examples
    --------
    >>> identifiers(["Größe", "grosse", "a b", "a-b", "", "int", "2nd"], reserved={"int"})
    ['grosse', 'grosse_2', 'a_b', 'a_b_2', 'x', 'int_2', 'x2nd']
    """
    found: list[str] = []
    taken = set(reserved)
    for text in texts:
        plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()
        base = re.sub(r"[^a-z0-9]+", "_", plain.lower())[:longest].strip("_")
        base = base if base and not base[0].isdigit() else f"x{base}"
        name, count = base, 1
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        taken.add(name)
        found.append(name)
    return found


def refuse_characters(text: str, refused: Set[str], where: str) -> None:
    """Refuse text that a language has no way to write: some characters, and lone surrogates everywhere.

    Raises
    ------
    InputError
        The text has such a character.
    """
    found = next((c for c in text if c in refused or "\ud800" <= c <= "\udfff"), None)
    if found is not None:
        raise InputError(
            f"`{shortened(ascii(text)[1:-1])}` in {where}",
            f"the character U+{ord(found):04X}, which cannot be written there",
            "rename the column, the category or the class before the distillation",
        )
