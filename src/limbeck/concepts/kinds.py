"""What a caller gives as concepts: kinds of questions about raw inputs, or names of columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from limbeck.concepts.functions import Functions
from limbeck.concepts.questions import Questions
from limbeck.errors import InputError

__all__ = ["kinds_of"]


def kinds_of(given: Any) -> tuple[Questions, ...]:
    """Return the kinds of concepts that are given; none where columns are named.

    One kind stands for itself, a mapping of names to functions for `Functions`.

    Raises
    ------
    InputError
        Kinds and names of columns together.

    Examples
    --------
    >>> from limbeck.concepts.words import Words
    >>> [kind.kind for kind in kinds_of([Words(), Functions({"is empty": lambda one: not one})])]
    ['words', 'functions']
    >>> kinds_of(["is_urgent"])
    ()
    """
    if isinstance(given, Questions):
        return (given,)
    if isinstance(given, Mapping):
        return (Functions(cast("Mapping[str, Any]", given)),)
    if not isinstance(given, (list, tuple)):
        return ()
    kinds = cast("list[Any] | tuple[Any, ...]", given)
    strange = [one for one in kinds if not isinstance(one, Questions)]
    if len(strange) == len(kinds):
        return ()
    if strange:
        found = f"`{strange[0]!r}` beside kinds of concepts"
        raise InputError("`concepts` as kinds of concepts, or as names of columns", found, "give one or the other")
    return tuple(kinds)
