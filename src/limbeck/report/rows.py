"""The rows that a page shows with both answers, and the groups in which these differ."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from limbeck.core import Kind, Tree
from limbeck.report.trees import answer_text
from limbeck.report.wording import amount, percent, visible
from limbeck.tables import date_text, number_text
from limbeck.theory import ToleranceCertificate

if TYPE_CHECKING:
    from limbeck.concepts import ShownInput
    from limbeck.distillation import Distillation
    from limbeck.exhibits import Cell, Exhibits, Group, ShownRow

__all__ = ["expose_groups", "expose_rows"]


def expose_rows(result: Distillation, exhibits: Exhibits) -> dict[str, Any]:
    """Write the rows that are kept: for the eye, and for following them through a tree."""
    return {
        "use": exhibits.use,
        "n_all": exhibits.n_rows,
        "columns": [{"name": result.tree.shown(name), "whole": visible(name, 400)} for name, _ in exhibits.columns],
        "cells": [[_compared(cell) for cell in row.cells] for row in exhibits.rows],
        "shown": [_cells(row, exhibits, yes_no=result.tree.reader is not None) for row in exhibits.rows],
        "inputs": [_input(row.input) for row in exhibits.rows if row.input is not None],
        "teacher": [_teacher(row.answer, result) for row in exhibits.rows],
        "code": [_code(row.answer, result) for row in exhibits.rows],
        "number": None if result.reading.classes is not None else [row.answer for row in exhibits.rows],
        "leaf": [row.leaf for row in exhibits.rows],
        "tree": [answer_text(result.tree, row.leaf) for row in exhibits.rows],
        "differs": [_differs(row.answer, row.leaf, result, exhibits) for row in exhibits.rows],
        "apart": _apart(result, exhibits),
    }


def expose_groups(result: Distillation, exhibits: Exhibits) -> list[dict[str, Any]]:
    """Write the largest groups of disagreement, each with its region as a clause."""
    return [_group(group, result.tree, result, exhibits) for group in exhibits.groups]


def _group(group: Group, tree: Tree, result: Distillation, exhibits: Exhibits) -> dict[str, Any]:
    """Write one group."""
    terms = [visible(literal.text(answer, tree.shown)) for literal, answer in tree.clause(group.leaf).terms]
    seen = next(leaf for leaf in exhibits.seen if leaf.leaf == group.leaf)
    if result.reading.classes is None:
        far = f"{number_text(abs(group.gap), 3)} {'above' if group.gap > 0 else 'below'} the tree"
        what = f"typical gap {number_text(seen.loss, 3)}; on average the teacher is {far}"
        rows = f"{amount(group.n_rows)} rows"
    else:
        what = f"tree: {answer_text(tree, group.leaf)}, teacher: {_teacher(group.answer, result)}"
        rows = f"{amount(group.n_rows)} of {amount(seen.n_rows)} rows at this leaf"
    return {
        "leaf": group.leaf,
        "clause": terms,
        "tree": answer_text(tree, group.leaf),
        "teacher": _teacher(group.answer, result) if result.reading.classes is not None else None,
        "what": what,
        "rows": rows,
        "share": percent(group.share),
        "weight": group.share,
        "examples": list(group.examples),
    }


def _apart(result: Distillation, exhibits: Exhibits) -> float | None:
    """Return the gap from which on two numbers are shown as different: the certified one, else the typical one."""
    if result.reading.classes is not None:
        return None
    claim = result.certificate
    if isinstance(claim, ToleranceCertificate) and math.isfinite(claim.tolerance):
        return claim.tolerance
    return exhibits.typical_gap


def _differs(answer: Any, leaf: int, result: Distillation, exhibits: Exhibits) -> bool:
    """Tell whether the chosen tree's answer counts as different from the teacher's; one that it asks for does not."""
    if leaf in result.tree.asking:
        return False
    apart = _apart(result, exhibits)
    if apart is not None:
        return abs(float(answer) - float(result.tree.value[leaf, 0])) > apart
    return _code(answer, result) != int(result.tree.value[leaf].argmax())


def _code(answer: Any, result: Distillation) -> int | None:
    """Return the place of a class among the classes; -1 for one that did not occur in the fit."""
    classes = result.reading.classes
    if classes is None:
        return None
    return -1 if answer is None else list(classes).index(answer)


def _teacher(answer: Any, result: Distillation) -> str:
    """Write what the teacher answers."""
    if result.reading.classes is None:
        return "" if answer is None else number_text(float(answer), 4)
    return "a class that the fit did not see" if answer is None else result.tree.shown(str(answer))


def _compared(cell: Cell) -> Cell:
    """Return a value as it is compared; an infinite number is written as JavaScript reads it."""
    if isinstance(cell, float) and math.isinf(cell):
        return "Infinity" if cell > 0 else "-Infinity"
    return cell


def _input(shown: ShownInput) -> dict[str, Any]:
    """Write a raw input for the eye: its text in pieces, of which some are marked."""
    pieces: list[dict[str, Any]] = []
    at = 0
    for start, stop in shown.marks:
        pieces += [{"text": shown.text[at:start], "marked": False}, {"text": shown.text[start:stop], "marked": True}]
        at = stop
    pieces = [*pieces, {"text": shown.text[at:], "marked": False}]
    kept = [{**piece, "text": _one_line(piece["text"])} for piece in pieces if piece["text"]]
    return {"title": visible(shown.title, 120), "pieces": kept, "image": shown.image}


def _one_line(text: str) -> str:
    return visible(text.replace("\n", " ⏎ ").replace("\r", "").replace("\t", " "), 1000)


def _cells(row: ShownRow, exhibits: Exhibits, *, yes_no: bool) -> list[str]:
    """Write a row's values for the eye."""
    if yes_no:
        return ["yes" if cell else "no" for cell in row.cells]
    pairs = zip(row.cells, exhibits.columns, strict=True)
    return [_cell(cell, kind, dated=name in exhibits.dates) for cell, (name, kind) in pairs]


def _cell(cell: Cell, kind: Kind, *, dated: bool) -> str:
    """Write a value for the eye."""
    if cell is None:
        return "missing"
    if dated and math.isfinite(float(cell)):
        return date_text(float(cell))
    return visible(cell, 40) if kind is Kind.CATEGORICAL else number_text(float(cell), 6)
