"""What the documents say at a node, as one line of characters that can be seen."""

from __future__ import annotations

from limbeck.core import Tree
from limbeck.core.tree_text import leaf_text
from limbeck.tables import visible

__all__ = ["answer_words", "question_words"]


def question_words(tree: Tree, node: int) -> str:
    """Return the question of an inner node."""
    return visible(tree.literals[tree.question[node]].text(True, tree.shown))


def answer_words(tree: Tree, node: int) -> tuple[str, str]:
    """Return what a leaf answers, and what that rests on, such as `98 % of 120 rows`."""
    answer, _, rest = leaf_text(tree, node).rpartition("  (")
    return visible(answer), rest.removesuffix(")")
