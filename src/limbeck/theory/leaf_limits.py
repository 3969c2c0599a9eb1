"""What certificate rows say leaf by leaf: limits on the error of the leaves that hold at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError
from limbeck.theory.binomial import error_upper_limit
from limbeck.theory.wording import at_most_text

__all__ = ["LeafCertificate", "leaf_counts", "leaf_limits"]


@dataclass(frozen=True)
class LeafCertificate:
    """What the certificate rows say about one leaf.

    Parameters
    ----------
    leaf, n_rows, disagreements : int
        Node id; certificate rows that reach it; those of them on which tree and teacher differ.
    error_limit : float
        Upper limit in [0, 1] on the error among all rows that reach the leaf; simultaneous over the
        leaves of the certificate, and 1 for a leaf that no row reached.
    """

    leaf: int
    n_rows: int
    disagreements: int
    error_limit: float

    def __str__(self) -> str:
        return f"leaf {self.leaf}: {at_most_text(self.error_limit)} ({self.disagreements} of {self.n_rows} rows)"


def leaf_limits(counts: Sequence[tuple[int, int, int]], level: float) -> tuple[LeafCertificate, ...]:
    """Return limits for leaves of (leaf, n_rows, disagreements) that all hold at once with probability 1 - level."""
    reached = sum(1 for _, n_rows, _ in counts if n_rows)
    return tuple(
        LeafCertificate(leaf, n_rows, k, error_upper_limit(k, n_rows, level / max(reached, 1)))
        for leaf, n_rows, k in counts
    )


def leaf_counts(
    differ: NDArray[np.bool_], leaf: NDArray[Any], leaf_ids: Sequence[int] | None
) -> list[tuple[int, int, int]]:
    """Count rows and disagreements of every leaf, in the order of the ids."""
    if leaf.shape != differ.shape or not np.issubdtype(leaf.dtype, np.integer):
        raise InputError("one leaf id for each row", f"`leaf` of shape {leaf.shape}", "give `tree.apply(rows)`")
    ids = np.unique(leaf if leaf_ids is None else np.asarray(leaf_ids))
    strangers = np.setdiff1d(leaf, ids)
    if strangers.size:
        asked = "rows that reach the leaves in `leaf_ids`"
        raise InputError(asked, f"leaf {strangers[0]}", "list every leaf of the tree")
    place = np.searchsorted(ids, leaf)
    n_rows = np.bincount(place, minlength=ids.size)
    seen = np.bincount(place[differ], minlength=ids.size)
    return [(int(i), int(n), int(k)) for i, n, k in zip(ids, n_rows, seen, strict=True)]
