"""The same leave-one-out R² for all one-literal extensions of many clauses, by matrix products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError
from limbeck.probes.loo import LooProbe
from limbeck.threads import cores, in_parallel

__all__ = ["ExtensionProbe", "batch_scores", "extension_scores", "prepare_extensions"]

_TILE = 2048  # rows of factor and literals that fit a core's second-level cache together
_BATCH_BYTES = 1 << 26  # projections of the clauses that are in flight
_LARGEST_BASE = 50.0  # W_ii, so H_ii ≤ 0.86: the terms of `g̃ᵀWg̃ + ...` then cancel by 1e-5 of R² at most
_LARGEST_FLOAT32_NORM = 1e4  # squared length of a residual's column; its float32 rounding is 1e-5 of R²


@dataclass(frozen=True, slots=True)
class ExtensionProbe:
    """A probe folded into one matrix: the score of an indicator is a sum of squares of its projections.

    The squared leave-one-out residuals of `g̃ = g − ḡ` sum to `g̃ᵀQg̃`, `Q = (I−H) W (I−H)`,
    `W = diag(1/(1−H_ii)²)`. `Q − W` has rank 2q at most; with its eigenpairs `(x_j, μ_j)`,
    `Σρ² = g̃ᵀWg̃ + Σ_j sign(μ_j)·(√|μ_j| x_jᵀg)²`, the x_j centred. Where W_ii is large these terms would
    cancel; so W is capped in them, and the rest is added as squared residuals, one column per such row.

    Parameters
    ----------
    factor : ndarray of shape (n, c + 2), float32 or float64
        The c columns `√|μ_j| x_j` and scaled residuals, then `W_ii − w̄` of the capped W, then ones.
    signs : ndarray of shape (c,)
        Signs of the μ_j; +1 for residuals.
    mean_weight : float
        w̄, the mean of the capped W_ii; 0 when all rows are written out as residuals.
    """

    factor: NDArray[Any]
    signs: NDArray[Any]
    mean_weight: float


def prepare_extensions(
    probe: LooProbe, *, tolerance: float = 5e-5, dtype: np.dtype[Any] | type | None = None
) -> ExtensionProbe:
    """Diagonalise the quadratic form behind R² and keep what matters.

    Dropping an eigenpair of `Q − W` changes no R² by more than |μ|, because `‖g̃‖²` is the denominator.
    So only pairs above the tolerance are kept: often half of 2q, since W is nearly constant when q ≪ n
    and directions with `s² ≪ λ` do not matter at all. Never more than n columns.

    Parameters
    ----------
    probe : LooProbe
        From `prepare`.
    tolerance : float, at least 0
        Largest absolute error of any R² that the dropped pairs may cause.
    dtype : float32 or float64, optional
        Of the products. Default float32, and float64 where leverages `H_ii` so near 1 occur that
        float32 could be off by more than 1e-5.

    Returns
    -------
    ExtensionProbe

    Examples
    --------
    >>> from limbeck.probes.features import fit_features
    >>> from limbeck.probes.loo import prepare
    >>> bits = np.array([[i >> j & 1 for j in range(4)] for i in range(16)])
    >>> probe = prepare(fit_features(bits.astype(np.float32)), penalty=0.1)
    >>> prepare_extensions(probe).factor.shape  # all rows weigh the same: 4 columns, not 8
    (16, 6)
    """
    n, weight = probe.features.n_rows, np.square(1.0 / probe.slack)
    used = probe.shrinkage > tolerance / (4.0 * min(weight.max(), _LARGEST_BASE))
    outside = weight > _LARGEST_BASE
    if outside.sum() + 2 * used.sum() >= n:  # then all residuals written out are fewer columns
        outside[:], used[:] = True, False
    base = np.where(outside.all(), 0.0, np.minimum(weight, _LARGEST_BASE))
    columns, signs = _low_rank(probe.features.eigvec[:, used], probe.shrinkage[used], base, tolerance / 2)
    residuals = _residual_columns(probe, np.flatnonzero(outside), np.sqrt((weight - base)[outside]))
    if dtype is None:
        longest = np.einsum("ij,ij->j", residuals, residuals).max(initial=0.0)
        dtype = np.float32 if longest <= _LARGEST_FLOAT32_NORM else np.float64
    factor = np.column_stack([columns, residuals, base - base.mean(), np.ones(n)])
    signs = np.concatenate([signs, np.ones(residuals.shape[1])])
    return ExtensionProbe(factor.astype(dtype), signs.astype(dtype), float(base.mean()))


def extension_scores(
    probe: ExtensionProbe, rows: NDArray[np.integer[Any]], literals: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """R² of `c ∧ ℓ` and of `c ∧ ¬ℓ` for one clause c and every literal ℓ.

    One product `factor[rows]ᵀ · literals` of `2·(c + 2)·a·l` operations on the clause's own rows; the
    negated child is the clause minus the child.

    Parameters
    ----------
    probe : ExtensionProbe
        From `prepare_extensions`.
    rows : ndarray of shape (a,), int
        The rows that satisfy the clause, each once.
    literals : ndarray of shape (a, l), bool or float32
        Truth (0 or 1) of each literal on those rows only.

    Returns
    -------
    yes, no : ndarray of shape (l,), float64
        Leave-one-out R² as in `scores`; 0 for a child that holds on no row or on all n rows.

    Raises
    ------
    InputError
        When `rows` and `literals` differ in length.

    Examples
    --------
    >>> from limbeck.probes.features import fit_features
    >>> from limbeck.probes.loo import prepare
    >>> bits = np.array([[i >> j & 1 for j in range(4)] for i in range(16)], dtype=bool)
    >>> probe = prepare(fit_features(bits.astype(np.float32)), penalty=1e-3)
    >>> yes, no = extension_scores(prepare_extensions(probe), np.arange(16), bits)
    >>> yes.round(3).tolist()  # single inputs are linear in the inputs
    [1.0, 1.0, 1.0, 1.0]
    """
    if literals.ndim != 2 or len(rows) != len(literals):
        raise InputError(
            "scores of a clause's children",
            f"{len(rows)} `rows` and `literals` of shape {literals.shape}",
            "give the literals on exactly those rows",
        )
    own = probe.factor[rows]
    product = own.T @ literals.astype(probe.factor.dtype, copy=False)
    yes, no = _finish(probe, product[np.newaxis], own.sum(axis=0)[np.newaxis])
    return yes[0], no[0]


def batch_scores(
    probe: ExtensionProbe, members: NDArray[np.bool_], literals: NDArray[Any], *, workers: int | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """R² of `c ∧ ℓ` and of `c ∧ ¬ℓ` for every clause and every literal.

    As `extension_scores`, clause by clause on the clause's own rows, over tiles of rows that stay in
    cache, clauses shared out among threads. Extra memory: about 64 MB.

    Parameters
    ----------
    probe : ExtensionProbe
        From `prepare_extensions`.
    members : ndarray of shape (k, n), bool
        Row i satisfies clause c.
    literals : ndarray of shape (n, l), bool or float32
        Truth (0 or 1) of each literal. Contiguous float32 is used as it is, without a copy.
    workers : int, optional
        Threads (default: one per available core). With more than one, the BLAS of this process is held
        to one thread until the call returns, so two such calls must not run at the same time.

    Returns
    -------
    yes, no : ndarray of shape (k, l), float64
        Leave-one-out R² as in `scores`; 0 for a child that holds on no row or on all n rows.

    Raises
    ------
    InputError
        When the shapes do not fit.

    Examples
    --------
    >>> from limbeck.probes.features import fit_features
    >>> from limbeck.probes.loo import prepare
    >>> bits = np.array([[i >> j & 1 for j in range(4)] for i in range(16)], dtype=bool)
    >>> probe = prepare(fit_features(bits.astype(np.float32)), penalty=1e-3)
    >>> yes, no = batch_scores(prepare_extensions(probe), np.ones((1, 16), dtype=bool), bits)
    >>> no.round(3).tolist()
    [[1.0, 1.0, 1.0, 1.0]]
    """
    n, width = probe.factor.shape
    if members.ndim != 2 or literals.ndim != 2 or members.shape[1] != n or len(literals) != n:
        raise InputError(
            "scores of many clauses' children",
            f"`members` of shape {members.shape} and `literals` of shape {literals.shape} for {n} rows",
            f"give shapes (k, {n}) and ({n}, l)",
        )
    literals = np.ascontiguousarray(literals, dtype=probe.factor.dtype)
    k, l = len(members), literals.shape[1]  # noqa: E741
    yes, no = np.zeros((k, l)), np.zeros((k, l))
    workers = max(1, min(workers or cores(), k))
    share = max(1, _BATCH_BYTES // (workers * max(1, width * l) * probe.factor.itemsize))
    share = max(1, min(share, -(-k // workers)))

    def score(start: int) -> None:
        part = slice(start, start + share)
        product, total = _project(probe.factor, members[part], literals)
        yes[part], no[part] = _finish(probe, product, total)

    for _ in in_parallel(score, range(0, k, share), workers=workers):
        pass
    return yes, no


def _low_rank(
    eigvec: NDArray[np.float64], shrinkage: NDArray[np.float64], weight: NDArray[np.float64], tolerance: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centred eigenvectors of `(I−H) W (I−H) − W`, times `√|μ|`, and the signs of the μ above the tolerance."""
    weighted = weight[:, np.newaxis] * eigvec
    basis, _ = np.linalg.qr(np.hstack([eigvec, weighted]))
    left, right = basis.T @ eigvec * shrinkage, basis.T @ weighted
    inner = left @ (eigvec.T @ weighted) @ left.T - left @ right.T - right @ left.T
    value, vector = np.linalg.eigh((inner + inner.T) / 2)
    kept = np.abs(value) > max(tolerance, 1e-14 * weight.max())
    columns = basis @ (vector[:, kept] * np.sqrt(np.abs(value[kept])))
    return columns - columns.mean(axis=0), np.sign(value[kept])


