"""What is probed: clauses, the nodes of a tree, or concepts given as columns, arrays or functions of raw rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.concepts import Concepts
from limbeck.core import Clause, Literal, Op, Table, Tree, as_table
from limbeck.distillation import Distillation
from limbeck.errors import InputError
from limbeck.probes import CONCEPT, Subject

__all__ = ["Concept", "Probed", "subjects_of", "what_is_probed"]

Concept = str | Clause | Callable[[Any], Any] | Sequence[Any] | NDArray[Any]
"""A column's name, a clause, one yes or no for each row, or a function from raw rows to that."""

_REMEDY = "give clauses, concept columns, or a tree that asks something"


@dataclass(frozen=True, eq=False)
class Probed:
    """What is probed, before any row is drawn.

    Parameters
    ----------
    names : tuple of str
        In words.
    sources : tuple of Clause, callable or ndarray of bool
        Where their truth comes from.
    nodes : tuple of int or None
        The tree nodes they belong to.
    hidden : tuple of str
        Columns that the teacher does not get.
    reader : Concepts, optional
        What makes columns of raw inputs, where the tree takes these.
    """

    names: tuple[str, ...]
    sources: tuple[Any, ...]
    nodes: tuple[int | None, ...]
    hidden: tuple[str, ...]
    reader: Concepts | None = None

    def table(self, rows: Any, n_rows: int, rng: np.random.Generator) -> tuple[Table, NDArray[np.intp]]:
        """Draw the rows that are probed; return them as the teacher gets them, and which they are."""
        table = as_table(rows).hiding(self.hidden) if self.reader is None else self.reader.table(rows)
        if min(n_rows, table.n_rows) < 2:
            found = f"`n_rows={n_rows}`, a table of {table.n_rows}"
            raise InputError("at least 2 rows to probe", found, "give more rows")
        for name, source in zip(self.names, self.sources, strict=True):
            if isinstance(source, np.ndarray) and len(source) != table.n_rows:
                found = f"{len(source)} for {table.n_rows} rows"
                raise InputError(f"one yes or no for each row as the concept `{name}`", found, "give one a row")
        at = np.sort(rng.permutation(table.n_rows)[:n_rows])
        return table.take(at), at

    def holds(self, table: Table, at: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return their truth on the rows that were drawn, shape (n, t)."""
        return np.column_stack(
            [self._truth(name, source, table, at) for name, source in zip(self.names, self.sources, strict=True)]
        )

    def _truth(self, name: str, source: Any, table: Table, at: NDArray[np.intp]) -> NDArray[np.bool_]:
        if isinstance(source, Clause):
            return source.holds(table)
        return source[at] if isinstance(source, np.ndarray) else _yes_no(name, source(table.native), table.n_rows)

    def subjects(self, holds: NDArray[np.bool_]) -> list[Subject]:
        """Describe them."""
        return [
            Subject(name, _depth(source), float(holds[:, j].mean()), node)
            for j, (name, source, node) in enumerate(zip(self.names, self.sources, self.nodes, strict=True))
        ]


def what_is_probed(
    asked: Tree | Distillation | Concept | Sequence[Clause | str] | Mapping[str, Concept],
) -> Probed:
    """Read what is to be probed.

    Parameters
    ----------
    asked : Tree, Distillation, Clause, str, sequence of these two, or mapping of str to concept
        A tree stands for the clauses of its nodes, a text for a column of 0 and 1.

    Raises
    ------
    InputError
        Nothing to probe, or something else.
    """
    tree = asked.tree if isinstance(asked, Distillation) else asked
    if isinstance(tree, Tree):
        nodes: tuple[int | None, ...] = tuple(range(1, tree.n_nodes))
        if not nodes:
            raise InputError("clauses to probe", "a tree of one leaf", _REMEDY)
        sources: list[Any] = [tree.clause(node) for node in range(1, tree.n_nodes)]
        names = [clause.text() for clause in sources]
    elif isinstance(asked, Mapping):
        names, sources = [str(name) for name in asked], [_source(str(name), value) for name, value in asked.items()]
        nodes = (None,) * len(names)
    else:
        given: Any = [tree] if isinstance(tree, (str, Clause)) else tree
        sources = [_clause(one) for one in given]
        names, nodes = [clause.text() for clause in sources], (None,) * len(sources)
    if not sources:
        raise InputError(
            "clauses to probe", "no clause", "give clauses, concept columns, or a tree that asks something"
        )
    hidden = {lit.column for c in sources if isinstance(c, Clause) for lit, _ in c.terms if lit.op is Op.CONCEPT}
    if isinstance(asked, Distillation):
        hidden |= set(asked.settings["concepts"])
    reader = tree.reader if isinstance(tree, Tree) else None
    return Probed(tuple(names), tuple(sources), nodes, tuple(sorted(hidden)), reader)


def subjects_of(clauses: Sequence[Clause], holds: NDArray[np.bool_], nodes: Sequence[int] | None) -> list[Subject]:
    """Describe clauses of known truth (n, t), with their tree nodes where they have any."""
    places = tuple([None] * len(clauses) if nodes is None else nodes)
    return Probed(tuple(c.text() for c in clauses), tuple(clauses), places, ()).subjects(holds)


def _source(name: str, value: Any) -> Any:
    """Read the concept of a name."""
    if isinstance(value, (str, Clause)):
        return _clause(value)
    return value if callable(value) else _yes_no(name, value, None)


def _clause(value: Any) -> Clause:
    """Read one clause, or the name of a concept column."""
    if isinstance(value, str):
        return Clause(((Literal.concept(value), True),))
    if not isinstance(value, Clause) or not len(value):
        remedy = "give `Clause` objects with terms, names of columns, or a mapping of names to arrays or functions"
        raise InputError("clauses to probe", f"{value!r}", remedy)
    return value


def _yes_no(name: str, values: Any, n_rows: int | None) -> NDArray[np.bool_]:
    """Read one yes or no for each row."""
    asked, remedy = f"one yes or no for each row as the concept `{name}`", "give 0 and 1, or False and True"
    array = np.asarray(values)
    if array.ndim != 1 or (n_rows is not None and len(array) != n_rows):
        raise InputError(asked, f"an array of shape {array.shape}", remedy)
    if array.dtype.kind not in "biuf" or not np.isin(array, (0, 1)).all():
        odd = next((value for value in array.tolist() if value not in (0, 1)), array.dtype)
        raise InputError(asked, f"`{odd}`", remedy)
    return array.astype(bool)


def _depth(source: Any) -> int:
    """Return the number of literals, or `CONCEPT`."""
    if not isinstance(source, Clause) or (len(source) == 1 and source.terms[0][0].op is Op.CONCEPT):
        return CONCEPT
    return len(source)
