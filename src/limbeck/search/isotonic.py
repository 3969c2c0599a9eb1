"""Numbers on a partial order that never fall along it, as close as can be to given ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["isotonic"]

# Flows are whole numbers of 32 bits: all gains together are rounded to this many parts.
_PARTS = 1 << 30
_UNLIMITED = np.iinfo(np.int32).max


def isotonic(
    values: NDArray[np.float64], weights: NDArray[np.float64], below: NDArray[np.bool_]
) -> NDArray[np.float64]:
    r"""Return the x with `x_i <= x_j` wherever i is below j that minimises `sum_i w_i (x_i - y_i)^2`.

    All get their mean; then the upper set that lies most above the mean is split off, by a minimum cut, and both parts
    are solved in turn. Thresholded at any level, the result is also the best 0/1 labelling in order of the values
    thresholded there.

    Parameters
    ----------
    values, weights : ndarray, shape (m,)
        y and w; weights above 0.
    below : ndarray of bool, shape (m, m)
        `below[i, j]` says that `x_i <= x_j` must hold; any relation, its cycles are set equal.

    Examples
    --------
    >>> chain = np.triu(np.ones((3, 3), bool))
    >>> isotonic(np.array([1.0, 4.0, 2.0]), np.ones(3), chain).tolist()
    [1.0, 3.0, 3.0]

    References
    ----------
    Maxwell and Muckstadt (1985), *Establishing consistent and realistic reorder intervals in production-distribution
    systems*, Operations Research 33; Luss, Rosset and Shahar (2012), *Efficient regularized isotonic regression with
    application to gene-gene interaction search*, Annals of Applied Statistics 6.
    """
    found = np.empty(len(values))
    pending = [np.arange(len(values))]
    while pending:
        part = pending.pop()
        mean = np.average(values[part], weights=weights[part])
        upper = _upper_set(weights[part] * (values[part] - mean), below[np.ix_(part, part)])
        if upper.any() and not upper.all():
            pending += [part[upper], part[~upper]]
        else:
            found[part] = mean
    while True:  # rounding may leave what should be equal a little out of order
        raised = np.where(below, found[:, None], -np.inf).max(axis=0)
        if (raised <= found).all():
            return found
        found = np.maximum(found, raised)


def _upper_set(gain: NDArray[np.float64], below: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a set of most gain that holds with each element all above it: the source's side of a minimum cut."""
    from scipy.sparse import csr_array  # slow to import, and seldom needed
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    m = len(gain)
    largest = float(np.abs(gain).max())
    whole = np.round(gain / largest * (_PARTS // m)).astype(np.int32) if largest > 0 else np.zeros(m, np.int32)
    capacity = np.zeros((m + 2, m + 2), np.int32)
    capacity[:m, :m] = np.where(below & ~np.eye(m, dtype=bool), _UNLIMITED, 0)
    source, sink = m, m + 1
    capacity[source, :m], capacity[:m, sink] = np.maximum(whole, 0), np.maximum(-whole, 0)
    flow = maximum_flow(csr_array(capacity), source, sink).flow.toarray()
    left = capacity.astype(np.int64) - flow
    reached = breadth_first_order(csr_array(left), source, return_predecessors=False)
    upper = np.zeros(m + 2, bool)
    upper[reached] = True
    return upper[:m]
