"""What a shell completes: files and folders where an option takes them, and the words of every option with choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click
from click.shell_completion import CompletionItem
from click.types import StringParamType

__all__ = ["completed"]


class _Path(StringParamType):
    """Text that the shell completes as a path."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(incomplete, type=self.kind)]


class _Word(StringParamType):
    """Text for which some words are known; others may be right too, and what is wrong is told by the verb."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(word) for word in self.words if word.startswith(incomplete)]


_PATHS = {"FILE": "file", "TABLE": "file", "MODEL": "file", "STUDENT": "file", "RESULT": "file", "DIR": "dir"}


def completed(verb: click.Command, words: Mapping[str, Sequence[str]]) -> click.Command:
    """Give every path of a verb, and every option with known words, its completion.

    Parameters
    ----------
    verb : click.Command
        The verb, changed in place; what its options accept stays as it is.
    words : mapping of str to sequence of str
        Words by the name of the option or argument.
    """
    for param in verb.params:
        if param.name in words:
            param.type = _Word(words[param.name])
        elif isinstance(param.type, StringParamType) and (kind := _PATHS.get(_stands_for(param))):
            param.type = _Path(kind)
    return verb


def _stands_for(param: click.Parameter) -> str:
    return (param.metavar or param.name or "").upper()
