"""What a report shows beside the result itself: some rows, where the answers differ, and a tree by another method."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from limbeck.concepts import ShownInput
from limbeck.tables import Kind

__all__ = ["BaselinePoint", "Cell", "Exhibits", "Group", "LeafSeen", "ShownRow"]

Cell = float | str | None
"""One value of a row: a number, a category, or None where it is missing."""


@dataclass(frozen=True)
class BaselinePoint:
    """A tree by CART (scikit-learn, best first) on the same rows and the teacher's answers, beside the frontier.

    Parameters
    ----------
    n_leaves : int
        Number of leaves, s.
    fit_fidelity : float
        Agreement with the teacher on the rows that fit (R² for regression).
    validation_fidelity, certificate_fidelity : float or None
        The same on rows that were held out, by trees that were fitted without them, and on the certificate rows; None
        when there are none.
    """

    n_leaves: int
    fit_fidelity: float
    validation_fidelity: float | None
    certificate_fidelity: float | None


@dataclass(frozen=True)
class ShownRow:
    """One row with both answers.

    Parameters
    ----------
    cells : tuple of Cell
        Its values, in the order of `Exhibits.columns`.
    answer : label or float
        What the teacher answers; None for a class that did not occur in the fit.
    leaf : int
        The leaf of the chosen tree that it ends in.
    input : ShownInput, optional
        What is shown of a raw input.
    """

    cells: tuple[Cell, ...]
    answer: Any
    leaf: int
    input: ShownInput | None = None


@dataclass(frozen=True)
class Group:
    """Rows of one leaf on which tree and teacher differ in the same way.

    Parameters
    ----------
    leaf : int
        The leaf of the chosen tree.
    answer : label or None
        What the teacher answers instead; None for numbers, and for a class that did not occur in the fit.
    n_rows : int
        Rows of the group; for numbers all rows at the leaf.
    share : float
        Share of all disagreement that sits in the group (for numbers, of all squared gaps).
    gap : float
        Mean of teacher minus tree, for numbers; 1 for classes.
    examples : tuple of int
        Places of some of them among the rows that are kept.
    """

    leaf: int
    answer: Any
    n_rows: int
    share: float
    gap: float
    examples: tuple[int, ...] = ()


@dataclass(frozen=True)
class LeafSeen:
    """What the judging rows show at one leaf: no claim, only what was seen.

    Parameters
    ----------
    leaf, n_rows : int
        The leaf, and the judging rows that reach it.
    loss : float
        Share of them on which tree and teacher differ; for numbers the root mean square of the gaps.
    """

    leaf: int
    n_rows: int
    loss: float


@dataclass(frozen=True)
class Exhibits:
    """What a report shows beside the result itself.

    Parameters
    ----------
    use : {"certificate", "fit"}
        Which rows judge here: those of the certificate, or those that fit where there are none.
    n_rows : int
        Number of them.
    columns : tuple of (str, Kind)
        The columns of the rows that are kept: those that a tree of the frontier asks about first.
    rows : tuple of ShownRow
        Some of the judging rows, disagreements among them; empty when the settings say that no row is kept.
    groups : tuple of Group
        The largest groups of rows on which tree and teacher differ, the largest first.
    seen : tuple of LeafSeen
        The leaves of the chosen tree on the judging rows.
    influence : tuple of tuples of (float, int) or None
        For each tree of the frontier and each of its nodes: share of the teacher's answers that changed when the
        asked column alone was changed across the question (for numbers the root mean square of the change), and the
        number of such queries; None at leaves and where no query can tell.
    bands : tuple of (float, float) or None
        For numbers, and where rows count unequally: a 95 % bootstrap interval of each frontier tree's agreement on the
        rows that were held out.
    dates : tuple of str
        Columns whose numbers are dates, in days since 1970-01-01.
    """

    use: str
    n_rows: int
    columns: tuple[tuple[str, Kind], ...]
    rows: tuple[ShownRow, ...]
    groups: tuple[Group, ...]
    seen: tuple[LeafSeen, ...]
    influence: tuple[tuple[tuple[float, int] | None, ...], ...]
    bands: tuple[tuple[float, float], ...] | None = None
    dates: tuple[str, ...] = ()

    @property
    def typical_gap(self) -> float:
        """Root mean square of the gaps on all judging rows, for numbers of any size."""
        n_rows = sum(leaf.n_rows for leaf in self.seen)
        return math.hypot(*(math.sqrt(leaf.n_rows / max(1, n_rows)) * leaf.loss for leaf in self.seen))

    def to_dict(self) -> dict[str, Any]:
        """Return the exhibits as plain values that JSON can hold."""
        rows = [_row(row) for row in self.rows]
        columns = [[name, str(kind)] for name, kind in self.columns]
        return {**asdict(self), "columns": columns, "rows": rows}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Exhibits:
        """Read what `to_dict` wrote."""
        columns = tuple((str(name), Kind(kind)) for name, kind in plain["columns"])
        kinds = [kind for _, kind in columns]
        rows = tuple(
            ShownRow(_cells(row["cells"], kinds), row["answer"], row["leaf"], _input(row.get("input")))
            for row in plain["rows"]
        )
        groups = tuple(_group(group) for group in plain["groups"])
        influence = tuple(tuple(None if n is None else (n[0], n[1]) for n in tree) for tree in plain["influence"])
        bands = None if plain["bands"] is None else tuple((low, high) for low, high in plain["bands"])
        seen = tuple(LeafSeen(**leaf) for leaf in plain["seen"])
        dates = tuple(plain.get("dates", ()))
        return cls(plain["use"], plain["n_rows"], columns, rows, groups, seen, influence, bands, dates)


def _group(plain: Mapping[str, Any]) -> Group:
    """Read one group."""
    fields: dict[str, Any] = {**plain, "examples": tuple(plain["examples"])}
    return Group(**fields)


def _row(row: ShownRow) -> dict[str, Any]:
    """Write one row."""
    plain = {"cells": [_plain(cell) for cell in row.cells], "answer": row.answer, "leaf": row.leaf}
    return plain if row.input is None else {**plain, "input": asdict(row.input)}


def _input(plain: Mapping[str, Any] | None) -> ShownInput | None:
    """Read what is shown of an input."""
    if plain is None:
        return None
    marks = tuple((start, stop) for start, stop in plain["marks"])
    return ShownInput(plain["title"], plain["text"], marks, plain["image"])


def _plain(cell: Cell) -> Cell:
    """Write an infinite number as text, which JSON can hold."""
    return str(cell) if isinstance(cell, float) and math.isinf(cell) else cell


def _cells(plain: list[Cell], kinds: list[Kind]) -> tuple[Cell, ...]:
    """Read the cells of one row."""
    pairs = zip(plain, kinds, strict=True)
    return tuple(float(cell) if cell is not None and kind is Kind.NUMERIC else cell for cell, kind in pairs)
