"""A tree as plain, versioned values for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from limbeck.concepts import Concepts
from limbeck.concepts.concepts import SAVED
from limbeck.core.literal import Literal, Op
from limbeck.errors import InputError
from limbeck.saved import Maybe, OneOf, Whole, checked, wrong
from limbeck.tables import Kind

if TYPE_CHECKING:
    from limbeck.core.tree import Tree

__all__ = ["CLAUSE", "COLUMNS", "LITERAL", "TREE", "tree_from_dict", "tree_to_dict"]

FORMAT = "limbeck.tree"
VERSION = 1
NO_QUESTION = -1
CELLS = ("date", "gaps")
_SLACK = 1e-6  # of shares, for rounding

LITERAL = {"column": str, "op": Op, "number?": float, "values?": [str], "dated?": bool}
CLAUSE = {"terms": [{"literal": LITERAL, "answer": bool}]}
COLUMNS = [{"name": str, "kind": Kind, "cells?": OneOf(CELLS)}]
_PLACES = [Whole(NO_QUESTION)]
TREE = {
    "format": str, "version": int, "columns": COLUMNS, "classes": Maybe([Any]), "literals": [LITERAL],
    "question": _PLACES, "yes": _PLACES, "no": _PLACES, "value": [[float]], "n_rows": [float],
    "row_shares?": Maybe([[float]]), "concepts?": Maybe(SAVED), "defers?": [bool],
}  # fmt: skip
"""The forms of saved questions, clauses and trees."""


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
        **({} if tree.reader is None else {"concepts": tree.reader.to_dict()}),
        **({} if tree.defers is None else {"defers": tree.defers.tolist()}),
    }


def _column(name: str, kind: str, cells: str | None) -> dict[str, str]:
    return {"name": name, "kind": kind} | ({} if cells is None else {"cells": cells})


def tree_from_dict(plain: dict[str, Any], place: str = "tree") -> Tree:
    """Read what `tree_to_dict` wrote, and refuse what is not a tree."""
    from limbeck.core.tree import Tree

    if plain.get("format") != FORMAT or plain.get("version") != VERSION:
        raise InputError(
            f"a tree of format `{FORMAT}`, version {VERSION}",
            f"format `{plain.get('format')}`, version {plain.get('version')}",
            "give a file that this version of limbeck wrote",
        )
    saved = checked(TREE, plain, place)
    sizes = {name: len(saved[name]) for name in ("question", "yes", "no", "value", "n_rows")}
    tables = ["value", *(["row_shares"] if saved.get("row_shares") is not None else [])]
    sizes |= {name: len(saved[name]) for name in [*tables, *(["defers"] if "defers" in saved else [])]}
    for name, size in sizes.items():
        if not size == sizes["question"] > 0:
            raise wrong(f"{place}.{name}", f"a list of {sizes['question'] or 'some'} nodes", f"a list of {size}")
    width = 1 if saved["classes"] is None else len(saved["classes"])
    for name in tables:
        for i, value in enumerate(saved[name]):
            if len(value) != width:
                raise wrong(f"{place}.{name}[{i}]", f"a list of {width}", f"a list of {len(value)}")
    for name in ("question", "yes", "no"):
        if max(saved[name]) >= max(sizes["question"], len(saved["literals"])):
            raise wrong(f"{place}.{name}", "places of nodes and questions", max(saved[name]))
    tree = Tree(
        tuple(Literal.from_dict(literal) for literal in saved["literals"]),
        np.array(saved["question"], np.int32),
        np.array(saved["yes"], np.int32),
        np.array(saved["no"], np.int32),
        np.array(saved["value"], np.float64).reshape(sizes["question"], width),
        np.array(saved["n_rows"], np.float64),
        None if saved["classes"] is None else tuple(saved["classes"]),
        tuple((column["name"], Kind(column["kind"])) for column in saved["columns"]),
        tuple((column["name"], column["cells"]) for column in saved["columns"] if "cells" in column),
        np.array(saved["row_shares"], np.float64).reshape(-1, width) if "row_shares" in tables else None,
        None if saved.get("concepts") is None else Concepts.from_dict(saved["concepts"], f"{place}.concepts"),
        np.array(saved["defers"], np.bool_) if any(saved.get("defers", ())) else None,
    )
    _check_shape(tree, place)
    return tree


def _check_shape(tree: Tree, place: str) -> None:
    """See that the arrays describe one tree, so that no later walk can leave them or go in circles."""
    nodes, inner = np.arange(tree.n_nodes), tree.question >= 0
    children = np.concatenate([tree.yes[inner], tree.no[inner]])
    if (tree.question >= len(tree.literals)).any():
        raise wrong(f"{place}.question", f"places of {len(tree.literals)} literals", int(tree.question.max()))
    one_tree = (tree.yes[inner] > nodes[inner]).all() and (tree.no[inner] > nodes[inner]).all()
    if not one_tree or not np.array_equal(np.sort(children), nodes[1:]):
        raise wrong(f"{place}.yes` and `{place}.no", "the children of one tree, after their parents", "other nodes")
    if (tree.n_rows < 0).any():
        raise wrong(f"{place}.n_rows", "weights of at least 0", float(tree.n_rows.min()))
    if (tree.question[tree.asking] >= 0).any():
        raise wrong(f"{place}.defers", "leaves", "a node that asks a question")
    if tree.classes is not None and (
        not tree.classes or (tree.value < -_SLACK).any() or (tree.value > 1 + _SLACK).any()
    ):
        raise wrong(f"{place}.value", "shares of classes, between 0 and 1", "others")
    if tree.reader is not None and tree.reader.names != tuple(name for name, _ in tree.columns):
        raise wrong(f"{place}.concepts", "questions named as the columns", f"{len(tree.reader.names)} others")
    known = dict(tree.columns)
    for i, literal in enumerate(tree.literals):
        if literal.column not in known:
            raise wrong(f"{place}.literals[{i}].column", "one of the tree's columns", literal.column)
