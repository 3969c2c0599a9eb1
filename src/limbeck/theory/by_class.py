"""What certificate rows say class by class, and beside the best single answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from limbeck.errors import InputError
from limbeck.theory.binomial import check_open_unit, error_upper_limit

__all__ = ["ByClass", "ClassAgreement", "agreement_by_class", "agreement_of_counts", "rounded_down"]


_MOST_LINES = 10
_LONGEST = 40


@dataclass(frozen=True)
class ClassAgreement:
    """How one class of the teacher is found.

    Parameters
    ----------
    label : label or None
        The class; None for all that the fit did not see.
    n_rows, found, answered : int
        Rows to which the teacher gives the class; those of them to which the student gives it too; rows to which the
        student gives it.
    recall_limit, precision_limit : float
        Lower limits in [0, 1] on the shares of fresh rows, found of the teacher's and found of the answered; 0 where
        there is no such row.
    """

    label: Any
    n_rows: int
    found: int
    answered: int
    recall_limit: float
    precision_limit: float

    @property
    def shown(self) -> str:
        """The label for display in a table."""
        if self.label is None:
            return "classes that the fit did not see"
        shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(self.label))
        return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"

    @property
    def name(self) -> str:
        """The label for display in a sentence."""
        return self.shown if self.label is None else f"`{self.shown}`"

    def __str__(self) -> str:
        recall = f"recall at least {rounded_down(self.recall_limit)} ({self.found} of {self.n_rows} rows)"
        precision = f"precision at least {rounded_down(self.precision_limit)} ({self.found} of {self.answered} answers)"
        return f"{self.name}: {recall}, {precision}"

    @property
    def recall(self) -> float | None:
        """Share of the teacher's rows of the class to which the student gives it; None without such rows."""
        return self.found / self.n_rows if self.n_rows else None

    @property
    def precision(self) -> float | None:
        """Share of the student's rows of the class to which the teacher gives it; None without such rows."""
        return self.found / self.answered if self.answered else None


