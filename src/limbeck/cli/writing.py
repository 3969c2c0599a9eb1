"""Results on disk: a directory or a file is there whole, or as it was before."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from limbeck.errors import LimbeckError
from limbeck.output import OWNED

__all__ = ["ResultDirectory", "WriteError", "write_file"]


class WriteError(LimbeckError, OSError):
    """The result cannot be written."""


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
        self._refuse_other_files(force)
        probe = self._beside("probe")
        try:
            probe.mkdir()
            probe.rmdir()
        except OSError as error:
            raise self._failed(error) from error

    def write(self, texts: Mapping[str, str]) -> None:
        """Write all files, or leave everything as it was.

        Raises
        ------
        WriteError
            The disk is full, or the place can no longer be written.
        """
        unfinished = self._beside("unfinished")
        try:
            unfinished.mkdir()
            for name, text in texts.items():
                write_text(unfinished / name, text)
            self._put_in_place(unfinished)
        except OSError as error:
            raise self._failed(error) from error
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def _put_in_place(self, unfinished: Path) -> None:
        """Swap the new directory for the old one, whose other files move over."""
        if not self.path.exists():
            os.rename(unfinished, self.path)
            return
        before = self._beside("before")
        os.rename(self.path, before)
        try:
            os.rename(unfinished, self.path)
        except BaseException:
            os.rename(before, self.path)
            raise
        for entry in before.iterdir():
            if entry.name not in OWNED:
                os.rename(entry, self.path / entry.name)
        shutil.rmtree(before, ignore_errors=True)

    def _refuse_other_files(self, force: bool) -> None:
        """Refuse what is no directory, and a directory with files that limbeck did not write."""
        asked = f"`--out {self.shown}`"
        if self.path.exists() and not self.path.is_dir():
            raise WriteError(asked, "a file of this name", "give another directory")
        if os.path.ismount(self.path):
            raise WriteError(asked, "a mount point, which cannot be replaced whole", "give a directory inside it")
        try:
            others = sorted(e.name for e in self.path.iterdir() if e.name not in OWNED) if self.path.exists() else []
        except OSError as error:
            raise self._failed(error) from error
        if others and not force:
            found = f"a directory with other files in it: {', '.join(f'`{name}`' for name in others[:3])}"
            raise WriteError(asked, found, "give another directory, or add `--force`, which keeps these files")

    def _beside(self, purpose: str) -> Path:
        """Return a fresh name beside the directory, on the same disk."""
        return self.path.with_name(f".{self.path.name}.{purpose}-{secrets.token_hex(4)}")

    def _failed(self, error: OSError) -> WriteError:
        return _write_error(f"`--out {self.shown}`", error)


def write_file(path: str, content: str | bytes) -> None:
    """Write one file of text or bytes, whole or not at all.

    Raises
    ------
    WriteError
        The disk is full, or the place cannot be written.
    """
    target = Path(os.path.realpath(path))
    unfinished = target.with_name(f".{target.name}.unfinished-{secrets.token_hex(4)}")
    try:
        if isinstance(content, str):
            write_text(unfinished, content)
        else:
            unfinished.write_bytes(content)
        os.replace(unfinished, target)
    except OSError as error:
        raise _write_error(f"`--out {path}`", error) from error
    finally:
        unfinished.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a new file."""
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)


def _write_error(asked: str, error: OSError) -> WriteError:
    found = error.strerror or str(error)
    remedy = "give a directory that exists and can be written to, on a disk with room; nothing was left half written"
    return WriteError(asked, f"a place that cannot be written: {found}", remedy)
