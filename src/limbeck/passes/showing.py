"""The pass that collects what a report shows: rows with both answers, where these differ, influence at every node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.certificates import disagreements
from limbeck.concepts import Concepts, ShownInput, shown_input
from limbeck.core import Column, Kind, Literal, OutputReading, Outputs, Table, Tree
from limbeck.distillation import SizedTree
from limbeck.exhibits import Cell, Exhibits, Group, LeafSeen, ShownRow
from limbeck.observe import Observation, Sensitivity
from limbeck.passes.fitting import Fitted
from limbeck.passes.run import Run
from limbeck.passes.validation import Validation

__all__ = ["collect_exhibits"]

_MOST_ROWS = 60
_MOST_COLUMNS = 64
_MOST_GROUPS = 6
_EXAMPLES = 3  # rows of each group that are shown
_LONGEST = 200  # characters of a category that are kept, unless a question asks about it
_RESAMPLES = 400


def collect_exhibits(
    run: Run, fitted: Fitted, tree: Tree, reading: OutputReading, certificate: tuple[Table, Outputs | None]
) -> Exhibits:
    """Collect what a report shows beside the result.

    Parameters
    ----------
    run : Run
        Whose settings say whether rows are kept, and whose random numbers draw them.
    fitted, tree : Fitted, Tree
        The frontier and the rows behind it, and the tree that was chosen.
    reading : OutputReading
        How the teacher is read.
    certificate : Table, Outputs or None
        The certificate rows, with the teacher's answers; these judge, and the rows that fit where there are none.
    """
    rng, points, seen = run.rng("exhibits"), fitted.points, fitted.seen
    use = "fit" if certificate[1] is None else "certificate"
    table, outputs = (seen.table, seen.outputs) if certificate[1] is None else certificate
    assert outputs is not None, "rows that judge have been put to the teacher"
    leaf, gaps = tree.apply(table), disagreements(tree, table, outputs)
    groups = _groups(tree, reading, leaf, gaps, outputs)
    kept = _kept_rows(groups, leaf, gaps, rng) if run.settings.keep_rows else []
    place = {row: i for i, row in enumerate(kept)}
    shown_groups = tuple(
        Group(**fields, examples=tuple(place[row] for row in rows[:_EXAMPLES] if row in place))
        for fields, rows in groups
    )
    columns = _shown_columns(points, table) if kept else []
    inputs = _shown_inputs(run.concepts, table, kept, columns)
    return Exhibits(
        use, table.n_rows, tuple((c.name, c.kind) for c in columns),
        _shown_rows(points, columns, kept, _labels(reading, outputs), leaf, inputs),
        shown_groups,
        tuple(_seen_at(tree, leaf, gaps, reading)),
        _influences(points, seen, reading),
        None if reading.classes is not None and _alike(fitted.weights) else _bands(points, fitted.validation, rng),
        tuple(c.name for c in columns if c.dates),
    )  # fmt: skip


def _groups(
    tree: Tree, reading: OutputReading, leaf: NDArray[np.int32], gaps: NDArray[np.float64], outputs: Outputs
) -> list[tuple[dict[str, Any], list[int]]]:
    """Return the largest groups of disagreement, each with its rows, those that differ most first."""
    total = float((gaps**2).sum())
    if not total:
        return []
    found: list[tuple[dict[str, Any], list[int]]] = []
    for node in tree.leaves.tolist():
        at_leaf = leaf == node
        answers = [None] if outputs.codes is None else np.unique(outputs.codes[at_leaf & (gaps > 0)]).tolist()
        for code in answers:
            rows = np.flatnonzero(at_leaf if outputs.codes is None else at_leaf & (outputs.codes == code) & (gaps > 0))
            share = float((gaps[rows] ** 2).sum()) / total
            if share > 0:
                signed = 1.0
                if outputs.codes is None:
                    signed = reading.length(float((outputs.values[rows, 0] - tree.value[node, 0]).mean()))
                label = None if code is None or code < 0 else (reading.classes or ())[code]
                fields = {"leaf": node, "answer": label, "n_rows": len(rows), "share": share, "gap": signed}
                found.append((fields, rows[np.argsort(-gaps[rows], kind="stable")].tolist()))
    return sorted(found, key=lambda group: -group[0]["share"])[:_MOST_GROUPS]


def _kept_rows(
    groups: Sequence[tuple[dict[str, Any], list[int]]],
    leaf: NDArray[np.int32],
    gaps: NDArray[np.float64],
    rng: np.random.Generator,
) -> list[int]:
    """Choose rows: examples of every group first, then rows of every leaf in turn, in random order."""
    examples = [row for _, rows in groups for row in rows[:_EXAMPLES]]
    order = rng.permutation(len(leaf)).tolist()
    by_leaf: dict[int, list[int]] = {}
    for row in order:
        by_leaf.setdefault(int(leaf[row]), []).append(row)
    turns = [row for turn in zip_longest(*by_leaf.values()) for row in turn if row is not None]
    return sorted(list(dict.fromkeys(examples + turns))[:_MOST_ROWS])


def _shown_columns(points: Sequence[SizedTree], table: Table) -> list[Column]:
    """Return the columns that a tree asks about, then the others as far as there is room."""
    asked = {literal.column for point in points for literal in point.tree.literals}
    first = [column for column in table.columns if column.name in asked]
    others = [column for column in table.columns if column.name not in asked and not table.raw]
    return first + others[: max(0, _MOST_COLUMNS - len(first))]


def _shown_rows(
    points: Sequence[SizedTree],
    columns: Sequence[Column],
    kept: Sequence[int],
    labels: Sequence[Any],
    leaf: NDArray[np.int32],
    inputs: Sequence[ShownInput | None],
) -> tuple[ShownRow, ...]:
    """Write the rows down."""
    named = {value for point in points for literal in point.tree.literals for value in literal.values}
    return tuple(
        ShownRow(tuple(_cell(column, row, named) for column in columns), labels[row], int(leaf[row]), shown)
        for row, shown in zip(kept, inputs, strict=True)
    )


def _cell(column: Column, row: int, named: set[str]) -> Cell:
    """Return one value; a long text that no question names is cut."""
    if column.missing[row]:
        return None
    if column.kind is Kind.NUMERIC:
        return float(column.values[row])
    text = column.categories[column.values[row]]
    return text if len(text) <= _LONGEST or text in named else f"{text[:_LONGEST]}…"


def _labels(reading: OutputReading, outputs: Outputs) -> list[Any]:
    """Return the teacher's answers as people know them."""
    if outputs.codes is None:
        return reading.restored(outputs.values[:, 0]).tolist()
    return [None if code < 0 else (reading.classes or ())[code] for code in outputs.codes.tolist()]


