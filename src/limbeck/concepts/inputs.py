"""Raw inputs: one text, file, image or object each; and their bytes and text, wherever these lie."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import narwhals as nw
import numpy as np

from limbeck.errors import InputError
from limbeck.tables import Table

__all__ = ["bytes_of", "raw_table", "text_of"]

_MOST_BYTES = 1 << 20
"""So much of a file's text is read from its beginning."""


def raw_table(inputs: Any) -> Table:
    """Return raw inputs as a table without columns, whose rows the teacher gets as they were given.

    Parameters
    ----------
    inputs : sequence, Series or ndarray of shape (n, ...)
        One input a row: texts, bytes, paths, arrays or objects. A list stays a list, an array an array.

    Raises
    ------
    InputError
        No inputs, one text alone, or a data frame.

    Examples
    --------
    >>> raw_table(["one text", "another"]).n_rows
    2
    """
    if isinstance(inputs, Table):
        return inputs
    asked = "inputs, one for each row: a list of texts, bytes or paths, or an array of shape (n, ...)"
    if isinstance(inputs, (str, bytes, Path)):
        raise InputError(asked, f"a single `{type(inputs).__name__}`", "give a list of them")
    if nw.dependencies.is_into_dataframe(inputs):
        raise InputError(asked, "a data frame", "give the one column that holds the inputs, such as `frame['text']`")
    if nw.dependencies.is_into_series(inputs):
        inputs = nw.from_native(inputs, series_only=True).to_list()
    source: Any = inputs if isinstance(inputs, np.ndarray) or not isinstance(inputs, Sequence) else list(inputs)
    if not isinstance(source, (list, np.ndarray)):
        try:
            source = np.asarray(source)
        except Exception as error:
            found = f"a `{type(source).__name__}` that NumPy cannot read: {error}"
            raise InputError(asked, found, "give a list or an array") from error
    if isinstance(source, np.ndarray) and source.ndim == 0:
        raise InputError(asked, f"a single `{type(inputs).__name__}`", "give a list of them")
    n_rows = len(cast("list[Any]", source))
    if not n_rows:
        raise InputError(asked, "no inputs", "give at least one")
    return Table((), source, n_rows, raw=True)


def bytes_of(one: Any, place: str = "an input") -> bytes:
    """Return the bytes of an input: itself, a file's, or those of a text in UTF-8.

    Raises
    ------
    InputError
        A file that cannot be read, or an input without bytes.
    """
    if isinstance(one, (bytes, bytearray, memoryview)):
        return bytes(one)
    if isinstance(one, str):
        return one.encode("utf-8", "surrogateescape")
    if isinstance(one, Path):
        return _head(one, None)
    if isinstance(one, np.ndarray) and one.dtype == np.uint8 and one.ndim == 1:
        return one.tobytes()
    raise InputError(f"bytes, text or a path as {place}", f"a `{type(one).__name__}`", "leave it out, or convert it")


def text_of(one: Any, place: str = "an input") -> str:
    """Return the text of an input: itself, or bytes or a file's beginning as UTF-8.

    What cannot be decoded reads as U+FFFD, which is no letter.

    Raises
    ------
    InputError
        A file that cannot be read, or an input without text.
    """
    if isinstance(one, str):
        return one
    if isinstance(one, (bytes, bytearray)):
        return one.decode("utf-8", "replace")
    if isinstance(one, Path):
        return _head(one, _MOST_BYTES).decode("utf-8", "replace")
    raise InputError(
        f"text as {place}", f"a `{type(one).__name__}`", "give an empty text where there is none, or leave it out"
    )


def _head(path: Path, most: int | None) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read() if most is None else file.read(most)
    except OSError as error:
        raise InputError(f"the file `{path}`", f"{error.strerror or error}", "leave it out, or see to it") from error
