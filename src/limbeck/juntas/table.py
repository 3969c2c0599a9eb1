"""The truth table of a junta whose variables are known: each combination's majority over fillings of the rest."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Literal, Table, Vocabulary
from limbeck.errors import InputError
from limbeck.juntas.domain import Points
from limbeck.juntas.oracle import Oracle
from limbeck.students import Junta

__all__ = ["fill_table"]

_MOST_ROWS = 1 << 16
_MOST_BLOCK = 1 << 12


def fill_table(oracle: Oracle, variables: list[int], *, fillings: int, cuts: int, rng: np.random.Generator) -> Junta:
    """Ask for every combination of the variables, with the other columns drawn afresh each time.

    A column of categories or of two numbers gives one cell for each value, another numeric column at most
    `cuts + 1` cells between its quantiles. The answer is the class that most of the m fillings of a combination get.
    Where the teacher departs from a junta on at most a share eta < 1/2 of the fillings of every combination, all
    2^k answers are the junta's with probability at least `1 - 2^k exp(-2 m (1/2 - eta)²)` (Hoeffding).

    Raises
    ------
    InputError
        More than 65 536 combinations.
    """
    parts = [_cells_of(oracle.domain.table, j, cuts, oracle.domain.pools) for j in sorted(variables)]
    n_cells = int(np.prod([len(rows) for _, _, rows in parts], dtype=object))
    if n_cells > _MOST_ROWS:
        found = f"{n_cells} from {len(variables)} columns"
        raise InputError(f"at most {_MOST_ROWS} combinations of values", found, "give fewer `cuts`")
    shares = _shares(oracle, sorted(variables), [rows for _, _, rows in parts], fillings, rng)
    classes, place = oracle.classes_in_order()
    counts = np.zeros((n_cells, len(classes)))
    counts[:, place[: shares.shape[1]]] = shares
    patterns = [sum((tuple(row) for row in rows), ()) for rows in product(*(cells.tolist() for _, cells, _ in parts))]
    return Junta(
        tuple(literal for literals, _, _ in parts for literal in literals),
        tuple(tuple(bool(a) for a in pattern) for pattern in patterns),
        tuple(int(c) for c in counts.argmax(axis=1)),
        tuple((counts.max(axis=1) / fillings).tolist()),
        classes,
        oracle.domain.table.schema,
    )


def _cells_of(
    table: Table, j: int, cuts: int, pools: Points | None
) -> tuple[tuple[Literal, ...], NDArray[np.bool_], list[NDArray[np.int32]]]:
    """Cut one column into cells: the questions, the answers in each cell, and the rows that each takes values from."""
    column = table.columns[j]
    rows = np.arange(table.n_rows, dtype=np.int32) if pools is None else np.unique(pools[:, j])
    values = column.take(rows)
    alone = Table((values,), values.values[:, None], len(rows))
    questions = Vocabulary.fit(alone, max_thresholds=cuts)
    cells, inverse = np.unique(questions.evaluate(alone), axis=0, return_inverse=True)
    return questions.literals, cells, [rows[inverse.reshape(-1) == i] for i in range(len(cells))]


def _shares(
    oracle: Oracle, variables: list[int], pools: list[list[NDArray[np.int32]]], fillings: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Count the classes of every combination of cells, shape (combinations, classes so far)."""
    combinations = list(product(*(range(len(rows)) for rows in pools)))
    codes: list[NDArray[np.intp]] = []
    step = max(1, min(oracle.rows_at_a_time, _MOST_BLOCK) // fillings)
    for start in range(0, len(combinations), step):
        some = combinations[start : start + step]
        # A combination with more fillings than fit at a time is still drawn whole: `ask` splits it.
        points = oracle.domain.draw(len(some) * fillings, rng)
        for i, cells in enumerate(some):
            block = slice(i * fillings, (i + 1) * fillings)
            for j, rows, cell in zip(variables, pools, cells, strict=True):
                points[block, j] = rng.choice(rows[cell], fillings)
        codes.append(oracle.ask(points, "table"))
    flat = np.concatenate(codes)
    n_classes = int(flat.max()) + 1
    row = np.repeat(np.arange(len(combinations)), fillings)
    counts = np.bincount(row * n_classes + flat, minlength=len(combinations) * n_classes)
    return counts.reshape(-1, n_classes).astype(np.float64)
