"""The command: its verbs, and one exit code for each way in which a run can end."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

import click

from limbeck import _interrupts
from limbeck._version import __version__
from limbeck.cli.certify import certify_verb
from limbeck.cli.completion import completed
from limbeck.cli.distill import distill_verb
from limbeck.cli.export import KNOWN_WORDS, export_verb
from limbeck.cli.inputs import KINDS
from limbeck.cli.junta import junta_verb
from limbeck.cli.plan import plan_verb
from limbeck.cli.probe import probe_verb
from limbeck.cli.report import report_verb
from limbeck.cli.results import WriteError, claim_stdout, release_stdout, say
from limbeck.cli.screen import print_error
from limbeck.cli.students import predict_verb, show_verb
from limbeck.cli.web import web_verb
from limbeck.errors import LimbeckError, TeacherError
from limbeck.reductions import WEB
from limbeck.search import core_in_use

__all__ = ["commands", "main"]

_HELP = """Distill a trained model into a small decision tree, with a fidelity certificate that holds.

\b
MODEL    a file .onnx, .skops, .json or .ubj (XGBoost), .txt (LightGBM) or .keras, or
         package.module:factory; with --trust-pickle also .cbm (CatBoost),
         .pt2 (torch.export), .pt, .pkl and .joblib
TABLE    a file .csv, .tsv or .parquet, with the inputs of the model as columns
STUDENT  a directory that `limbeck distill --out` wrote, or a distillation.json
         or tree.json in it"""

_EPILOG = """\b
Exit codes
  0    done
  1    a fault in limbeck itself (LIMBECK_TRACE=1 shows where)
  2    the command line cannot be read
  3    the input cannot be used: options, table, student, or a package is missing
  4    the model cannot be opened, or failed while it answered
  5    the result cannot be written
  130  interrupted; nothing is left half written"""


class _Commands(click.Group):
    """A group that turns every end of a run into an exit code, and every error into three labelled lines."""

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        if not standalone_mode:
            return super().main(*args, standalone_mode=False, **extra)
        sys.exit(_code_of(lambda: super(_Commands, self).main(*args, standalone_mode=False, **extra)))

    def invoke(self, ctx: click.Context) -> Any:
        ctx.exit(_code_of(lambda: super(_Commands, self).invoke(ctx)))


def _code_of(run: Callable[[], Any]) -> int:
    """Run, say what went wrong if anything did, and return the exit code."""
    try:
        code = run()
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        say(_interrupts.MESSAGE, err=True)
        return _interrupts.CODE
    except LimbeckError as error:
        _trace()
        # A reader that goes away, as `head` does, has what it wants.
        if not isinstance(error.__cause__, BrokenPipeError):
            print_error(error)
        return 5 if isinstance(error, WriteError) else 4 if isinstance(error, TeacherError) else 3
    except Exception as error:
        _trace()
        print_error(_fault(error))
        return 1


@click.group(cls=_Commands, help=_HELP, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="limbeck", message=f"%(prog)s %(version)s, {core_in_use()} core")
def commands() -> None:
    """Distill a trained model into a small decision tree."""


_CLASSES = [node.name for node in WEB.classes]

for verb in (
    distill_verb, predict_verb, certify_verb, show_verb, report_verb, export_verb,
    probe_verb, plan_verb, junta_verb, web_verb,
):  # fmt: skip
    commands.add_command(completed(verb, {**KNOWN_WORDS, "kinds": KINDS, "source": _CLASSES, "target": _CLASSES}))


def main() -> None:
    """Run the command with the arguments of the process."""
    try:
        _interrupts.raise_once()
        claim_stdout()
        code = _code_of(lambda: commands.main(prog_name="limbeck", standalone_mode=False))
    except KeyboardInterrupt:  # in the moment before or after
        code = _interrupts.CODE
    _interrupts.end_at_once()
    release_stdout()
    sys.exit(code)


def _trace() -> None:
    """Show the trace of the error that is being handled, to those who ask for it."""
    if os.environ.get("LIMBECK_TRACE") == "1":
        say(traceback.format_exc(), err=True)


def _fault(error: Exception) -> LimbeckError:
    """Say how to report an error that should not have happened."""
    said = " ".join(str(error).split())[:400]
    return LimbeckError(
        "a run without faults",
        f"a fault in limbeck {__version__}: {type(error).__name__}: {said}",
        "run again with LIMBECK_TRACE=1 in the environment, and send its trace and the command to limbeck's authors",
    )
