"""Additive leaf losses: what a leaf costs, as a function of sums over its rows.

A loss turns rows into sufficient statistics once; the cost of any leaf is then a function of their sum,
so that search and program only ever add rows of a matrix. Sums carry the statistic on their first axis,
(d, ...), so that every operation runs along contiguous memory.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Leaf
from limbeck.errors import InputError

__all__ = ["HardLabels", "Loss", "SquaredError", "row_weights"]

Floats = NDArray[np.floating[Any]]

# Largest whole number up to which every whole number is exact in float32.
_EXACT_IN_SINGLE = 2.0**24


class Loss(ABC):
    """An additive leaf loss over n rows with d sufficient statistics each.

    Attributes
    ----------
    statistics : ndarray of float64, shape (n, d)
        Statistics of each row; a leaf's are their sum.
    exact_in_single : bool
        Whether all sums are whole numbers that float32 holds exactly, so that kernels may run in it.
    least_gain : float
        Savings up to which a tree counts as no better than a smaller one: they only break ties.
    codes : ndarray of intp, shape (n,), or None
        Where the statistics of a row are its weight at one place and 0 elsewhere: that place.
    row_weight : ndarray of float64, shape (n,), or None
        The weights of the rows; None where all are 1.
    price : float, above 0
        What it costs, for every unit of weight, that a leaf asks the model in place of answering; infinite where every
        leaf is to answer.

    References
    ----------
    Chow (1970), *On optimum recognition error and reject tradeoff*, IEEE Trans. Inf. Theory 16: a price for passing.
    """

    statistics: NDArray[np.float64]
    exact_in_single: bool
    least_gain: float = 0.0
    codes: NDArray[np.intp] | None = None
    row_weight: NDArray[np.float64] | None = None
    price: float = np.inf

    @property
    def total(self) -> NDArray[np.float64]:
        """Statistics of all rows together, shape (d,)."""
        return self.statistics.sum(axis=0)

    @abstractmethod
    def weight(self, sums: Floats) -> Floats:
        """Return the weight of the rows behind sums of shape (d, ...), shape (...)."""

    @abstractmethod
    def answering_cost(self, sums: Floats) -> Floats:
        """Return what a leaf with these sums costs that answers, at least 0, shape (...)."""

    def cost(self, sums: Floats) -> Floats:
        """Return what a leaf with these sums costs when it does what costs least: answer, or ask the model."""
        told = self.answering_cost(sums)
        if self.price == np.inf:
            return told
        return np.minimum(told, np.asarray(self.price, sums.dtype) * self.weight(sums))

    def leaf(self, sums: Floats) -> Leaf:
        """Return the best leaf for sums of shape (d,): one that answers where that costs no more than to ask."""
        return self.leaves(sums[:, None])[0]

    def leaves(self, sums: Floats) -> list[Leaf]:
        """Return the best leaf for each of k sums, shape (d, k)."""
        weight = self.weight(sums)
        asks = np.zeros(len(weight), bool)
        if self.price < np.inf:
            asks = (weight > 0) & (self.price * weight < self.answering_cost(sums))
        values = map(tuple, self.values(sums).T.tolist())
        return list(map(Leaf, values, weight.tolist(), asks.tolist()))

    def value(self, sums: Floats) -> tuple[float, ...]:
        """Return the best value of a leaf with sums of shape (d,)."""
        return tuple(self.values(sums[:, None])[:, 0].tolist())

    def priced(self, price: float) -> Self:
        """Return the same loss with a price for asking the model."""
        priced = copy.copy(self)
        priced.price = price
        return priced

    @abstractmethod
    def row_statistics(self, answers: NDArray[Any], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the statistics of other rows, shape (m, d), by their answers, as the loss was made of, and weights."""

    def over(self, total: NDArray[np.float64]) -> Self:
        """Return the same loss over other rows, of which only the total of the statistics is kept, shape (d,)."""
        twin = copy.copy(self)
        twin.statistics, twin.codes, twin.row_weight = total[None], None, None
        return twin

    @abstractmethod
    def impurity(self, sums: Floats) -> Floats:
        """Return the weighted impurity, a strictly concave companion of the cost that ranks splits, shape (...)."""

    @abstractmethod
    def values(self, sums: Floats) -> Floats:
        """Return the best values of k leaves with sums of shape (d, k), shape (c, k)."""

    @abstractmethod
    def answering_costs(self, rows: NDArray[np.intp], value: tuple[float, ...]) -> NDArray[np.float64]:
        """Return what each of some rows adds to the cost at a leaf that answers a value, up to a term of its own."""

    def costs_at(self, sums: Floats, values: Floats) -> Floats:
        """Return what leaves with sums of shape (d, k) cost that answer other values than the best, shape (c, k)."""
        raise NotImplementedError("of numbers only")

    @abstractmethod
    def asking_costs(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return what each of some rows adds at a leaf that asks the model, up to the same term of its own."""

    def row_costs(self, rows: NDArray[np.intp], leaf: Leaf) -> NDArray[np.float64]:
        """Return what each of some rows adds to the cost at a leaf, up to a term of the row's own."""
        return self.asking_costs(rows) if leaf.defers else self.answering_costs(rows, leaf.value)


class HardLabels(Loss):
    r"""Disagreement with the teacher's classes, ties broken by Gini impurity.

    For weights `w_c` of the classes at a leaf, `w = sum_c w_c`, the cost is
    `w - max_c w_c + eta * (w - sum_c w_c^2 / w)`.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
        Class of each row, in 0 .. n_classes - 1.
    n_classes : int
        Number of classes, c.
    weights : ndarray of float, shape (n,), optional
        Row weights, at least 0; 1 by default.
    eta : float, at least 0, optional
        Share of impurity in the cost. By default so small that it only decides between trees that
        agree with the teacher equally often (`1 / (4 * total weight)`, for whole weights).

    Examples
    --------
    >>> loss = HardLabels([0, 0, 1], 2, eta=0.0)
    >>> float(loss.cost(loss.total)), loss.value(loss.total)
    (1.0, (0.6666666666666666, 0.3333333333333333))

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053: the program's objective.
    """

    def __init__(self, codes: Any, n_classes: int, weights: Any = None, *, eta: float | None = None) -> None:
        labels = np.asarray(codes)
        row_weight = row_weights(weights, len(labels))
        self.statistics = (labels[:, None] == np.arange(n_classes)) * row_weight[:, None]
        known = (labels >= 0) & (labels < n_classes)
        self.codes = np.where(known, labels, 0).astype(np.intp)
        if not known.all() or (row_weight != 1).any():
            self.row_weight = row_weight * known
        whole = bool((row_weight == np.round(row_weight)).all())
        self.exact_in_single = whole and row_weight.sum() < _EXACT_IN_SINGLE
        self.eta = 0.25 / max(float(row_weight.sum()), 1.0) if eta is None else eta
        if eta is None and whole:  # all tie-breaks together stay below this, and real savings are 1 at least
            self.least_gain = 0.25

    def weight(self, sums: Floats) -> Floats:
        return sums.sum(axis=0)

    def priced(self, price: float) -> Self:
        priced = super().priced(price)
        if price < 1:  # what breaks ties stays as far below the smallest saving as it was
            priced.eta, priced.least_gain = self.eta * price, self.least_gain * price
        return priced

    def row_statistics(self, answers: NDArray[Any], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return (answers[:, None] == np.arange(self.statistics.shape[1])) * weights[:, None]

    def over(self, total: NDArray[np.float64]) -> Self:
        twin = super().over(total)
        twin.eta = 0.25 / max(float(total.sum()), 1.0)
        return twin

    def answering_cost(self, sums: Floats) -> Floats:
        w = sums.sum(axis=0)
        wrong = w - sums.max(axis=0)
        return wrong if self.eta == 0 else wrong + np.asarray(self.eta, sums.dtype) * _gini(sums, w)

    def impurity(self, sums: Floats) -> Floats:
        return _gini(sums, sums.sum(axis=0))

    def values(self, sums: Floats) -> Floats:
        w = sums.sum(axis=0)
        return np.where(w > 0, sums / np.where(w > 0, w, 1), 1.0 / len(sums))

    def answering_costs(self, rows: NDArray[np.intp], value: tuple[float, ...]) -> NDArray[np.float64]:
        return -self.statistics[rows, int(np.argmax(value))]

    def asking_costs(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        return (self.price - 1.0) * self.statistics[rows].sum(axis=1)


def _gini(sums: Floats, w: Floats) -> Floats:
    """Return the Gini impurity of sums of shape (d, ...) whose total is w, times w."""
    return w - (sums * sums).sum(axis=0) / np.maximum(w, np.finfo(sums.dtype).tiny)


class SquaredError(Loss):
    """Squared distance to numbers, or to soft class scores (Brier score).

    For weights `w_i` and targets `y_i` in R^c: `sum_i w_i |y_i|^2 - |sum_i w_i y_i|^2 / sum_i w_i`.

    Parameters
    ----------
    targets : ndarray of float, shape (n,) or (n, c)
        The teacher's numbers, or its class scores.
    weights : ndarray of float, shape (n,), optional
        Row weights, at least 0; 1 by default.

    Examples
    --------
    >>> loss = SquaredError([0.0, 2.0])
    >>> float(loss.cost(loss.total)), loss.value(loss.total)
    (2.0, (1.0,))
    """

    exact_in_single = False

    def __init__(self, targets: Any, weights: Any = None) -> None:
        y = np.asarray(targets, np.float64).reshape(len(targets), -1)
        # Far-off means would cancel in the cost; the shift is undone in `values`.
        self._centre = y.mean(axis=0) if len(y) else np.zeros(y.shape[1])
        self.statistics = self.row_statistics(y, row_weights(weights, len(y)))

    def row_statistics(self, answers: NDArray[Any], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        y, w = answers - self._centre, weights
        return np.column_stack([w, w * (y * y).sum(axis=1), w[:, None] * y])

    def weight(self, sums: Floats) -> Floats:
        return sums[0]

    def answering_cost(self, sums: Floats) -> Floats:
        explained = (sums[2:] * sums[2:]).sum(axis=0) / np.maximum(sums[0], np.finfo(sums.dtype).tiny)
        return np.maximum(sums[1] - explained, 0)

    def impurity(self, sums: Floats) -> Floats:
        return self.answering_cost(sums)

    def costs_at(self, sums: Floats, values: Floats) -> Floats:
        v = values - self._centre[:, None]
        return np.maximum(sums[1] - 2 * (v * sums[2:]).sum(axis=0) + sums[0] * (v * v).sum(axis=0), 0)

    def values(self, sums: Floats) -> Floats:
        return sums[2:] / np.maximum(sums[0], np.finfo(np.float64).tiny) + self._centre[:, None]

    def answering_costs(self, rows: NDArray[np.intp], value: tuple[float, ...]) -> NDArray[np.float64]:
        centred = np.array(value) - self._centre
        return self.statistics[rows, 0] * (centred @ centred) - 2.0 * (self.statistics[rows, 2:] @ centred)

    def asking_costs(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        return self.price * self.statistics[rows, 0] - self.statistics[rows, 1]


def row_weights(weights: Any, n: int) -> NDArray[np.float64]:
    """Return the weights of n rows, 1 by default, and see that they are finite numbers of at least 0, not all 0."""
    if weights is None:
        return np.ones(n)
    try:
        w = np.asarray(weights, np.float64)
    except (TypeError, ValueError):
        raise InputError("`sample_weight` of numbers", f"`{weights!r:.80}`", "give one number a row") from None
    if w.shape != (n,) or not np.isfinite(w).all() or (w < 0).any() or not (w > 0).any():
        raise InputError(
            f"`sample_weight` of {n} finite numbers of at least 0, not all 0",
            f"shape {w.shape}" if w.shape != (n,) else f"the smallest {w.min()} and the largest {w.max()}",
            "give one weight a row",
        )
    return w
