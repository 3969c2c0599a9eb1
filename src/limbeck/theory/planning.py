"""How many rows each regime of distillation needs, side by side."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import scipy

from limbeck.errors import InputError
from limbeck.theory.answering import rows_to_answer
from limbeck.theory.anytime import anytime_rows_to_certify
from limbeck.theory.binomial import check_count, rows_to_certify
from limbeck.theory.bounds import agnostic_rows, learning_rows, vc_rows
from limbeck.theory.junta_queries import MOST_VARIABLES, junta_query_bound
from limbeck.theory.perfect import plan_selection

__all__ = [
    "PlanRow",
    "SamplePlan",
    "StudentClass",
    "junta_class",
    "plan_samples",
    "tree_class",
]


@dataclass(frozen=True)
class PlanRow:
    """One regime of a sample plan.

    Parameters
    ----------
    regime : str
        What is to be done.
    n_rows : int
        Rows (or `unit`) that suffice; for learning from scratch, below which nothing suffices.
    assumption, reference : str
        What must be true besides independent rows of the distribution of use, and the source.
    unit : str
        "rows", or "queries" to the teacher.
    """

    regime: str
    n_rows: int
    assumption: str
    reference: str
    unit: str = "rows"


@dataclass(frozen=True)
class SamplePlan:
    """Rows needed in every regime at one epsilon and delta; prints as a table.

    Parameters
    ----------
    epsilon, delta : float
        Error (or excess error) to reach, and probability with which that may fail; in (0, 1).
    students : str
        The class of students, in words.
    table : tuple of PlanRow
        The regimes.
    """

    epsilon: float
    delta: float
    students: str
    table: tuple[PlanRow, ...]

    def __str__(self) -> str:
        cells = [("regime", "needs", "assumes", "from")]
        for row in self.table:
            number = f"{row.n_rows:,}".replace(",", " ")
            cells.append((row.regime, f"{number} {row.unit}", row.assumption, row.reference))
        w = [max(len(line[i]) for line in cells) for i in range(3)]
        lines = [f"{a:<{w[0]}}  {b:>{w[1]}}  {c:<{w[2]}}  {d}" for a, b, c, d in cells]
        head = f"epsilon = {self.epsilon:g}, delta = {self.delta:g}, students: {self.students}"
        return "\n".join([head, *lines])

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as numbers, strings, lists and dicts that JSON can hold."""
        return {**dataclasses.asdict(self), "table": [dataclasses.asdict(row) for row in self.table]}


@dataclass(frozen=True)
class StudentClass:
    """What the sample bounds need to know of a class of students.

    Parameters
    ----------
    words : str
        The class, in words.
    log_size : float
        Upper bound on the natural logarithm of the number of students, at least 0.
    vc_lower : int
        Lower bound on its VC dimension (with two of its answers); 0 when nothing is known.
    n_classes : int
        Number of answers, at least 2.
    junta : tuple of int or None
        (k, p) for functions of k of p boolean columns.
    """

    words: str
    log_size: float
    vc_lower: int = 0
    n_classes: int = 2
    junta: tuple[int, int] | None = None


def tree_class(max_leaves: int, n_literals: int, n_classes: int = 2) -> StudentClass:
    """Count the trees of at most s leaves over l literals: |G| <= Catalan(s-1) l^(s-1) c^s.

    Smaller trees compute nothing new, since a leaf can be split into two equal ones. When the literals
    can be answered in every combination, floor(s/2) leaves, each split once more by one of the l - r
    literals that a tree of depth r = ceil(log2 floor(s/2)) does not ask, shatter
    floor(s/2) (1 + floor(log2(l - r + 1))) points.

    Parameters
    ----------
    max_leaves, n_literals, n_classes : int
        Leaves s >= 1, literals l >= 1, answers c >= 2.

    Returns
    -------
    StudentClass
        The class with its size and the lower bound on its VC dimension.

    Raises
    ------
    InputError
        If a count is out of range.

    Examples
    --------
    >>> round(math.exp(tree_class(3, 6).log_size)) == 2 * 6**2 * 2**3
    True

    References
    ----------
    Boix-Adsera (2024), arXiv 2403.09053, for the class; the count is elementary.
    """
    s, lits = check_count("max_leaves", max_leaves, 1), check_count("n_literals", n_literals, 1)
    c = check_count("n_classes", n_classes, 2)
    log_catalan = float(scipy.special.gammaln(2 * s - 1) - scipy.special.gammaln(s) - scipy.special.gammaln(s + 1))
    regions = s // 2
    left = lits - math.ceil(math.log2(regions)) if regions else 0
    vc_lower = regions * (1 + int(math.log2(left + 1))) if left > 0 else 1
    words = f"trees of at most {s} leaves over {lits} literals"
    return StudentClass(words, log_catalan + (s - 1) * math.log(lits) + s * math.log(c), vc_lower, c)


def junta_class(n_variables: int, n_columns: int, n_classes: int = 2) -> StudentClass:
    """Count the functions of k of p boolean columns: |G| <= (p choose k) c^(2^k); VC dimension >= 2^k.

    Parameters
    ----------
    n_variables, n_columns, n_classes : int
        Variables 0 <= k <= p, k at most 30, columns p, answers c >= 2.

    Returns
    -------
    StudentClass
        The class with its size and the lower bound on its VC dimension.

    Raises
    ------
    InputError
        If a count is out of range.

    Examples
    --------
    >>> junta_class(2, 100).vc_lower
    4
    """
    p = check_count("n_columns", n_columns, 1)
    k, c = check_count("n_variables", n_variables, 0), check_count("n_classes", n_classes, 2)
    if k > min(p, 30):
        raise InputError(f"a junta of at most {min(p, 30)} variables", f"`n_variables={k}`", "ask for fewer variables")
    log_subsets = float(scipy.special.gammaln(p + 1) - scipy.special.gammaln(k + 1) - scipy.special.gammaln(p - k + 1))
    return StudentClass(f"functions of {k} of {p} columns", log_subsets + 2**k * math.log(c), 2**k, c, (k, p))