@dataclass(frozen=True)
class ByClass:
    """Student and teacher class by class, and beside the best single answer.

    Two claims, each of which holds with probability at least 1 - delta: all limits of `classes` together, and, where
    `better` is true, that the student is more faithful than every single answer.

    Parameters
    ----------
    classes : tuple of ClassAgreement
        One entry a class, in the order of the codes.
    confusion : tuple of (int, int, int)
        (place of the teacher's class, place of the student's, number of rows) where the two differ.
    n_rows : int
        Certificate rows.
    delta : float
        Probability with which a claim may fail, in (0, 1).
    """

    classes: tuple[ClassAgreement, ...]
    confusion: tuple[tuple[int, int, int], ...]
    n_rows: int
    delta: float

    @property
    def constant(self) -> ClassAgreement:
        """The class that agrees most often when it is given to every row."""
        return max((c for c in self.classes if c.label is not None), key=lambda c: c.n_rows)

    @property
    def constant_fidelity(self) -> float:
        """Share of the rows on which the best single answer agrees with the teacher."""
        return self.constant.n_rows / self.n_rows

    @property
    def p_value(self) -> float:
        """Exact p-value of "some single answer is as faithful as the student".

        Against a single answer only the rows count on which one of the two is right: by hypothesis the student is so
        on no more than half of these (the sign test). The largest of the p-values of all classes needs no correction,
        since the student must beat each of them.
        """
        right = sum(c.found for c in self.classes)
        wins = np.array([right - c.found for c in self.classes if c.label is not None])
        losses = np.array([c.n_rows - c.found for c in self.classes if c.label is not None])
        p_value = np.where(wins > 0, scipy.special.betainc(np.maximum(wins, 1.0), losses + 1.0, 0.5), 1.0)
        return float(p_value.max())

    @property
    def better(self) -> bool:
        """Whether the student is shown to be more faithful than every single answer."""
        return self.p_value <= self.delta

    @property
    def lines(self) -> tuple[str, ...]:
        """The limits in words, of the classes with most rows."""
        most = sorted(self.classes, key=lambda c: -c.n_rows)[:_MOST_LINES]
        left = len(self.classes) - len(most)
        return (*(str(c) for c in most), *((f"{left} smaller classes are not printed here",) if left else ()))

    def __str__(self) -> str:
        told = "shown to be better than every single answer" if self.better else "not shown to be better than it"
        constant = self.constant
        best = f"the best single answer, {constant.name}, agrees on {constant.n_rows} of {self.n_rows} rows"
        return f"{best}; {told} (exact paired test, p = {self.p_value:.1g})"

    def gain_limit(self, weights: NDArray[np.float64]) -> float:
        """Return a lower limit on weighted agreement minus that of the best single answer; the classes' shares as seen.

        Parameters
        ----------
        weights : ndarray of float64, shape (c,)
            What a row of each class counts.
        """
        known = [c for c in self.classes if c.label is not None]
        rows = weights * np.array([c.n_rows for c in known])
        recalled = float(rows @ np.array([c.recall_limit for c in known]))
        return (recalled - float(rows.max())) / max(float(rows.sum()), np.finfo(float).tiny)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        beside = {"label": self.constant.label, "fidelity": self.constant_fidelity, "p_value": self.p_value}
        return {
            "n_rows": self.n_rows,
            "delta": self.delta,
            "constant": {**beside, "better": self.better},
            "classes": [{**vars(c), "recall": c.recall, "precision": c.precision} for c in self.classes],
            "confusion": [list(cell) for cell in self.confusion],
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> ByClass:
        """Read what `to_dict` wrote; the limits are computed anew from the counts."""
        counts = [(c["label"], c["n_rows"], c["found"], c["answered"]) for c in plain["classes"]]
        confusion = tuple((int(a), int(b), int(n)) for a, b, n in plain["confusion"])
        places = [place for a, b, _ in confusion for place in (a, b)]
        known = all(0 <= place < len(counts) for place in places) and any(label is not None for label, *_ in counts)
        if not known or sum(n for _, n, *_ in counts) != plain["n_rows"] or not plain["n_rows"]:
            asked = "classes with all rows of the certificate, and their confusion"
            raise InputError(asked, "counts that do not add up", "give what `to_dict` wrote")
        return _limited(counts, confusion, int(plain["n_rows"]), check_open_unit("delta", plain["delta"]))


def rounded_down(limit: float) -> str:
    """Write a lower limit with three digits, rounded down so that it stays true."""
    return f"{math.floor(limit * 1000 + 1e-9) / 1000:.3f}"


def agreement_by_class(
    teacher: NDArray[np.integer[Any]], student: NDArray[np.integer[Any]], labels: Sequence[Any], delta: float
) -> ByClass:
    """Count student against teacher class by class, with limits that hold together.

    The recalls are independent binomials once the teacher's classes are given, and the precisions once the student's
    are: each kind has delta / 2, shared among its classes that occur (Bonferroni), at the exact lower limits of
    Clopper and Pearson.

    Parameters
    ----------
    teacher, student : (n,) int
        The class of each row by its place among the labels. The teacher's is below 0 for a class that is none of them;
        the student's where it is only known that the two differ: then precisions mean nothing.
    labels : sequence of length c
        The classes.
    delta : float
        Probability with which a claim may fail, in (0, 1).

    Examples
    --------
    >>> teacher = np.repeat([0, 1], [970, 30])
    >>> found = agreement_by_class(teacher, np.where(np.arange(1000) < 990, 0, 1), ("no", "yes"), 0.05)
    >>> rare = found.classes[1]
    >>> rare.n_rows, rare.found, round(rare.recall_limit, 3), found.constant.label, found.better
    (30, 10, 0.156, 'no', True)

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26. Berger (1982), Technometrics 24: the largest of several p-values.
    """
    c = len(labels)
    place = np.where(teacher < 0, c, teacher) * (c + 1) + np.where(student < 0, c, student)
    return agreement_of_counts(np.bincount(place, minlength=(c + 1) ** 2).reshape(c + 1, c + 1), labels, delta)


def agreement_of_counts(counts: NDArray[np.integer[Any]], labels: Sequence[Any], delta: float) -> ByClass:
    """Do as `agreement_by_class`, given how many rows there are of each pair of answers.

    Parameters
    ----------
    counts : (c + 1, c + 1) int
        Rows by the teacher's class and the student's. The last row is for classes that are none of the labels; the last
        column for answers of which it is only known that they differ from the teacher's.
    labels : sequence of length c
        The classes.
    delta : float
        Probability with which a claim may fail, in (0, 1).
    """
    c = len(labels)
    n_rows, answered, found = counts[:c].sum(axis=1), counts[:, :c].sum(axis=0), np.diagonal(counts)[:c]
    entries = list(zip(labels, n_rows.tolist(), found.tolist(), answered.tolist(), strict=True))
    strangers = int(counts[c].sum())
    if strangers:
        entries.append((None, strangers, 0, 0))
    pairs = [(c, b) for b in range(c)] + [(a, b) for a in range(c) for b in range(c) if a != b]
    confusion = tuple((a, b, int(counts[a, b])) for a, b in pairs if counts[a, b])
    return _limited(entries, confusion, int(counts.sum()), check_open_unit("delta", delta))


def _limited(
    counts: Sequence[tuple[Any, int, int, int]], confusion: tuple[tuple[int, int, int], ...], n: int, delta: float
) -> ByClass:
    """Fill in the limits that the counts (label, rows, found, answered) give."""
    rows, found, answered = (np.array([entry[i] for entry in counts], np.int64) for i in (1, 2, 3))
    recall, precision = (
        1.0 - error_upper_limit(of - found, of, delta / 2 / max(1, np.count_nonzero(of))) for of in (rows, answered)
    )
    limits = zip(counts, recall.tolist(), precision.tolist(), strict=True)
    classes = tuple(ClassAgreement(*entry, low, lower) for entry, low, lower in limits)
    return ByClass(classes, confusion, n, delta)
