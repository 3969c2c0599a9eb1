"""What is measured of one method on one problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Measured"]


@dataclass(frozen=True)
class Measured:
    """A tree that answers some rows, certified on the test rows.

    Parameters
    ----------
    answered, limit : float
        Share of the test rows that are answered, and the certified limit of the disagreement among these.
    differ : float
        Share of the answered test rows on which tree and teacher differ.
    kept : bool
        Whether the certificate says that the target is kept.
    n_test : int
        Test rows.
    teacher_seconds, cascade_seconds : float or None
        Asking the teacher about all test rows; answering them by the tree, and asking about the others.
    """

    answered: float
    limit: float
    differ: float
    kept: bool
    n_test: int
    teacher_seconds: float | None = None
    cascade_seconds: float | None = None

    @classmethod
    def of(cls, claim: Any, **seconds: float) -> Measured:
        """Read a certificate."""
        differ = 1.0 - claim.fidelity
        return cls(claim.answered, claim.error_limit, differ, bool(claim.keeps_target), claim.n_rows, **seconds)
