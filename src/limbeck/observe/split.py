"""Which rows are used for what: certificate rows are set aside first; the others fit, and judge what others fitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Fold", "RowSplit", "fold_rows", "split_rows", "stretches"]

# Validation rows after which another fold tells little more, and most folds.
_ENOUGH_VALIDATION = 1_000
_MOST_FOLDS = 5
# Stretches of time: so many that a fold's share is met, so few that most rows of one are far from the next.
_STRETCHES = 20


@dataclass(frozen=True, eq=False)
class RowSplit:
    """Three disjoint sets of rows, each in increasing order.

    Parameters
    ----------
    fit : ndarray of intp
        Rows that the vocabulary, the search and the program see.
    validation : ndarray of intp
        Rows that only choose between finished trees.
    certificate : ndarray of intp
        Rows that only the certificate sees.
    """

    fit: NDArray[np.intp]
    validation: NDArray[np.intp]
    certificate: NDArray[np.intp]


def split_rows(
    n_rows: int,
    *,
    rng: np.random.Generator,
    certificate: float = 0.25,
    validation: float = 0.15,
    max_certificate: int = 10_000,
    max_validation: int = 5_000,
    groups: NDArray[np.intp] | None = None,
) -> RowSplit:
    """Split rows at random, the certificate's first.

    Parameters
    ----------
    n_rows : int, at least 1
        Number of rows, n.
    rng : numpy.random.Generator
        Source of the split.
    certificate, validation : float, in [0, 1)
        Share of the rows for each purpose; what remains fits. At least one row always fits.
    max_certificate, max_validation : int
        Most rows for each purpose: past some thousands a certificate narrows slowly, while rows that fit are missed.
    groups : ndarray of intp, shape (n,), optional
        Number of each row's group, 0, 1, ...: then shares and limits are of groups, and none is split.

    Examples
    --------
    >>> split = split_rows(100, rng=np.random.default_rng(0))
    >>> len(split.fit), len(split.validation), len(split.certificate)
    (60, 15, 25)
    """
    n_units = _n_units(n_rows, groups)
    order = rng.permutation(n_units)
    n_certificate = min(int(np.ceil(certificate * n_units)), max_certificate, n_units - 1)
    n_validation = min(int(validation * n_units), max_validation, n_units - 1 - n_certificate)
    parts = np.split(order, [n_certificate, n_certificate + n_validation])
    certificate_rows, validation_rows, fit_rows = (_rows_of(units, groups) for units in parts)
    return RowSplit(fit_rows, validation_rows, certificate_rows)


def _n_units(n_rows: int, groups: NDArray[np.intp] | None) -> int:
    """Return what is drawn independently: the number of groups, or of rows where there are none."""
    return n_rows if groups is None else int(groups.max()) + 1


def _rows_of(units: NDArray[np.intp], groups: NDArray[np.intp] | None) -> NDArray[np.intp]:
    """Return the rows of some groups (of some rows where there are none), in increasing order."""
    return np.sort(units) if groups is None else np.flatnonzero(np.isin(groups, units))


@dataclass(frozen=True, eq=False)
class Fold:
    """Rows that fit a trial tree, and the rows that judge it.

    Parameters
    ----------
    fit, validation : ndarray of intp
        Disjoint, each in increasing order; together all rows.
    """

    fit: NDArray[np.intp]
    validation: NDArray[np.intp]


def fold_rows(
    n_rows: int,
    *,
    rng: np.random.Generator,
    validation: float = 0.15,
    enough: int = _ENOUGH_VALIDATION,
    groups: NDArray[np.intp] | None = None,
) -> list[Fold]:
    """Draw disjoint sets of validation rows: the fewer rows there are, the more sets, so that their noise averages out.

    Parameters
    ----------
    n_rows : int, at least 1
        Number of rows, n.
    rng : numpy.random.Generator
        Source of the folds.
    validation : float, in [0, 1)
        Share of the rows in one set; no fold for 0, or when no row would fit.
    enough : int
        Validation rows after which no further set is drawn.
    groups : ndarray of intp, shape (n,), optional
        Number of each row's group, 0, 1, ...: then the share is of groups, and none is split.

    Examples
    --------
    >>> folds = fold_rows(100, rng=np.random.default_rng(0), validation=0.2)
    >>> [len(fold.validation) for fold in folds]
    [20, 20, 20, 20, 20]

    References
    ----------
    Stone (1974), *Cross-validatory choice and assessment of statistical predictions*, JRSS B 36.
    """
    n_units = _n_units(n_rows, groups)
    size = min(int(validation * n_units), n_units - 1)
    if not size:
        return []
    order = rng.permutation(n_units)
    wanted = min(_MOST_FOLDS, max(1, -(-enough * n_units // (size * n_rows))), n_units // size)
    held = [_rows_of(order[k * size : (k + 1) * size], groups) for k in range(wanted)]
    return [Fold(np.setdiff1d(np.arange(n_rows), rows), rows) for rows in held]


def stretches(when: NDArray[np.float64]) -> NDArray[np.intp]:
    """Divide time into about 20 stretches of as many rows each, and return each row's; one time is never split.

    Examples
    --------
    >>> stretches(np.array([3.0, 1.0, 2.0, 2.0])).tolist()
    [2, 0, 1, 1]
    """
    before = np.searchsorted(np.sort(when), when)
    return np.unique(before * _STRETCHES // len(when), return_inverse=True)[1]
