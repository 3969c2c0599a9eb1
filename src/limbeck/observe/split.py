"""Which rows are used for what: certificate rows are set aside first, and nothing that fits sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["RowSplit", "split_rows"]


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
