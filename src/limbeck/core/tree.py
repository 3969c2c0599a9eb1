"""The student: a decision tree held as parallel arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from limbeck.concepts import Concepts
from limbeck.core.clause import Clause
from limbeck.core.literal import Literal, Op
from limbeck.core.nested import LEAF, NO_CHILD, laid_out, nested
from limbeck.core.nodes import Node
from limbeck.core.routing import Plan, plan_of, route
from limbeck.core.tree_answers import TreeAnswers
from limbeck.core.tree_counts import node_counts
from limbeck.core.tree_json import tree_from_dict, tree_to_dict
from limbeck.core.tree_text import tree_text
from limbeck.core.vocabulary import missing_columns
from limbeck.errors import InputError
from limbeck.tables import Kind, Table, as_table, shortened, told_apart
from limbeck.tables.asked import asked_columns

if TYPE_CHECKING:
    from limbeck.exports.methods import TreeExports
else:
    TreeExports = object  # `import limbeck` hangs the methods on the tree: it knows none of the forms it is written in

__all__ = ["LEAF", "NO_CHILD", "Tree"]

_LETTERS = 40


@dataclass(frozen=True, eq=False)
class Tree(TreeAnswers, TreeExports):
    """A decision tree; node 0 is the root and every child comes after its parent.

    Parameters
    ----------
    literals : tuple of Literal
        The distinct questions that the tree asks.
    question : ndarray of int32, shape (nodes,)
        Index into `literals`, or `LEAF`.
    yes, no : ndarray of int32, shape (nodes,)
        The child for each answer, or `NO_CHILD`.
    value : ndarray of float64, shape (nodes, c)
        What decides the answer: the share of each class in the (weighted) rows that were fitted, or the mean of the
        teacher's output (c = 1).
    n_rows : ndarray of float64, shape (nodes,)
        Number of the fitting rows at the node.
    classes : tuple or None
        The labels behind the columns of `value`; None for regression.
    columns : tuple of (str, Kind)
        The columns of the table that the tree was fitted on, in order.
    cells : tuple of (str, str)
        How the cells of a text file become values where the kind of a column does not say: "date", or "gaps" for text
        in which words such as `NA` are missing values. In other columns of text, only an empty cell is missing.
    row_shares : ndarray of float64, shape (nodes, c), or None
        Share of each class among the fitting rows at the node, where these are not what decided: with weights, with
        soft scores, or when other rows took part in the fit. A node without rows has zeros. None where it is `value`.
    reader : Concepts, optional
        What makes columns of raw inputs, where the rows are no table.
    defers : ndarray of bool, shape (nodes,), or None
        Which leaves ask the model in place of answering; `value` is then what they would have answered. None where
        every leaf answers.

    Examples
    --------
    >>> from limbeck.core import Leaf, Split
    >>> grow = Split(Literal.at_most("x0", 1.5), Leaf((1.0, 0.0), 2.0), Leaf((0.0, 1.0), 1.0))
    >>> tree = Tree.from_node(grow, classes=("a", "b"), columns=(("x0", Kind.NUMERIC),))
    >>> tree.predict([[1.0], [2.0]])
    array(['a', 'b'], dtype='<U1')
    >>> print(tree.to_text())
    x0 <= 1.5
    ├─ yes  a  (100 % of 2 rows)
    └─ no   b  (100 % of 1 row)
    """

    kind: ClassVar[str] = "tree"

    literals: tuple[Literal, ...]
    question: NDArray[np.int32]
    yes: NDArray[np.int32]
    no: NDArray[np.int32]
    value: NDArray[np.float64]
    n_rows: NDArray[np.float64]
    classes: tuple[Any, ...] | None
    columns: tuple[tuple[str, Kind], ...] = field(repr=False)
    cells: tuple[tuple[str, str], ...] = field(repr=False, default=())
    row_shares: NDArray[np.float64] | None = field(default=None, repr=False)
    reader: Concepts | None = field(default=None, repr=False)
    defers: NDArray[np.bool_] | None = field(default=None, repr=False)

    @classmethod
    def from_node(
        cls,
        root: Node,
        *,
        classes: tuple[Any, ...] | None,
        columns: tuple[tuple[str, Kind], ...],
    ) -> Tree:
        """Lay a nested tree out as parallel arrays, parents before children."""
        flat = laid_out(root)
        arrays = flat.literals, flat.question, flat.yes, flat.no, flat.value, flat.n_rows
        return cls(*arrays, classes, columns, defers=flat.defers)

    def read_with(self, cells: Mapping[str, str]) -> Tree:
        """Return the same tree, which knows more about how cells become values (`cells`)."""
        return replace(self, cells=tuple((dict(self.cells) | dict(cells)).items())) if cells else self

    def read_by(self, concepts: Concepts) -> Tree:
        """Return the same tree, which takes raw inputs: its columns are the concepts that it asks about."""
        reader = concepts.only(literal.column for literal in self.literals)
        return replace(self, reader=reader, columns=tuple((name, Kind.NUMERIC) for name in reader.names))

    def read(self, rows: Any) -> Table:
        """Return rows, or raw inputs where the tree takes these, as a table."""
        return as_table(rows) if self.reader is None else self.reader.table(rows)

    def counted(self, leaf: NDArray[np.integer[Any]], codes: NDArray[np.intp] | None) -> Tree:
        """Return the same tree with what `node_counts` says of some rows, given their leaves and classes."""
        return self.with_counts(*node_counts(self, leaf, codes))

    def with_counts(self, n_rows: NDArray[np.float64], shares: NDArray[np.float64]) -> Tree:
        """Return the same tree with the rows at every node, shape (nodes,), and their classes, shape (nodes, c)."""
        same = self.classes is None or np.array_equal(shares, self.value)
        return replace(self, n_rows=n_rows, row_shares=None if same else shares)

    @property
    def shares(self) -> NDArray[np.float64]:
        """Share of each class among the fitting rows at every node, shape (nodes, c); `value` for numbers."""
        return self.value if self.row_shares is None else self.row_shares

    def to_node(self, node: int = 0) -> Node:
        """Return the subtree below a node as nested values."""
        return nested(self, node)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tree) and self.to_dict() == other.to_dict()

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    @property
    def n_nodes(self) -> int:
        """Number of nodes, leaves included."""
        return len(self.question)

    @cached_property
    def leaves(self) -> NDArray[np.intp]:
        """The nodes that are leaves, in order."""
        return np.flatnonzero(self.question == LEAF)

    @property
    def n_leaves(self) -> int:
        """Number of leaves, s."""
        return len(self.leaves)

    @property
    def concepts(self) -> tuple[str, ...]:
        """The columns that are asked about and are a user's concepts: the teacher does not get them."""
        return tuple(sorted({literal.column for literal in self.literals if literal.op is Op.CONCEPT}))

    @cached_property
    def depth_of(self) -> NDArray[np.int32]:
        """Number of questions asked before each node, shape (nodes,)."""
        depth = np.zeros(self.n_nodes, np.int32)
        for node in np.flatnonzero(self.question != LEAF):
            depth[[self.yes[node], self.no[node]]] = depth[node] + 1
        return depth

    @property
    def depth(self) -> int:
        """Number of questions on the longest path, r."""
        return int(self.depth_of.max())

    def clause(self, node: int) -> Clause:
        """Return the clause that exactly the rows at a node satisfy."""
        terms: list[tuple[Literal, bool]] = []
        while node:
            parent, answer = self._asked_by[node]
            terms.append((self.literals[self.question[parent]], answer))
            node = parent
        return Clause(tuple(reversed(terms)))

    def shown(self, text: str) -> str:
        """Return a column, category or class as it is shown: cut where it is long, and no two of the tree alike."""
        return self._shown.get(text) or shortened(text, self._letters)

    @cached_property
    def class_texts(self) -> tuple[str, ...]:
        """The classes as text; 1 beside "1" as Python writes them."""
        texts = tuple(str(label) for label in self.classes or ())
        return texts if len(set(texts)) == len(texts) else tuple(repr(label) for label in self.classes or ())

    @property
    def _letters(self) -> int:
        """Most letters of a name that is shown: concepts are whole questions."""
        return _LETTERS if self.reader is None else 2 * _LETTERS

    @cached_property
    def _shown(self) -> dict[str, str]:
        asked = (text for literal in self.literals for text in (literal.column, *literal.values))
        return told_apart([*(name for name, _ in self.columns), *asked, *self.class_texts], self._letters)

    @cached_property
    def _asked_by(self) -> dict[int, tuple[int, bool]]:
        """The parent of every node but the root, and the answer with which a row comes from there."""
        inner = np.flatnonzero(self.question != LEAF).tolist()
        sides = ((True, self.yes.tolist()), (False, self.no.tolist()))
        return {side[parent]: (parent, answer) for answer, side in sides for parent in inner}

    def apply(self, rows: Any) -> NDArray[np.int32]:
        """Return the leaf that every row ends in, shape (n,).

        Raises
        ------
        InputError
            A column that the tree asks about is missing or has another type, or an array of another width.
        """
        return self.routed(rows, np.arange(self.n_nodes, dtype=np.int32))

    def routed(self, rows: Any, given: NDArray[Any]) -> NDArray[Any]:
        """Return for every row what is given for its leaf; columns that the tree does not ask about are not read."""
        found = None if self.reader is not None else asked_columns(rows, self._names, self._plan.names)
        if found is None:
            table = self._checked(rows)
            found = [table[name] for name in self._plan.names], table.n_rows
        return route(self._plan, *found, given)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.columns)

    @cached_property
    def _plan(self) -> Plan:
        return plan_of(self)

    def decision_path(self, rows: Any) -> NDArray[np.bool_]:
        """Tell which nodes every row passes, shape (n, nodes)."""
        table = self._checked(rows)
        answers = [literal.holds(table[literal.column]) for literal in self.literals]
        path = np.zeros((self.n_nodes, table.n_rows), dtype=bool)
        for node, reached in self._reached(answers, table.n_rows):
            path[node] = reached
        return path.T

    def _reached(self, answers: list[NDArray[np.bool_]], n: int) -> Iterator[tuple[int, NDArray[np.bool_]]]:
        """Yield every node with the mask of the rows that reach it."""
        pending = [(0, np.ones(n, dtype=bool))]
        while pending:
            node, reached = pending.pop()
            yield node, reached
            if self.question[node] != LEAF:
                answer = answers[self.question[node]]
                pending += [(int(self.no[node]), reached & ~answer), (int(self.yes[node]), reached & answer)]

    def _checked(self, rows: Any) -> Table:
        """Read the rows and see that the tree's columns are there."""
        table = self.read(rows)
        if table.by_place and len(table.columns) != len(self.columns):
            raise InputError(
                f"an array of {len(self.columns)} columns, as in the fit",
                f"{len(table.columns)} columns",
                "give the same columns in the same order, or a data frame with their names",
            )
        if table.by_place:
            table = table.renamed(self._names)
        missing_columns(sorted({literal.column for literal in self.literals}), table)
        return table

    def to_text(self) -> str:
        """Draw the tree in text."""
        return tree_text(self)

    def __str__(self) -> str:
        return self.to_text()

    def to_dict(self) -> dict[str, Any]:
        """Return the tree as plain values (versioned; read back by `from_dict`)."""
        return tree_to_dict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Tree:
        """Read what `to_dict` wrote."""
        return tree_from_dict(plain)
