"""The model's answers for the rows that a tree passes on, all of them in one call."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.certificates.reading import read_for
from limbeck.core import OutputReading, Tree
from limbeck.errors import InputError
from limbeck.tables import listed
from limbeck.teachers import as_teacher

__all__ = ["answers_of_both"]


def answers_of_both(
    tree: Tree,
    rows: Any,
    told: NDArray[Any],
    asks: NDArray[np.bool_],
    model: Any,
    *,
    task: str = "auto",
    reading: OutputReading | None = None,
    output: Any = None,
) -> NDArray[Any]:
    """Put the model's answers in the place of those that a tree does not give.

    Parameters
    ----------
    tree : Tree
        The tree.
    rows : Table, DataFrame or array-like, n rows
        All rows, as the model takes them.
    told : ndarray, shape (n,)
        The tree's answers.
    asks : ndarray of bool, shape (n,)
        Which rows the model is to answer.
    model : Teacher or model
        The model that the tree stands for.
    task, reading, output
        How its outputs are read: by `task`, or as a distillation has fixed it; and which of several outputs.

    Raises
    ------
    InputError
        A model of other classes, or that answers with a class that the tree does not have.
    """
    teacher = as_teacher(model).reading_output(output)
    native = np.asarray(0.0 if tree.classes is None else tree.classes).dtype
    if not asks.any():
        return told.astype(native)
    table = tree.read(rows).take(np.flatnonzero(asks))
    seen = table if table.raw else table.hiding(tree.concepts)
    raw = teacher.answers(seen, scores=reading is not None and reading.needs_scores)
    if reading is None:
        named = listed([str(label) for label in tree.classes or ()])
        outputs = read_for(tree.classes, raw, task, teacher.classes, student="tree", named=named)
    else:
        outputs = reading.read(raw)
    if outputs.codes is None:
        filled = told.copy()
        filled[asks] = outputs.values[:, 0]
        return filled
    if (outputs.codes < 0).any():
        raise InputError("answers among the tree's classes", "others", "give the model that the tree was made of")
    whole = told.copy()
    whole[asks] = np.array([*(tree.classes or ())], object)[outputs.codes]
    return whole.astype(native)