def _seen_at(tree: Tree, leaf: NDArray[np.int32], gaps: NDArray[np.float64], reading: OutputReading) -> list[LeafSeen]:
    """Say what the judging rows show at every leaf."""
    found: list[LeafSeen] = []
    for node in tree.leaves.tolist():
        here = gaps[leaf == node]
        loss = float((here**2).mean()) if len(here) else 0.0
        found.append(LeafSeen(node, len(here), loss if reading.classes is not None else reading.length(loss**0.5)))
    return found


def _influences(
    points: Sequence[SizedTree], seen: Observation, reading: OutputReading
) -> tuple[tuple[tuple[float, int] | None, ...], ...]:
    """Measure at every node how often the answer changes when the asked column is changed across the question."""
    asked = seen.sensitivity
    if asked is None:
        return tuple((None,) * point.tree.n_nodes for point in points)
    rows = seen.table.take(asked.rows)
    place = {literal: j for j, literal in enumerate(seen.vocabulary.literals)}
    return tuple(_influence(point.tree, rows, asked, place, reading) for point in points)


def _influence(
    tree: Tree, rows: Table, asked: Sensitivity, place: Mapping[Literal, int], reading: OutputReading
) -> tuple[tuple[float, int] | None, ...]:
    """Measure the nodes of one tree; of numbers the root mean square of the change."""
    found: list[tuple[float, int] | None] = [None] * tree.n_nodes
    inner = np.flatnonzero(tree.question >= 0)
    literal_of = np.array([place.get(tree.literals[q], -1) for q in tree.question[inner].tolist()], np.intp)
    inner, literal_of = inner[literal_of >= 0], literal_of[literal_of >= 0]
    reached = tree.decision_path(rows)[:, inner]
    flips = (reached * asked.flip[:, literal_of]).sum(axis=0, dtype=np.float64).tolist()
    changes = (reached * asked.change[:, literal_of]).sum(axis=0, dtype=np.float64).tolist()
    for node, n, changed in zip(inner.tolist(), map(round, flips), changes, strict=True):
        if n:
            change = changed / n
            found[node] = (change if reading.classes is not None else reading.length(change**0.5), n)
    return tuple(found)


def _alike(weights: NDArray[np.float64]) -> bool:
    """Tell whether all rows count alike, so that agreement is a share of rows and has an exact interval."""
    return bool((weights == weights[0]).all())


def _bands(
    points: Sequence[SizedTree], found: Validation | None, rng: np.random.Generator
) -> tuple[tuple[float, float], ...] | None:
    """Bootstrap the agreement of every size over the rows that were held out, the same resamples for all sizes."""
    if found is None or len(found.rows) < 2:
        return None
    classes = found.outputs.codes is not None
    drawn = rng.multinomial(len(found.rows), np.full(len(found.rows), 1 / len(found.rows)), _RESAMPLES)
    weights = drawn * found.weights
    weights = weights[weights.sum(axis=1) > 0]
    weights /= weights.sum(axis=1, keepdims=True)
    values = found.outputs.values[:, 0] - found.outputs.values[:, 0].mean()
    spread = np.ones(len(weights)) if classes else weights @ values**2 - (weights @ values) ** 2
    bands: list[tuple[float, float]] = []
    for point in points:
        loss = weights @ found.gaps[found.best, point.n_leaves - 1].astype(np.float64) ** 2
        explained = 1 - loss[spread > 0] / spread[spread > 0]
        low, high = np.percentile(explained, [2.5, 97.5]) if len(explained) else (0.0, 0.0)
        bands.append((float(low), float(high)))
    return tuple(bands)


def _shown_inputs(
    concepts: Concepts | None, table: Table, rows: Sequence[int], columns: Sequence[Column]
) -> list[ShownInput | None]:
    """Return what is to be shown of some raw inputs, their concepts marked; None for rows of a table."""
    if concepts is None:
        return [None] * len(rows)
    inputs = table.take(np.array(rows, np.intp)).inputs
    held = [[column.name for column in columns if column.values[row]] for row in rows]
    return [shown_input(concepts, one, names) for one, names in zip(inputs, held, strict=True)]
