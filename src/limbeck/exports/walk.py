"""The shared walk: a tree as guards and returns, in an order that nests as little as it can."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Literal, Op, Tree
from limbeck.errors import InputError
from limbeck.tables import Kind, shortened

__all__ = ["ANSWERS", "Step", "answers_of", "asked", "braced", "headline", "leaves_below", "never", "statements"]

ANSWERS = ("prediction", "leaf")
"""What an export can answer with."""


class Step(NamedTuple):
    """One line of a function: a guard, or the return of a leaf's answer.

    Parameters
    ----------
    indent : int
        Number of guards that the line lies inside.
    literal : Literal or None
        The question of the guard; None for a return.
    holds : bool
        The answer to the question with which the guard is entered.
    node : int
        The node that asks, or the leaf.
    """

    indent: int
    literal: Literal | None
    holds: bool
    node: int


def statements(tree: Tree) -> Iterator[Step]:
    """Yield a tree as guards that return early.

    The subtree with fewer leaves goes inside the guard (*yes*, when both have as many), the other one follows it. So
    s leaves never nest deeper than log2(s), and no compiler meets a limit.
    """
    below = leaves_below(tree)
    pending = [(0, 0)]
    while pending:
        node, indent = pending.pop()
        if tree.question[node] < 0:
            yield Step(indent, None, True, node)
            continue
        yes, no = int(tree.yes[node]), int(tree.no[node])
        holds = bool(below[yes] <= below[no])
        inside, after = (yes, no) if holds else (no, yes)
        yield Step(indent, tree.literals[tree.question[node]], holds, node)
        pending += [(after, indent), (inside, indent + 1)]


def braced(tree: Tree, guard: Callable[[Literal], str], result: Callable[[int], str]) -> list[str]:
    """Write the body of a function in a language with braces, which stand around more than one statement only.

    Parameters
    ----------
    tree : Tree
        The tree.
    guard : callable of Literal
        Writes a question.
    result : callable of int
        Writes what a leaf returns.
    """
    lines: list[str] = []
    open_guards: list[int] = []
    steps = list(statements(tree))
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        while open_guards and open_guards[-1] >= step.indent:
            lines.append("  " * (open_guards.pop() + 1) + "}")
        lead = "  " * (step.indent + 1)
        if step.literal is None:
            lines.append(f"{lead}return {result(step.node)};")
            continue
        condition = guard(step.literal)
        around_more = following is not None and following.literal is not None
        lines.append(f"{lead}if ({condition if step.holds else f'!({condition})'}){' {' if around_more else ''}")
        if around_more:
            open_guards.append(step.indent)
    return lines


def leaves_below(tree: Tree) -> NDArray[np.int64]:
    """Return the number of leaves of every node's subtree, shape (nodes,)."""
    below = np.ones(tree.n_nodes, np.int64)
    for node in np.flatnonzero(tree.question >= 0)[::-1]:
        below[node] = below[tree.yes[node]] + below[tree.no[node]]
    return below


def answers_of(tree: Tree, answer: str) -> list[bool | int | float | str | None]:
    """Return what an export says at every node, as plain Python values; None at leaves that ask the model.

    Parameters
    ----------
    tree : Tree
        The tree.
    answer : {"prediction", "leaf"}
        What `Tree.predict` says, or the number of the node as `Tree.apply` gives it.

    Raises
    ------
    InputError
        Another kind of answer, or classes that are neither text nor numbers.
    """
    if answer not in ANSWERS:
        raise InputError(f"`answer={answer!r}`", "no such answer", "give `prediction` or `leaf`")
    if answer == "leaf":
        return list(range(tree.n_nodes))
    values: list[Any] = tree.answers.tolist()
    for leaf in tree.asking.tolist():
        values[leaf] = None
    strange = next((v for v in values if v is not None and not isinstance(v, (bool, int, float, str))), None)
    if strange is not None:
        raise InputError(
            "classes that are text, numbers or booleans",
            f"a class of type `{type(strange).__name__}`",
            "turn the classes into text before the distillation",
        )
    return values


def asked(tree: Tree) -> dict[str, Kind]:
    """Return the columns that are asked about, each with its kind, in the order of the table.

    Raises
    ------
    InputError
        A column that is asked about as a number and as a category.
    """
    order = {name: j for j, (name, _) in enumerate(tree.columns)}
    given, found = dict(tree.columns), dict[str, Kind]()
    for literal in sorted(tree.literals, key=lambda literal: order.get(literal.column, len(order))):
        compared = Kind.CATEGORICAL if literal.op is Op.ONE_OF else Kind.NUMERIC
        kind = given.get(literal.column, Kind.NUMERIC) if literal.op is Op.MISSING else compared
        if found.setdefault(literal.column, kind) is not kind:
            raise InputError(
                f"one kind of values in the column `{shortened(literal.column)}`",
                "questions about numbers and about categories",
                "give an unedited tree",
            )
    return found


def never(literal: Literal) -> bool:
    """Tell whether no value at all can answer yes."""
    if literal.op is Op.ONE_OF:
        return not literal.values
    return literal.op in (Op.AT_MOST, Op.IS) and math.isnan(literal.number)


def headline(tree: Tree) -> str:
    """Say in a few plain words what an export holds."""
    leaves = "1 leaf" if tree.n_leaves == 1 else f"{tree.n_leaves} leaves"
    asking = len(tree.asking)
    which = "" if not asking else f", {asking} of which ask{'s' if asking == 1 else ''} the model"
    return f"A decision tree of {leaves}{which}, depth {tree.depth}, written by limbeck."
