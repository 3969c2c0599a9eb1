"""What goes to the terminal and what does not: progress, notes, warnings, errors."""

import io
import json
import logging
import os
import pty
import subprocess
import sys
import warnings

import click
import pytest

from limbeck.cli.screen import Screen, print_error, print_json, print_sections, text_width
from limbeck.errors import InputError


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def put_at_terminal(monkeypatch):
    """Let stdout and stderr be a terminal of 70 columns (from within a test, as pytest sets them before it)."""
    monkeypatch.setenv("COLUMNS", "70")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, Terminal())


def steps(screen):
    with screen.running():
        screen.step("reading the table")
        screen.progress("asking the teacher", 500, 1000)
        screen.progress("asking the teacher", 1000, 1000)
        screen.progress("asking the teacher", 0, 1000)  # the same step again


def test_progress_is_shown_on_a_terminal_and_cleared(monkeypatch):
    put_at_terminal(monkeypatch)
    steps(Screen(quiet=False))
    shown = sys.stderr.getvalue()
    assert "reading the table" in shown or "asking the teacher" in shown
    assert sys.stdout.getvalue() == ""
    assert shown.rstrip().endswith("\x1b[2K")


def test_progress_is_not_shown_when_quiet_or_elsewhere(monkeypatch):
    put_at_terminal(monkeypatch)
    steps(Screen(quiet=True))
    assert sys.stderr.getvalue() == ""
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    steps(Screen(quiet=False))
    assert sys.stderr.getvalue() == ""


def test_progress_outside_of_a_run_is_nothing(monkeypatch):
    put_at_terminal(monkeypatch)
    Screen(quiet=False).progress("later", 1, 2)
    assert sys.stderr.getvalue() == ""


def test_warnings_and_logging_of_libraries_are_held_back_until_the_end(capsys):
    screen = Screen(quiet=False)

    def fails():
        with screen.running():
            warnings.warn("early", UserWarning, stacklevel=1)
            logging.getLogger("some.library").warning("log line")
            raise InputError("a", "b", "c")

    with pytest.raises(InputError):
        fails()
    with screen.running():
        for text in ("p" * 5000, "q", "q", "r", "s"):
            warnings.warn(text, UserWarning, stacklevel=1)
    lines = capsys.readouterr().err.strip().split("\n")
    assert len(lines) == 4
    assert lines[0].startswith("warning of a library: UserWarning: ppp")
    assert len(lines[0]) < 260
    assert lines[3] == "and 1 more warnings of libraries"


def test_errors_are_three_labelled_lines(capsys):
    print_error(InputError("x\ny", "a " * 300, "do it"))
    lines = capsys.readouterr().err.split("\n")
    assert lines[0] == "limbeck: error"
    assert lines[1] == "  asked    x y"
    assert lines[2] == "  found    " + " ".join(["a"] * 300)
    assert lines[3:] == ["  do this  do it", ""]


def test_errors_are_folded_on_a_terminal(monkeypatch):
    put_at_terminal(monkeypatch)
    print_error(InputError("x", "a " * 100, "do it"))
    assert max(len(line) for line in click.unstyle(sys.stderr.getvalue()).split("\n")) <= 70
    assert "\n           a a" in sys.stderr.getvalue()


def test_titles_are_bold_on_a_terminal_only(monkeypatch):
    put_at_terminal(monkeypatch)
    print_sections([("Title", "  body")])
    assert sys.stdout.getvalue() == "\x1b[1mTitle\x1b[0m\n  body\n"
    assert text_width() == 70
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    print_sections([("Title", "  body"), ("Next", "  end")])
    assert sys.stdout.getvalue() == "Title\n  body\n\nNext\n  end\n"
    assert text_width() == 100


def test_json_keeps_to_what_stdout_can_write(monkeypatch):
    for encoding, expected in (("utf-8", b'"\xc3\xbc\xe2\x86\x92"'), ("latin-1", b'"\\u00fc\\u2192"')):
        raw = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
        print_json("ü→")
        sys.stdout.flush()
        assert raw.getvalue().strip() == expected
        assert json.loads(raw.getvalue().decode(encoding)) == "ü→"


def test_a_real_terminal_shows_progress_and_stdout_stays_clean(here, shelf):
    leader, follower = pty.openpty()
    words = [sys.executable, "-m", "limbeck", "distill", "toy_models:make_slow", str(shelf / "numbers.csv"), "--json"]
    environment = {**os.environ, "PYTHONPATH": str(shelf), "TERM": "xterm", "COLUMNS": "100"}
    options = ("--batch-size", "20", "--effort", "fast", "--max-leaves", "3", "--max-queries", "100")
    process = subprocess.Popen([*words, *options], stdout=subprocess.PIPE, stderr=follower, cwd=here, env=environment)
    os.close(follower)
    shown = b""
    try:
        while part := os.read(leader, 65536):
            shown += part
    except OSError:  # the end of a terminal whose process is gone
        pass
    os.close(leader)
    assert json.loads(process.stdout.read())["tree"]["leaves"] <= 3
    process.stdout.close()
    assert process.wait() == 0
    assert b"asking the teacher" in shown
    assert b" of 180" in shown


def test_an_interrupted_step_says_how_far_it_was(capsys):
    screen = Screen(quiet=False)

    def interrupted():
        with screen.running():
            screen.progress("counting all rows", 1200, 5000)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    told = capsys.readouterr().err.replace("\u202f", " ").replace("\xa0", " ")
    assert "interrupted while counting all rows, after 1 200 of 5 000" in told
