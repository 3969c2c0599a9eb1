"""Raw inputs for people: the text with its concepts marked, the beginning of a file, a picture with its regions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from limbeck.concepts.concepts import Concepts
from limbeck.concepts.images import Images
from limbeck.concepts.inputs import text_of
from limbeck.concepts.pictures import picture
from limbeck.concepts.words import Words

__all__ = ["ShownInput", "shown_input"]

_MOST_LETTERS, _MOST_BYTES = 400, 160


@dataclass(frozen=True)
class ShownInput:
    """What a page shows of one input.

    Parameters
    ----------
    title : str
        The name of a file; empty for others.
    text : str
        The beginning of a text, of bytes (a dot for each that cannot be read), or what Python calls the object.
    marks : tuple of (int, int)
        Where concepts stand in it, in rising order, none in another.
    image : str
        A small PNG in base64, with the regions outlined that concepts are about; empty for what is no image.
    """

    title: str = ""
    text: str = ""
    marks: tuple[tuple[int, int], ...] = ()
    image: str = ""


def shown_input(concepts: Concepts, one: Any, names: Iterable[str]) -> ShownInput:
    """Return what is shown of one input, with those of some concepts marked that it has."""
    kinds = {type(kind) for kind, _ in concepts.asked.values()}
    images = [kind for kind, _ in concepts.asked.values() if isinstance(kind, Images)]
    if isinstance(one, np.ndarray) and images:
        pixels = images[0].pixels(one)
        held = (concepts.asked[name] for name in names)
        regions = [kind.mask(question, pixels.shape[1:]) for kind, question in held if isinstance(kind, Images)]
        return ShownInput(image=picture(pixels, regions))
    title = "/".join(one.parts[-2:]) if isinstance(one, Path) else ""
    if isinstance(one, str) or (isinstance(one, (bytes, Path)) and Words in kinds):
        text, most = text_of(one), _MOST_LETTERS
    elif isinstance(one, (bytes, Path)):
        head = one if isinstance(one, bytes) else _head(one)
        text, most = "".join(chr(b) if 32 <= b < 127 or b == 10 else "·" for b in head[:_MOST_BYTES]), _MOST_BYTES
    else:
        return ShownInput(title, repr(one)[:_MOST_BYTES])
    found = [mark for name in names for mark in _marks(concepts, one, name)]
    return ShownInput(title, text[:most], _apart(found, min(most, len(text))))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST_BYTES)


def _marks(concepts: Concepts, one: Any, name: str) -> list[tuple[int, int]]:
    kind, question = concepts.asked[name]
    return kind.marks(one, question)


def _apart(marks: list[tuple[int, int]], most: int) -> tuple[tuple[int, int], ...]:
    """Return marks up to a place, those that overlap as one."""
    joined: list[tuple[int, int]] = []
    for start, stop in sorted(marks):
        if start >= most or start >= stop:
            continue
        stop = min(stop, most)
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return tuple(joined)
