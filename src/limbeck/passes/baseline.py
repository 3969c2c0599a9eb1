"""CART beside the frontier: what a greedy tree of the same size reaches on the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.certificates import agreement
from limbeck.core import Outputs, Table
from limbeck.exhibits import BaselinePoint
from limbeck.observe import Encoding, fitted_to_answers, importing_seconds
from limbeck.passes.fitting import Fitted
from limbeck.passes.run import Run

__all__ = ["cart_baseline"]

# Rows that fit CART: with more, its trees of some dozens of leaves hardly change; and with thousands of columns as many
# as take a second or two.
_MOST_ROWS, _MOST_CELLS = 20_000, 5_000_000
# What it takes for each row and column, on a machine with other work to do.
_SECONDS_A_CELL = 5e-7


def cart_baseline(
    run: Run, fitted: Fitted, certificate: tuple[Table, Outputs | None], asks: Sequence[str]
) -> tuple[BaselinePoint, ...]:
    """Fit scikit-learn's CART to the teacher's answers on the rows that fit, and measure it at every size.

    The held-out rows are judged as they are for the frontier: by trees that were fitted without them, fold after fold.
    Sizes that CART does not reach are left out, and all of them where one leaf is enough. Of large tables some rows
    fit CART, drawn at random, which `run` tells.

    Parameters
    ----------
    run : Run
        Whose seed settles ties; without time left nothing is fitted.
    fitted : Fitted
        The frontier, whose sizes are asked for, and the rows behind it.
    certificate : Table, Outputs or None
        The certificate rows, with the teacher's answers.
    asks : sequence of str
        The columns that may be asked about.

    References
    ----------
    Breiman, Friedman, Olshen, Stone (1984), *Classification and Regression Trees*.
    """
    sizes = [point.n_leaves for point in fitted.points]
    table, outputs, weights = _some_rows(run, fitted, asks)
    cells = table.n_rows * len(table.columns)
    needed = importing_seconds("sklearn.tree") + cells * _SECONDS_A_CELL
    if fitted.seen.outputs.alike or not run.clock.has_time("comparing", needed):
        return ()
    if table.n_rows < fitted.seen.table.n_rows:
        n_rows = fitted.seen.table.n_rows
        run.say(f"CART, beside which the trees are shown, was fitted to {table.n_rows} of the {n_rows} rows that fit")
    start = run.clock.now()
    whole, rows = _Cart.fitted(table, outputs, weights, max(sizes), run.settings.random_state % 2**32)
    took = run.clock.now() - start
    sizes = [size for size in sizes if size <= whole.n_leaves]
    certified: list[float] | list[None] = [None] * len(sizes)
    if certificate[1] is not None:
        certified = _agreement(whole.answers(whole.encoding.encoded(certificate[0]), sizes), certificate[1])
    fit = _agreement(whole.answers(rows, sizes), outputs, weights)
    figures = zip(sizes, fit, _held_out(run, whole, fitted, sizes, asks, took), certified, strict=True)
    return tuple(BaselinePoint(*figure) for figure in figures)


def _some_rows(
    run: Run, fitted: Fitted, asks: Sequence[str], rows: NDArray[np.intp] | None = None
) -> tuple[Table, Outputs, NDArray[np.float64]]:
    """Return rows that fit CART, with answers and weights: those given, or some drawn at random where they are many."""
    n_rows, most = len(fitted.weights if rows is None else rows), min(_MOST_ROWS, max(1, _MOST_CELLS // len(asks)))
    if n_rows > most:
        rows = np.sort(run.rng("comparison").permutation(n_rows if rows is None else rows)[:most])
    table = fitted.seen.table.showing(asks)
    if rows is None:
        return table, fitted.seen.outputs, fitted.weights
    return table.take(rows), fitted.seen.outputs.take(rows), fitted.weights[rows]


@dataclass(frozen=True, eq=False)
class _Cart:
    """A grown tree, from which every smaller one is read.

    With `max_leaf_nodes`, scikit-learn grows best first and numbers the two children of a split when it makes them.
    So the tree of s leaves is the first 2s − 1 nodes of any larger one, and one fit serves every size.
    """

    tree: Any
    encoding: Encoding
    by_node: NDArray[Any]

    @classmethod
    def fitted(
        cls, table: Table, outputs: Outputs, weights: NDArray[np.float64], most: int, seed: int
    ) -> tuple[_Cart, NDArray[np.float32]]:
        """Fit it; return the rows as it takes them beside it."""
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

        encoding = Encoding.of(table)
        rows = encoding.encoded(table)
        kind = DecisionTreeRegressor if outputs.codes is None else DecisionTreeClassifier
        target = outputs.values[:, 0] if outputs.codes is None else outputs.codes
        model = fitted_to_answers(kind(max_leaf_nodes=max(2, most), random_state=seed), rows, target, weights)
        value = model.tree_.value[:, 0, :]
        by_node = value[:, 0] if outputs.codes is None else model.classes_[value.argmax(axis=1)]
        return cls(model.tree_, encoding, by_node), rows

    @property
    def n_leaves(self) -> int:
        return self.tree.n_leaves

    def answers(self, rows: NDArray[np.float32], sizes: Sequence[int]) -> NDArray[Any]:
        """Answer encoded rows by the tree of each size, shape (sizes, n)."""
        return np.take(self.by_node[self._last_of(sizes)], self.tree.apply(rows), axis=1)

    def _last_of(self, sizes: Sequence[int]) -> NDArray[np.intp]:
        """Return the last node of each size on the way to every node, shape (sizes, nodes)."""
        n_nodes, within = self.tree.node_count, 2 * np.array(sizes) - 1
        last = np.zeros((n_nodes, len(sizes)), np.intp)
        for parent, (left, right) in enumerate(zip(self.tree.children_left, self.tree.children_right, strict=True)):
            if left >= 0:  # children come after parents
                last[left] = np.where(left < within, left, last[parent])
                last[right] = np.where(right < within, right, last[parent])
        return last.T


def _held_out(
    run: Run, whole: _Cart, fitted: Fitted, sizes: Sequence[int], asks: Sequence[str], took: float
) -> list[float] | list[None]:
    """Return the agreement at each size on the rows that were held out; None when there were none, or no time."""
    found = fitted.validation
    if found is None:
        return [None] * len(sizes)
    answers: list[NDArray[Any]] = []
    done = 0
    for fold in fitted.folds:
        if done < len(found.rows):  # folds for which there was no time were not judged
            if not run.clock.has_time("comparing", took):
                return [None] * len(sizes)
            some = _some_rows(run, fitted, asks, fold.fit)
            cart, _ = _Cart.fitted(*some, max(sizes), run.settings.random_state % 2**32)
            held = fitted.seen.table.showing(asks).take(fold.validation)
            answers.append(cart.answers(cart.encoding.encoded(held), sizes))
            done += len(fold.validation)
    answers = answers if fitted.folds else [whole.answers(whole.encoding.encoded(found.table), sizes)]
    return _agreement(np.concatenate(answers, axis=1), found.outputs, found.weights)


def _agreement(answers: NDArray[Any], truth: Outputs, weights: NDArray[np.float64] | None = None) -> list[float]:
    """Return how far CART's answers, shape (sizes, n), agree with the teacher's, measured as the frontier's are."""
    gaps = np.abs(answers - truth.values[:, 0]) if truth.codes is None else answers != truth.codes
    return agreement(gaps, truth, weights).tolist()
