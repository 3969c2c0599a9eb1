"""The reusable state of a layer: the principal directions of its activations over the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError
from limbeck.probes.gram import Gram, checked_activations

__all__ = ["Features", "concatenate", "fit_features", "fit_side_by_side"]

_BLOCK = 1024  # rows widened to float64 at a time, so that a copy of the whole layer is never made
_PLAIN = 1e-6  # share of the largest eigenvalue above which products with eigenvectors are orthogonal to 1e-9

_Eigenpairs = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Features:
    """Activations of one layer, or of several side by side, as every probe needs them.

    With the centred activations written as `U diag(s) Vᵀ`, a ridge probe depends on U and s² only, so
    this is all that is kept of m activations.

    Parameters
    ----------
    eigvec : ndarray of shape (n, q), float64
        U: orthonormal columns, each of sum zero, the largest eigenvalue first.
    eigval : ndarray of shape (q,), float64
        s²: eigenvalues of the centred Gram matrix `ΦΦᵀ`, positive and falling.
    n_rows : int
        n.
    n_activations : int
        m.
    mean : ndarray of shape (m,), float64
        Column means that were subtracted.
    """

    eigvec: NDArray[np.float64]
    eigval: NDArray[np.float64]
    n_rows: int
    n_activations: int
    mean: NDArray[np.float64]

    @property
    def n_eigenpairs(self) -> int:
        """Number q of kept eigenpairs; 0 when the activations are constant."""
        return len(self.eigval)


def fit_features(
    activations: NDArray[np.floating[Any]] | Gram,
    *,
    max_eigenpairs: int | None = None,
    tolerance: float | None = None,
) -> Features:
    """Centre the activations and take the eigenpairs of their Gram matrix.

    `(Φ − 1 mean)(Φ − 1 mean)ᵀ = U diag(s²) Uᵀ`, through the smaller of the n×n and the m×m Gram matrix.

    Parameters
    ----------
    activations : ndarray of shape (n, m), float32 or float64, or Gram
        Finite; n at least 1; or the products of its rows, where these are known. With one row, or constant columns
        only, no eigenpair is kept.
    max_eigenpairs : int, optional
        Keep the q largest at most (default: all). A cap turns the probe into a ridge probe on the
        leading principal components.
    tolerance : float in [0, 1), optional
        Drop eigenpairs below this share of the largest. By default those below the rounding noise are
        dropped: numbers stored with relative error eps (that of the dtype of `activations`) and root
        mean square r carry noise whose eigenvalues reach about `(eps·r·(√n + √m))²`, and the Gram
        matrix itself is formed in float64, to about `1e-15·max(n, m)` of the largest. What lies below
        is not signal, and would be fitted as if it were when the penalty is small. The float64 floor
        holds for every `tolerance`.

    Returns
    -------
    Features

    Raises
    ------
    InputError
        When `activations` is not a finite, non-empty matrix, or a setting is out of range.

    Examples
    --------
    >>> features = fit_features(np.array([[0.0, 5.0], [2.0, 5.0], [4.0, 5.0]]))
    >>> features.n_eigenpairs, features.eigval.round(6).tolist()
    (1, [8.0])

    References
    ----------
    Hoerl and Kennard (1970), Ridge regression; Hastie, Tibshirani and Friedman (2009), section 3.4.1.
    """
    _check(max_eigenpairs, tolerance)
    (eigvec, eigval), mean, square, eps = _decomposed(activations, max_eigenpairs)
    n, m = len(eigvec), len(mean)
    top = float(eigval.max(initial=0.0))
    eps = eps if tolerance is None else float(np.finfo(np.float64).eps)
    noise = eps**2 * square / (n * m) * (n**0.5 + m**0.5) ** 2
    kept = np.flatnonzero(eigval > max(noise, 1e-15 * max(n, m) * top, top * (tolerance or 0.0)))[:max_eigenpairs]
    return Features(np.ascontiguousarray(eigvec[:, kept]), eigval[kept], n, m, mean)


def concatenate(layers: Mapping[str, NDArray[np.floating[Any]]]) -> NDArray[np.float32]:
    """Set layers side by side, each scaled to total variance 1.

    A ridge penalty treats all columns alike, so that without scaling the layer with the largest
    activations, or the widest, decides alone. A constant layer has no variance and becomes zeros.

    Parameters
    ----------
    layers : mapping of str to ndarray of shape (n, m)
        At least one; the same n for all. Columns keep the order of the mapping.

    Returns
    -------
    ndarray of shape (n, sum of m), float32
        Sum over each layer's columns of their variances is 1.

    Raises
    ------
    InputError
        When there is no layer, or their row counts differ.

    Examples
    --------
    >>> loud, quiet = np.array([[0.0], [200.0]]), np.array([[0.0], [2.0]])
    >>> concatenate({"loud": loud, "quiet": quiet}).tolist()
    [[0.0, 0.0], [2.0, 2.0]]
    """
    _check_rows(layers)
    return np.concatenate([_unit_variance(layer) for layer in layers.values()], axis=1)


def fit_side_by_side(layers: Mapping[str, NDArray[np.floating[Any]]], *, max_eigenpairs: int | None = None) -> Features:
    """Return the features of layers side by side, each scaled to total variance 1; see `concatenate`.

    Where they are together at least as wide as there are rows, the products of rows of each layer are added up.

    Examples
    --------
    >>> loud, quiet = np.array([[0.0], [200.0]]), np.array([[0.0], [2.0]])
    >>> fit_side_by_side({"loud": loud, "quiet": quiet}).eigval.round(6).tolist()
    [4.0]
    """
    _check_rows(layers)
    values = list(layers.values())
    if len(values[0]) > sum(layer.shape[1] for layer in values):
        return fit_features(concatenate(layers), max_eigenpairs=max_eigenpairs)
    grams = (Gram.of(layer).of_variance_one() for layer in values)
    return fit_features(reduce(Gram.beside, grams), max_eigenpairs=max_eigenpairs)


def _check_rows(layers: Mapping[str, NDArray[Any]]) -> None:
    """Refuse layers that cannot stand side by side."""
    shapes = {name: layer.shape for name, layer in layers.items()}
    if not layers or any(len(s) != 2 for s in shapes.values()) or len({s[0] for s in shapes.values()}) > 1:
        raise InputError(
            "layers side by side", f"`layers` of shapes {shapes}", "give at least one (n, m) array, all of one n"
        )


def _unit_variance(layer: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Divide by the square root of the summed column variances; zeros when there is none."""
    mean = layer.mean(axis=0, dtype=np.float64)
    total = sum(float(np.square(block).sum()) for block in _row_blocks(layer, mean)) / max(len(layer), 1)
    spread = float(np.ptp(layer, axis=0).max(initial=0.0)) if len(layer) else 0.0
    scale = 1.0 / np.sqrt(total) if spread > 0 else 0.0
    return (layer * np.asarray(scale, dtype=layer.dtype)).astype(np.float32)


