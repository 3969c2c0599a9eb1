"""The values of the web: classes of models, edges between them, what they cost and promise, and routes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from enum import Enum
from typing import Any

from limbeck.errors import InputError
from limbeck.tables import listed
from limbeck.theory.binomial import check_count, check_open_unit

__all__ = ["Cost", "Edge", "Kind", "ModelClass", "Promise", "Route", "Setting", "Web"]


@dataclass(frozen=True)
class Setting:
    """The sizes at which costs are compared.

    Parameters
    ----------
    n_columns : int
        Columns (bits) d.
    n_leaves : int
        Leaves s of a tree.
    n_variables : int
        Variables k of a junta.
    depth : int
        Questions r on the longest path of a tree.
    epsilon, delta : float
        Error that a whole route may have, and probability with which it may have more; in (0, 1).
    length : float
        Bτ: norm of the probes that the clauses inside a network need, times the size of its activations; above 0.
    """

    n_columns: int = 20
    n_leaves: int = 8
    n_variables: int = 3
    depth: int = 3
    epsilon: float = 0.05
    delta: float = 0.05
    length: float = 1.0

    def __post_init__(self) -> None:
        for name in ("n_columns", "n_leaves", "n_variables", "depth"):
            check_count(name, getattr(self, name), 1)
        check_open_unit("epsilon", self.epsilon)
        check_open_unit("delta", self.delta)
        if not 0.0 < self.length < math.inf:
            raise InputError("a `length` above 0", f"`length={self.length!r}`", "give Bτ, such as 1")


@dataclass(frozen=True)
class Cost:
    """What an edge costs.

    Parameters
    ----------
    rows : float
        Unlabelled rows of the distribution of use.
    queries : float
        Rows that the source model is asked about.
    labelled : float
        Labelled rows that a learner starts from; where the route labels them itself they are rows and queries.
    operations : float
        Elementary steps of the algorithm, as an order of magnitude.
    """

    rows: float = 0.0
    queries: float = 0.0
    labelled: float = 0.0
    operations: float = 1.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(*(a + b for a, b in zip(asdict(self).values(), asdict(other).values(), strict=True)))


class Kind(Enum):
    """What kind of reduction an edge is."""

    CONTAINMENT = "containment"
    REWRITING = "exact rewriting"
    LEARNING = "learning from labelled rows"
    QUERIES = "queries to the model"
    INSIDE = "a look inside the model"
    LABELLING = "labelling rows with the model"


class Promise(Enum):
    """What is known of the error of an edge before it has run; the text says which."""

    EXACT = "the same function"
    SURE = "the same function with probability at least 1 - delta, under the assumption"
    MEASURED = "an error that the run measures on rows it holds out, with probability at least 1 - delta"


@dataclass(frozen=True)
class ModelClass:
    """A class of models: a node of the web.

    Parameters
    ----------
    name : str
        One word.
    words : str
        What belongs to it.
    """

    name: str
    words: str


@dataclass(frozen=True, eq=False)
class Edge:
    """One way to turn a model of one class into one of another.

    Parameters
    ----------
    source, target : str
        Names of the classes.
    kind : Kind
        What kind of reduction it is.
    promise : Promise
        What is known of its error before it has run.
    assumption : str
        What must hold.
    cost_words : str
        The cost for people.
    cost : callable
        From a `Setting`, in which epsilon and delta are this edge's own shares, to a `Cost`.
    reference : str
        Where it comes from.
    step : callable or None
        Runs it: from a model of the source and a `Supply` to an `Outcome`; its docstring cites the source.
    why_not : str
        Where there is no `step`: why it is known and not executable.
    """

    source: str
    target: str
    kind: Kind
    promise: Promise
    assumption: str
    cost_words: str
    cost: Callable[[Setting], Cost]
    reference: str
    step: Callable[[Any, Any], Any] | None = None
    why_not: str = ""

    @property
    def executable(self) -> bool:
        """Whether the edge can be run."""
        return self.step is not None

    @property
    def exact(self) -> bool:
        """Whether the target computes the same function always."""
        return self.promise is Promise.EXACT

    def __str__(self) -> str:
        return f"{self.source} → {self.target} ({self.kind.value})"


@dataclass(frozen=True, eq=False)
class Route:
    """Edges one after the other.

    Errors add, and so do failure probabilities: `P[f ≠ h] <= P[f ≠ g] + P[g ≠ h]`, and the union bound. So each
    edge that can err gets an equal share of epsilon, and each that can fail an equal share of delta.

    Parameters
    ----------
    edges : tuple of Edge
        Each starts where the one before ends.
    setting : Setting
        The sizes, and the epsilon and delta of the whole route.
    """

    edges: tuple[Edge, ...]
    setting: Setting

    def __post_init__(self) -> None:
        breaks = [(a, b) for a, b in zip(self.edges, self.edges[1:], strict=False) if a.target != b.source]
        if not self.edges or breaks:
            found = " and ".join(str(edge) for edge in breaks[0]) if breaks else "no edge"
            raise InputError("edges of which each starts where the one before ends", found, "take them from `routes`")

    @property
    def names(self) -> tuple[str, ...]:
        """The classes on the way."""
        return (self.edges[0].source, *(edge.target for edge in self.edges))

    @property
    def shares(self) -> tuple[tuple[float, float], ...]:
        """Epsilon and delta of each edge; they sum to at most those of the route."""
        erring = sum(edge.promise is Promise.MEASURED for edge in self.edges)
        failing = sum(edge.promise is not Promise.EXACT for edge in self.edges)
        return tuple(
            (
                self.setting.epsilon / erring if edge.promise is Promise.MEASURED else 0.0,
                self.setting.delta / failing if edge.promise is not Promise.EXACT else 0.0,
            )
            for edge in self.edges
        )

    @property
    def epsilon(self) -> float:
        """Error that the edges may have together."""
        return sum(epsilon for epsilon, _ in self.shares)

    @property
    def delta(self) -> float:
        """Probability with which some edge may fail."""
        return sum(delta for _, delta in self.shares)

    @property
    def cost(self) -> Cost:
        """The sum of the edges' costs, each at its own share of epsilon and delta."""
        total = Cost(operations=0.0)
        for edge, (epsilon, delta) in zip(self.edges, self.shares, strict=True):
            own = replace(self.setting, epsilon=epsilon or self.setting.epsilon, delta=delta or self.setting.delta)
            total += edge.cost(own)
        if any(edge.kind is Kind.LABELLING for edge in self.edges):
            n = total.labelled
            total = Cost(total.rows + n, total.queries + n, 0.0, total.operations)
        return total

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must hold, each once."""
        return tuple(dict.fromkeys(edge.assumption for edge in self.edges if edge.assumption))

    @property
    def guarantee(self) -> str:
        """The total in words."""
        if all(edge.exact for edge in self.edges):
            return "the same function"
        measured = any(edge.promise is Promise.MEASURED for edge in self.edges)
        what = (
            f"error at most {self.epsilon:.3g}, if the held-out rows bear it out" if measured else "the same function"
        )
        return f"{what} (probability at least {1 - self.delta:.4g})"

    def __str__(self) -> str:
        return " → ".join(self.names)


@dataclass(frozen=True, eq=False)
class Web:
    """The graph.

    Parameters
    ----------
    classes : tuple of ModelClass
        The nodes.
    edges : tuple of Edge
        The edges; several may join the same classes.
    """

    classes: tuple[ModelClass, ...]
    edges: tuple[Edge, ...]

    def routes(
        self, source: str, target: str, setting: Setting | None = None, *, most_edges: int = 5
    ) -> tuple[Route, ...]:
        """Return the executable routes between two classes that pass no class twice, cheapest first.

        By rows and queries together, then by operations, then by length.

        Raises
        ------
        InputError
            A class that is not in the web.
        """
        names = [node.name for node in self.classes]
        for name in (source, target):
            if name not in names:
                raise InputError(
                    f"a class of models `{name}`", "none of this name", f"name one of {listed(names, most=16)}"
                )
        found = [Route(edges, setting or Setting()) for edges in self._paths((), source, target, most_edges)]
        return tuple(sorted(found, key=_price))

    def _paths(self, done: tuple[Edge, ...], at: str, target: str, left: int) -> Iterator[tuple[Edge, ...]]:
        """Yield the ways from a class to the target that extend what is done."""
        passed = {edge.source for edge in done}
        for edge in self.edges if left else ():
            if edge.executable and edge.source == at and edge.target not in passed:
                if edge.target == target:
                    yield (*done, edge)
                else:
                    yield from self._paths((*done, edge), edge.target, target, left - 1)


def _price(route: Route) -> tuple[float, float, int]:
    cost = route.cost
    return cost.rows + cost.queries + cost.labelled, cost.operations, len(route.edges)
