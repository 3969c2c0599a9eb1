"""A tree as a graph of Graphviz."""

from __future__ import annotations

from limbeck.core import Tree
from limbeck.exports.words import answer_words, question_words

__all__ = ["dot_graph"]


def dot_graph(tree: Tree) -> str:
    r"""Write a tree in the DOT language.

    Parameters
    ----------
    tree : Tree
        The tree.

    Returns
    -------
    str
        The graph: `dot -Tpdf` draws it. The nodes are numbered as in `Tree.apply`.

    Examples
    --------
    >>> from limbeck.core import Kind, Leaf, Literal, Split
    >>> root = Split(Literal.at_most("age", 41.5), Leaf((1.0, 0.0), 2.0), Leaf((0.0, 1.0), 1.0))
    >>> tree = Tree.from_node(root, classes=("no", "yes"), columns=(("age", Kind.NUMERIC),))
    >>> print(dot_graph(tree))
    digraph tree {
      node [shape=box, style="rounded,filled", fillcolor="#f2f2f2", fontname="Helvetica,Arial,sans-serif"];
      edge [fontname="Helvetica,Arial,sans-serif"];
      0 [label="age <= 41.5"];
      0 -> 1 [label="yes"];
      0 -> 2 [label="no"];
      1 [label="no\n100 % of 2 rows", fillcolor="#dbe9f6"];
      2 [label="yes\n100 % of 1 row", fillcolor="#dbe9f6"];
    }
    <BLANKLINE>
    """
    fonts = 'fontname="Helvetica,Arial,sans-serif"'
    lines = ["digraph tree {", f'  node [shape=box, style="rounded,filled", fillcolor="#f2f2f2", {fonts}];']
    lines.append(f"  edge [{fonts}];")
    for node in range(tree.n_nodes):
        if tree.question[node] < 0:
            answer, rest = (_escaped(words) for words in answer_words(tree, node))
            lines.append(f'  {node} [label="{answer}\\n{rest}", fillcolor="#dbe9f6"];')
            continue
        lines.append(f'  {node} [label="{_escaped(question_words(tree, node))}"];')
        lines += [f'  {node} -> {child} [label="{word}"];' for word, child in _branches(tree, node)]
    return "\n".join([*lines, "}"]) + "\n"


def _branches(tree: Tree, node: int) -> list[tuple[str, int]]:
    return [("yes", int(tree.yes[node])), ("no", int(tree.no[node]))]


def _escaped(text: str) -> str:
    """Escape for a quoted label; `&` too, since Graphviz reads entities of HTML in every label."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
