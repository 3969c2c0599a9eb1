"""Which leaves of a certified tree may be trusted to a given error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from limbeck.errors import InputError
from limbeck.theory.binomial import check_open_unit, error_p_value
from limbeck.theory.certificate import Certificate
from limbeck.theory.wording import confidence_text, holds_if_lines

__all__ = ["TrustedLeaves", "trusted_leaves"]


@dataclass(frozen=True)
class TrustedLeaves:
    """The leaves whose error is certified to be at most epsilon.

    With probability at least 1 - delta over the certificate rows, *every* leaf in `leaves` has an error
    of at most epsilon. The claim is about one epsilon, fixed before the rows were looked at.

    Parameters
    ----------
    leaves : tuple of int
        Node ids of the trusted leaves.
    epsilon : float
        Error that each of them keeps, in (0, 1).
    share_of_rows : float
        Share of the certificate rows that reach a trusted leaf.
    certificate : Certificate
        The certificate whose counts were used.
    """

    leaves: tuple[int, ...]
    epsilon: float
    share_of_rows: float
    certificate: Certificate

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """What must be true for the claim to hold, one sentence each."""
        fixed = f"epsilon = {self.epsilon:g} was fixed before the certificate rows were looked at"
        return (*self.certificate.hypotheses, fixed)

    def __str__(self) -> str:
        found = ", ".join(str(leaf) for leaf in self.leaves) or "none"
        return "\n".join(
            [
                f"leaves with error at most {self.epsilon:g}: {found} "
                f"({confidence_text(self.certificate.delta)}, all at once)",
                f"seen: {self.share_of_rows:.1%} of {self.certificate.n_rows} rows reach them",
                *holds_if_lines(self.hypotheses),
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the claim as numbers, strings and lists that JSON can hold."""
        return {
            "leaves": list(self.leaves),
            "epsilon": self.epsilon,
            "share_of_rows": self.share_of_rows,
            "delta": self.certificate.delta,
            "n_rows": self.certificate.n_rows,
            "hypotheses": list(self.hypotheses),
        }


def trusted_leaves(certificate: Certificate, epsilon: float) -> TrustedLeaves:
    """Find the leaves that may be trusted to differ from the teacher on a share of at most epsilon.

    Each reached leaf v has the exact p-value P(Bin(n_v, epsilon) <= k_v) of "its error exceeds epsilon".
    Holm's step-down takes the p-values in rising order and trusts leaf number i while
    p_(i) <= (delta / n_claims) / (s - i + 1). With probability at least 1 - delta no leaf among the
    trusted has an error above epsilon. Holm trusts at least the leaves whose `error_limit` is at most
    epsilon. Those limits hold for every epsilon at once, Holm's answer only for one fixed beforehand.

    Parameters
    ----------
    certificate : Certificate
        A certificate with leaves.
    epsilon : float
        Error that a leaf must keep, in (0, 1).

    Returns
    -------
    TrustedLeaves
        The leaves and the claim about them.

    Raises
    ------
    InputError
        If the certificate has no leaves, or `epsilon` is outside (0, 1).

    Examples
    --------
    >>> from limbeck.theory.certificate import certify_disagreements
    >>> certificate = certify_disagreements([False] * 130, [1] * 60 + [2] * 70)
    >>> [leaf.error_limit <= 0.05 for leaf in certificate.leaves]
    [False, False]
    >>> trusted_leaves(certificate, 0.055).leaves
    (1, 2)

    References
    ----------
    Holm, S. (1979), A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6.
    """
    epsilon = check_open_unit("epsilon", epsilon)
    if not certificate.leaves:
        raise InputError("trusted leaves", "a certificate without leaves", "certify with the leaf of each row")
    reached = [leaf for leaf in certificate.leaves if leaf.n_rows]
    p_values = error_p_value([leaf.disagreements for leaf in reached], [leaf.n_rows for leaf in reached], epsilon)
    order = np.argsort(p_values, kind="stable")
    levels = certificate.delta / certificate.n_claims / np.arange(len(reached), 0, -1)
    passed = np.logical_and.accumulate(p_values[order] <= levels)
    chosen = [reached[i] for i in order[passed]]
    share = sum(leaf.n_rows for leaf in chosen) / certificate.n_rows
    return TrustedLeaves(tuple(sorted(leaf.leaf for leaf in chosen)), epsilon, share, certificate)
