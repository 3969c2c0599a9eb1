"""Help: every option of a long verb stands under one heading, once, and the example is a command that can be read."""

import shlex

import click
import pytest

from limbeck.cli.help import HEADINGS, Verb
from limbeck.cli.main import commands

LONG = [name for name, verb in commands.commands.items() if isinstance(verb, Verb)]


@pytest.mark.parametrize("name", LONG)
def test_every_option_stands_under_one_heading(name):
    verb = commands.commands[name]
    told = verb.get_help(click.Context(verb, info_name=name, help_option_names=["-h", "--help"]))
    flags = [flag for line in told.split("\n") for flag in line.split()[:2] if line.startswith("  -") and "--" in flag]
    own = [param.opts[-1] for param in verb.params if isinstance(param, click.Option)]
    assert sorted(flag.strip(",") for flag in flags) == sorted([*own, "--help"])


@pytest.mark.parametrize("name", LONG)
def test_the_example_is_read(name):
    words = shlex.split(commands.commands[name].epilog.split("\n")[-1])
    assert words[:2] == ["limbeck", name]
    commands.commands[name].make_context(name, words[2:])


def test_no_flag_stands_twice():
    flags = " ".join(HEADINGS.values()).split()
    assert len(flags) == len(set(flags))
