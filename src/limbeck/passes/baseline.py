"""CART beside the frontier: what a greedy tree of the same size reaches on the same rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    whole = _Cart.fitted(table, outputs, weights, max(sizes), run.settings.random_state % 2**32)
    took = run.clock.now() - start
    sizes = [size for size in sizes if size <= whole.n_leaves]
    figures = zip(
        sizes, whole.agreement(table, outputs, sizes, weights), _held_out(run, whole, fitted, sizes, asks, took),
        whole.agreement(*certificate, sizes), strict=True,
    )  # fmt: skip
    return tuple(BaselinePoint(size, fit or 0.0, held, certified) for size, fit, held, certified in figures)


def _some_rows(
    run: Run, fitted: Fitted, asks: Sequence[str], rows: NDArray[np.intp] | None = None
) -> tuple[Table, Outputs, NDArray[np.float64]]:
    """Return rows that fit CART, with answers and weights: those given, or some drawn at random where they are many."""
    rows = np.arange(len(fitted.weights)) if rows is None else rows
    most = min(_MOST_ROWS, max(1, _MOST_CELLS // len(asks)))
    if len(rows) > most:
        rows = np.sort(run.rng("comparison").permutation(rows)[:most])
    return fitted.seen.table.showing(asks).take(rows), fitted.seen.outputs.take(rows), fitted.weights[rows]


@dataclass(frozen=True, eq=False)
class _Cart:
    """A grown tree, from which every smaller one is read.

    With `max_leaf_nodes`, scikit-learn grows best first and numbers the two children of a split when it makes them.
    So the tree of s leaves is the first 2s − 1 nodes of any larger one, and one fit serves every size.
    """

    model: Any
    encoding: Encoding
    by_node: NDArray[Any]

    @classmethod
    def fitted(cls, table: Table, outputs: Outputs, weights: NDArray[np.float64], most: int, seed: int) -> _Cart:
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

        encoding = Encoding.of(table)
        kind = DecisionTreeRegressor if outputs.codes is None else DecisionTreeClassifier
        target = outputs.values[:, 0] if outputs.codes is None else outputs.codes
        tree = kind(max_leaf_nodes=max(2, most), random_state=seed)
        model = fitted_to_answers(tree, encoding.encoded(table), target, weights)
        value = model.tree_.value[:, 0, :]
        return cls(model, encoding, value[:, 0] if outputs.codes is None else model.classes_[value.argmax(axis=1)])

    @property
    def n_leaves(self) -> int:
        return self.model.tree_.n_leaves

    def answers(self, table: Table, sizes: Sequence[int]) -> Iterator[NDArray[Any]]:
        """Answer rows by the tree of each size: by the last of its nodes on the row's path."""
        path = self.model.decision_path(self.encoding.encoded(table))
        for size in sizes:
            # A row's path lists its nodes from the root down, and children come after parents.
            within = path[:, : 2 * size - 1]
            yield self.by_node[within.indices[within.indptr[1:] - 1]]

    def agreement(
        self, table: Table, truth: Outputs | None, sizes: Sequence[int], weights: NDArray[np.float64] | None = None
    ) -> list[float | None]:
        """Return the agreement with the teacher at each size; None where there are no rows."""
        if truth is None:
            return [None] * len(sizes)
        return [_agreement(answers, truth, weights) for answers in self.answers(table, sizes)]


def _held_out(
    run: Run, whole: _Cart, fitted: Fitted, sizes: Sequence[int], asks: Sequence[str], took: float
) -> list[float | None]:
    """Return the agreement at each size on the rows that were held out; None when there were none, or no time."""
    found = fitted.validation
    if found is None:
        return [None] * len(sizes)
    pairs: list[tuple[_Cart, Table]] = []
    done = 0
    for fold in fitted.folds:
        if done < len(found.rows):  # folds for which there was no time were not judged
            if not run.clock.has_time("comparing", took):
                return [None] * len(sizes)
            some = _some_rows(run, fitted, asks, fold.fit)
            cart = _Cart.fitted(*some, max(sizes), run.settings.random_state % 2**32)
            pairs.append((cart, fitted.seen.table.take(fold.validation)))
            done += len(fold.validation)
    pairs = pairs if fitted.folds else [(whole, found.table)]
    by_size = zip(*(cart.answers(rows, sizes) for cart, rows in pairs), strict=True)
    return [_agreement(np.concatenate(answers), found.outputs, found.weights) for answers in by_size]


def _agreement(answers: NDArray[Any], truth: Outputs, weights: NDArray[np.float64] | None = None) -> float:
    """Return how far CART's answers agree with the teacher's, measured as the frontier's are."""
    gaps = np.abs(answers - truth.values[:, 0]) if truth.codes is None else answers != truth.codes
    return float(agreement(gaps, truth, weights))
