"""The help of verbs with many options: under headings, the first things first, and an example at the end."""

from __future__ import annotations

import click

__all__ = ["HEADINGS", "Verb"]

HEADINGS = {
    "The result": "--out --report --no-rows --force --picture --tree --proba --json --quiet",
    "The tree": "--max-leaves --max-depth --min-leaf --loss --balanced --monotone --ask --no-ask",
    "The table": "--drop --weight --text --date --concept --concepts --column --scheduler",
    "The model": "--model --task --output --preprocess --batch-size --retries --trust-pickle",
    "The probes": "--student --clause --positions --rows --redraws",
    "The search": "--effort --time-limit --layers --k --uniform --noise --fillings --cuts --no-queries --no-synthetic "
    "--max-queries --seed",
    "Leaves that ask the model": "--defer --defer-above --tolerance",
    "The certificate": "--delta --epsilon --until --certificate-table --fresh --group --order",
    "Help": "--help",
}
"""Options of all verbs."""


class Verb(click.Command):
    """A verb whose options stand under headings.

    Parameters
    ----------
    example : str
        A line that runs.
    """

    def __init__(self, *args: object, example: str, **settings: object) -> None:
        super().__init__(*args, epilog=f"\b\nExample\n  {example}", **settings)  # pyright: ignore[reportArgumentType]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        found = {flag: param for param in self.get_params(ctx) for flag in param.opts}
        for heading, flags in HEADINGS.items():
            told = [found[flag].get_help_record(ctx) for flag in flags.split() if flag in found]
            if told:
                with formatter.section(heading):
                    formatter.write_dl([record for record in told if record is not None])