def plan_samples(
    students: StudentClass | None = None,
    *,
    epsilon: float = 0.05,
    delta: float = 0.05,
    vc_dimension: int | None = None,
    pareto_vc_dimension: int | None = None,
    disagreements: int = 0,
    answered: float | None = None,
    error: float = 0.0,
) -> SamplePlan:
    """Plan the rows for every way to distill, side by side with learning from scratch.

    Parameters
    ----------
    students : StudentClass or None
        `tree_class(...)`, `junta_class(...)` or one of one's own; without it only the regimes that do
        not depend on the class are listed.
    epsilon, delta : float
        Error (if agnostic: above the best student's) and failure probability, in (0, 1).
    vc_dimension, pareto_vc_dimension : int or None
        VC dimension of the class, if it is known, and of its Pareto frontier for the teacher at hand.
    disagreements : int
        Disagreements one is ready to see when a given student is checked, at least 0.
    answered, error : float
        For a tree that may ask its teacher: share of rows that it answers, in (0, 1], and share of these on which the
        two differ, as they were seen so far; `epsilon` is then to be shown of the answered rows.

    Returns
    -------
    SamplePlan
        One row a regime.

    Raises
    ------
    InputError
        If a number is out of range.

    Examples
    --------
    >>> for row in plan_samples(tree_class(8, 50), epsilon=0.05).table:
    ...     print(row.regime, row.n_rows)
    check one student, 0 disagreements 59
    check while sampling 68
    perfect distillation 741
    realizable, finite class 819
    agnostic, finite class 14293
    agnostic, VC form 531311
    learning from scratch 68

    References
    ----------
    Boix-Adsera (2024), Towards a theory of model distillation, arXiv 2403.09053; each row names its own.
    """
    table = _checking(epsilon, delta, disagreements)
    if answered is not None:
        table.append(_answering(epsilon, delta, answered, error))
    if students is not None:
        table += _finite_class(epsilon, delta, students)
    forms = [
        ("agnostic, VC form", vc_dimension, "VC"),
        ("agnostic, Pareto frontier", pareto_vc_dimension, "VC(P_f(G))"),
    ]
    if vc_dimension is None and students is not None and students.n_classes == 2:
        forms[0] = ("agnostic, VC form", int(students.log_size / math.log(2)), "VC <= log2 |G| =")
    for name, d, text in forms:
        if d is not None:
            n = vc_rows(epsilon, delta, d)
            table.append(PlanRow(name, n, f"two answers, {text} {d}", "Mohri et al. 2018, Corollary 3.19"))
    least = vc_dimension if vc_dimension is not None else students.vc_lower if students is not None else 0
    if least >= 2:
        text = f"the worst distribution, VC >= {least}: fewer never suffice"
        n = learning_rows(epsilon, delta, least)
        table.append(PlanRow("learning from scratch", n, text, "after Ehrenfeucht et al. 1989"))
    return SamplePlan(epsilon, delta, "any" if students is None else students.words, tuple(table))


def _checking(epsilon: float, delta: float, disagreements: int) -> list[PlanRow]:
    """List the regimes that hold for any class."""
    finished = "the student was finished before the rows were drawn"
    exact, plan = "Clopper and Pearson 1934", plan_selection(epsilon, delta)
    counts = sorted({0, check_count("disagreements", disagreements, 0)})
    table = [
        PlanRow(f"check one student, {k} disagreements", rows_to_certify(epsilon, delta, k), finished, exact)
        for k in counts
    ]
    while_sampling = anytime_rows_to_certify(epsilon, delta)
    table.append(PlanRow("check while sampling", while_sampling, f"{finished}; it never disagrees", "Ville 1939"))
    text = f"a mixture that errs on any input with chance <= {epsilon / 4:g}; {plan.n_students} are drawn"
    table.append(PlanRow("perfect distillation", plan.n_rows, text, "Boix-Adsera 2024"))
    return table


def _answering(epsilon: float, delta: float, answered: float, error: float) -> PlanRow:
    """Plan the rows that certify a tree that answers some of them."""
    n_rows = rows_to_answer(epsilon, delta, answered=answered, error=error)
    if n_rows is None:
        raise InputError(f"an error of answered rows below {epsilon:g}", f"`error={error!r}`", "ask for a larger one")
    text = f"finished before; of the answered rows {error:g} differ, as seen so far"
    return PlanRow(f"certify a tree that answers {answered:g}", n_rows, text, "Clopper and Pearson 1934")


def _finite_class(epsilon: float, delta: float, students: StudentClass) -> list[PlanRow]:
    """List the regimes that depend on the size of the class alone."""
    table: list[PlanRow] = []
    if students.junta is not None and students.junta[0] <= MOST_VARIABLES:
        k, p = students.junta
        queries = junta_query_bound(max(k, 1), p, delta=delta)
        text = "the teacher is such a function, inputs uniform"
        table.append(PlanRow("find the variables by asking", queries, text, "Boix-Adsera 2024", "queries"))
    consistent = math.ceil((students.log_size - math.log(delta)) / -math.log1p(-epsilon))
    text = f"some student has error 0, ln |G| <= {students.log_size:.1f}"
    table.append(PlanRow("realizable, finite class", consistent, text, "Blumer et al. 1987"))
    n = agnostic_rows(epsilon, delta, students.log_size)
    table.append(PlanRow("agnostic, finite class", n, f"ln |G| <= {students.log_size:.1f}", "Hoeffding 1963"))
    return table
