"""The fidelity certificate of one tree: a frozen claim that prints its hypotheses."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from limbeck.errors import InputError
from limbeck.theory.binomial import check_count, check_open_unit, error_upper_limit
from limbeck.theory.by_class import ByClass
from limbeck.theory.leaf_limits import LeafCertificate, leaf_counts, leaf_limits
from limbeck.theory.wording import at_most_text, confidence_text, holds_if_lines, rounded_up, sampling_hypotheses

__all__ = [
    "Certificate",
    "certify_counts",
    "certify_disagreements",
]

_DIFFER = "tree and teacher differ"


@dataclass(frozen=True)
class Certificate:
    """Upper limit on the error of a tree against its teacher, with the hypotheses it rests on.

    The whole-tree limit holds with probability at least 1 - delta. The leaf limits form a second
    claim: all of them hold at once with probability at least 1 - delta. Each of the two claims has the
    whole delta to itself, so that the headline number is the one that `rows_to_certify` plans for and
    does not depend on the number of leaves; whoever needs both at once has them with 1 - 2 delta.

    Parameters
    ----------
    error_limit : float
        Upper limit epsilon in [0, 1] on the probability that tree and teacher differ on a fresh row.
    delta : float
        Probability with which a claim may fail, over the draw of the certificate rows; in (0, 1).
    n_rows, disagreements : int
        Certificate rows, at least 1; those of them on which tree and teacher differ.
    n_claims : int
        Number of trees certified on the same rows; every tree has delta / n_claims, so that the claims
        about all of them hold at once.
    rows : str
        Which rows these are, in words.
    leaves : tuple of LeafCertificate
        One entry a leaf, in the order of the node ids; empty when leaves were not asked for.
    event : str
        What counts as a disagreement.
    by_class : ByClass or None
        The same rows class by class, and beside the best single answer; None where no classes were given.

    Examples
    --------
    >>> certificate = certify_disagreements([False] * 99 + [True], rows="100 rows held out")
    >>> round(certificate.error_limit, 4), certificate.fidelity
    (0.0466, 0.99)
    >>> Certificate.from_dict(certificate.to_dict()) == certificate
    True
    """

    error_limit: float
    delta: float
    n_rows: int
    disagreements: int
    n_claims: int = 1
    rows: str = "rows that nothing in the fit has seen"
    leaves: tuple[LeafCertificate, ...] = ()
    event: str = _DIFFER
    by_class: ByClass | None = None

    @property
    def fidelity(self) -> float:
        """Share of the certificate rows on which tree and teacher agree."""
        return 1.0 - self.disagreements / self.n_rows

    @property
    def fidelity_limit(self) -> float:
        """Lower limit on the fidelity: 1 - error_limit."""
        return 1.0 - self.error_limit

    @property
    def n_statements(self) -> int:
        """Claims, each of which has delta to itself: on the whole, by leaf, by class, and beside a single answer."""
        return 1 + bool(self.leaves) + (0 if self.by_class is None else 2)

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """What must be true for the claim to hold, one sentence each."""
        return sampling_hypotheses(self.n_rows, self.rows, self.delta, self.n_claims)

    def __str__(self) -> str:
        fidelity = f"fidelity at least {1 - min(rounded_up(self.error_limit), 1.0):.12g}"
        lines = [
            f"{at_most_text(self.error_limit)}, so {fidelity} ({confidence_text(self.delta)})",
            f"seen: {self.event} on {self.disagreements} of {self.n_rows} rows",
            *(() if self.by_class is None else (f"beside it: {self.by_class}",)),
            *holds_if_lines(self.hypotheses),
        ]
        if self.leaves:
            lines.append(f"leaf by leaf, a second claim: all hold at once ({confidence_text(self.delta)})")
            lines.extend(f"- {leaf}" for leaf in self.leaves)
        if self.by_class is not None:
            lines.append(f"class by class, a further claim: all hold at once ({confidence_text(self.delta)})")
            lines.extend(f"- {line}" for line in self.by_class.lines)
        if self.n_statements > 1:
            words = "both claims" if self.n_statements == 2 else f"all {self.n_statements} claims"
            lines.append(f"({words} at once: {confidence_text(self.n_statements * self.delta)})")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the certificate as numbers, strings, lists and dicts that JSON can hold."""
        record = dataclasses.asdict(self)
        record["leaves"] = [dataclasses.asdict(leaf) for leaf in self.leaves]
        record["by_class"] = None if self.by_class is None else self.by_class.to_dict()
        return {**record, "fidelity": self.fidelity, "hypotheses": list(self.hypotheses)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Certificate:
        """Rebuild a certificate, and refuse one whose limits do not follow from its counts.

        Raises
        ------
        InputError
            If a field is missing, or a limit is not the one that the counts give.
        """
        try:
            names = [field.name for field in dataclasses.fields(cls) if field.name != "by_class"]
            plain: dict[str, Any] = {name: record[name] for name in names}
            by_class = record.get("by_class")  # None in files of the first version
            plain["by_class"] = None if by_class is None else ByClass.from_dict(by_class)
            plain["leaves"] = tuple(LeafCertificate(**leaf) for leaf in plain["leaves"])
            found = cls(**plain)
            meant = _from_counts(found, [(leaf.leaf, leaf.n_rows, leaf.disagreements) for leaf in found.leaves])
            pairs = zip((found, *found.leaves), (meant, *meant.leaves), strict=True)
            follows = all(math.isclose(a.error_limit, b.error_limit, rel_tol=1e-9) for a, b in pairs)
        except (KeyError, TypeError) as error:
            remedy = "give what `Certificate.to_dict` wrote"
            raise InputError("the record of a certificate", f"{error!r}", remedy) from error
        if not follows:
            asked = "a certificate whose limits follow from its counts"
            claimed = f"`error_limit={found.error_limit!r}` where the counts give {meant.error_limit!r}"
            raise InputError(asked, claimed, "certify the tree again")
        return found


def certify_disagreements(
    disagree: ArrayLike,
    leaf: ArrayLike | None = None,
    *,
    delta: float = 0.05,
    n_claims: int = 1,
    rows: str = "rows that nothing in the fit has seen",
    leaf_ids: Sequence[int] | None = None,
    event: str = _DIFFER,
) -> Certificate:
    """Certify a tree from the rows on which it differs from its teacher.

    With k disagreements in n rows the limit is the Clopper-Pearson upper limit at level
    delta / n_claims. Given the leaf of every row, each leaf that was reached has its own limit at level
    delta / (n_claims s), s the number of leaves reached (Bonferroni). Given which leaf each row reaches,
    the disagreements of the leaves are independent binomials and s is fixed, so the leaves that were not
    reached cost nothing; their limit is 1.

    Parameters
    ----------
    disagree : (n,) bool
        Where tree and teacher differ.
    leaf : (n,) int or None
        Node id of the leaf that each row reaches.
    delta : float
        Probability with which the whole-tree limit may be too low, in (0, 1); the leaf limits, all of
        them together, have the same delta again.
    n_claims : int
        Number of trees certified on these rows, at least 1. If one of several is kept after looking at
        their certificates, this must be the number looked at.
    rows : str
        Which rows these are, in words.
    leaf_ids : sequence of int or None
        All leaves of the tree, so that the ones without rows are listed too; those seen by default.
    event : str
        What counts as a disagreement, in words.

    Returns
    -------
    Certificate
        The claim.

    Raises
    ------
    InputError
        If there are no rows, shapes differ, or a row reaches a leaf that is not in `leaf_ids`.

    Examples
    --------
    >>> print(certify_disagreements([False] * 59, [1] * 59, leaf_ids=[1, 2], rows="59 rows held out"))
    error at most 0.0496, so fidelity at least 0.9504 (probability at least 0.95)
    seen: tree and teacher differ on 0 of 59 rows
    this holds if
    - future rows have the distribution that these were drawn from: 59 rows held out
    - the n = 59 rows are independent and identically distributed
    - nothing that shaped the tree or trained the teacher has seen these rows
    - a share delta = 0.05 of all draws of such rows may give a limit that fails
    leaf by leaf, a second claim: all hold at once (probability at least 0.95)
    - leaf 1: error at most 0.0496 (0 of 59 rows)
    - leaf 2: error at most 1 (0 of 0 rows)
    (both claims at once: probability at least 0.9)

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26. The error is that of Boix-Adsera (2024), Towards a theory
    of model distillation, arXiv 2403.09053.
    """
    differ = np.asarray(disagree)
    if differ.ndim != 1 or differ.size == 0 or differ.dtype != np.bool_:
        raise InputError(
            "a boolean column `disagree` with at least one row",
            f"shape {differ.shape} of type {differ.dtype}",
            "give `tree.predict(rows) != teacher.predict(rows)` on the certificate rows",
        )
    delta, n_claims = check_open_unit("delta", delta), check_count("n_claims", n_claims, 1)
    counts = [] if leaf is None else leaf_counts(differ, np.asarray(leaf), leaf_ids)
    asked: dict[str, Any] = {"delta": delta, "n_claims": n_claims, "rows": rows, "event": event}
    return certify_counts(differ.size, int(differ.sum()), counts, **asked)


def certify_counts(
    n_rows: int,
    disagreements: int,
    leaves: Sequence[tuple[int, int, int]] = (),
    *,
    delta: float = 0.05,
    n_claims: int = 1,
    rows: str = "rows that nothing in the fit has seen",
    event: str = _DIFFER,
) -> Certificate:
    """Do as `certify_disagreements`, given the counts.

    Parameters
    ----------
    n_rows, disagreements : int
        Certificate rows, at least 1; those of them on which tree and teacher differ.
    leaves : sequence of (int, int, int)
        Node id, rows and disagreements of every leaf.
    delta, n_claims, rows, event
        As in `certify_disagreements`.

    Examples
    --------
    >>> round(certify_counts(59, 0).error_limit, 4)
    0.0495
    """
    delta, n_claims = check_open_unit("delta", delta), check_count("n_claims", n_claims, 1)
    blank = Certificate(1.0, delta, check_count("n_rows", n_rows, 1), disagreements, n_claims, rows, (), event)
    return _from_counts(blank, leaves)


def _from_counts(claim: Certificate, counts: Sequence[tuple[int, int, int]]) -> Certificate:
    """Fill in the limits that the counts of `claim` and (leaf, n_rows, disagreements) give."""
    level = claim.delta / claim.n_claims
    limit = error_upper_limit(claim.disagreements, claim.n_rows, level)
    return dataclasses.replace(claim, error_limit=limit, leaves=leaf_limits(counts, level))
