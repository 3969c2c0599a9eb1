"""Results on disk: a directory or a file is there whole, or as it was before."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from limbeck.cli.results import WriteError, print_data
from limbeck.errors import LimbeckError
from limbeck.report import OWNED
from limbeck.report.workplace import mended, workplace
from limbeck.report.writing import descriptor_of, put_directory, put_file, put_in_parts

__all__ = ["ResultDirectory", "WriteError", "file_in_parts", "write_file"]


class ResultDirectory:
    """The directory of a result: checked before the long work, written after it.

    Parameters
    ----------
    path : str
        The directory; it may exist, empty or with an earlier result in it.
    force : bool
        Whether other files may be in it too; they are kept.

    Raises
    ------
    WriteError
        The directory cannot be written, or holds other files.
    """

    def __init__(self, path: str, *, force: bool = False) -> None:
        self.shown = path
        self.path = Path(os.path.realpath(path))
        try:
            mended(self.path, OWNED)
            self._refuse_other_files(force)
            with workplace(self.path):
                pass
        except OSError as error:
            raise self._failed(error) from error

    def write(self, texts: Mapping[str, str]) -> None:
        """Write all files, or leave everything as it was.

        Raises
        ------
        WriteError
            The disk is full, or the place can no longer be written.
        """
        try:
            put_directory(self.path, texts, OWNED)
        except OSError as error:
            raise self._failed(error) from error

    def _refuse_other_files(self, force: bool) -> None:
        """Refuse what is no directory, and a directory with files that limbeck did not write."""
        asked = f"`--out {self.shown}`"
        if self.path.exists() and not self.path.is_dir():
            found = "a file of this name" if self.path.is_file() else "a device or a pipe of this name"
            raise WriteError(asked, found, "give another directory")
        if os.path.ismount(self.path):
            raise WriteError(asked, "a mount point, which cannot be replaced whole", "give a directory inside it")
        others = sorted(e.name for e in self.path.iterdir() if e.name not in OWNED) if self.path.exists() else []
        if others and not force:
            found = f"a directory with other files in it: {', '.join(f'`{name}`' for name in others[:3])}"
            raise WriteError(asked, found, "give another directory, or add `--force`, which keeps these files")

    def _failed(self, error: OSError) -> WriteError:
        return error if isinstance(error, WriteError) else _write_error(f"`--out {self.shown}`", error)


def write_file(path: str, content: str | bytes) -> None:
    """Write one file of text or bytes, whole or not at all; into a device or a pipe, as it is.

    Raises
    ------
    WriteError
        The disk is full, or the place cannot be written.
    """
    if descriptor_of(path) == 1:
        print_data(content)
        return
    try:
        put_file(path, content)
    except OSError as error:
        raise _write_error(f"`--out {path}`", error) from error


@contextmanager
def file_in_parts(path: str) -> Generator[IO[bytes]]:
    """Yield a file to write into part by part, which is there whole at the end or not at all.

    Raises
    ------
    WriteError
        The disk is full, or the place cannot be written.
    """
    try:
        with put_in_parts(path) as file:
            yield file
    except LimbeckError:
        raise
    except OSError as error:
        raise _write_error(f"`--out {path}`", error) from error


def _write_error(asked: str, error: OSError) -> WriteError:
    found = error.strerror or str(error)
    remedy = "give a place that exists and can be written to, on a disk with room; nothing was left half written"
    return WriteError(asked, f"a place that cannot be written: {found}", remedy)