def _residual_columns(
    probe: LooProbe, rows: NDArray[np.integer[Any]], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Columns `(I−H)e_i`, scaled: their products with g are the residuals of those rows."""
    eigvec = probe.features.eigvec
    columns = -(eigvec @ (probe.shrinkage * eigvec[rows]).T) - 1.0 / len(eigvec)
    columns[rows, np.arange(len(rows))] += 1.0
    return columns * scale


def _project(
    factor: NDArray[Any], members: NDArray[np.bool_], literals: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """`factorᵀ · (member ∧ literal)` (k, c + 2, l) and `factorᵀ · member` (k, c + 2)."""
    (n, width), k = factor.shape, len(members)
    product = np.zeros((k, width, literals.shape[1]), dtype=factor.dtype)
    total = np.zeros((k, width), dtype=factor.dtype)
    tile = min(n, _TILE)
    own_factor = np.empty((tile, width), dtype=factor.dtype)
    own_literals = np.empty((tile, literals.shape[1]), dtype=factor.dtype)
    for start in range(0, n, tile):
        part = slice(start, start + tile)
        inside = np.ascontiguousarray(members[:, part])
        total += inside.astype(factor.dtype) @ factor[part]
        for clause in range(k):
            rows = np.flatnonzero(inside[clause])
            left, right = own_factor[: len(rows)], own_literals[: len(rows)]
            np.take(factor[part], rows, axis=0, out=left, mode="clip")
            np.take(literals[part], rows, axis=0, out=right, mode="clip")
            if start:
                product[clause] += left.T @ right
            else:
                np.matmul(left.T, right, out=product[clause])
    return product, total


def _finish(
    probe: ExtensionProbe, product: NDArray[Any], total: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """R² of both children from the projections of the child and of its clause; `product` is overwritten."""
    # The squares of the difference, not a difference of squares: a small child of a large clause would
    # lose all digits.
    other = total[:, :, np.newaxis] - product
    return _r_squared(probe, product), _r_squared(probe, other)


def _r_squared(probe: ExtensionProbe, product: NDArray[Any]) -> NDArray[np.float64]:
    """R² (k, l) from projections (k, c + 2, l), which are squared in place."""
    n = len(probe.factor)
    projections = product[:, :-2]
    np.square(projections, out=projections)
    explained = (probe.signs @ projections).astype(np.float64)
    mean = product[:, -1].astype(np.float64) / n
    spread = n * mean * (1.0 - mean)
    lost = probe.mean_weight * spread + (1.0 - 2.0 * mean) * product[:, -2] + explained
    known = spread > 0
    return np.where(known, 1.0 - lost / np.where(known, spread, 1.0) * ((n - 1) / n) ** 2, 0.0)
