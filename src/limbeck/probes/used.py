"""What interventions on one layer found: frozen figures, each a share of rows with its exact interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["LayerUse", "NodeUse", "Share", "Swapped"]

LEAST_FOLLOWED = 0.75
"""Share of the answers that must follow the clauses, and of those that must stay, for a layer to count as used. In
networks trained on a tree, or built from one, it is 0.95 to 1; behind a gate of zero it is 0."""

LEVEL = 0.05
"""Level of the test that more than half of the answers follow, after the correction for several layers."""

FULL_CUT = 0.9
"""Share of the answers that a layer, replaced as a whole, must carry to count as the only way through."""


@dataclass(frozen=True)
class Share:
    """How many of n rows do what they should.

    Parameters
    ----------
    right, n : int
        Rows that do, and all.
    low, high : float
        Exact interval (Clopper and Pearson); 0 and 1 without rows.
    """

    right: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share; 0 without rows."""
        return self.right / self.n if self.n else 0.0

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}] of {self.n}" if self.n else "no rows"


@dataclass(frozen=True)
class Swapped:
    """What the answers of base rows do when something of source rows is put in its place.

    Parameters
    ----------
    changed : Share
        Pairs whose answer should become another: it does. A number does when it comes more than half of the way,
        and less than one and a half.
    kept : Share
        Pairs whose answer should stay: it does. A number does when it moves by less than half of a usual change.
    followed : float or None
        For numbers: how much of the changes that should be is there (1: all of it).
    """

    changed: Share
    kept: Share
    followed: float | None = None

    def __str__(self) -> str:
        more = "" if self.followed is None else f", {self.followed:.2f} of the change"
        return f"{self.changed.value:.2f} / {self.kept.value:.2f}{more}"

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Swapped:
        """Read what `dataclasses.asdict` wrote."""
        return cls(Share(**plain["changed"]), Share(**plain["kept"]), plain["followed"])


@dataclass(frozen=True)
class NodeUse:
    """Interchange at one inner node: its own subtree answers as on the source row.

    Parameters
    ----------
    node : int
        The node.
    label : str
        Its clause in words.
    swap : Swapped
        The reading of the node's answer moved to that of the source row.
    linear : Swapped or None
        The same if nothing but a linear map followed the layer: the shift Cov / Var of the scores. Only what exceeds
        it in both columns speaks for the node; None where the model gives no scores.
    random : Swapped
        A random move of the same length.
    """

    node: int
    label: str
    swap: Swapped
    linear: Swapped | None
    random: Swapped

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> NodeUse:
        """Read what `dataclasses.asdict` wrote."""
        linear = None if plain["linear"] is None else Swapped.from_dict(plain["linear"])
        return cls(
            plain["node"], plain["label"], Swapped.from_dict(plain["swap"]), linear, Swapped.from_dict(plain["random"])
        )


@dataclass(frozen=True)
class LayerUse:
    """Interventions on one layer.

    Parameters
    ----------
    layer : str
        The layer.
    n_units, rank : int
        Its units, and the dimensions in which the readings of all clauses move.
    n_fit, n_pairs : int
        Rows that fixed the directions, and pairs of others that tested them.
    reaches : bool
        Whether a replaced layer changes any output at all.
    whole : Swapped
        The whole layer replaced by that of the source row: below 1 there is a way around it.
    clauses : Swapped
        Only the readings of the tree's clauses moved to those of the source row.
    same : Swapped or None
        As many clauses over the same columns that are no nodes of the tree; None where there are none.
    random : Swapped
        A random subspace of the same rank.
    shift : float
        Median Mahalanobis distance of the moved activations from the mean, over that of natural ones.
    p_value : float
        Of "at most half of the answers follow the clauses", corrected for several layers (Holm).
    n_silent : int
        Units that may all be replaced while 98 of 100 answers stay. What they hold is held for nobody.
    held_by_others : bool
        Whether the other units hold the clauses selectively by themselves.
    silent_layer : str
        A layer without whose units that move hardly an answer this one does not hold the clauses; else empty.
    nodes : tuple of NodeUse
        Inner nodes, one by one.
    """

    layer: str
    n_units: int
    rank: int
    n_fit: int
    n_pairs: int
    reaches: bool
    whole: Swapped
    clauses: Swapped
    same: Swapped | None
    random: Swapped
    shift: float
    p_value: float
    n_silent: int = 0
    held_by_others: bool = True
    silent_layer: str = ""
    nodes: tuple[NodeUse, ...] = ()

    @property
    def used(self) -> bool:
        """Whether the answer follows the clauses in this layer."""
        moved = self.clauses
        follows = moved.changed.value >= LEAST_FOLLOWED and self.p_value <= LEVEL and self.held_by_others
        return follows and (not moved.kept.n or moved.kept.value >= LEAST_FOLLOWED)

    @property
    def specific(self) -> bool:
        """Whether the answer clearly follows less where clauses over the same columns are moved, or a random part."""
        control = self.random if self.same is None else self.same
        return self.clauses.changed.low > control.changed.high

    @property
    def bypassed(self) -> bool:
        """Whether the answer has a way around the layer."""
        return self.reaches and self.whole.changed.value < FULL_CUT

    @property
    def words(self) -> str:
        """What the interventions on the layer show."""
        if not self.reaches:
            return "what it holds does not reach the output"
        if self.used:
            more = (
                "" if self.specific else ", as it follows any part so large: this says only that the layer is the way"
            )
            return f"the answer follows the clauses{more}"
        if self.silent_layer:
            return f"it holds the clauses only by units of layer {self.silent_layer} that move hardly an answer"
        if not self.held_by_others:
            return f"hardly an answer listens to {self.n_silent} of its units, and the others do not hold the clauses"
        if self.bypassed:
            return "there is a way around it, so that the answer need not follow: not shown"
        return "the answer does not follow the clauses"

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> LayerUse:
        """Read what `dataclasses.asdict` wrote."""
        fields: dict[str, Any] = dict(plain)
        for name in ("whole", "clauses", "same", "random"):
            fields[name] = None if plain[name] is None else Swapped.from_dict(plain[name])
        fields["nodes"] = tuple(NodeUse.from_dict(node) for node in plain["nodes"])
        return cls(**fields)
