"""One random distillation from its seed, and what must hold of whatever comes out."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from tests.fuzz.inputs import random_options, random_table, random_teacher

from limbeck import Distillation, distill
from limbeck.core import Tree, as_table
from limbeck.errors import LimbeckError
from limbeck.report import summarise

__all__ = ["check_distillation"]


def check_distillation(seed: int, folder: Path) -> str:
    """Distill once; return how it ended: "done", or the kind of error that refused it.

    Raises
    ------
    Exception
        Anything that is no `LimbeckError`; AssertionError where a result is not what it says.
    """
    rng = np.random.default_rng([seed, 1])
    rows, teacher = random_table(rng), random_teacher(rng)
    options = random_options(rng, len(rows))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            result = distill(teacher, rows, **options)
        except LimbeckError as error:
            return type(error).__name__
        _check(result, teacher, rows, options, folder / f"{seed}.json", rng)
    return "done"


def _check(result: Distillation, teacher: Any, rows: Any, options: dict[str, Any], path: Path, rng: Any) -> None:
    """See that a result keeps within its limits, survives a round trip, and answers each row by itself."""
    tree = result.tree
    for point in result.frontier:
        assert point.n_leaves <= options["max_leaves"]
        assert point.tree.depth <= options.get("max_depth", 10**9)
    assert str(result)
    json.dumps(summarise(result), allow_nan=False)
    result.save(path)
    again = Distillation.load(path)
    assert again.tree == tree
    assert str(again) == str(result)
    path.unlink()
    table = as_table(rows)
    answers = np.asarray(tree.predict(rows))
    assert len(answers) == table.n_rows
    some = np.sort(rng.permutation(table.n_rows)[:5])
    alone = np.concatenate([np.asarray(tree.predict(table.slice(i, i + 1).native)) for i in some.tolist()])
    np.testing.assert_array_equal(alone, answers[some])
    assert Tree.from_dict(json.loads(json.dumps(tree.to_dict()))) == tree
    _check_python(tree, table, answers, some)


def _check_python(tree: Tree, table: Any, answers: Any, some: Any) -> None:
    """See that the tree as Python code gives the same answers, where it can be written."""
    try:
        code = tree.to_python()
    except LimbeckError:
        return
    space: dict[str, Any] = {}
    exec(code, space)
    asked = [name for name in table.names if any(literal.column == name for literal in tree.literals)]
    for i in some.tolist():
        given = {name: _plain(table[name], i) for name in asked}
        found = space["predict"](given)
        assert found == answers[i] or (found != found and answers[i] != answers[i]), (found, answers[i], given)


def _plain(column: Any, i: int) -> Any:
    """Return a cell as plain Python: None where it is missing."""
    if column.missing[i]:
        return None
    if hasattr(column, "categories") and column.categories:
        return column.categories[column.values[i]]
    return float(column.values[i])
