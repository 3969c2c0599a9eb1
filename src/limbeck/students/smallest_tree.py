"""The smallest decision tree of a junta, by the dynamic program over all clauses of its questions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Tree
from limbeck.errors import SearchError
from limbeck.search import ClauseFamily, HardLabels, Level, Options, solve_program
from limbeck.students.junta import Junta

__all__ = ["MOST_COMBINATIONS", "tree_from_junta"]

MOST_COMBINATIONS = 256
"""Largest table that the program is run on: for k bits it looks at 3^k clauses."""


def tree_from_junta(junta: Junta) -> Tree:
    """Find a decision tree with the fewest leaves that answers as a junta does on every combination it knows.

    The family holds every clause over the junta's questions, so the program's optimum is that over all trees
    that ask them. For k bits: 3^k clauses, at most 2^k leaves, depth at most k. The number of rows at a node counts
    combinations of answers.

    Raises
    ------
    SearchError
        More than 256 combinations.

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053: the dynamic program, here over the
    family of all clauses.
    """
    n = len(junta.patterns)
    if n > MOST_COMBINATIONS:
        remedy = "take fewer variables or fewer cuts"
        raise SearchError(f"a smallest tree for at most {MOST_COMBINATIONS} combinations", f"{n}", remedy)
    answers = np.array(junta.patterns, bool).reshape(n, -1)
    loss = HardLabels(np.array(junta.codes), len(junta.classes))
    family = _every_clause(answers, loss)
    frontier = solve_program(family, junta.questions, loss, max_leaves=n)
    return Tree.from_node(frontier.points[-1].root, classes=junta.classes, columns=junta.columns)


def _every_clause(answers: NDArray[np.bool_], loss: HardLabels) -> ClauseFamily:
    """Build the family of all clauses over some questions; clauses that hold on the same rows are one."""
    n, n_literals = answers.shape
    levels: list[Level] = []
    rows: list[NDArray[np.bool_]] = [np.ones(n, bool)]
    n_clauses = 0
    while rows:
        place: dict[bytes, int] = {}
        below: list[NDArray[np.bool_]] = []
        options: list[tuple[int, int, int, int]] = []
        for parent, held in enumerate(rows):
            for j in range(n_literals):
                sides = (held & answers[:, j], held & ~answers[:, j])
                if sides[0].any() and sides[1].any():
                    options.append((parent, j, _placed(sides[0], place, below), _placed(sides[1], place, below)))
        members = np.array(rows)
        sums = members.astype(np.float64) @ loss.statistics
        arrays = (np.array(column, np.intp) for column in zip(*options, strict=True))
        levels.append(Level(np.packbits(members, axis=1), sums, Options(*arrays) if options else None))
        n_clauses += len(rows)
        rows = below
    return ClauseFamily(tuple(levels), answers, n_clauses, True)


def _placed(rows: NDArray[np.bool_], place: dict[bytes, int], below: list[NDArray[np.bool_]]) -> int:
    """Return the place of a set of rows on the next level, new or known."""
    key = np.packbits(rows).tobytes()
    if key not in place:
        place[key] = len(below)
        below.append(rows)
    return place[key]
