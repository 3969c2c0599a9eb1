"""Which rows are used for what: certificate rows are set aside first; the others fit, and judge what others fitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Fold", "RowSplit", "fold_rows", "split_rows"]

# Validation rows after which another fold tells little more, and most folds.
_ENOUGH_VALIDATION = 1_000
_MOST_FOLDS = 5


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

    Examples
    --------
    >>> split = split_rows(100, rng=np.random.default_rng(0))
    >>> len(split.fit), len(split.validation), len(split.certificate)
    (60, 15, 25)
    """
    order = rng.permutation(n_rows)
    n_certificate = min(int(np.ceil(certificate * n_rows)), max_certificate, n_rows - 1)
    n_validation = min(int(validation * n_rows), max_validation, n_rows - 1 - n_certificate)
    certificate_rows, validation_rows, fit_rows = np.split(order, [n_certificate, n_certificate + n_validation])
    return RowSplit(np.sort(fit_rows), np.sort(validation_rows), np.sort(certificate_rows))


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
    n_rows: int, *, rng: np.random.Generator, validation: float = 0.15, enough: int = _ENOUGH_VALIDATION
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

    Examples
    --------
    >>> folds = fold_rows(100, rng=np.random.default_rng(0), validation=0.2)
    >>> [len(fold.validation) for fold in folds]
    [20, 20, 20, 20, 20]

    References
    ----------
    Stone (1974), *Cross-validatory choice and assessment of statistical predictions*, JRSS B 36.
    """
    size = min(int(validation * n_rows), n_rows - 1)
    if not size:
        return []
    order = rng.permutation(n_rows)
    wanted = min(_MOST_FOLDS, max(1, -(-enough // size)), n_rows // size)
    held = [np.sort(order[k * size : (k + 1) * size]) for k in range(wanted)]
    return [Fold(np.setdiff1d(order, rows), rows) for rows in held]
