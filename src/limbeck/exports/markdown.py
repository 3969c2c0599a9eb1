"""A tree as rules in Markdown."""

from __future__ import annotations

import re
from functools import cache

from limbeck.core import Literal, Tree
from limbeck.exports.words import answer_words
from limbeck.tables import visible

__all__ = ["markdown_rules"]

_MISSING = "A missing value answers *no*: it counts as more than any number, and as different from every value."
# Everything that CommonMark, or the tables and the links of GitHub's dialect, could read as markup.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$@:^=\"'/-])")


def markdown_rules(tree: Tree) -> str:
    """Write a tree as a table of rules, one for each leaf.

    Parameters
    ----------
    tree : Tree
        The tree.

    Returns
    -------
    str
        A table of GitHub's Markdown.

    Examples
    --------
    >>> from limbeck.core import Kind, Leaf, Literal, Split
    >>> root = Split(Literal.at_most("age", 41.5), Leaf((1.0, 0.0), 2.0), Leaf((0.0, 1.0), 1.0))
    >>> tree = Tree.from_node(root, classes=("no", "yes"), columns=(("age", Kind.NUMERIC),))
    >>> print(markdown_rules(tree))
    | If | Then | Seen | Leaf |
    |---|---|---|---|
    | age &lt;= 41.5 | no | 100 % of 2 rows | 1 |
    | age &gt; 41.5 | yes | 100 % of 1 row | 2 |
    <BLANKLINE>
    A missing value answers *no*: it counts as more than any number, and as different from every value.
    <BLANKLINE>
    """

    @cache  # a question stands in the rules of many leaves
    def words(literal: Literal, holds: bool) -> str:
        return _escaped(visible(literal.text(holds, tree.shown)))

    lines = ["| If | Then | Seen | Leaf |", "|---|---|---|---|"]
    for leaf in tree.leaves.tolist():
        terms = [words(literal, holds) for literal, holds in tree.clause(leaf).terms]
        answer, rest = answer_words(tree, leaf)
        lines.append(f"| {' and '.join(terms) or 'always'} | {_escaped(answer)} | {rest} | {leaf} |")
    return "\n".join([*lines, "", _MISSING]) + "\n"


def _escaped(text: str) -> str:
    """Escape for running text and for cells of tables."""
    return _MARKUP.sub(lambda found: _ENTITIES.get(found[0]) or "\\" + found[0], text)


_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#124;", "=": "=", ":": "&#58;", "@": "&#64;", "/": "&#47;"}
