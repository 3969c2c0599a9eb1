"""Shells complete the words of every option that has some, and paths everywhere else."""

import click
import pytest
from click.shell_completion import ShellComplete

from limbeck.cli.main import commands
from limbeck.reductions import WEB


def completions(*words, typed=""):
    found = ShellComplete(commands, {}, "limbeck", "_LIMBECK_COMPLETE").get_completions(list(words), typed)
    return [(item.type, item.value) for item in found]


@pytest.mark.parametrize(
    ("words", "typed", "found"),
    [
        (("distill", "m", "t", "--effort"), "", ["fast", "normal", "thorough"]),
        (("distill", "m", "t", "--concepts"), "", ["words", "bytes", "patches", "superpixels"]),
        (("export", "r", "--to"), "p", ["pmml", "python"]),
        (("export", "r", "--dialect"), "", ["postgresql", "sqlite", "duckdb"]),
        (("export", "r", "--answer"), "", ["prediction", "leaf"]),
        (("web",), "", [node.name for node in WEB.classes]),
        (("web", "network"), "tr", ["tree"]),
    ],
)
def test_known_words(words, typed, found):
    assert completions(*words, typed=typed) == [("plain", word) for word in found]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("distill",), "file"),
        (("distill", "m.onnx"), "file"),
        (("distill", "m", "t", "--out"), "dir"),
        (("distill", "m", "t", "--certificate-table"), "file"),
        (("predict", "r", "t", "--model"), "file"),
        (("export", "r", "--out"), "file"),
        (("junta", "m", "t", "--fresh"), "file"),
        (("probe", "m", "t", "--student"), "file"),
    ],
)
def test_paths(words, kind):
    assert completions(*words, typed="sub/") == [(kind, "sub/")]


def test_what_is_no_path_and_has_no_words_is_left_to_the_shell():
    assert completions("distill", "m", "t", "--drop") == []


def test_every_option_that_stands_for_a_path_is_completed():
    """A new option whose place is a path gets its completion without being named anywhere."""
    for verb in commands.commands.values():
        for param in verb.params:
            if isinstance(param, click.Option) and param.metavar in ("FILE", "DIR"):
                assert param.type.shell_complete(click.Context(verb), param, "x")[0].type in ("file", "dir"), param.opts
