"""What the best trees so far ask: a search that is made again stays near them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Literal, Node, Split

__all__ = ["Incumbents"]


class Incumbents:
    """The questions of some trees, by the rows that come to them.

    Parameters
    ----------
    trees : iterable of Node
        Trees over the literals.
    literals : sequence of Literal, length l
        The questions.
    answers : ndarray of bool, shape (n, l)
        The rows' answers.
    """

    def __init__(self, trees: Iterable[Node], literals: Sequence[Literal], answers: NDArray[np.bool_]) -> None:
        self._place = {literal: j for j, literal in enumerate(literals)}
        self._answers = np.packbits(answers.T, axis=1)
        self._asked: dict[bytes, set[int]] = {}
        everyone = np.packbits(np.ones(len(answers), bool))
        for root in trees:
            self._note(root, everyone)

    def _note(self, root: Node, everyone: NDArray[np.uint8]) -> None:
        """Note what a tree asks of which rows."""
        waiting = [(root, everyone)]
        while waiting:
            node, rows = waiting.pop()
            if isinstance(node, Split):
                literal = self._place[node.literal]
                self._asked.setdefault(rows.tobytes(), set()).add(literal)
                yes = rows & self._answers[literal]
                waiting += [(node.yes, yes), (node.no, rows ^ yes)]

    def asked(self, members: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Tell which literals are asked under clauses, whose rows stand eight in a byte, shape (k, l)."""
        found = np.zeros((len(members), len(self._place)), bool)
        for row, known in zip(found, (self._asked.get(member.tobytes()) for member in members), strict=True):
            if known:
                row[list(known)] = True
        return found
