"""What a tree answers: the values of its leaves, and of leaves that ask the model, what the model says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError

if TYPE_CHECKING:
    from limbeck.core.tree import Tree

__all__ = ["TreeAnswers"]


class TreeAnswers:
    """The answers of `Tree`. A leaf that asks the model has none of its own: no value is made up for it."""

    answered_with: ClassVar[Callable[..., NDArray[Any]]]
    """What puts a model's answers among the tree's: set by `import limbeck`, which knows models, as trees do not."""

    def _tree(self) -> Tree:
        return cast("Tree", self)

    @property
    def asking(self) -> NDArray[np.intp]:
        """The leaves that ask the model in place of answering, in order."""
        defers = self._tree().defers
        return np.empty(0, np.intp) if defers is None else np.flatnonzero(defers)

    def asking_at(self, leaves: Iterable[int]) -> Tree:
        """Return the same tree whose leaves ask the model at these nodes, and answer at all others.

        Raises
        ------
        InputError
            A node that is no leaf.
        """
        tree = self._tree()
        defers = np.isin(np.arange(tree.n_nodes), list(leaves))
        if not defers.sum() == len(set(leaves)) or (tree.question[defers] >= 0).any():
            raise InputError("leaves of the tree", f"{sorted(leaves)}", "name them as `Tree.apply` does")
        return replace(tree, defers=defers if defers.any() else None)

    @cached_property
    def answers(self) -> NDArray[Any]:
        """The class (or the number, for regression) that each node answers with, shape (nodes,).

        Of equal shares, the first class wins. A leaf that asks the model has None, or NaN in a tree of numbers.
        """
        tree = self._tree()
        if tree.classes is None:
            return self.scores[:, 0]
        best = np.asarray(tree.classes)[tree.value.argmax(axis=1)]
        if tree.defers is None:
            return best
        best = best.astype(object)
        best[tree.defers] = None
        return best

    @cached_property
    def scores(self) -> NDArray[np.float64]:
        """The `value` of every node, and NaN for leaves that ask the model, shape (nodes, c)."""
        tree = self._tree()
        return tree.value if tree.defers is None else np.where(tree.defers[:, None], np.nan, tree.value)

    def predict(self, rows: Any, *, model: Any = None, deferred: Any = np.ma.masked, **read: Any) -> NDArray[Any]:
        """Return the class (or the number, for regression) of every row, shape (n,).

        Parameters
        ----------
        rows : Table, DataFrame or array-like, n rows
            The rows; columns that the tree does not ask about are not needed, unless the model is asked.
        model : Teacher or model, optional
            Who answers the rows that come to leaves that ask the model: it is asked about all of them in one call.
        deferred : any, optional
            What such rows get when no model is given. By default the array is a masked one, with the mask where the
            model would have to be asked; a tree whose leaves all answer gives a plain array always.
        **read
            How the model's outputs are read, where it is asked: `task` as in `distill`, or `reading`, a distillation's
            own, which its `predict` gives; and `output`, which of several.

        Raises
        ------
        InputError
            Rows that the tree, or the model, cannot read; or both a model and a value for deferred rows.

        Examples
        --------
        >>> from limbeck.core.literal import Literal
        >>> from limbeck.core.nodes import Leaf, Split
        >>> from limbeck.core.tree import Tree
        >>> from limbeck.tables import Kind
        >>> root = Split(Literal.at_most("x0", 1.5), Leaf((1.0, 0.0), 2.0), Leaf((0.5, 0.5), 2.0, defers=True))
        >>> tree = Tree.from_node(root, classes=("a", "b"), columns=(("x0", Kind.NUMERIC),))
        >>> tree.predict([[1.0], [2.0]]).mask.tolist(), tree.predict([[1.0], [2.0]], deferred="?").tolist()
        ([False, True], ['a', '?'])
        >>> tree.predict([[1.0], [2.0]], model=lambda x: np.array(["b"] * len(x))).tolist()
        ['a', 'b']
        """
        tree = self._tree()
        if model is not None and deferred is not np.ma.masked:
            raise InputError("rows that the model answers, or a value for them", "both", "leave `deferred` out")
        told = tree.routed(rows, self.answers)
        if tree.defers is None:
            return told
        asks = tree.routed(rows, tree.defers)
        if model is not None:
            return self.answered_with(tree, rows, told, asks, model, **read)
        if deferred is np.ma.masked:
            return np.ma.MaskedArray(told, mask=asks)
        native = np.asarray(0.0 if tree.classes is None else tree.classes)
        given = told.astype(object)
        given[asks] = deferred
        return given.astype(np.result_type(native, np.asarray(deferred))) if _alike(deferred, native) else given

    def predict_scores(self, rows: Any) -> NDArray[np.float64]:
        """Return the `value` of every row's leaf, shape (n, c); NaN where the leaf asks the model."""
        return self._tree().routed(rows, self.scores)


def _alike(value: Any, answers: NDArray[Any]) -> bool:
    """Tell whether one array of a type of its own holds a value and the answers."""
    return np.asarray(value).dtype.kind == answers.dtype.kind
