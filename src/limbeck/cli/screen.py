"""What the terminal shows: results on stdout; progress, notes and errors on stderr."""

from __future__ import annotations

import logging
import shutil
import sys
import textwrap
import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from limbeck.cli.results import only_results, print_data, results, say
from limbeck.errors import LimbeckError
from limbeck.report import json_text
from limbeck.report.layout import count
from limbeck.tables import shortened, visible

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["Screen", "print_error", "print_json", "print_sections", "text_width"]

_MOST_WARNINGS = 3
# Rows from which on their rate is shown.
_MANY = 100_000


class Screen:
    """The progress of one verb: one line that is replaced, with the time left for the step at hand.

    Nothing of it is shown when stderr is no terminal, or with `--quiet`.
    """

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self._display: Progress | None = None
        self._task: TaskID | None = None
        self._step, self._done, self._total = "", 0, 0

    def progress(self, what: str, done: int, total: int) -> None:
        """Show how far a step is; of many rows, how many a second too."""
        begins = what != self._step or done < self._done
        self._step, self._done, self._total = what, done, total
        if self._display is None:
            return
        if self._task is None or begins:
            if self._task is not None:
                self._display.remove_task(self._task)
            self._task = self._display.add_task(visible(what), amount="")
        speed = next((task.speed for task in self._display.tasks if task.id == self._task), None)
        rate = f", {count(round(speed))} a second" if speed and max(done, total) >= _MANY else ""
        self._display.update(self._task, completed=done, total=total or None, amount=self._reached + rate)

    @property
    def _reached(self) -> str:
        """How much of the step is done."""
        return (
            f"{count(self._done)} of {count(self._total)}" if self._total else count(self._done) if self._done else ""
        )

    def step(self, what: str) -> None:
        """Show a step whose length is not known."""
        self.progress(what, 0, 0)

    def note(self, text: str) -> None:
        """Say something beside the result."""
        if not self.quiet:
            say(text, err=True)

    def remark(self, text: str) -> None:
        """Say how the input was read."""
        self.note(f"note: {text}")

    @contextmanager
    def running(self) -> Generator[None]:
        """Show progress while the body runs; keep the warnings of libraries back and list a few at the end."""
        logging.getLogger().addHandler(_SILENT)
        with only_results(), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")
            try:
                if self.quiet or not sys.stderr.isatty():
                    yield
                else:
                    with _display() as self._display:
                        yield
            except KeyboardInterrupt:
                if self._done:
                    self.note(f"interrupted while {visible(self._step)}, after {self._reached}")
                raise
            finally:
                self._display = self._task = None
                logging.getLogger().removeHandler(_SILENT)
        self._list_warnings([f"{w.category.__name__}: {shortened(str(w.message), 200)}" for w in caught])

    def _list_warnings(self, texts: Sequence[str]) -> None:
        """List each warning once, and only the first few."""
        distinct = list(dict.fromkeys(texts))
        for text in distinct[:_MOST_WARNINGS]:
            self.note(f"warning of a library: {text}")
        if len(distinct) > _MOST_WARNINGS:
            self.note(f"and {len(distinct) - _MOST_WARNINGS} more warnings of libraries")


# Without a handler at the root, the logging of libraries prints to stderr by itself.
_SILENT = logging.NullHandler()


def print_error(error: LimbeckError) -> None:
    """Print an error as three labelled lines on stderr."""
    width = text_width(err=True) if sys.stderr.isatty() else sys.maxsize
    say("limbeck: error", err=True, fg="red", bold=True)
    for label, text in (("asked", error.asked), ("found", error.found), ("do this", error.remedy)):
        lead = f"  {label:<8} "
        flat = " ".join(text.split())
        lines = textwrap.wrap(flat, max(width - len(lead), 24), break_on_hyphens=False) or [""]
        say(lead, err=True, end="", bold=True)
        say(("\n" + " " * len(lead)).join(lines), err=True)


def print_sections(sections: Sequence[tuple[str, str]]) -> None:
    """Print titled sections on stdout, the titles in bold on a terminal."""
    for i, (title, body) in enumerate(sections):
        if i:
            say("")
        say(title, bold=True)
        say(body)


def print_json(plain: object) -> None:
    """Print one JSON document on stdout."""
    # Where stdout cannot take every character, JSON's own escapes can stand for it.
    stream = results()
    utf = (getattr(stream, "encoding", None) or "ascii").lower().startswith("utf")
    print_data(json_text(plain, ascii_only=not utf))


def text_width(*, err: bool = False) -> int:
    """Return the width to which text is filled: the terminal's, within what reads well."""
    stream = sys.stderr if err else results()
    at_terminal = stream is not None and stream.isatty()
    return min(max(shutil.get_terminal_size().columns, 60), 120) if at_terminal else 100


def _display() -> Progress:
    """Set up the one progress display."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[amount]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=Console(stderr=True),
        transient=True,
    )
