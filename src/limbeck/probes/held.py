"""Whether one layer holds a tree's clauses, and holds them better than what a layer holds anyway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from limbeck.probes.estimate import Estimate

__all__ = ["LayerHeld"]

LEAST_SELECTIVE = 0.25
"""Share of what a control leaves unexplained that a layer must explain of the clauses. On networks trained on trees of
depth 2 to 5 it is 0.35 to 0.97; on activations without relation to the clauses it is 0, and where a few of them happen
to be linear up to 0.2."""

LEAST_BEYOND_SAME = 0.3
"""The same beside other answers to the very questions of the clauses, which share everything with them but the tree. On
networks trained on trees of depth 2 to 4 it is 0.4 to 0.9 in the layer where it is largest; lookups, Fourier
expansions, random features and answers beside such features, which hold such clauses as well as the tree's, or nearly,
reached 0.2."""

MOST_CLAUSES = 0.6
"""Share of the clauses that must lie above each control one by one: by chance half of them do. It was 0.67 to 1 on
networks trained on trees, and at most 0.58 where a layer holds all such clauses alike."""

ROUNDING = 1e-5
"""R² below which two figures are the same."""

_MARGINS = ("above_same", "above_random", "above_redrawn", "above_answer")


@dataclass(frozen=True)
class LayerHeld:
    """How well one layer holds the clauses that count, and by how much better than four controls.

    Parameters
    ----------
    layer : str
        The layer.
    n_clauses : int
        Clauses averaged over: those of two literals and more, and concepts.
    held : Estimate
        Their mean leave-one-out R².
    above_same : Estimate or None
        By how much short probes read them better than clauses over the same columns that are no nodes; None where
        fewer than half of them have such.
    above_random : Estimate or None
        Above random clauses over all columns.
    above_redrawn : Estimate or None
        Above the same layer of networks with weights drawn afresh.
    above_answer : Estimate or None
        Above what the model's own outputs tell of the clauses.
    n_above : int
        Clauses that lie above the mean of each of their controls.
    n_rows : int
        Rows that were probed.
    same : float or None
        Mean R² of the clauses over the same columns, by short probes.
    """

    layer: str
    n_clauses: int
    held: Estimate
    above_same: Estimate | None
    above_random: Estimate | None
    above_redrawn: Estimate | None
    above_answer: Estimate | None
    n_above: int
    n_rows: int
    same: float | None = None

    @property
    def selective(self) -> bool:
        """Whether the clauses are held clearly better than each control there is; those of the same columns must be."""
        return self.holds_by()

    def holds_by(self, share: float = 1.0) -> bool:
        """Whether the clauses are held so, by a share of the margins that are asked of a whole layer."""
        if self.above_same is None or self.n_above < MOST_CLAUSES * self.n_clauses:
            return False
        least = {"above_same": LEAST_BEYOND_SAME}
        there = [name for name in _MARGINS if getattr(self, name) is not None]
        return all(self._clears(name, share * least.get(name, LEAST_SELECTIVE)) for name in there)

    def _clears(self, name: str, least: float) -> bool:
        """Whether the margin above a control is beyond chance, and so large a share of what it leaves."""
        return getattr(self, name).low > ROUNDING and self.beyond(name) >= least

    @property
    def like_the_same(self) -> bool:
        """Whether they are held clearly better than each other control there is, and too near to the same columns'."""
        others = [name for name in _MARGINS[1:] if getattr(self, name) is not None]
        near = self.above_same is not None and self.beyond("above_same") < LEAST_BEYOND_SAME
        return near and bool(others) and all(self._clears(name, LEAST_SELECTIVE) for name in others)

    def beyond(self, name: str) -> float:
        """Return which share of what a control leaves unexplained the layer explains, (R² − R²_c) / (1 − R²_c).

        Parameters
        ----------
        name : {"above_same", "above_random", "above_redrawn", "above_answer"}
            The margin above that control; 0 where there is none.
        """
        margin, control = getattr(self, name), self.control(name)
        return 0.0 if control is None or control >= 1 else float(margin.value / (1.0 - control))

    def control(self, name: str) -> float | None:
        """Return the mean R² of a control, named by the margin above it; None where there is none."""
        margin: Estimate | None = getattr(self, name)
        if margin is None:
            return None
        return self.same if name == "above_same" and self.same is not None else self.held.value - margin.value

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> LayerHeld:
        """Read what `dataclasses.asdict` wrote."""
        fields: dict[str, Any] = dict(plain)
        for name in ("held", *_MARGINS):
            fields[name] = None if plain[name] is None else Estimate(**plain[name])
        return cls(**fields)
