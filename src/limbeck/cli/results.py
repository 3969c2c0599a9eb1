"""Stdout is for results: what anything else prints there, native libraries too, goes to stderr."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, TextIO

import click

from limbeck.errors import LimbeckError
from limbeck.visible import visible_lines

__all__ = ["WriteError", "claim_stdout", "only_results", "print_data", "release_stdout", "results", "say"]


class WriteError(LimbeckError, OSError):
    """The result cannot be written."""


_kept: list[TextIO | None] = []


def results() -> TextIO | None:
    """Return the stream for results; None where stdout is closed."""
    return _kept[-1] if _kept else sys.stdout


@contextmanager
def only_results() -> Generator[None]:
    """Keep stdout for `results()`; within the body `sys.stdout` is stderr."""
    _kept.append(sys.stdout)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        _kept.pop()


def claim_stdout() -> None:
    """For the rest of the process: results have a descriptor that no library knows, and descriptor 1 is stderr's."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
        os.dup2(sys.stderr.fileno(), 2)
    if sys.stdout is not None:
        own = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
        sys.stdout = sys.__stdout__ = _Results(own, sys.stdout.encoding, errors="replace", newline="\n")
    os.dup2(2, 1)
    # A terminal that cannot show a branch of a tree shows a question mark, rather than nothing at all.
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="replace")


def release_stdout() -> None:
    """End the results: what is printed from now on, as when modules are torn down, goes to stderr."""
    if sys.stdout is not None:
        sys.stdout, stream = sys.stderr, sys.stdout
        stream.close()


class _Results(io.TextIOWrapper):
    """A stream that says what failed: what click prints by itself, such as its help, goes there too."""

    def write(self, text: str) -> int:
        with _saying_what_failed(self):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with _saying_what_failed(self):
            super().flush()


def say(text: str, *, err: bool = False, end: str = "\n", **style: Any) -> None:
    """Print text for people, without characters that a terminal acts on, in the style that is asked for.

    Raises
    ------
    WriteError
        Stdout cannot be written to. What stderr cannot take is lost.
    """
    shown = visible_lines(text)
    shown = (click.style(shown, **style) if style else shown) + end
    if not err:
        _put(results(), lambda stream: click.echo(shown, file=stream, nl=False))
        return
    with contextlib.suppress(OSError, ValueError):
        click.echo(shown, file=sys.stderr, nl=False)


def print_data(content: str | bytes) -> None:
    """Print what programs read, as it is; on a terminal its control characters are shown, and not sent.

    Raises
    ------
    WriteError
        Stdout cannot be written to.
    """
    stream = results()
    if isinstance(content, bytes):
        _put(stream, lambda stream: _write_bytes(stream, content))
        return
    shown = visible_lines(content) if stream is not None and stream.isatty() else content
    _put(stream, lambda stream: (stream.write(shown), stream.flush()))
    if shown != content:
        say("note: control characters are shown as escapes here; `--out FILE` writes them as they are", err=True)


def _write_bytes(stream: TextIO, content: bytes) -> None:
    stream.flush()
    stream.buffer.write(content)
    stream.buffer.flush()


def _put(stream: TextIO | None, write: Callable[[TextIO], object]) -> None:
    """Write to stdout now, so that a disk without room or a reader that is gone shows here."""
    with _saying_what_failed(stream):
        if stream is None:
            raise OSError(errno.EBADF, "it is closed")
        write(stream)


@contextmanager
def _saying_what_failed(stream: TextIO | None) -> Generator[None]:
    """Turn what goes wrong with stdout into an error for people."""
    try:
        yield
    except WriteError:
        raise
    except OSError as error:
        # Else what is left in the buffer fails again when the process ends.
        with contextlib.suppress(OSError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # pyright: ignore[reportOptionalMemberAccess]
        found = f"it cannot be written to: {error.strerror or error}"
        raise WriteError("the result on stdout", found, "give it a place with room, or a reader that waits") from error
