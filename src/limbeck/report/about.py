"""What a reader of an export wants to know: of which model it is, what its columns mean, and what is certified."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from limbeck.core import Kind, Op, Tree
from limbeck.report.headline import certificate_sentence
from limbeck.report.wording import NARROW, visible
from limbeck.tables import shortened

if TYPE_CHECKING:
    from limbeck.distillation import Distillation

__all__ = ["about_lines"]

_MOST_VALUES = 8  # of a category, and of the classes


def about_lines(result: Distillation, tree: Tree) -> tuple[str, ...]:
    """Say what stands at the top of an export of one tree of a distillation; a line for each thing."""
    lines = [f"Model: {visible(result.teacher.replace('`', ''), 120)}", f"Answers: {_answers(tree)}"]
    lines += (f"Column {line}" for line in _columns(tree))
    if tree == result.tree:
        lines.append(certificate_sentence(result.certificate))
        claim = result.certificate
        lines += [] if claim is None else [f"This holds if {hypothesis}" for hypothesis in claim.hypotheses]
    else:
        lines.append(f"No certificate: it is about the tree of {result.tree.n_leaves} leaves that was chosen.")
    return tuple(line.replace(NARROW, " ") for line in lines)


def _answers(tree: Tree) -> str:
    if tree.classes is None:
        return "a number"
    return f"one of {_some([tree.shown(text) for text in tree.class_texts])}"


def _columns(tree: Tree) -> Iterator[str]:
    """Say of each column that is asked about what it holds."""
    for name, kind in tree.columns:
        asked = [literal for literal in tree.literals if literal.column == name]
        if not asked:
            continue
        if any(literal.op is Op.CONCEPT for literal in asked):
            what = "yes or no (1 or 0)"
        elif any(literal.dated for literal in asked):
            what = "a date, in days since 1970-01-01"
        elif kind is Kind.NUMERIC:
            what = "a number"
        else:
            values = sorted({value for literal in asked for value in literal.values})
            what = f"text; asked about: {_some([tree.shown(value) for value in values])}"
        yield f"{shortened(visible(name))}: {what}"


def _some(values: list[str]) -> str:
    left = len(values) - _MOST_VALUES
    return ", ".join(values[:_MOST_VALUES]) + (f" and {left} more" if left > 0 else "")
