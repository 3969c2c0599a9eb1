"""A file or a directory on disk is there whole, or as it was before; a device or a pipe is written into."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import tempfile
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from limbeck.errors import InputError
from limbeck.report.workplace import emptied_into, exchange, mended, workplace

__all__ = ["descriptor_of", "put_directory", "put_file", "put_in_parts", "write_whole"]

_OF_DESCRIPTORS = re.compile(r"/(dev|proc/(self|thread-self|\d+))/fd")


def write_whole(target: Path, text: str) -> None:
    """Write one file, whole or not at all; into a device or a pipe, as it is.

    Raises
    ------
    InputError
        The place cannot be written to.
    """
    try:
        put_file(target, text)
    except (OSError, ValueError) as error:
        found = (error.strerror if isinstance(error, OSError) else None) or str(error)
        remedy = (
            "make its folder first" if isinstance(error, FileNotFoundError) else "give a place that can be written to"
        )
        raise InputError(f"the file `{target}`", found, remedy) from error


def put_file(target: str | Path, content: str | bytes) -> None:
    """Write a file, whole or not at all, where there is none or a regular one; write into anything else.

    Raises
    ------
    OSError
        The place cannot be written to, or is a disk or a socket.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    descriptor = descriptor_of(target)
    if descriptor is not None:
        # What a shell opened, perhaps to append to: the file behind it is never replaced.
        with os.fdopen(os.dup(descriptor), "wb") as opened:
            opened.write(data)
        return
    place = Path(os.path.realpath(target))
    mode = _mode(place)
    if mode is None or stat.S_ISREG(mode):
        mended(place)
        with workplace(place) as room:
            write_new(room / "new", data)
            os.replace(room / "new", place)
    elif stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "Is a directory", str(target))
    elif stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
        with os.fdopen(os.open(place, os.O_WRONLY), "wb") as opened:
            opened.write(data)
    else:
        raise OSError(errno.EINVAL, "Not a file, a pipe or a terminal", str(target))


@contextmanager
def put_in_parts(target: str | Path) -> Generator[IO[bytes]]:
    """Yield a file to write into part by part: at the end it is there whole, or as before; else as `put_file`.

    Raises
    ------
    OSError
        The place cannot be written to, or is a disk or a socket.
    """
    place = Path(os.path.realpath(target))
    mode = _mode(place) if descriptor_of(target) is None else None
    if descriptor_of(target) is not None or (mode is not None and not stat.S_ISREG(mode)):
        with tempfile.SpooledTemporaryFile(1 << 24) as spool:
            yield spool
            spool.seek(0)
            put_file(target, spool.read())
        return
    mended(place)
    with workplace(place) as room:
        with (room / "new").open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(room / "new", place)


def put_directory(target: Path, texts: Mapping[str, str], owned: Collection[str]) -> None:
    """Write a directory of texts, all of them or none.

    Where there is one already, old and new change places in one step where the operating system can do that. Of the
    old one, the files that `owned` names go and all else moves over.

    Raises
    ------
    OSError
        The disk is full, or the place cannot be written.
    """
    mended(target, owned)
    with workplace(target, owned) as room:
        new = room / "new"
        new.mkdir()
        for name, text in texts.items():
            write_new(new / name, text.encode("utf-8", "backslashreplace"))
        _put_in_place(new, target, room / "before", owned)
        for old in (new, room / "before"):
            if old.is_dir():
                emptied_into(old, target, owned)


def descriptor_of(path: str | Path) -> int | None:
    """Return the descriptor that a path such as `/dev/stdout` stands for, links followed; None for other paths."""
    place = os.path.abspath(path)
    for _ in range(40):  # the most links that the operating system follows
        folder, name = os.path.split(place)
        if name.isdecimal() and (_OF_DESCRIPTORS.fullmatch(folder) or _OF_DESCRIPTORS.fullmatch(_real(folder))):
            mine = {"/dev/fd", "/proc/self/fd", "/proc/thread-self/fd", f"/proc/{os.getpid()}/fd"}
            return int(name) if {folder, _real(folder)} & mine else None
        try:
            place = os.path.join(_real(folder), os.readlink(place))
        except OSError:
            return None
    return None


def write_new(path: Path, data: bytes) -> None:
    """Write a new file, and have it on the disk before it takes another's place."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _real(folder: str) -> str:
    return os.path.realpath(folder)


def _mode(place: Path) -> int | None:
    """Return what kind of thing a path is; None where there is nothing."""
    with contextlib.suppress(FileNotFoundError):
        return place.stat().st_mode
    return None


def _put_in_place(new: Path, target: Path, before: Path, owned: Collection[str]) -> None:
    """Let a new directory take the place of what is there, if anything is.

    Where two renames are needed and the second fails, the workplace puts back what stood there.
    """
    while True:
        try:
            os.rename(new, target)  # where there is nothing, or an empty directory
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        with contextlib.suppress(FileNotFoundError):  # another run may just have taken it away
            if exchange(new, target):
                return
            if before.is_dir():
                emptied_into(before, target, owned)
            os.rename(target, before)
