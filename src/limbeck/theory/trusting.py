"""Which leaves of a finished tree to trust, and the certificate of a tree that asks its teacher at the others."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError
from limbeck.theory.answering import levels_of
from limbeck.theory.binomial import error_upper_limit
from limbeck.theory.deferral import DeferralCertificate, certify_deferral

__all__ = ["certify_trusted"]


def certify_trusted(
    disagree: NDArray[np.bool_],
    leaf: NDArray[np.integer],
    known: Mapping[int, tuple[float, float]],
    *,
    target: float,
    delta: float = 0.05,
    rows: str = "rows that nothing in the fit has seen",
    event: str = "tree and teacher differ",
) -> DeferralCertificate:
    """Choose which leaves answer, so that their error is certified to be at most a target; the others ask.

    What is known of the leaves beforehand orders them, the surest first, and so makes sets that grow leaf by leaf. The
    first set to be tried is the one whose limit is expected to be the lowest; then larger ones in turn, while each
    keeps the target. The order does not depend on the certificate rows, so that the error needs no correction for the
    number of sets (see `certify_deferral`). Where the first fails, every leaf asks.

    Parameters
    ----------
    disagree : ndarray of bool, shape (n,)
        Where tree and teacher differ.
    leaf : ndarray of int, shape (n,)
        The leaf of every row.
    known : mapping of int to (float, float)
        For each leaf that may answer the share of rows expected there, and the error expected among them; from other
        rows. Rows of other leaves ask.
    target, delta, rows, event
        As in `certify_deferral`.

    Returns
    -------
    DeferralCertificate
        With `asking`, the leaves that ask. Its `leaves` are all, so that their limits hold whichever were chosen.

    Examples
    --------
    >>> leaf = np.repeat([1, 2], 300)
    >>> disagree = np.arange(600) % 10 == 9
    >>> claim = certify_trusted(disagree & (leaf == 2), leaf, {1: (0.5, 0.0), 2: (0.5, 0.1)}, target=0.05)
    >>> claim.asking, claim.n_answered, claim.error_limit
    ((2,), 300, 0.05)
    """
    if not known:
        raise InputError("leaves that may answer", "none in `known`", "name at least one")
    order = sorted(known, key=lambda v: (known[v][1], -known[v][0]))
    sets = [order[: i + 1] for i in range(len(order))]
    expected = [_expected(one, known, len(leaf), delta) for one in sets]
    in_turn = sets[int(np.argmin(expected)) :]

    def claim_of(answering: Sequence[int]) -> DeferralCertificate:
        found = certify_deferral(
            disagree, np.isin(leaf, list(answering)),
            target=target, delta=delta, rows=rows, event=event, n_claims=len(in_turn),
        )  # fmt: skip
        return dataclasses.replace(found, asking=tuple(sorted(set(known) - set(answering))))

    kept = claim_of([])
    for answering in in_turn:
        bolder = claim_of(answering)
        if not bolder.keeps_target:
            break
        kept = bolder
    # About all leaves: which of them answer was chosen by these rows.
    everywhere = certify_deferral(disagree, np.isin(leaf, list(known)), leaf, delta=delta, leaf_ids=sorted(known))
    return dataclasses.replace(kept, leaves=everywhere.leaves)


def _expected(leaves: Sequence[int], known: Mapping[int, tuple[float, float]], n_rows: int, delta: float) -> float:
    """Return the limit that a set of leaves would have if the rows fell as is expected, with a standard error more."""
    n = math.floor(n_rows * sum(known[v][0] for v in leaves))
    k = n_rows * sum(known[v][0] * known[v][1] for v in leaves)
    return error_upper_limit(min(n, math.ceil(k + math.sqrt(k))), n, levels_of(delta, 2)[1])
