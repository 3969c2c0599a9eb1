"""What the probes found: a frozen result that prints its controls, its intervals and what does not count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from limbeck.errors import InputError
from limbeck.probes.by_layer import layer_lines, layer_table, moved_words
from limbeck.probes.estimate import Estimate
from limbeck.probes.held import LayerHeld
from limbeck.probes.moved import ConceptMoved
from limbeck.probes.used import LayerUse
from limbeck.tables import counted

__all__ = ["ALL_LAYERS", "CONCEPT", "Estimate", "Evidence", "Represented", "Subject"]

ALL_LAYERS = "all layers"
"""Name of the layers set side by side, each scaled to total variance 1."""

CONCEPT = 0
"""Depth of a user's concept: one question, but not one about a single input."""

_SINGLE = "A wide layer with random weights represents single inputs anyway: depth 1 does not count as evidence."
_SIDES = ("r_squared", "norm", "random", "redrawn")
_HEADER = ("clauses", "R²", "random", "re-drawn", "R² - random", "R² - re-drawn", "norm", "best layer")
_MOST_CLAUSES = 32  # clauses listed one by one in the text; more are shown by depth only


@dataclass(frozen=True)
class Subject:
    """What is probed: one clause.

    Parameters
    ----------
    label : str
        The clause in words.
    depth : int
        Its number of literals; `CONCEPT` for a user's concept.
    support : float
        Share of the rows that satisfy it.
    node : int or None
        The tree node that it belongs to.
    """

    label: str
    depth: int
    support: float
    node: int | None = None


@dataclass(frozen=True)
class Represented:
    """How well one clause, or the clauses of one depth on average, are linear in the activations.

    Parameters
    ----------
    label : str
        The clause in words, or which clauses.
    depth : int or None
        Number of literals; `CONCEPT` for concepts; None when several depths are pooled.
    n_clauses : int
        Clauses averaged over.
    support : float
        Share of the rows that satisfy them.
    r_squared : dict of str to float
        `R²_loo` in each layer; with two or more layers, all of them side by side under the last key.
    norm : dict of str to float
        Norm of w that it takes, with the layer scaled to total variance 1.
    random, redrawn : dict of str to float, or None
        The same R² for random clauses of about equal support, and under re-drawn weights.
    held : Estimate
        R² under the last key.
    above_random, selectivity : Estimate or None
        By how much that is more than for random clauses, and more than under re-drawn weights.
    node : int or None
        The tree node.
    """

    label: str
    depth: int | None
    n_clauses: int
    support: float
    r_squared: dict[str, float]
    norm: dict[str, float]
    random: dict[str, float] | None
    redrawn: dict[str, float] | None
    held: Estimate
    above_random: Estimate | None
    selectivity: Estimate | None
    node: int | None = None

    @property
    def best_layer(self) -> str:
        """The single layer that holds it best."""
        single = [layer for layer in self.r_squared if layer != ALL_LAYERS]
        return max(single, key=lambda layer: self.r_squared[layer])

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Represented:
        """Read what `dataclasses.asdict` wrote."""
        fields: dict[str, Any] = dict(plain)
        for name in ("held", "above_random", "selectivity"):
            fields[name] = None if plain[name] is None else Estimate(**plain[name])
        return cls(**fields)


@dataclass(frozen=True)
class Evidence:
    """Evidence that clauses are linear in the activations, with its controls.

    Parameters
    ----------
    clauses : tuple of Represented
        One for each clause.
    by_depth : tuple of Represented
        Their means at each depth.
    deeper : Represented or None
        The mean over all that counts: clauses of two or more literals, and concepts.
    n_rows, n_random, n_redraws : int
        Rows probed; random clauses beside each clause; networks with re-drawn weights.
    n_resamples : int
        Resamples of the rows behind each interval.
    confidence : float
        Level of the intervals, in (0, 1).
    notes : tuple of str
        How layers of several dimensions were read.
    held : tuple of LayerHeld
        Each single layer beside its controls, those over the tree's own columns among them; empty where only clauses
        were given, and in older files.
    used : tuple of LayerUse
        What interventions on layers showed; empty where there were none.
    not_interrupted : str
        Why there were none.
    moved : tuple of ConceptMoved
        What moving single clauses and concepts does to the answers, layer by layer, where `probe` was asked.
    """

    clauses: tuple[Represented, ...]
    by_depth: tuple[Represented, ...]
    deeper: Represented | None
    n_rows: int
    n_random: int
    n_redraws: int
    n_resamples: int
    confidence: float
    notes: tuple[str, ...] = ()
    held: tuple[LayerHeld, ...] = ()
    used: tuple[LayerUse, ...] = ()
    not_interrupted: str = ""
    moved: tuple[ConceptMoved, ...] = ()

    @property
    def inside(self) -> str | None:
        """The layer that holds the clauses selectively and in which the answer follows them, the best of several."""
        selective = {found.layer: found.held.value for found in self.held if found.selective}
        both = [use.layer for use in self.used if use.used and use.layer in selective]
        return max(both, key=selective.__getitem__, default=None)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that were probed, `ALL_LAYERS` included."""
        return tuple(self.clauses[0].r_squared)

    def heat_map(self, side: str = "r_squared") -> dict[str, Any]:
        """Return what a layer × depth heat map shows, as plain values.

        Parameters
        ----------
        side : {"r_squared", "norm", "random", "redrawn"}
            Which figure.

        Returns
        -------
        dict
            `layers`, `depths`, and `values` with one list for each layer; None where there is no figure.

        Raises
        ------
        InputError
            Another side.
        """
        if side not in _SIDES:
            raise InputError("a side of the evidence", f"`side={side!r}`", f"give one of {', '.join(_SIDES)}")
        sides: list[dict[str, float] | None] = [getattr(level, side) for level in self.by_depth]
        values = [[None if found is None else found[layer] for found in sides] for layer in self.layers]
        return {"layers": list(self.layers), "depths": [level.depth for level in self.by_depth], "values": values}

    def __str__(self) -> str:
        parts = [_heading(self), _table(self.by_depth), _listing(self), layer_lines(self), _conclusion(self)]
        return "\n\n".join("\n".join(part) for part in parts if part)

    def by_layer(self) -> list[dict[str, Any]]:
        """Return a table of clauses and concepts × layers, as plain values.

        Returns
        -------
        list of dict
            One for each clause and layer: `clause`, `node`, `depth`, `support`, `layer`, `r_squared`, `norm`, and the
            controls `random` and `redrawn`; and the share of answers that change when the clause's reading is moved
            to that of a row where it is otherwise, `moved`, beside a random move of equal length, `moved_random`, and
            the whole layer, `moved_whole`. None where there is no such figure.
        """
        return layer_table(self.clauses, self.moved)

    def to_dict(self) -> dict[str, Any]:
        """Return the evidence as plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Evidence:
        """Read what `to_dict` wrote."""
        fields: dict[str, Any] = dict(plain)
        for name in ("clauses", "by_depth"):
            fields[name] = tuple(Represented.from_dict(entry) for entry in plain[name])
        fields["notes"] = tuple(plain.get("notes", ()))
        fields["deeper"] = None if plain["deeper"] is None else Represented.from_dict(plain["deeper"])
        fields["held"] = tuple(LayerHeld.from_dict(entry) for entry in plain.get("held", ()))
        fields["moved"] = tuple(ConceptMoved.from_dict(entry) for entry in plain.get("moved", ()))
        fields["used"] = tuple(LayerUse.from_dict(entry) for entry in plain.get("used", ()))
        return cls(**fields)


