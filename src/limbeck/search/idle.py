"""Questions that lead to the model either way are not asked."""

from __future__ import annotations

from limbeck.core import Leaf, Node, Split

__all__ = ["without_idle_questions"]


def without_idle_questions(node: Node) -> Node:
    """Join leaves that ask the model and stand on the two sides of one question, from below.

    Examples
    --------
    >>> from limbeck.core import Literal
    >>> ask, question = Leaf((0.5, 0.5), 2.0, defers=True), Literal.is_value("x", 1)
    >>> without_idle_questions(Split(question, ask, Split(question, ask, ask)))
    Leaf(value=(0.5, 0.5), n_rows=6.0, defers=True)
    """
    if isinstance(node, Leaf):
        return node
    yes, no = without_idle_questions(node.yes), without_idle_questions(node.no)
    if isinstance(yes, Leaf) and isinstance(no, Leaf) and yes.defers and no.defers:
        return Leaf(node.value, yes.n_rows + no.n_rows, defers=True)
    return node if yes is node.yes and no is node.no else Split(node.literal, yes, no)
