"""A certificate that draws rows until it is decided, valid whenever one stops."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limbeck.errors import InputError
from limbeck.theory.betting import first_true, log_evidence_above, log_evidence_below
from limbeck.theory.binomial import check_count, check_open_unit, fewest_rows
from limbeck.theory.wording import confidence_text, holds_if_lines

__all__ = [
    "NO_BUDGET",
    "AnytimeCertificate",
    "AnytimeMonitor",
    "Verdict",
    "anytime_rows_to_certify",
    "certify_stream",
]

NO_BUDGET = 2**53
"""The budget of a stream that says not how long it is."""

# Rows that are priced in one array operation; it only bounds the memory.
_CHUNK = 8192


class Verdict(Enum):
    """Where an anytime certificate stands; `text` gives cause and remedy."""

    UNDECIDED = "undecided"
    CERTIFIED = "certified"
    REFUTED = "refuted"
    BUDGET_SPENT = "budget spent"

    @property
    def text(self) -> str:
        """Say what happened, why, and what to do."""
        return _VERDICT_TEXTS[self]


_VERDICT_TEXTS = {
    Verdict.UNDECIDED: "the rows so far support neither claim; give more rows",
    Verdict.CERTIFIED: "the error is at most epsilon; nothing is left to do",
    Verdict.REFUTED: "the error is above epsilon; allow more leaves or finer questions, or a larger epsilon",
    Verdict.BUDGET_SPENT: (
        "the budget was used up with neither claim supported, since the error is close to epsilon or the "
        "budget is small; raise the budget, or start again on new rows with another epsilon"
    ),
}


@dataclass(frozen=True)
class AnytimeCertificate:
    """What a stream of rows had shown about the error of a tree when it stopped.

    Parameters
    ----------
    verdict : Verdict
        Whether error <= epsilon was certified, refuted or left open.
    error_lower, error_limit : float
        Limits on the error in [0, 1] at the stopping time; each holds with probability at least
        1 - delta over all stopping times at once.
    epsilon, delta : float
        Error that was tested, and probability with which the verdict may be wrong; in (0, 1).
    n_rows, disagreements : int
        Rows that were looked at; those of them on which tree and teacher differ.
    budget : int
        Most rows that would have been looked at.
    rows : str
        Which rows these are, in words.
    """

    verdict: Verdict
    error_lower: float
    error_limit: float
    epsilon: float
    delta: float
    n_rows: int
    disagreements: int
    budget: int
    rows: str = "fresh rows"

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """What must be true for the claim to hold, one sentence each."""
        return (
            f"future rows have the distribution that these were drawn from: {self.rows}",
            f"the n = {self.n_rows} rows are independent and identically distributed, in the order given",
            "nothing that shaped the tree or trained the teacher has seen these rows",
            f"epsilon = {self.epsilon:g} and delta = {self.delta:g} were fixed before the first row; "
            "when to stop was free",
        )

    def __str__(self) -> str:
        return "\n".join(
            [
                f"error at most {self.epsilon:g}: {self.verdict.value} ({self.verdict.text})",
                f"error between {self.error_lower:.4g} and {self.error_limit:.4g}, each limit by itself "
                f"valid at every stopping time ({confidence_text(self.delta)})",
                f"seen: tree and teacher differ on {self.disagreements} of {self.n_rows} rows"
                f" ({'no budget' if self.budget == NO_BUDGET else f'budget {self.budget}'})",
                *holds_if_lines(self.hypotheses),
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the claim as numbers, strings and lists that JSON can hold."""
        record = {**dataclasses.asdict(self), "verdict": self.verdict.value}
        return {**record, "text": self.verdict.text, "hypotheses": list(self.hypotheses)}


