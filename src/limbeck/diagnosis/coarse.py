"""The floor that a vocabulary sets, also where columns without effect tell its groups of rows apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Kind, Op, Outputs, Table, Vocabulary, mean_ranks, mean_ranks_in_line
from limbeck.diagnosis.disagreement import Floor, RowGroups, vocabulary_floor

__all__ = ["telling_floor"]

# Rows among which the nearest neighbour is looked up, and columns in which "near" still means something.
_MOST_ROWS = 5_000
_MOST_COLUMNS = 4
_MOST_ALONE = 64
_SEED = 0


def telling_floor(
    vocabulary: Vocabulary,
    table: Table,
    outputs: Outputs,
    asked: Sequence[str],
    silent: Sequence[str],
    keep_going: Callable[[], bool] = lambda: True,
) -> Floor:
    """Return the highest floor over all questions, or over those about some columns that the answer depends on.

    Columns without effect split the groups of rows that answer alike, until every row is alone. So the floor is also
    judged over the columns that moved an answer, over those that the tree asks about, and over each one by itself:
    over the latter two where the nearest row in the very columns answers alike at least twice as often as the
    questions can, so that finer questions about them would help.

    Parameters
    ----------
    vocabulary, table, outputs : Vocabulary, Table, Outputs
        The questions, the rows that fit, and the teacher's answers to them.
    asked, silent : sequence of str
        Columns that the tree asks about; columns that moved no answer.
    keep_going : callable
        Asked before single columns are judged; once it says no, the others are left out.

    References
    ----------
    Cover and Hart (1967), *Nearest neighbor pattern classification*, IEEE Trans. Inf. Theory 13.
    """
    answers = vocabulary.evaluate(table)
    about: dict[str, list[int]] = {}
    for j, literal in enumerate(vocabulary.literals):
        about.setdefault(literal.column, []).append(j)
    highest = vocabulary_floor(answers, outputs)
    moving = [name for name in about if name not in silent]
    if silent and moving:
        floor = vocabulary_floor(answers[:, np.sort(np.concatenate([about[name] for name in moving]))], outputs)
        highest = max(highest, replace(floor, columns=tuple(moving)), key=lambda f: f.least)
    # Rows in random order, so that among equal ones no order of the table decides.
    order = np.random.default_rng(_SEED).permutation(table.n_rows)[:_MOST_ROWS]
    for names in _candidates(table, moving, asked):
        if not keep_going():
            break
        places = [j for name in names for j in about[name]]
        nested = len(names) == 1 and all(vocabulary.literals[j].op is Op.AT_MOST for j in places)
        groups = (RowGroups.between_thresholds if nested else RowGroups.alike)(answers[:, places], outputs)
        if groups.least > highest.least and _by_neighbour(table, outputs, names, order) < groups.least / 2:
            highest = groups.floor(tuple(names))
    return highest


def _candidates(table: Table, moving: Sequence[str], asked: Sequence[str]) -> Iterator[list[str]]:
    """Yield the numeric columns one by one, and those that the tree asks about together where they are few."""
    numeric = [name for name in moving if table[name].kind is Kind.NUMERIC and not table[name].missing.any()]
    yield from ([name] for name in numeric[:_MOST_ALONE])
    together = [name for name in numeric if name in asked]
    if 1 < len(together) <= _MOST_COLUMNS:
        yield together


def _by_neighbour(table: Table, outputs: Outputs, names: Sequence[str], order: NDArray[np.intp]) -> float:
    """Return the loss of guessing each row from its nearest one in some columns, by ranks; a floor's unit."""
    values = [table[name].values[order] for name in names]
    near = _nearest_in_line(values[0]) if len(names) == 1 else _nearest(np.column_stack(list(map(mean_ranks, values))))
    return _apart(outputs, order, order[near])


def _nearest_in_line(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return for each of n numbers, shape (n,), which other one is nearest by rank: beside it, when they are sorted."""
    line = np.argsort(values, kind="stable")
    gaps = np.concatenate([[np.inf], np.diff(mean_ranks_in_line(values[line])), [np.inf]])
    near = np.empty(len(line), np.intp)
    near[line] = line[np.arange(len(line)) + np.where(gaps[1:] <= gaps[:-1], 1, -1)]
    return near


def _nearest(place: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return for each of n points, shape (n, columns), which other one is nearest."""
    from scipy.spatial import KDTree  # slow to import, and seldom needed

    near = np.asarray(KDTree(place).query(place, k=2)[1])
    return np.where(near[:, 0] == np.arange(len(near)), near[:, 1], near[:, 0])


def _apart(outputs: Outputs, own: NDArray[np.intp], other: NDArray[np.intp]) -> float:
    """Return how far answers are apart: share of pairs, or half their squared gap over the variance."""
    if outputs.codes is not None:
        return float((outputs.codes[own] != outputs.codes[other]).mean())
    values = outputs.values[:, 0]
    return float(((values[own] - values[other]) ** 2).mean() / 2 / max(float(values.var()), np.finfo(float).tiny))