def _check(max_eigenpairs: int | None, tolerance: float | None) -> None:
    """Refuse settings that are out of range."""
    asked = "the eigenpairs of `activations`"
    if max_eigenpairs is not None and max_eigenpairs < 1:
        raise InputError(asked, f"`max_eigenpairs={max_eigenpairs}`", "give at least 1, or None for all")
    if tolerance is not None and not 0 <= tolerance < 1:
        raise InputError(asked, f"`tolerance={tolerance}`", "give a share in [0, 1), or None")


def _decomposed(
    layer: NDArray[np.floating[Any]] | Gram, most: int | None
) -> tuple[_Eigenpairs, NDArray[np.float64], float, float]:
    """Return eigenpairs, largest first, and of the numbers their means, sum of squares and relative error."""
    if isinstance(layer, Gram) or (layer.ndim == 2 and len(layer) <= layer.shape[1]):
        gram = layer if isinstance(layer, Gram) else Gram.of(layer)
        return _wide(gram.products), gram.mean, gram.square, gram.eps
    checked_activations(layer)
    mean = layer.mean(axis=0, dtype=np.float64)
    square = float(np.einsum("ij,ij->", layer, layer, dtype=np.float64))
    return _tall(layer, mean, most), mean, square, float(np.finfo(layer.dtype).eps)


def _row_blocks(activations: NDArray[np.floating[Any]], mean: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Centred rows in float64, a block at a time."""
    for start in range(0, len(activations), _BLOCK):
        yield activations[start : start + _BLOCK] - mean


def _wide(products: NDArray[np.float64]) -> _Eigenpairs:
    """Eigenpairs of the n×n Gram matrix, largest first."""
    n = len(products)
    if not products.any():
        return np.empty((n, 0)), np.empty(0)
    # The constant vector has eigenvalue 0 and would mix with the smallest eigenvectors. Lifted above
    # all others it is found exactly, and every eigenvector that is kept is orthogonal to it.
    eigval, eigvec = np.linalg.eigh(products + 2.0 * float(np.trace(products)) / n)
    return eigvec[:, -2::-1], eigval[-2::-1]


def _tall(activations: NDArray[np.floating[Any]], mean: NDArray[np.float64], most: int | None) -> _Eigenpairs:
    """Eigenpairs through the m×m Gram matrix, largest first."""
    n, m = activations.shape
    gram = np.zeros((m, m))
    for block in _row_blocks(activations, mean):
        gram += block.T @ block
    eigval, right = (found[..., ::-1] for found in np.linalg.eigh(gram))
    top = float(eigval.max(initial=0.0))
    right = right[:, eigval > 1e-15 * max(n, m) * top][:, :most]
    scores = np.concatenate([block @ right for block in _row_blocks(activations, mean)])
    scores -= scores.mean(axis=0)
    # Dividing Φ·right by s loses the orthogonality of the small directions; a decomposition of theirs restores it.
    plain = int((eigval[: right.shape[1]] > _PLAIN * top).sum())
    basis = scores[:, :plain] / np.sqrt(eigval[:plain])
    if plain == right.shape[1]:
        return basis, eigval[:plain]
    small = scores[:, plain:]
    small, triangle = np.linalg.qr(small - basis @ (basis.T @ small))
    rotation, singular, _ = np.linalg.svd(triangle, full_matrices=False)
    return np.hstack([basis, small @ rotation]), np.concatenate([eigval[:plain], np.square(singular)])
