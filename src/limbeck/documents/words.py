"""What the documents say at a node, as one line of characters that can be seen."""

from __future__ import annotations

from limbeck.core import Tree
from limbeck.core.tree_text import leaf_text

__all__ = ["answer_words", "question_words", "visible"]


def question_words(tree: Tree, node: int) -> str:
    """Return the question of an inner node."""
    return visible(tree.literals[tree.question[node]].text())


def answer_words(tree: Tree, node: int) -> tuple[str, str]:
    """Return what a leaf answers, and what that rests on, such as `98 % of 120 rows`."""
    answer, _, rest = leaf_text(tree, node).rpartition("  (")
    return visible(answer), rest.removesuffix(")")


def visible(text: str) -> str:
    r"""Write characters that cannot be seen, or that reorder what stands around them, as escapes.

    Examples
    --------
    >>> print(visible("a\nb\u202e"))
    a\nb\u202e
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
