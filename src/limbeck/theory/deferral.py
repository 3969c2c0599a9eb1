"""The certificate of a tree that may ask its teacher: how many rows it answers, and how often it is wrong on these."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from limbeck.errors import InputError
from limbeck.theory.answering import levels_of, rows_to_answer
from limbeck.theory.binomial import check_count, check_open_unit, error_lower_limit, error_upper_limit
from limbeck.theory.leaf_limits import LeafCertificate, leaf_limits
from limbeck.theory.wording import at_most_text, confidence_text, holds_if_lines, sampling_hypotheses

__all__ = ["DeferralCertificate", "certify_deferral", "certify_deferral_counts"]


@dataclass(frozen=True)
class DeferralCertificate:
    """How many rows a tree answers itself, and how often it then differs from its teacher: one claim about both.

    With probability at least 1 - delta over the draw of the certificate rows, `answered_limit` and `error_limit` hold
    at once. The leaf limits, on the error among the rows that reach each leaf that answers, form a second claim with
    delta to itself.

    Parameters
    ----------
    answered_limit : float
        Lower limit in [0, 1] on the share of rows that the tree answers.
    error_limit : float
        Upper limit in [0, 1] on the probability that tree and teacher differ on a fresh row that the tree answers.
    delta : float
        Probability with which the claim may fail, in (0, 1).
    n_rows, n_answered, disagreements : int
        Certificate rows, at least 1; those of them that the tree answers; those of these on which it differs.
    target : float or None
        The error that was asked for, before the rows were looked at.
    n_claims : int
        Trees (or sets of leaves) that were to be tried on these rows in turn, each only while all before it kept the
        target; 1 where what is certified was fixed beforehand.
    rows : str
        Which rows these are, in words.
    leaves : tuple of LeafCertificate
        The leaves that answer, in the order of the node ids.
    event : str
        What counts as a disagreement.
    asking : tuple of int
        The leaves that ask the teacher.
    n_trees : int
        Of how many trees that were to be tried `leaves` could have been the leaves: the limits hold for all of them.

    Examples
    --------
    >>> differ, answered = [False] * 98 + [True] * 2, [True] * 60 + [False] * 40
    >>> print(certify_deferral(differ, answered, target=0.1, rows="100 rows held out"))
    answers at least 47.8% of rows itself, error at most 0.0521 on these (both at once: probability at least 0.95)
    seen: the tree answers 60 of 100 rows, and of these tree and teacher differ on 0; the other 40 ask the model
    the error that was asked for, at most 0.1, is kept
    this holds if
    - future rows have the distribution that these were drawn from: 100 rows held out
    - the n = 100 rows are independent and identically distributed
    - nothing that shaped the tree or trained the teacher has seen these rows
    - a share delta = 0.05 of all draws of such rows may give a limit that fails
    """

    answered_limit: float
    error_limit: float
    delta: float
    n_rows: int
    n_answered: int
    disagreements: int
    target: float | None = None
    n_claims: int = 1
    rows: str = "rows that nothing in the fit has seen"
    leaves: tuple[LeafCertificate, ...] = ()
    event: str = "tree and teacher differ"
    asking: tuple[int, ...] = ()
    n_trees: int = 1

    @property
    def answered(self) -> float:
        """Share of the certificate rows that the tree answers."""
        return self.n_answered / self.n_rows

    @property
    def fidelity(self) -> float:
        """Share of the answered rows on which tree and teacher agree; 1 where none is answered."""
        return 1.0 - self.disagreements / max(self.n_answered, 1)

    @property
    def keeps_target(self) -> bool | None:
        """Whether the error that was asked for is certified; None when none was."""
        return None if self.target is None else self.error_limit <= self.target

    @property
    def rows_needed(self) -> int | None:
        """Certificate rows that would certify the target if the shares stayed as they are; None where none would."""
        if self.target is None or not self.n_answered:
            return None
        return rows_to_answer(self.target, self.delta, answered=self.answered, error=1.0 - self.fidelity)

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """What must be true for the claim to hold, one sentence each."""
        sentences = list(sampling_hypotheses(self.n_rows, self.rows, self.delta, 1))
        if self.n_claims > 1:
            sentences[2] = (
                f"nothing but the choice among {self.n_claims} trees, which were tried against the target in an order "
                "fixed beforehand until one failed, has seen these rows"
            )
        return tuple(sentences)

    def __str__(self) -> str:
        least = f"{math.floor(self.answered_limit * 1000) / 10:.12g}%"
        lines = [
            f"answers at least {least} of rows itself, {at_most_text(self.error_limit)} on these "
            f"(both at once: {confidence_text(self.delta)})",
            f"seen: the tree answers {self.n_answered} of {self.n_rows} rows, and of these {self.event} on "
            f"{self.disagreements}; the other {self.n_rows - self.n_answered} ask the model",
            *self._on_target(),
            *holds_if_lines(self.hypotheses),
        ]
        if self.leaves:
            lines.append(f"leaf by leaf, a second claim: all hold at once ({confidence_text(self.delta)})")
            lines.extend(f"- {leaf}" for leaf in self.leaves)
            lines.append(f"(both claims at once: {confidence_text(2 * self.delta)})")
        return "\n".join(lines)

    def _on_target(self) -> list[str]:
        """Say whether the error that was asked for is certified, and what it would take."""
        if self.target is None:
            return []
        asked = f"the error that was asked for, at most {self.target:g}, is"
        if self.keeps_target:
            return [f"{asked} kept"]
        if not self.n_answered:
            least = rows_to_answer(self.target, self.delta, answered=1.0, error=0.0)
            return [f"{asked} not shown: no row was answered; without any disagreement {least} answered rows show it"]
        if self.rows_needed is None:
            return [f"{asked} not shown, and these rows speak against it: more of the same would not show it"]
        return [f"{asked} not shown: with shares as seen it takes about {self.rows_needed} certificate rows"]

    def to_dict(self) -> dict[str, Any]:
        """Return the certificate as numbers, strings, lists and dicts that JSON can hold."""
        record = dataclasses.asdict(self)
        record["leaves"] = [dataclasses.asdict(leaf) for leaf in self.leaves]
        record["asking"] = list(self.asking)
        told = {"answered": self.answered, "fidelity": self.fidelity, "keeps_target": self.keeps_target}
        return {**record, **told, "rows_needed": self.rows_needed, "hypotheses": list(self.hypotheses)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> DeferralCertificate:
        """Rebuild a certificate, and refuse one whose limits do not follow from its counts.

        Raises
        ------
        InputError
            If a field is missing, or a limit is not the one that the counts give.
        """
        try:
            plain: dict[str, Any] = {field.name: record[field.name] for field in dataclasses.fields(cls)}
            plain["leaves"] = tuple(LeafCertificate(**leaf) for leaf in plain["leaves"])
            plain["asking"] = tuple(plain["asking"])
            found = cls(**plain)
            meant = _from_counts(found, [(leaf.leaf, leaf.n_rows, leaf.disagreements) for leaf in found.leaves])
        except (KeyError, TypeError) as error:
            remedy = "give what `DeferralCertificate.to_dict` wrote"
            raise InputError("the record of a certificate", f"{error!r}", remedy) from error
        names = ("answered_limit", "error_limit")
        claimed, counted = ([getattr(claim, name) for name in names] for claim in (found, meant))
        claimed += [leaf.error_limit for leaf in found.leaves]
        counted += [leaf.error_limit for leaf in meant.leaves]
        if not np.allclose(claimed, counted, rtol=1e-9, atol=1e-300):
            asked = "a certificate whose limits follow from its counts"
            raise InputError(asked, f"{claimed} where the counts give {counted}", "certify the tree again")
        return found


def certify_deferral(
    disagree: ArrayLike,
    answered: ArrayLike,
    leaf: ArrayLike | None = None,
    *,
    target: float | None = None,
    delta: float = 0.05,
    n_claims: int = 1,
    rows: str = "rows that nothing in the fit has seen",
    leaf_ids: Sequence[int] | None = None,
    event: str = "tree and teacher differ",
) -> DeferralCertificate:
    """Certify a tree that answers some rows, and asks its teacher about the others, from n rows.

    Of n rows a are answered, and k of these differ. Given which rows are answered, k is binomial with the error among
    answered rows; so Clopper and Pearson's upper limit of k in a rows at level d2 fails with probability at most d2
    *whatever* a is, and their lower limit of a in n rows at level d1 with probability at most d1. Both hold with
    probability at least (1 - d1)(1 - d2), which is 1 - delta for d1 = delta / 5.

    Of several trees in a fixed order, each is tried only while all before it kept the target. A tree whose error is
    above the target passes with probability at most d2, and only the first such tree matters: so the last one that
    passed keeps the target with probability 1 - d2, however many were tried. (That the first one fails is told by its
    own limit, which is then above the target.) Only the shares of answered rows need a part of d1 each, and leaves of
    different trees a part of their delta: no target of theirs is tested.

    Parameters
    ----------
    disagree : (n,) bool
        Where tree and teacher differ; not looked at where the tree does not answer.
    answered : (n,) bool
        Where the tree answers.
    leaf : (n,) int or None
        Node id of the leaf that each row reaches.
    target : float or None
        Error that was asked for, fixed before the rows were looked at.
    delta, rows, event
        As in `certify_disagreements`.
    n_claims : int
        Trees that were to be tried in turn; then a target is needed.
    leaf_ids : sequence of int or None
        All leaves that answer; those seen by default.

    Returns
    -------
    DeferralCertificate
        The claim.

    Raises
    ------
    InputError
        If there are no rows, or shapes differ.

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26. Geifman and El-Yaniv (2017), Selective classification for deep neural
    networks, NIPS 30: a guaranteed risk on answered rows. Maurer, Hothorn and Lehmacher (1995): tests in a fixed order;
    Angelopoulos, Bates, Candès, Jordan and Lei (2021), Learn then test, arXiv 2110.01052: the same for choices.
    """
    answers, differ = np.asarray(answered), np.asarray(disagree)
    if answers.ndim != 1 or not answers.size or answers.shape != differ.shape or answers.dtype != np.bool_:
        found = f"shapes {differ.shape} and {answers.shape}, types {differ.dtype} and {answers.dtype}"
        raise InputError("boolean columns `disagree` and `answered` of the same rows", found, "give one value a row")
    differ = differ.astype(bool) & answers
    counts: list[tuple[int, int, int]] = []
    if leaf is not None:
        places = np.asarray(leaf)
        ids = np.unique(places[answers]).tolist() if leaf_ids is None else [int(i) for i in leaf_ids]
        counts = [(i, int((answers & (places == i)).sum()), int((differ & (places == i)).sum())) for i in ids]
    return certify_deferral_counts(
        answers.size, int(answers.sum()), int(differ.sum()), counts if leaf is not None else None,
        target=target, delta=delta, n_claims=n_claims, rows=rows, event=event,
    )  # fmt: skip


def certify_deferral_counts(
    n_rows: int,
    n_answered: int,
    disagreements: int,
    leaves: Sequence[tuple[int, int, int]] | None = None,
    *,
    target: float | None = None,
    delta: float = 0.05,
    n_claims: int = 1,
    rows: str = "rows that nothing in the fit has seen",
    event: str = "tree and teacher differ",
) -> DeferralCertificate:
    """Do as `certify_deferral`, given the counts.

    Parameters
    ----------
    n_rows, n_answered, disagreements : int
        Certificate rows, at least 1; those of them that the tree answers; those of these on which it differs.
    leaves : sequence of (int, int, int), or None
        Node id, rows and disagreements of every leaf that answers.
    target, delta, n_claims, rows, event
        As in `certify_deferral`.

    Examples
    --------
    >>> claim = certify_deferral_counts(1000, 600, 3, target=0.02)
    >>> round(claim.error_limit, 4), claim.keeps_target
    (0.0134, True)
    """
    blank = DeferralCertificate(
        0.0, 1.0, check_open_unit("delta", delta), check_count("n_rows", n_rows, 1), n_answered, disagreements,
        None if target is None else check_open_unit("target", target), check_count("n_claims", n_claims, 1),
        rows, (), event, (), 1 if leaves is None else n_claims,
    )  # fmt: skip
    return _from_counts(blank, leaves or ())


def _from_counts(claim: DeferralCertificate, counts: Sequence[tuple[int, int, int]]) -> DeferralCertificate:
    """Fill in the limits that the counts of `claim` and (leaf, n_rows, disagreements) give."""
    for_share, for_error = levels_of(claim.delta, claim.n_claims)
    limit = error_upper_limit(claim.disagreements, claim.n_answered, for_error)
    if claim.n_claims > 1 and claim.target is not None:  # tested in turn against the target, and no smaller error
        limit = max(limit, claim.target)
    least = error_lower_limit(claim.n_answered, claim.n_rows, for_share)
    leaves = leaf_limits(counts, claim.delta / claim.n_trees)
    return dataclasses.replace(claim, answered_limit=float(least), error_limit=limit, leaves=leaves)
