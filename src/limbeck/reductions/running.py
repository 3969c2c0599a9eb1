"""A route run on a model: the student, a ledger of errors and failure probabilities, and a certificate."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from limbeck.certificates import Claim, certify
from limbeck.core import Table, Tree, as_table
from limbeck.errors import InputError
from limbeck.observe import split_rows
from limbeck.reductions.graph import Edge, Kind, Promise, Route
from limbeck.reductions.supply import LabelledRows, Outcome, Supply, labels_of, named_teacher
from limbeck.students import Student
from limbeck.tables import counted
from limbeck.teachers import Progress, no_progress
from limbeck.theory import Certificate, certify_disagreements, error_lower_limit, error_upper_limit

__all__ = ["Entry", "Reduction", "run"]


@dataclass(frozen=True)
class Entry:
    """What one edge of a run did.

    Parameters
    ----------
    edge : str
        The edge.
    epsilon, delta : float
        Source and target of the edge differ on a share of at most epsilon, but for probability delta.
    basis : str
        Why: exact, promised under an assumption, or measured.
    queries, rows : int
        Rows that the edge's source was asked about, and rows that the edge was given.
    """

    edge: str
    epsilon: float
    delta: float
    basis: str
    queries: int
    rows: int

    def __str__(self) -> str:
        if self.delta == 0.0:
            return f"{self.edge}: {self.basis}"
        return f"{self.edge}: error at most {self.epsilon:.4g} (delta {self.delta:.4g}), {self.basis}"


@dataclass(frozen=True, eq=False)
class Reduction:
    """The result of a run.

    Parameters
    ----------
    route : Route
        What was run.
    student : object
        The model of the last class.
    ledger : tuple of Entry
        One for each edge.
    certificate : Certificate or ToleranceCertificate or None
        Student against the first model, on rows that no edge has seen; None where the route ends in labelled rows.
    """

    route: Route
    student: Any
    ledger: tuple[Entry, ...]
    certificate: Claim | None

    @property
    def epsilon(self) -> float:
        """Sum of the edges' errors, at most 1."""
        return min(sum(entry.epsilon for entry in self.ledger), 1.0)

    @property
    def delta(self) -> float:
        """Sum of the edges' failure probabilities."""
        return sum(entry.delta for entry in self.ledger)

    @property
    def contradicted(self) -> bool:
        """Whether the certificate's rows show more error than the ledger allows: some promise was not kept."""
        claim = self.certificate
        if not isinstance(claim, Certificate):
            return False
        return error_lower_limit(claim.disagreements, claim.n_rows, claim.delta) > self.epsilon

    def __str__(self) -> str:
        lines = [str(self.route), *(f"- {entry}" for entry in self.ledger)]
        lines += [f"together: error at most {self.epsilon:.4g} (probability at least {1 - self.delta:.4g})"]
        lines += [f"assumes: {'; '.join(self.route.assumptions)}"] if self.route.assumptions else []
        if self.certificate is not None:
            lines += ["", "and directly, on rows that no edge has seen:", str(self.certificate)]
        if self.contradicted:
            lines += ["these rows contradict the sum: an assumption is false, or a case of delta happened; trust them"]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the ledger and the certificate as plain values."""
        return {
            "classes": list(self.route.names),
            "ledger": [asdict(entry) for entry in self.ledger],
            "epsilon": self.epsilon,
            "delta": self.delta,
            "assumptions": list(self.route.assumptions),
            "contradicted": self.contradicted,
            "certificate": None if self.certificate is None else self.certificate.to_dict(),
        }


def run(
    route: Route,
    teacher: Any,
    rows: Any = None,
    *,
    task: str = "auto",
    random_state: int = 0,
    progress: Progress = no_progress,
) -> Reduction:
    """Run a route on a model, edge by edge.

    A quarter of the rows is set aside for the certificate. The others are dealt out among the edges, so that what
    one edge measures no other edge has shaped. An exact edge enters the ledger with (0, 0), one that promises the
    same function under an assumption with (0, delta), one that can err with the Clopper-Pearson limit of the error it
    measured, at its share of delta. The sums bound the error between the two ends; the certificate bounds it again,
    directly and without the assumptions, at the route's delta.

    Parameters
    ----------
    route : Route
        From `routes`.
    teacher : model, Teacher, Tree, Student or LabelledRows
        A model of the route's first class.
    rows : Table, DataFrame or array-like, n rows, optional
        Unlabelled rows, independent draws from the distribution of use; not for a route that starts from labelled rows.
    task : {"auto", "binary", "multiclass"}
        How the model's outputs are read.
    random_state : int
        Seed.

    Raises
    ------
    InputError
        No rows, or too few; a first model of another class.
    SearchError
        An edge whose assumption turned out to be false.

    Examples
    --------
    >>> from limbeck.reductions.web import routes
    >>> bits = np.random.default_rng(0).integers(2, size=(400, 30))
    >>> route = routes("model", "tree", most_edges=2)[0]
    >>> result = run(route, lambda x: x[:, 3] & x[:, 20], bits)
    >>> print(route, "|", result.student.n_leaves, "leaves, error", result.epsilon, "at delta", result.delta)
    model → junta → tree | 3 leaves, error 0.0 at delta 0.05
    """
    rng = np.random.default_rng(random_state)
    if route.edges[0].source == "rows":
        if not isinstance(teacher, LabelledRows):
            raise InputError("`LabelledRows`", f"`{type(teacher).__name__}`", "give `LabelledRows.of(rows, answers)`")
        split = split_rows(teacher.table.n_rows, rng=rng, validation=0.0)
        model: Any = teacher.take(split.fit)
        fresh, parts = teacher.take(split.certificate), [teacher.table.take(split.fit)] * len(route.edges)
    else:
        if rows is None:
            raise InputError("`rows` of the distribution of use", "none", "give unlabelled rows")
        table, model = as_table(rows), teacher
        split = split_rows(table.n_rows, rng=rng, validation=0.0)
        fresh, parts = table.take(split.certificate), _dealt(table, split.fit, route, rng)
    entries: list[Entry] = []
    for edge, (_, delta), part in zip(route.edges, route.shares, parts, strict=True):
        setting = replace(route.setting, n_columns=len(part.columns), delta=delta or route.setting.delta)
        outcome = _step(edge, model, Supply(part, setting, rng, task, progress))
        entries.append(_entry(edge, outcome, delta, part.n_rows))
        model = outcome.model
    claim = _certificate(model, teacher, fresh, route.setting.delta, task, progress)
    return Reduction(route, model, tuple(entries), claim)


def _dealt(table: Table, rows: Any, route: Route, rng: np.random.Generator) -> list[Table]:
    """Deal the rows out among the edges that ask, label or look inside; the others see them all."""
    using = [edge.kind in (Kind.LABELLING, Kind.QUERIES, Kind.INSIDE) for edge in route.edges]
    order = rng.permutation(rows)
    if len(order) < 4 * max(sum(using), 1):
        raise InputError("rows for every edge of the route", f"{table.n_rows}", "give more rows")
    shares = iter(np.array_split(order, max(sum(using), 1)))
    some = [np.sort(next(shares)) if used else np.sort(order) for used in using]
    return [table.take(part) for part in some]


def _step(edge: Edge, model: Any, supply: Supply) -> Outcome:
    """Run one edge."""
    if edge.step is None:
        raise InputError(f"the edge {edge}", edge.why_not, "take a route from `routes`")
    supply.progress(str(edge), 0, 0)
    return edge.step(model, supply)


def _entry(edge: Edge, outcome: Outcome, delta: float, n_rows: int) -> Entry:
    """Write down what an edge did."""
    if outcome.n_rows:
        limit = error_upper_limit(outcome.disagreements, outcome.n_rows, delta)
        basis = f"measured: {outcome.disagreements} of {counted(outcome.n_rows, 'row')} held out differ"
        return Entry(str(edge), limit, delta, basis, outcome.queries, n_rows)
    basis = edge.promise.value if edge.promise is not Promise.SURE else f"promised, if {edge.assumption}"
    return Entry(str(edge), 0.0, delta, basis, outcome.queries, n_rows)


def _certificate(
    student: Any, teacher: Any, fresh: Table | LabelledRows, delta: float, task: str, progress: Progress
) -> Claim | None:
    """Compare the two ends on rows that no edge has seen."""
    if isinstance(student, LabelledRows):
        return None
    n_rows = fresh.table.n_rows if isinstance(fresh, LabelledRows) else fresh.n_rows
    words = f"{counted(n_rows, 'row')} set aside at random before the route was run"
    if isinstance(fresh, Table) and isinstance(student, (Tree, Student)):
        return replace(certify(student, named_teacher(teacher), fresh, delta=delta, task=task), rows=words)
    told = fresh if isinstance(fresh, LabelledRows) else labels_of(named_teacher(teacher), fresh, task, progress)
    if isinstance(student, (Tree, Student)):
        answers = student.predict(told.table)
    else:
        answers = labels_of(named_teacher(student), told.table, task, progress).answers
    return certify_disagreements(answers != told.answers, delta=delta, rows=words, event="student and source differ")