class AnytimeMonitor:
    """Watch a stream of disagreements until error <= epsilon is certified or refuted.

    Two bettors start with capital 1. One is paid for agreements: against any error p >= epsilon its
    capital is a non-negative supermartingale, so it ever reaches 1/delta with probability at most delta
    (Ville). The other is paid for disagreements, against any p <= epsilon. The first to reach 1/delta
    decides. Only one of the two hypotheses can be true, so the verdict is wrong with probability at
    most delta, whenever one stops and however one decided to. Rows after the decision or beyond the
    budget are not looked at.

    Parameters
    ----------
    epsilon, delta : float
        Error to certify, and probability with which the verdict may be wrong; in (0, 1).
    budget : int
        Most rows to look at, at least 1.
    rows : str
        Which rows these are, in words.

    Raises
    ------
    InputError
        If a number is out of range.

    Examples
    --------
    >>> monitor = AnytimeMonitor(epsilon=0.05, delta=0.05, budget=1000)
    >>> monitor.update([False] * 60).verdict.name, monitor.update([False] * 60).verdict.name
    ('UNDECIDED', 'CERTIFIED')
    >>> monitor.claim().n_rows
    68

    References
    ----------
    Ville, J. (1939), Étude critique de la notion de collectif. Waudby-Smith, I. and Ramdas, A. (2024),
    Estimating means of bounded random variables by betting, J. R. Stat. Soc. B 86.
    """

    def __init__(self, epsilon: float, delta: float, budget: int, *, rows: str = "fresh rows") -> None:
        self.epsilon = check_open_unit("epsilon", epsilon)
        self.delta = check_open_unit("delta", delta)
        self.budget = check_count("budget", budget, 1)
        self.rows = rows
        self.n_rows = 0
        self.disagreements = 0
        self.verdict = Verdict.UNDECIDED

    def update(self, disagree: ArrayLike) -> AnytimeMonitor:
        """Take the next rows, (n,) bool, in the order in which they were drawn; return the monitor."""
        differ = np.asarray(disagree)
        if differ.ndim != 1 or (differ.size and differ.dtype != np.bool_):
            found = f"shape {differ.shape} of type {differ.dtype}"
            raise InputError("a boolean column `disagree`", found, "give `tree answers != teacher answers`")
        for start in range(0, differ.size, _CHUNK):
            if self.verdict is not Verdict.UNDECIDED:
                break
            self._take(differ[start : start + _CHUNK])
        return self

    @property
    def limits(self) -> tuple[float, float]:
        """Lower and upper limit on the error, each valid at every stopping time with level delta."""
        low, high = _limits(self.disagreements, self.n_rows, self.delta)
        if self.verdict is Verdict.CERTIFIED:
            high = min(high, self.epsilon)
        if self.verdict is Verdict.REFUTED:
            low = max(low, self.epsilon)
        return low, high

    def claim(self) -> AnytimeCertificate:
        """Freeze what is known now."""
        counts = (self.n_rows, self.disagreements, self.budget)
        return AnytimeCertificate(self.verdict, *self.limits, self.epsilon, self.delta, *counts, rows=self.rows)

    def _take(self, differ: NDArray[np.bool_]) -> None:
        """Price every prefix of a chunk and stop at the first that decides."""
        differ = differ[: self.budget - self.n_rows]
        seen = self.disagreements + np.cumsum(differ)
        rows = self.n_rows + np.arange(1, differ.size + 1)
        goal = math.log(1.0 / self.delta)
        certified = log_evidence_below(seen, rows, self.epsilon) >= goal
        refuted = log_evidence_above(seen, rows, self.epsilon) >= goal
        decided = certified | refuted
        stop = int(np.argmax(decided)) if decided.any() else differ.size - 1
        self.n_rows, self.disagreements = int(rows[stop]), int(seen[stop])
        if decided[stop]:
            self.verdict = Verdict.CERTIFIED if certified[stop] else Verdict.REFUTED
        elif self.n_rows == self.budget:
            self.verdict = Verdict.BUDGET_SPENT


def certify_stream(
    batches: Iterable[ArrayLike], *, epsilon: float, delta: float = 0.05, budget: int, rows: str = "fresh rows"
) -> AnytimeCertificate:
    """Draw batches of rows until error <= epsilon is certified, refuted, or the budget is spent.

    Runs `AnytimeMonitor` over the batches and takes no batch more than it needs.

    Parameters
    ----------
    batches : iterable of (n,) bool
        Where tree and teacher differ on successive fresh rows; drawn lazily.
    epsilon, delta, budget, rows
        As in `AnytimeMonitor`.

    Returns
    -------
    AnytimeCertificate
        The claim; undecided when the batches ended first.

    Raises
    ------
    InputError
        If a number is out of range or a batch is not boolean.

    Examples
    --------
    >>> import itertools
    >>> certify_stream(itertools.repeat([True, False]), epsilon=0.1, budget=1000).verdict.name
    'REFUTED'
    """
    monitor = AnytimeMonitor(epsilon, delta, budget, rows=rows)
    for batch in batches:
        if monitor.update(batch).verdict is not Verdict.UNDECIDED:
            break
    return monitor.claim()


def anytime_rows_to_certify(epsilon: float, delta: float) -> int:
    """Rows after which `AnytimeMonitor` certifies a tree that never disagrees.

    The smallest n with `log_evidence_below(0, n, epsilon)` >= ln(1/delta); at most
    1 + ln 2 / ln(1/delta) times the rows that a certificate with n fixed beforehand needs.

    Parameters
    ----------
    epsilon, delta : float
        As in `AnytimeMonitor`.

    Returns
    -------
    int
        Number of rows.

    Raises
    ------
    InputError
        If a number is outside (0, 1).

    Examples
    --------
    >>> anytime_rows_to_certify(0.05, 0.05)
    68
    """
    goal = math.log(1.0 / check_open_unit("delta", delta))
    return fewest_rows(lambda n: bool(log_evidence_below(0, n, epsilon) >= goal))


def _limits(disagreements: int, n_rows: int, delta: float) -> tuple[float, float]:
    """Return the epsilons where the two bettors reach 1/delta: neither limit ever fails but with delta."""
    goal = math.log(1.0 / delta)
    agreed = n_rows - disagreements

    def below(epsilon: float) -> bool:
        return bool(log_evidence_below(disagreements, n_rows, epsilon) >= goal)

    def above(agreement: float) -> bool:
        return bool(log_evidence_above(disagreements, n_rows, 1.0 - agreement) >= goal)

    high = first_true(below) if agreed else 1.0
    low = 1.0 - first_true(above) if disagreements else 0.0
    return low, high
