"""A tree as one SQL expression: CASE ... END."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Kind, Literal, Op, Tree, refuse_dates
from limbeck.errors import InputError
from limbeck.exports.comments import remarks
from limbeck.exports.sql_dialects import DIALECTS, Dialect
from limbeck.exports.walk import answers_of, asked, leaves_below, never
from limbeck.tables import listed

__all__ = ["sql_case"]

# SQLite's parser of older versions holds a hundred symbols, six for each CASE inside a CASE.
_DEEPEST = 8


def sql_case(
    tree: Tree,
    *,
    dialect: str = "postgresql",
    names: Mapping[str, str] | None = None,
    table: str | None = None,
    answer: str = "prediction",
    about: Sequence[str] = (),
) -> str:
    """Write a tree as one SQL expression.

    Parameters
    ----------
    tree : Tree
        The tree.
    dialect : {"postgresql", "sqlite", "duckdb"}
        Whose rules of quoting and of numbers to follow.
    names : mapping of str to str, optional
        Column of the tree to the name of the column in the database, where the two differ.
    table : str, optional
        Table or alias to put before every column.
    answer : {"prediction", "leaf"}
        What the expression gives: the class or the number, and NULL where a leaf asks the model; or the node as
        `Tree.apply` gives it.
    about : sequence of str
        Lines for a comment at the top, such as `Distillation.about` gives; whatever they hold, they stay a comment.

    Returns
    -------
    str
        `CASE ... END`, for use as in `SELECT *, <text> AS answer FROM rows`. NULL is a missing value, and so is NaN
        where the database has it.

    Raises
    ------
    InputError
        An unknown dialect, columns that the database cannot tell apart, or text that it cannot hold.

    Examples
    --------
    >>> from limbeck.core import Leaf, Split
    >>> root = Split(Literal.at_most("age", 41.5), Leaf((1.0, 0.0), 2.0), Leaf((0.0, 1.0), 1.0))
    >>> tree = Tree.from_node(root, classes=("no", "yes"), columns=(("age", Kind.NUMERIC),))
    >>> print(sql_case(tree))
    CASE
      WHEN "age" <= 41.5 THEN 'no'
      ELSE 'yes'
    END
    """
    refuse_dates(tree, "SQL")
    if dialect not in DIALECTS:
        raise InputError("a dialect of SQL", f"`dialect={dialect!r}`", f"give one of {listed(list(DIALECTS))}")
    spoken = DIALECTS[dialect]
    columns = _columns(tree, spoken, names or {}, table)
    values = answers_of(tree, answer)
    answers = [spoken.value(value) for value in values]
    kinds = asked(tree)
    conditions = [_condition(spoken, literal, columns[literal.column], kinds) for literal in tree.literals]
    smaller = leaves_below(tree) if _nests_too_deep(tree) else None
    lines = _case(tree, conditions, answers, 0, smaller) if tree.literals else [answers[0]]
    whole = "\n".join(lines)
    numbers = tree.classes is None and answer != "leaf"
    whole = spoken.as_double(whole) if numbers or isinstance(values[0], float) else whole
    return "\n".join([*remarks(about, "-- "), whole])


def _case(
    tree: Tree, conditions: list[str], answers: list[str], node: int, below: NDArray[np.int64] | None
) -> list[str]:
    """Write the subtree of an inner node; a chain of *no* becomes one list of WHEN.

    Given the leaves below each node, the smaller subtree goes inside, so that no more than log2(s) CASE are nested.
    """
    lines = ["CASE"]
    while tree.question[node] >= 0:
        then, other = int(tree.yes[node]), int(tree.no[node])
        condition = conditions[tree.question[node]]
        if below is not None and below[then] > below[other]:
            # Not NOT: of NULL that is NULL, and a missing value has to answer no.
            then, other, condition = other, then, f"({condition}) IS NOT TRUE"
        if tree.question[then] < 0:
            lines.append(f"  WHEN {condition} THEN {answers[then]}")
        else:
            inside = _case(tree, conditions, answers, then, below)
            lines += [f"  WHEN {condition} THEN", *(f"    {line}" for line in inside)]
        node = other
    return [*lines, f"  ELSE {answers[node]}", "END"]


def _nests_too_deep(tree: Tree) -> bool:
    """Tell whether *yes* inside *yes* goes deeper than every parser takes."""
    nested = [0] * tree.n_nodes
    for node in range(tree.n_nodes - 1, -1, -1):
        if tree.question[node] >= 0:
            nested[node] = max(nested[tree.yes[node]] + 1, nested[tree.no[node]])
    return nested[0] > _DEEPEST


def _columns(tree: Tree, spoken: Dialect, names: Mapping[str, str], table: str | None) -> dict[str, str]:
    """Quote the columns, and refuse those that the database would take for one another."""
    unknown = sorted(set(names) - {name for name, _ in tree.columns})
    if unknown:
        raise InputError(f"names for {listed(unknown)}", "no such column in the tree", "name its own columns")
    written = {name: names.get(name, name) for name, _ in tree.columns}
    written |= {name: names.get(name, name) for name in asked(tree)}
    alike = Counter(spoken.same_name(name) for name in written.values())
    for name in asked(tree):
        if alike[spoken.same_name(written[name])] > 1:
            raise InputError(
                f"the column `{written[name]}` in {spoken.title}",
                "another column whose name differs in case only, or not in the part that is kept",
                "give the names in the database: `names={column: name}`",
            )
    before = "" if table is None else f"{spoken.identifier(table)}."
    return {name: before + spoken.identifier(written[name]) for name in asked(tree)}


def _condition(spoken: Dialect, literal: Literal, column: str, kinds: Mapping[str, Kind]) -> str:
    """Write a question so that it is true exactly where the answer is yes, and false or NULL elsewhere."""
    if never(literal):
        return "1 = 0"
    if literal.op is Op.MISSING:
        numeric = kinds[literal.column] is Kind.NUMERIC
        return spoken.missing_number.format(column) if numeric and spoken.missing_number else f"{column} IS NULL"
    if literal.op is Op.ONE_OF:
        values = [spoken.text(value) for value in literal.values]
        compared = spoken.exact.format(column)
        return f"{compared} = {values[0]}" if len(values) == 1 else f"{compared} IN ({', '.join(values)})"
    number = 1.0 if literal.op is Op.CONCEPT else literal.number
    return f"{column} {'<=' if literal.op is Op.AT_MOST else '='} {spoken.number(number)}"