def _heading(evidence: Evidence) -> list[str]:
    """Say what was measured, on how many rows, and beside which controls."""
    n_layers = sum(layer != ALL_LAYERS for layer in evidence.layers)
    lines = [
        f"Linear representation of {counted(len(evidence.clauses), 'clause')} in {counted(n_layers, 'layer')}, "
        f"n = {evidence.n_rows} rows",
        f"R²: leave-one-out, of linear probes on {'all layers side by side' if n_layers > 1 else 'the layer'}; "
        "each column at its own best penalty",
        f"random: {evidence.n_random} random {_beside(evidence)}",
        f"re-drawn: the same clauses in {counted(evidence.n_redraws, 'network')} with weights drawn afresh"
        if evidence.n_redraws
        else "re-drawn: none, as this teacher's weights cannot be drawn afresh",
        f"[ ]: {evidence.confidence:.0%} bootstrap intervals, {evidence.n_resamples} resamples of the rows' "
        "leave-one-out residuals; probes are not refitted",
    ]
    return [*lines, *moved_words(evidence.moved, evidence.not_interrupted), *evidence.notes]


def _beside(evidence: Evidence) -> str:
    """Say what stands beside each clause, and beside each concept."""
    concepts = [level.depth == CONCEPT for level in evidence.by_depth]
    clauses = "clauses of as many literals and about equal support beside each clause"
    trees = "trees of as many leaves as the concept takes, and about equal support, beside each concept"
    return f"{clauses}; {trees}" if any(concepts) and not all(concepts) else trees if any(concepts) else clauses


def _table(rows: Sequence[Represented], *, clauses: bool = False) -> list[str]:
    """Align the figures of depths, or of single clauses, whose words may be long and therefore come last."""
    cells = [["clause" if clauses else "", *_HEADER]]
    for row in rows:
        last = list(row.r_squared)[-1]
        controls = ["-" if side is None else f"{side[last]:.3f}" for side in (row.random, row.redrawn)]
        margins = ["-" if figure is None else str(figure) for figure in (row.above_random, row.selectivity)]
        figures = [str(row.n_clauses), str(row.held), *controls, *margins, f"{row.norm[last]:.1f}", row.best_layer]
        cells.append([row.label, *figures])
    cells = [[*line[2:], line[0]] if clauses else line for line in cells]
    width = [max(map(len, column)) for column in zip(*cells, strict=True)]
    left = (len(width) - 2, len(width) - 1) if clauses else (0, len(width) - 1)
    lines = (
        "  ".join(c.ljust(w) if j in left else c.rjust(w) for j, (c, w) in enumerate(zip(line, width, strict=True)))
        for line in cells
    )
    return [line.rstrip() for line in lines]


def _listing(evidence: Evidence) -> list[str]:
    """List the clauses one by one, when they are few."""
    few = len(evidence.clauses) <= _MOST_CLAUSES
    return _table(evidence.clauses, clauses=True) if few else []


def _conclusion(evidence: Evidence) -> list[str]:
    """Say what counts, and what it shows."""
    lines = [_SINGLE] if any(level.depth == 1 for level in evidence.by_depth) else []
    if evidence.deeper is None:
        return [*lines, "No clause of two literals or more was probed: no evidence either way."]
    found = evidence.deeper
    margins = [
        f"{figure} above {what}"
        for figure, what in ((found.above_random, "random clauses"), (found.selectivity, "re-drawn weights"))
        if figure is not None
    ]
    return [*lines, f"All that counts ({counted(found.n_clauses, 'clause')}): R² {found.held}; {', '.join(margins)}."]
