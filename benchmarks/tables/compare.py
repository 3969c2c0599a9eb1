"""The arithmetic of the report: means over tables, ranks, and paired tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest, rankdata, wilcoxon

from benchmarks.tables.results import Record, unpacked

__all__ = ["Duel", "Grid", "Problem", "discordant", "holm", "over_tables", "sign_test", "signed_rank"]

Problem = tuple[str, str, int]
"""Table, teacher, seed."""


class Grid:
    """The records of one number of leaves, by problem and method.

    Parameters
    ----------
    records : iterable of dict
        Records of one size.
    methods : sequence of str
        The methods that are compared.
    share : float
        A method with a tree for a smaller share of the problems is not part of `common`.
    """

    def __init__(self, records: Iterable[Record], methods: Sequence[str], share: float = 0.9) -> None:
        self.cells: dict[tuple[Problem, str], Record] = {}
        for record in records:
            if record["method"] in methods:
                self.cells[(record["table"], record["teacher"], record["seed"]), record["method"]] = record
        self.problems = sorted({problem for problem, _ in self.cells})
        counts = {method: len(self.values(method)) for method in methods}
        self.whole = [m for m in methods if counts[m] and counts[m] >= share * len(self.problems)]
        self.common = [p for p in self.problems if all(self.has(p, method) for method in self.whole)]

    def has(self, problem: Problem, method: str) -> bool:
        """Tell whether the method has a tree for the problem."""
        return "fidelity" in self.cells.get((problem, method), {})

    def values(self, method: str, what: str = "fidelity", of: Iterable[Problem] | None = None) -> dict[Problem, float]:
        """Return one figure of a method for every problem that it has a tree for."""
        problems = self.problems if of is None else of
        return {problem: self.cells[problem, method][what] for problem in problems if self.has(problem, method)}

    def mean_ranks(self) -> dict[str, float]:
        """Return each whole method's rank by fidelity, 1 the best, equals share; mean over tables."""
        ranks = {
            p: rankdata([-self.cells[p, method]["fidelity"] for method in self.whole], method="average")
            for p in self.common
        }
        return {m: over_tables({p: rank[j] for p, rank in ranks.items()}) for j, m in enumerate(self.whole)}

    def best_of(self, peers: Sequence[str], by: str) -> dict[Problem, float]:
        """Return each problem's fidelity by the peer that is best by "validation", or by "fidelity": hindsight."""
        found = {}
        for problem in self.common:
            records = [self.cells[problem, peer] for peer in peers if self.has(problem, peer)]
            if records:
                found[problem] = max(records, key=lambda record: record[by])["fidelity"]
        return found


@dataclass(frozen=True)
class Duel:
    """Two methods on the same test rows.

    Parameters
    ----------
    ours, theirs : int
        Rows on which only one of them agrees with the teacher.
    """

    ours: int
    theirs: int

    def __add__(self, other: Duel) -> Duel:
        return Duel(self.ours + other.ours, self.theirs + other.theirs)

    @property
    def p(self) -> float:
        """McNemar's exact test, two-sided."""
        return sign_test(self.ours, self.theirs)


def discordant(ours: Record, theirs: Record) -> Duel:
    """Count the test rows on which only one agrees with the teacher."""
    a, b = (unpacked(record["agrees"], record["n_test"]) for record in (ours, theirs))
    return Duel(int((a & ~b).sum()), int((b & ~a).sum()))


def sign_test(a: int, b: int) -> float:
    """Return the probability of counts at least as uneven when each row is as likely to go either way."""
    return float(binomtest(a, a + b).pvalue) if a + b else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct for many tests (Holm, 1979); in the order given."""
    order = np.argsort(p_values)
    steps = (len(p_values) - np.arange(len(p_values))) * np.asarray(p_values)[order]
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return corrected.tolist()


def over_tables(values: Mapping[Problem, float]) -> float:
    """Mean over the tables of each table's mean, so that a table counts once however many teachers it has."""
    return float(np.mean(list(table_means(values).values()))) if values else float("nan")


def table_means(values: Mapping[Problem, float]) -> dict[str, float]:
    """Mean over teachers and seeds of each table."""
    tables: dict[str, list[float]] = {}
    for (table, _, _), value in values.items():
        tables.setdefault(table, []).append(value)
    return {table: float(np.mean(found)) for table, found in tables.items()}


def signed_rank(ours: Mapping[Problem, float], theirs: Mapping[Problem, float]) -> float:
    """Wilcoxon's signed-rank test over tables, two-sided: tables are the independent units, not splits."""
    shared = ours.keys() & theirs.keys()
    first, second = (table_means({p: values[p] for p in shared}) for values in (ours, theirs))
    differences = np.round([first[table] - second[table] for table in first], 9)
    return float(wilcoxon(differences).pvalue) if np.any(differences) else 1.0
