"""Ctrl-C ends the command quietly, from the first import of limbeck to the end of the process.

Importing what limbeck needs takes a while, in which Python would answer Ctrl-C with the trace of some import. A program
that imports limbeck is left alone.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import types
from typing import Any

__all__ = ["CODE", "MESSAGE", "begun", "end_at_once", "is_command", "raise_once"]

CODE, MESSAGE = 130, "limbeck: interrupted"

_IMPORTED = time.monotonic()


def is_command() -> bool:
    """Tell whether this process is `limbeck` or `python -m limbeck`."""
    words = getattr(sys, "orig_argv", [])
    as_module = words[1:3] == ["-m", "limbeck"] or "-mlimbeck" in words[1:2]
    return as_module or (bool(sys.argv) and os.path.splitext(os.path.basename(sys.argv[0]))[0] == "limbeck")


def begun() -> float:
    """Return the moment from which a time limit counts: where limbeck is the command, when it was started."""
    return _IMPORTED if is_command() else time.monotonic()


def end_at_once() -> None:
    """From now on, Ctrl-C ends the process without a word from Python; nothing that is kept may be half done."""
    _answer(_end)


def raise_once() -> None:
    """From now on, the first Ctrl-C is a `KeyboardInterrupt`, so that things are put in order; a second ends all."""
    _answer(_raise)
    sys.unraisablehook = _unraisable


def _answer(handler: Any) -> None:
    # A shell that runs a command in the background tells it to ignore Ctrl-C: that stays.
    if signal.getsignal(signal.SIGINT) in (signal.default_int_handler, _raise, _end):
        signal.signal(signal.SIGINT, handler)


def _end(number: int, frame: types.FrameType | None) -> None:
    try:
        os.write(2, f"{MESSAGE}\n".encode())
    finally:
        os._exit(CODE)


def _raise(number: int, frame: types.FrameType | None) -> None:
    end_at_once()
    raise KeyboardInterrupt


def _unraisable(caught: Any) -> None:
    """End at once where an interrupt hit a place from which no exception comes out, such as a destructor."""
    if issubclass(caught.exc_type, KeyboardInterrupt):
        _end(signal.SIGINT, None)
    else:
        sys.__unraisablehook__(caught)


if is_command():
    end_at_once()
