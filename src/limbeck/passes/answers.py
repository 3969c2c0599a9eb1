"""What is to be said of a model's answers: which of them were read, and how, where another reading is as likely."""

from __future__ import annotations

import numpy as np

from limbeck.core import Answers, OutputReading, Outputs, Task
from limbeck.core.outputs import Rule
from limbeck.tables import counted

__all__ = ["reading_notes"]

# Whole numbers with more values than this are seldom classes.
_MANY = 100


def reading_notes(
    answers: Answers, reading: OutputReading, outputs: Outputs, *, task: str, numbers: bool, soft: bool = False
) -> list[str]:
    """Say which output was read, where a decision overrules the scores, and which `task` may be meant instead.

    Parameters
    ----------
    answers, reading, outputs : Answers, OutputReading, Outputs of n rows
        What the model answered, and how it was read.
    task : {"auto", "binary", "multiclass", "regression"}
        What was asked for.
    numbers : bool
        Whether the model is known to answer with numbers.
    soft : bool
        Whether the tree is fitted to the scores of the classes.
    """
    notes: list[str] = []
    if answers.output:
        notes.append(f"of the model's answers was read: {answers.output}; name another one with `output=`")
    if reading.rule is Rule.DECISION and outputs.n_overruled:
        notes.append(
            f"the model's own decision is not the class with the largest score on {outputs.n_overruled} of "
            f"{counted(len(outputs), 'row')}; tree and certificate are about its decision"
        )
    if soft and reading.rule in (Rule.LARGEST, Rule.DECISION) and not reading.probabilities:
        notes.append("the model's scores of the classes do not sum to 1: the tree is fitted to their softmax")
    if task != Task.AUTO or numbers or answers.labels is not None:
        return notes
    raw = answers.raw
    if reading.rule is Rule.LABEL and raw.dtype.kind in "iu" and len(reading.classes or ()) > _MANY:
        classes = len(reading.classes or ())
        notes.append(f"whole numbers were read as {classes} classes; if they are numbers, say `task='regression'`")
    if reading.rule is Rule.NUMBER and bool(np.any(raw < 0)) and bool(np.any(raw > 0)):
        notes.append("one real output a row was read as a number; if it is a logit, say `task='binary'`")
    return notes
