"""A file on disk is there whole, or as it was before."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from limbeck.errors import InputError

__all__ = ["write_whole"]


def write_whole(target: Path, text: str) -> None:
    """Write one file, whole or not at all.

    Raises
    ------
    InputError
        The place cannot be written to.
    """
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8")
        os.replace(unfinished, target)
    except OSError as error:
        with contextlib.suppress(OSError):  # the place itself may be impossible
            unfinished.unlink(missing_ok=True)
        raise InputError(f"the file `{target}`", f"{error}", "give a place that can be written to") from error
