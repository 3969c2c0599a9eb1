"""A tree as plain, versioned values for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from limbeck.core.literal import Literal
from limbeck.errors import InputError
from limbeck.tables import Kind

if TYPE_CHECKING:
    from limbeck.core.tree import Tree

__all__ = ["tree_from_dict", "tree_to_dict"]

FORMAT = "limbeck.tree"
VERSION = 1
NO_QUESTION = -1
CELLS = ("date", "gaps")


def tree_to_dict(tree: Tree) -> dict[str, Any]:
    """Return lists, numbers and text only; floats survive JSON exactly."""
    cells = dict(tree.cells)
    return {
        "format": FORMAT,
        "version": VERSION,
        "columns": [_column(name, str(kind), cells.get(name)) for name, kind in tree.columns],
        "classes": None if tree.classes is None else list(tree.classes),
        "literals": [literal.to_dict() for literal in tree.literals],
        "question": tree.question.tolist(),
        "yes": tree.yes.tolist(),
        "no": tree.no.tolist(),
        "value": tree.value.tolist(),
        "n_rows": tree.n_rows.tolist(),
        **({} if tree.row_shares is None else {"row_shares": tree.row_shares.tolist()}),
    }


def _column(name: str, kind: str, cells: str | None) -> dict[str, str]:
    return {"name": name, "kind": kind} | ({} if cells is None else {"cells": cells})


def tree_from_dict(plain: dict[str, Any]) -> Tree:
    """Read what `tree_to_dict` wrote, and refuse what is not a tree."""
    from limbeck.core.tree import Tree

    if plain.get("format") != FORMAT or plain.get("version") != VERSION:
        raise InputError(
            f"a tree of format `{FORMAT}`, version {VERSION}",
            f"format `{plain.get('format')}`, version {plain.get('version')}",
            "give a file that this version of limbeck wrote",
        )
    try:
        tree = Tree(
            tuple(Literal.from_dict(literal) for literal in plain["literals"]),
            np.array(plain["question"], np.int32),
            np.array(plain["yes"], np.int32),
            np.array(plain["no"], np.int32),
            np.array(plain["value"], np.float64).reshape(len(plain["question"]), -1),
            np.array(plain["n_rows"], np.float64),
            None if plain["classes"] is None else tuple(plain["classes"]),
            tuple((column["name"], Kind(column["kind"])) for column in plain["columns"]),
            tuple((column["name"], _known_cells(column["cells"])) for column in plain["columns"] if "cells" in column),
            None if plain.get("row_shares") is None else np.array(plain["row_shares"], np.float64),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("the fields of a tree", f"{error!r}", "give an unedited tree file") from error
    _check_shape(tree)
    return tree


def _known_cells(cells: Any) -> str:
    if cells not in CELLS:
        raise ValueError(f"cells of `{cells}`")
    return cells


def _check_shape(tree: Tree) -> None:
    """See that the arrays describe one tree, so that no later walk can leave them or go in circles."""
    if not len(tree.yes) == len(tree.no) == len(tree.n_rows) == tree.n_nodes:
        raise _not_a_tree()
    nodes = np.arange(tree.n_nodes)
    inner = tree.question >= 0
    children = np.concatenate([tree.yes[inner], tree.no[inner]])
    width = 1 if tree.classes is None else len(tree.classes)
    well_formed = (
        tree.n_nodes > 0
        and (tree.question >= NO_QUESTION).all()
        and (tree.question < len(tree.literals)).all()
        and (tree.yes[inner] > nodes[inner]).all()
        and (tree.no[inner] > nodes[inner]).all()
        and np.array_equal(np.sort(children), nodes[1:])
        and tree.value.shape[1] == width
        and bool(np.isfinite(tree.value).all())
        and bool(np.isfinite(tree.n_rows).all())
        and tree.shares.shape == tree.value.shape
        and bool(np.isfinite(tree.shares).all())
    )
    if not well_formed:
        raise _not_a_tree()


def _not_a_tree() -> InputError:
    return InputError("arrays that describe one tree", "arrays that do not", "give an unedited tree file")
